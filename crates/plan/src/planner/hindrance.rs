//! Rows that are right behind a step, and that the schema before it could not hold: they keep it from being taken back, and
//! going back looks for them before it begins.

use segue_catalog::{
    Catalog, Name, QName,
    model::{Column, Constraint, ConstraintKind, Table, TableKind},
};

use crate::{
    Hindrance, effect, narrowing,
    writing::{NAMED, default_partition, differ, named_row},
};

/// What could keep a step between these schemas from being taken back.
pub(super) fn of((before, after): (&Catalog, &Catalog), known: &Catalog) -> Vec<Hindrance> {
    let mut found = Vec::new();
    for (name, table, now) in before.tables.beside(&after.tables) {
        let Some(now) = now else { continue };
        if goes_with_rows(before, known, (name, now)) {
            found.push(Hindrance::new(
                format!("they are in the partition {name}, which would go"),
                rows(after, name, "true"),
            ));
        }
        // what the deploy has added goes as a whole, whatever is in it
        let (Some(table), Some(known)) = (table, known.tables.get(name)) else {
            continue;
        };
        for column in &table.columns {
            let Some(first) = known.column(&column.name) else {
                continue;
            };
            let now = now.column(&column.name);
            let own = now.and_then(|now| looser(first, column, now));
            found.extend(own.map(|(what, condition)| {
                Hindrance::new(
                    format!("{} of {name} {what}", column.name),
                    rows(after, name, &condition),
                )
            }));
        }
        found.extend(
            constraints(name, (table, now), known)
                .map(|(what, condition)| Hindrance::new(what, rows(after, name, &condition))),
        );
    }
    found
}

/// Whether a table that the deploy has made becomes a partition of one that was there, and going back has no other place for what apps
/// have written to it.
fn goes_with_rows(before: &Catalog, known: &Catalog, (name, now): (&QName, &Table)) -> bool {
    let Some(partition) = &now.partition_of else {
        return false;
    };
    let then = before.tables.get(name);
    let becomes_one = then.is_none_or(|then| then.partition_of.is_none());
    let moves = then.is_none() && default_partition(before, &partition.parent).is_some();
    becomes_one
        && !moves
        && now.kind == TableKind::Plain
        && !known.tables.contains_key(name)
        && known.tables.contains_key(&partition.parent)
}

/// A query for what some of the rows of a table are called.
pub(crate) fn rows(catalog: &Catalog, table: &QName, condition: &str) -> String {
    format!(
        "SELECT {} FROM {table} WHERE {condition} LIMIT {NAMED}",
        named_row(catalog, table)
    )
}

/// The same query without rows of the table for which this holds; none where it is about another table.
pub(super) fn without(query: &str, table: &QName, condition: &str) -> Option<String> {
    let limit = format!(" LIMIT {NAMED}");
    let of_table = format!(" FROM {table} WHERE ");
    let (named, found) = query.strip_suffix(&limit)?.split_once(&of_table)?;
    Some(format!(
        "{named}{of_table}({found}) AND NOT {condition}{limit}"
    ))
}

/// What a column takes that it took not before, and the rows that have it.
fn looser(known: &Column, before: &Column, now: &Column) -> Option<(&'static str, String)> {
    let name = &before.name;
    let (was_set, is_set) = (before.not_null.is_some(), now.not_null.is_some());
    if was_set && !is_set && known.not_null.is_some() {
        return Some(("is NULL", format!("{name} IS NULL")));
    }
    if let (Some(old), None) = (&before.generated, &now.generated) {
        let generated = format!("CAST(({}) AS {})", old.expression, before.data_type);
        let differs = differ(&name.to_string(), &generated);
        return Some(("is not what it was generated as", differs));
    }
    let (old, new) = (&before.data_type, &now.data_type);
    let is_number = old.is("numeric") && !old.array;
    if old != new
        && let Some((digits, scale)) = narrowing::digits(old).filter(|_| is_number)
    {
        let whole = digits - scale;
        let cut = format!(
            "{name} <> 'NaN' AND (pg_catalog.abs(pg_catalog.round({name}, {scale})) >= 1e{whole} OR pg_catalog.round({name}, {scale}) <> {name})"
        );
        return Some(("has more digits than it could have", cut));
    }
    let is_shorter = old != new && old.is("character varying") && !old.array;
    // an explicit cast cuts what is too long (sql-createcast.html)
    is_shorter.then(|| {
        let cut = format!("{name}::pg_catalog.text <> CAST({name} AS {old})::pg_catalog.text");
        ("is longer than it could be", cut)
    })
}

/// The checks and foreign keys that are gone, or say something else under their name.
fn constraints<'a>(
    name: &'a QName,
    (before, now): (&'a Table, &'a Table),
    known: &'a Table,
) -> impl Iterator<Item = (String, String)> + use<'a> {
    let gone = before
        .constraints
        .iter()
        .filter(|(own, constraint)| constraint.validated && !holds(now, own, constraint))
        // one that the deploy itself has added goes again
        .filter(|(own, _)| known.constraints.contains_key(*own))
        .filter(|(_, constraint)| {
            !is_over_new_columns(constraint, before, |column| known.column(column).is_none())
        });
    gone.filter_map(move |(own, constraint)| {
        let condition = broken(name, constraint)?;
        Some((
            format!("the constraint {own} of {name} does not hold"),
            condition,
        ))
    })
}

/// Whether a table has the constraint, of which every row says the same.
fn holds(table: &Table, name: &Name, constraint: &Constraint) -> bool {
    let same = |now: &Constraint| match (&now.kind, &constraint.kind) {
        // not what happens to rows whose other one goes
        (ConstraintKind::ForeignKey(now), ConstraintKind::ForeignKey(then)) => {
            (&now.references, &now.columns, &now.referenced_columns)
                == (&then.references, &then.columns, &then.referenced_columns)
        }
        (now, then) => now == then,
    };
    table.constraints.get(name).is_some_and(same)
}

/// Whether a check or a foreign key is over a column that the deploy has added, and goes with it.
pub(super) fn is_over_new_columns(
    constraint: &Constraint,
    table: &Table,
    is_new: impl Fn(&Name) -> bool,
) -> bool {
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => key.columns.iter().any(is_new),
        ConstraintKind::Check { expression, .. } => {
            let columns = table.columns.iter().map(|column| &column.name);
            let mut new = columns.filter(|column| is_new(column));
            new.any(|column| effect::mentions(&expression.text, column))
        }
        _ => false,
    }
}

/// Holds for a row of a table that breaks a check or a foreign key.
pub(crate) fn broken(table: &QName, constraint: &Constraint) -> Option<String> {
    match &constraint.kind {
        ConstraintKind::Check { expression, .. } => Some(format!("NOT ({expression})")),
        ConstraintKind::ForeignKey(key) if !key.period => {
            let set = |column: &Name| format!("{table}.{column} IS NOT NULL");
            let set: Vec<String> = key.columns.iter().map(set).collect();
            let pairs = key.columns.iter().zip(&key.referenced_columns);
            let same: Vec<String> = pairs
                .map(|(own, other)| format!("referenced.{other} = {table}.{own}"))
                .collect();
            Some(format!(
                "{} AND NOT EXISTS (SELECT FROM {} referenced WHERE {})",
                set.join(" AND "),
                key.references,
                same.join(" AND ")
            ))
        }
        _ => None,
    }
}
