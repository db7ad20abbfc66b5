//! `ALTER VIEW … RENAME COLUMN`: the output column of a view's own query.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
    column_name::ColumnName,
};

use crate::{Expr, Name};

/// The query with another name for one of its output columns; stale where that is no single SELECT that lists it.
pub(crate) fn rename_output(query: &Expr, from: &Name, to: &Name) -> Expr {
    match renamed(&query.text, from, to) {
        Some(text) => query.with_text(text),
        None => query.stale(),
    }
}

fn renamed(text: &str, from: &Name, to: &Name) -> Option<String> {
    let parse = crate::parse(text);
    let root = parse.syntax_node();
    let select = root
        .children()
        .find(|child| child.kind() == SyntaxKind::SELECT)?;
    let clause = select
        .children()
        .find(|child| child.kind() == SyntaxKind::SELECT_CLAUSE)?;
    let list = clause.children().find_map(ast::TargetList::cast)?;
    let name_of = |name: ColumnName| name.to_string().map(|name| Name::quoted(&name));
    let target = list.targets().find(|target| {
        let name = ColumnName::from_target(target.clone());
        name.and_then(|(name, _)| name_of(name)).as_ref() == Some(from)
    })?;
    let expr = target.expr()?;
    let end = usize::from(expr.syntax().text_range().end());
    let behind = usize::from(target.syntax().text_range().end()).max(end);
    let inferred = ColumnName::inferred_from_target(target.clone());
    let plain = matches!(expr, ast::Expr::NameRef(_) | ast::Expr::FieldExpr(_));
    let says_so = plain && inferred.and_then(|(name, _)| name_of(name)).as_ref() == Some(to);
    let alias = if says_so {
        String::new()
    } else {
        format!(" AS {to}")
    };
    Some(format!("{}{alias}{}", &text[..end], &text[behind..]))
}
