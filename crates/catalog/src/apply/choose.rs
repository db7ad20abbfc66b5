//! Names that the server chooses for constraints and indexes (`ChooseRelationName`, `makeObjectName`,
//! `ChooseIndexName` in indexcmds.c).

use crate::{Catalog, LONGEST_NAME, Name, QName};

/// `name1_name2_label`, with the longer of the first two cut until it fits (makeObjectName).
pub(crate) fn object_name(name1: &str, name2: Option<&str>, label: &str) -> Name {
    let mut overhead = label.len() + usize::from(!label.is_empty());
    overhead += usize::from(name2.is_some());
    let room = LONGEST_NAME.saturating_sub(overhead);
    let (mut first, mut second) = (name1.len(), name2.map_or(0, str::len));
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let mut made = clipped(name1, first).to_owned();
    if let Some(name2) = name2 {
        made.push('_');
        made.push_str(clipped(name2, second));
    }
    if !label.is_empty() {
        made.push('_');
        made.push_str(label);
    }
    Name::stored(made)
}

/// As the server cuts: at a character (pg_mbcliplen).
fn clipped(text: &str, mut end: usize) -> &str {
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The first of `label`, `label1`, `label2`… that nothing else is called.
pub(crate) fn free(
    name1: &str,
    name2: Option<&str>,
    label: &str,
    is_taken: impl Fn(&Name) -> bool,
) -> Name {
    let mut label_now = label.to_owned();
    for pass in 1_u32.. {
        let name = object_name(name1, name2, &label_now);
        if !is_taken(&name) {
            return name;
        }
        label_now = format!("{label}{pass}");
    }
    object_name(name1, name2, label)
}

/// A name for an index of a table: `table_column_column_idx`, `…_key`, `table_pkey`. The columns are those that the
/// index itself has, expressions by the name that the server gives them.
pub(crate) fn index_name(
    catalog: &Catalog,
    table: &QName,
    columns: &[Name],
    label: &'static str,
) -> Name {
    let addition = addition(columns);
    let second = (label != "pkey").then_some(addition.as_str());
    let is_constraint = label != "idx";
    free(&table.name, second, label, |name| {
        catalog.relation(&table.sibling(name.clone())).is_some()
            || (is_constraint && constraint_exists(catalog, &table.schema, name))
    })
}

/// Whether a constraint of any table of the schema is called so (ConstraintNameExists).
pub(crate) fn constraint_exists(catalog: &Catalog, schema: &Name, name: &Name) -> bool {
    catalog.tables_of(schema).any(|(_, table)| {
        let mut not_nulls = table
            .columns
            .iter()
            .filter_map(|column| column.not_null.as_ref());
        table.constraints.contains_key(name)
            || not_nulls.any(|not_null| not_null.name.as_ref() == Some(name))
    })
}

/// The columns joined by `_`, up to where a name is full (ChooseIndexNameAddition).
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
