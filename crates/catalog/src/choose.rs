//! Names that the server chooses for relations, constraints and statistics (`makeObjectName`, `ChooseRelationName`
//! and `ChooseIndexName` in indexcmds.c, `ChooseConstraintName` in pg_constraint.c).

use std::collections::BTreeSet;

use squawk_syntax::{
    ast::{self, AstNode},
    column_name::ColumnName,
};

use crate::{
    Catalog, LONGEST_NAME, Name, QName,
    model::{Constraint, ConstraintKind, Index, IndexKey, IndexTerm, Type, TypeKind},
};

/// What a name is made of: `first_second_label`.
pub(crate) type Parts<'a> = (&'a str, Option<&'a str>, &'a str);

/// A name that no relation of the schema has, and no constraint either where it is to name one
/// (`ChooseRelationName`). `constraints`: those that the statement has made so far.
pub(crate) fn relation(
    catalog: &Catalog,
    schema: &Name,
    parts: Parts<'_>,
    constraints: Option<&BTreeSet<Name>>,
) -> Name {
    free(parts, |name| {
        let relation = QName::new(schema.clone(), name.clone());
        catalog.relation(&relation).is_some()
            || constraints
                .is_some_and(|made| made.contains(name) || constraint_exists(catalog, schema, name))
    })
}

/// A name that no constraint of the schema has (`ChooseConstraintName`). `made`: by the statement so far.
pub(crate) fn constraint(
    catalog: &Catalog,
    schema: &Name,
    parts: Parts<'_>,
    made: &BTreeSet<Name>,
) -> Name {
    free(parts, |name| {
        made.contains(name) || constraint_exists(catalog, schema, name)
    })
}

/// A name for statistics of a table (`ChooseExtendedStatisticName` in statscmds.c): `table_column_expr_stat`, where
/// every expression is called `expr`.
pub(crate) fn statistics(
    catalog: &Catalog,
    table: &QName,
    terms: impl IntoIterator<Item = Option<Name>>,
) -> QName {
    let terms = terms.into_iter();
    let names: Vec<Name> = terms
        .map(|term| term.unwrap_or_else(|| "expr".into()))
        .collect();
    let addition = addition(&names);
    table.sibling(free((&table.name, Some(&addition), "stat"), |name| {
        let taken = table.sibling(name.clone());
        catalog.statistics.contains_key(&taken)
    }))
}

/// The first of `label`, `label1`, `label2`… that nothing else is called.
pub(crate) fn free((first, second, label): Parts<'_>, is_taken: impl Fn(&Name) -> bool) -> Name {
    let mut name = object_name(first, second, label);
    let mut pass = 0;
    while is_taken(&name) {
        pass += 1;
        name = object_name(first, second, &format!("{label}{pass}"));
    }
    name
}

/// `first_second_label`, with the longer of the first two cut until it fits (`makeObjectName`).
fn object_name(first: &str, second: Option<&str>, label: &str) -> Name {
    let joints = usize::from(second.is_some()) + 1;
    let room = LONGEST_NAME.saturating_sub(joints + label.len());
    let (mut of_first, mut of_second) = (first.len(), second.map_or(0, str::len));
    while of_first + of_second > room {
        if of_first > of_second {
            of_first -= 1;
        } else {
            of_second -= 1;
        }
    }
    let second = second.map(|second| format!("_{}", cut(second, of_second)));
    let second = second.unwrap_or_default();
    Name::stored(format!("{}{second}_{label}", cut(first, of_first)))
}

/// The first bytes of a text, whole characters only (pg_mbcliplen).
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The columns joined by `_`, up to where a name is full (`ChooseIndexNameAddition`).
pub(crate) fn addition(columns: &[Name]) -> String {
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
pub(crate) fn key_names(keys: &[IndexKey], include: &[Name]) -> Vec<Name> {
    let keys = keys.iter().map(|key| match &key.term {
        IndexTerm::Column(name) => name.clone(),
        IndexTerm::Expression(expression) => expression_name(&expression.text),
    });
    let mut names: Vec<Name> = Vec::new();
    for wanted in keys.chain(include.iter().cloned()) {
        let numbered = (1_u32..).map(|number| {
            let number = number.to_string();
            Name::stored(format!(
                "{}{number}",
                cut(&wanted, LONGEST_NAME - number.len())
            ))
        });
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        names.extend(candidates.find(|candidate| !names.contains(candidate)));
    }
    names
}

/// What the columns of an index are called, in its name and in the server's catalogs.
pub(crate) fn index_columns(index: &Index) -> Vec<Name> {
    if index.attributes.is_empty() {
        key_names(&index.keys, &index.include)
    } else {
        index.attributes.clone()
    }
}

/// What the columns of a constraint's index are called; none of a constraint without one.
pub(crate) fn constraint_columns(constraint: &Constraint) -> Vec<Name> {
    match constraint.index() {
        Some(index) if !index.attributes.is_empty() => index.attributes.clone(),
        _ => constraint_key_names(&constraint.kind),
    }
}

/// What the columns of a constraint's index are called when it is made.
pub(crate) fn constraint_key_names(kind: &ConstraintKind) -> Vec<Name> {
    match kind {
        ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
            [index.columns.clone(), index.include.clone()].concat()
        }
        ConstraintKind::Exclude(exclusion) => {
            let keys: Vec<IndexKey> = exclusion.keys.iter().map(|(key, _)| key.clone()).collect();
            key_names(&keys, &exclusion.index.include)
        }
        ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => Vec::new(),
    }
}

/// What the server calls the column of an index that is over an expression (`FigureIndexColname`).
fn expression_name(text: &str) -> Name {
    let tree = crate::parse(&format!("SELECT {text}")).tree();
    let target = tree.syntax().descendants().find_map(ast::Target::cast);
    let found = target.and_then(ColumnName::inferred_from_target);
    match found {
        Some((ColumnName::Column(name) | ColumnName::UnknownColumn(Some(name)), _)) => {
            Name::quoted(&name.to_string())
        }
        Some((ColumnName::UnknownColumn(None) | ColumnName::Star, _)) | None => {
            Name::stored("expr")
        }
    }
}

/// Whether a constraint of a table or domain in this schema has the name (`ConstraintNameExists`).
fn constraint_exists(catalog: &Catalog, schema: &Name, name: &Name) -> bool {
    let mut tables = catalog.tables.that_may_have(schema, name);
    let of_table = tables.any(|(_, table)| {
        let mut not_nulls = table
            .columns
            .iter()
            .filter_map(|column| column.not_null.as_ref());
        table.constraints.contains_key(name)
            || not_nulls.any(|not_null| not_null.name.as_ref() == Some(name))
    });
    let of_domain = |found: &Type| match &found.kind {
        TypeKind::Domain(domain) => {
            let not_null = domain.not_null.as_ref();
            domain.constraints.contains_key(name)
                || not_null.is_some_and(|not_null| not_null.name.as_ref() == Some(name))
        }
        TypeKind::Enum(_) | TypeKind::Composite(_) | TypeKind::Range(_) | TypeKind::Shell => false,
    };
    let first = QName::new(schema.clone(), Name::stored(""));
    let mut types = catalog
        .types
        .from_key(&first)
        .take_while(|(of, _)| of.schema == *schema);
    of_table || types.any(|(_, found)| of_domain(found))
}
