//! `CREATE VIEW` and `CREATE MATERIALIZED VIEW`.

use squawk_syntax::ast::{self, AstNode};

use super::{
    literal::{literal, names, with},
    statement,
};
use crate::{
    Name, QName,
    model::{CheckOption, View, ViewKind},
};

/// `CREATE VIEW` or `CREATE MATERIALIZED VIEW`; `replace` where there is such a plain view already.
pub fn create_view(name: &QName, view: &View, replace: bool) -> String {
    let replace = if replace { "OR REPLACE " } else { "" };
    let kind = if view.is_materialized() {
        "MATERIALIZED VIEW"
    } else {
        "VIEW"
    };
    let mut text = format!("CREATE {replace}{kind} {name}");
    if !view.columns.is_empty() && output_names(&view.query.text).as_ref() != Some(&view.columns) {
        text.push_str(&format!(" {}", names(&view.columns)));
    }
    if let ViewKind::Materialized {
        access_method: Some(method),
        ..
    } = &view.kind
    {
        text.push_str(&format!(" USING {method}"));
    }
    text.push_str(&with(&view.parameters));
    if let ViewKind::Materialized {
        tablespace: Some(tablespace),
        ..
    } = &view.kind
    {
        text.push_str(&format!(" TABLESPACE {tablespace}"));
    }
    text.push_str(&format!(" AS\n{}", view.query));
    match view.check_option {
        Some(CheckOption::Local) => text.push_str("\nWITH LOCAL CHECK OPTION"),
        Some(CheckOption::Cascaded) => text.push_str("\nWITH CASCADED CHECK OPTION"),
        None => {}
    }
    if matches!(
        view.kind,
        ViewKind::Materialized {
            populated: false,
            ..
        }
    ) {
        text.push_str("\nWITH NO DATA");
    }
    statement(text)
}

/// What of a view its `CREATE` cannot say.
pub(crate) fn further_statements(name: &QName, view: &View) -> Vec<String> {
    let kind = if view.is_materialized() {
        "MATERIALIZED VIEW"
    } else {
        "VIEW"
    };
    let mut statements = Vec::new();
    for (column, details) in &view.column_details {
        let mut alter = |action: String| {
            statements.push(format!(
                "ALTER {kind} {name} ALTER COLUMN {column} {action};"
            ));
        };
        if let Some(default) = &details.default {
            alter(format!("SET DEFAULT {default}"));
        }
        if let Some(target) = details.statistics {
            alter(format!("SET STATISTICS {target}"));
        }
    }
    statements
}

/// The names of a query's columns, where all of them show: a list of columns need not repeat them.
pub(crate) fn output_names(query: &str) -> Option<Vec<Name>> {
    let parse = crate::parse(query);
    if !parse.errors().is_empty() {
        return None;
    }
    let statement = parse.tree().stmts().next()?;
    let ast::Stmt::Select(select) = statement else {
        return None;
    };
    let targets = select.select_clause()?.target_list()?;
    targets
        .targets()
        .map(|target| output_name(&target))
        .collect()
}

fn output_name(target: &ast::Target) -> Option<Name> {
    let shown = match target.as_name() {
        Some(alias) => alias.syntax().text().to_string(),
        None => match target.expr()? {
            ast::Expr::NameRef(name) => name.syntax().text().to_string(),
            ast::Expr::FieldExpr(field) => field.syntax().text().to_string(),
            _ => return None,
        },
    };
    last_name(&shown)
}

/// The name at the end of `AS name`, `name` or `a.b.name`; `None` for `a.*`.
fn last_name(text: &str) -> Option<Name> {
    let text = text.trim();
    if let Some(inner) = text.strip_suffix('"') {
        let start = inner.replace("\"\"", "__").rfind('"')?;
        return Some(Name::quoted(&inner[start + 1..].replace("\"\"", "\"")));
    }
    let start = text
        .rfind(|c: char| c == '.' || c.is_whitespace())
        .map_or(0, |at| at + 1);
    let word = &text[start..];
    let plain = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then(|| Name::unquoted(word))
}

/// `COMMENT ON` something, or nothing without a comment.
pub(crate) fn comment(on: &str, text: Option<&String>) -> Option<String> {
    text.map(|text| format!("COMMENT ON {on} IS {};", literal(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expr;

    fn sql(query: &str, columns: &[&str]) -> String {
        let mut view = View::new(ViewKind::Plain, Expr::written(query));
        view.columns = columns.iter().map(|name| (*name).into()).collect();
        create_view(&QName::new("app", "v"), &view, false)
    }

    #[test]
    fn columns_are_listed_only_where_the_query_does_not_show_them() {
        let query = "SELECT u.id, u.\"A \"\"b\", count(*) AS total FROM app.u";
        let given = ["id", "A \"b", "total"];
        assert_eq!(
            sql(query, &given),
            format!("CREATE VIEW app.v AS\n{query};")
        );
        let other = ["id", "b", "total"];
        assert_eq!(
            sql(query, &other),
            format!("CREATE VIEW app.v (id, b, total) AS\n{query};")
        );
        assert_eq!(
            sql("SELECT count(*) FROM app.u", &["count"]),
            "CREATE VIEW app.v (count) AS\nSELECT count(*) FROM app.u;"
        );
    }
}
