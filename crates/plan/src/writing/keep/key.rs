//! The columns by which rows are known that are kept.

use segue_catalog::{
    Catalog, Name, QName,
    model::{Constraint, ConstraintKind, Deferral, Table},
};
use segue_sql::{Problem, nearest};

use super::joined;

/// Sets of columns that are never NULL and never the same in two rows, the primary key first.
pub(in crate::writing) fn keys<'a>(
    schema: &'a Catalog,
    of: &'a QName,
    table: &'a Table,
) -> impl Iterator<Item = Vec<Name>> + 'a {
    let is_sure = |columns: &Vec<Name>| {
        let is_required = |name: &Name| {
            let own = table.column(name);
            own.is_some_and(|own| own.not_null.is_some())
        };
        !columns.is_empty() && columns.iter().all(is_required)
    };
    let primary = table.primary_key();
    let all = std::iter::once(primary.to_vec()).chain(unique_beside(schema, of, table));
    all.filter(is_sure)
}

/// Sets of columns that are never the same in two rows, as long as none is NULL, but for the primary key.
fn unique_beside<'a>(
    schema: &'a Catalog,
    of: &'a QName,
    table: &'a Table,
) -> impl Iterator<Item = Vec<Name>> + 'a {
    let constraints = table.constraints.values();
    let unique = constraints.filter_map(|one| match &one.kind {
        ConstraintKind::Unique(key) if !key.without_overlaps => Some(key.columns.clone()),
        _ => None,
    });
    unique.chain(unique_indexes(schema, of))
}

/// The columns of unique indexes over all rows.
fn unique_indexes<'a>(schema: &'a Catalog, of: &'a QName) -> impl Iterator<Item = Vec<Name>> + 'a {
    let indexes = schema
        .indexes_of(of)
        .filter(|(_, index)| index.unique && index.valid && index.predicate.is_none());
    indexes.filter_map(|(_, index)| {
        let keys = index.keys.iter().map(|key| key.term.column().cloned());
        keys.collect::<Option<Vec<Name>>>()
    })
}

/// The unique keys of a table, the primary key first: those that `ON CONFLICT` can be told of (sql-insert.html), and that are over
/// columns only.
pub(crate) fn arbiters(schema: &Catalog, name: &QName, table: &Table) -> Vec<Vec<Name>> {
    let mut keys = Vec::new();
    for constraint in table.constraints.values() {
        let is_immediate = constraint.deferral == Deferral::NotDeferrable;
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) if is_immediate && !key.without_overlaps => {
                keys.insert(0, key.columns.clone());
            }
            ConstraintKind::Unique(key) if is_immediate && !key.without_overlaps => {
                keys.push(key.columns.clone());
            }
            _ => {}
        }
    }
    keys.extend(unique_indexes(schema, name));
    keys
}

/// The same of a table that is known by its name only.
pub(in crate::writing) fn unique_columns<'a>(
    schema: &'a Catalog,
    of: &'a QName,
) -> impl Iterator<Item = Vec<Name>> + 'a {
    let table = schema.tables.get(of);
    table
        .into_iter()
        .flat_map(move |table| unique_beside(schema, of, table))
}

/// The same of a table that is known by its name only.
pub(crate) fn unique_keys<'a>(
    schema: &'a Catalog,
    of: &'a QName,
) -> impl Iterator<Item = Vec<Name>> + 'a {
    let table = schema.tables.get(of);
    table
        .into_iter()
        .flat_map(move |table| keys(schema, of, table))
}

/// What lets an INSERT leave alone a row that is there by now. Without a key the server looks at all of them, which it does not where
/// one is deferrable; with the key it is looked for by that alone (sql-insert.html, ON CONFLICT).
pub(in crate::writing) fn unless_there(schema: &Catalog, of: &QName, key: &[Name]) -> String {
    let known = schema.tables.get(of);
    let constraints = known
        .into_iter()
        .flat_map(|known| known.constraints.values());
    let waits = |one: &&Constraint| one.deferral != Deferral::NotDeferrable;
    let mut waiting = constraints
        .filter(waits)
        .filter_map(Constraint::index)
        .peekable();
    if waiting.peek().is_none() {
        return " ON CONFLICT DO NOTHING".to_owned();
    }
    match key.is_empty() || waiting.any(|own| is_of(&own.columns, key)) {
        true => String::new(),
        false => format!(" ON CONFLICT ({}) DO NOTHING", joined(key.iter())),
    }
}

/// Whether these are the same columns, in any order.
pub(in crate::writing) fn is_of(key: &[Name], wanted: &[Name]) -> bool {
    key.len() == wanted.len() && key.iter().all(|name| wanted.contains(name))
}

/// What is wrong with columns that rows are to be known by.
///
/// # Errors
/// One that is not there, may be NULL, or is not unique.
pub(crate) fn check_key(schema: &Catalog, of: &QName, wanted: &[Name]) -> Result<(), Problem> {
    let Some(table) = schema.tables.get(of) else {
        return Ok(());
    };
    for name in wanted {
        let Some(column) = table.column(name) else {
            let problem = Problem::new(format!("`key` names {name}, and {of} has no such column"));
            let names = table.columns.iter().map(|own| own.name.as_str());
            return Err(match nearest(name, names) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            });
        };
        if column.not_null.is_none() {
            return Err(Problem::new(format!(
                "`key` names {name} of {of}, which may be NULL: rows cannot be known by it"
            ))
            .help("name columns of a primary key, or of a unique one that takes no NULL"));
        }
    }
    match keys(schema, of, table).any(|key| is_of(&key, wanted)) {
        true => Ok(()),
        false => {
            let names: Vec<&str> = wanted.iter().map(Name::as_str).collect();
            Err(Problem::new(format!(
                "`key` names {} of {of}, which no unique index covers: rows cannot be known by that",
                names.join(", ")
            ))
            .help("name columns of a primary key, or of a unique one that takes no NULL"))
        }
    }
}
