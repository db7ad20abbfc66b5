//! Names that the server chooses for indexes, constraints and sequences (`makeObjectName` and
//! `ChooseRelationName` in `indexcmds.c`, `ChooseConstraintName` in `pg_constraint.c`).

use std::collections::BTreeSet;

use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode},
    column_name::ColumnName,
};

use super::super::{Context, expression};
use crate::{
    Catalog, LONGEST_NAME, Name, QName,
    model::{IndexKey, IndexTerm, TypeKind},
};

/// `first_second_label`, the longer of the two cut until all of it fits.
pub(crate) fn object_name(first: &str, second: Option<&str>, label: &str) -> Name {
    let second = second.unwrap_or_default();
    let joints = usize::from(!second.is_empty()) + usize::from(!label.is_empty());
    let room = LONGEST_NAME.saturating_sub(joints + label.len());
    let (mut of_first, mut of_second) = (first.len(), second.len());
    while of_first + of_second > room {
        if of_first > of_second {
            of_first -= 1;
        } else {
            of_second -= 1;
        }
    }
    let parts = [cut(first, of_first), cut(second, of_second), label];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Name::stored(parts.join("_"))
}

/// The first bytes of a text, whole characters only.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// `a_b_c` of columns (`ChooseIndexNameAddition`): no more of them than a name could hold.
pub(crate) fn addition<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() > LONGEST_NAME {
            break;
        }
    }
    joined
}

/// What the keys of an index are called in its name (`ChooseIndexColumnNames`): a column by its name, an
/// expression as a query's output column would be, and each differently.
pub(crate) fn key_names(keys: &[IndexKey], include: &[Name]) -> Vec<String> {
    let plain = keys.iter().map(|key| match &key.term {
        IndexTerm::Column(name) => name.as_str().to_owned(),
        IndexTerm::Expression(text) => expression_name(&text.text),
    });
    let wanted = plain.chain(include.iter().map(|name| name.as_str().to_owned()));
    let mut names: Vec<String> = Vec::new();
    for wanted in wanted {
        let numbered = (1u32..).map(|number| {
            let number = number.to_string();
            format!("{}{number}", cut(&wanted, LONGEST_NAME - number.len()))
        });
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        names.extend(candidates.find(|candidate| !names.contains(candidate)));
    }
    names
}

/// The name of an expression (`FigureIndexColname`), or `expr`.
fn expression_name(text: &str) -> String {
    let query = format!("SELECT {text}");
    let tree = SourceFile::parse(&query).tree();
    let target = tree.syntax().descendants().find_map(ast::Target::cast);
    let found = target.and_then(ColumnName::inferred_from_target);
    match found {
        Some((ColumnName::UnknownColumn(None) | ColumnName::Star, _)) | None => "expr".to_owned(),
        Some((name, _)) => name.to_string().unwrap_or_else(|| "expr".to_owned()),
    }
}

/// The columns of a table that an expression mentions, each once, in order.
pub(crate) fn columns_in<'a>(expr: &ast::Expr, columns: impl Fn(&Name) -> bool + 'a) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    for node in expression::inner(expr).syntax().descendants() {
        let Some(name) = ast::NameRef::cast(node) else {
            continue;
        };
        let called = name.syntax().parent().is_some_and(|parent| {
            let call = ast::CallExpr::cast(parent);
            call.and_then(|call| call.expr())
                .is_some_and(|callee| callee.syntax() == name.syntax())
        });
        let name = super::super::names::name(&name);
        if !called && columns(&name) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

impl Context<'_> {
    /// A name that no relation of the schema has, and no constraint either where it is to name one
    /// (`ChooseRelationName`). `taken`: constraints that the statement has made so far.
    pub(crate) fn choose_relation_name(
        &self,
        schema: &Name,
        (first, second, label): (&str, Option<&str>, &str),
        taken: Option<&BTreeSet<Name>>,
    ) -> Name {
        numbered(first, second, label, |name| {
            let relation = QName::new(schema.clone(), name.clone());
            self.catalog.relation(&relation).is_some()
                || taken.is_some_and(|taken| {
                    taken.contains(name) || constraint_exists(&self.catalog, schema, name)
                })
        })
    }

    /// A name that no constraint of the schema has (`ChooseConstraintName`).
    pub(crate) fn choose_constraint_name(
        &self,
        schema: &Name,
        (first, second, label): (&str, Option<&str>, &str),
        taken: &BTreeSet<Name>,
    ) -> Name {
        numbered(first, second, label, |name| {
            taken.contains(name) || constraint_exists(&self.catalog, schema, name)
        })
    }
}

/// `label`, `label1`, `label2`… until the name is free.
fn numbered(first: &str, second: Option<&str>, label: &str, used: impl Fn(&Name) -> bool) -> Name {
    let mut name = object_name(first, second, label);
    let mut pass = 0;
    while used(&name) {
        pass += 1;
        name = object_name(first, second, &format!("{label}{pass}"));
    }
    name
}

/// Whether a constraint of a table or domain in this schema has the name.
fn constraint_exists(catalog: &Catalog, schema: &Name, name: &Name) -> bool {
    let of_table = catalog.tables_of(schema).any(|(_, table)| {
        let named = |column: &crate::model::Column| {
            let not_null = column.not_null.as_ref();
            not_null.and_then(|one| one.name.as_ref()) == Some(name)
        };
        table.constraints.contains_key(name) || table.columns.iter().any(named)
    });
    let of_domain = || {
        let first = QName::new(schema.clone(), Name::stored(""));
        let of_schema = catalog.types.range(first..);
        let mut kinds = of_schema
            .take_while(|(of, _)| of.schema == *schema)
            .map(|(_, found)| &found.kind);
        kinds.any(|kind| match kind {
            TypeKind::Domain(domain) => domain.constraints.contains_key(name),
            _ => false,
        })
    };
    of_table || of_domain()
}
