//! Sampled rows are put into a database: what the server refuses of them is left out, and told.

use std::collections::BTreeMap;

use segue_catalog::{
    Catalog, Name, QName,
    model::{ConstraintKind, Table, TableKind},
};
use segue_db::{ServerError, literal, postgres::Session};

use super::Sample;

/// So many rows are put in at once.
const AT_ONCE: usize = 500;

/// Rows of a table that are still to be put.
struct Pending {
    table: QName,
    columns: Vec<Name>,
    rows: Vec<Vec<Option<String>>>,
    /// Why the server refused the last one.
    refused: Option<String>,
}

/// Puts the rows of a sample into the tables that have the same names, as far as their columns allow it; what there is to tell.
/// The session is in a transaction.
pub(in crate::proof) async fn put(
    session: &Session,
    catalog: &Catalog,
    sample: &Sample,
) -> Result<Vec<String>, ServerError> {
    let mut notes = Vec::new();
    let mut pending = Vec::new();
    for name in &sample.order {
        let (Some(table), Some(rows)) = (catalog.tables.get(name), sample.tables.get(name)) else {
            continue;
        };
        match fitting(table, &rows.columns) {
            Ok(places) => pending.push(Pending {
                table: name.clone(),
                columns: places.iter().map(|place| rows.columns[*place].clone()).collect(),
                rows: picked(&rows.rows, &places),
                refused: None,
            }),
            Err(column) => notes.push(format!(
                "no sampled rows are in {name}: {column} has no default, and the sampled database has no such column"
            )),
        }
    }
    let wished: BTreeMap<QName, usize> = (pending.iter())
        .map(|one| (one.table.clone(), one.rows.len()))
        .collect();
    until_nothing_moves(session, &mut pending).await?;
    if pending.iter().any(|one| !one.rows.is_empty()) {
        for one in &mut pending {
            without_references(catalog, one);
        }
        until_nothing_moves(session, &mut pending).await?;
    }
    for one in pending.iter().filter(|one| !one.rows.is_empty()) {
        notes.push(format!(
            "{} of {} sampled rows of {} were left out: {}",
            one.rows.len(),
            wished.get(&one.table).copied().unwrap_or_default(),
            one.table,
            one.refused.as_deref().unwrap_or("the server refused them")
        ));
    }
    Ok(notes)
}

/// The places of the columns that are there; the column that would have no value.
fn fitting(table: &Table, columns: &[Name]) -> Result<Vec<usize>, Name> {
    if matches!(table.kind, TableKind::Foreign(_)) || table.partition_of.is_some() {
        return Ok(Vec::new());
    }
    let mut places = Vec::new();
    for column in &table.columns {
        if column.generated.is_some() {
            continue;
        }
        match columns.iter().position(|name| *name == column.name) {
            Some(place) => places.push(place),
            None => {
                let is_given = column.default.is_some() || column.identity.is_some();
                if column.not_null.is_some() && !is_given {
                    return Err(column.name.clone());
                }
            }
        }
    }
    Ok(places)
}

fn picked(rows: &[Vec<Option<String>>], places: &[usize]) -> Vec<Vec<Option<String>>> {
    if places.is_empty() {
        return Vec::new();
    }
    let pick = |row: &Vec<Option<String>>| places.iter().map(|place| row[*place].clone()).collect();
    rows.iter().map(pick).collect()
}

/// Rows may wait for others that they refer to.
async fn until_nothing_moves(
    session: &Session,
    pending: &mut [Pending],
) -> Result<(), ServerError> {
    loop {
        let mut has_moved = false;
        for one in &mut *pending {
            let before = one.rows.len();
            one.put(session).await?;
            has_moved |= one.rows.len() < before;
        }
        if !has_moved || pending.iter().all(|one| one.rows.is_empty()) {
            return Ok(());
        }
    }
}

/// References that may be NULL are.
fn without_references(catalog: &Catalog, pending: &mut Pending) {
    let Some(table) = catalog.tables.get(&pending.table) else {
        return;
    };
    for constraint in table.constraints.values() {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else {
            continue;
        };
        for name in &key.columns {
            let may_be_null = table
                .column(name.as_str())
                .is_some_and(|it| it.not_null.is_none());
            let place = pending.columns.iter().position(|column| column == name);
            if let (Some(place), true) = (place, may_be_null) {
                for row in &mut pending.rows {
                    row[place] = None;
                }
            }
        }
    }
}

impl Pending {
    /// Puts as many as the server takes; the others stay.
    async fn put(&mut self, session: &Session) -> Result<(), ServerError> {
        let rows = std::mem::take(&mut self.rows);
        let mut left: Vec<&[Vec<Option<String>>]> = rows.chunks(AT_ONCE).rev().collect();
        while let Some(some) = left.pop() {
            let sql = format!(
                "SAVEPOINT segue_rows; {}; RELEASE segue_rows",
                self.insert(some)
            );
            match session.execute(&sql).await {
                Ok(()) => {}
                Err(ServerError::Refused(refusal)) if !refusal.is_cancelled => {
                    session.execute("ROLLBACK TO segue_rows").await?;
                    if let [row] = some {
                        self.rows.push(row.clone());
                        self.refused = Some(refusal.message.clone());
                    } else {
                        let (first, second) = some.split_at(some.len() / 2);
                        left.push(second);
                        left.push(first);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What two rows have in common after masking is no error: the second is left out.
    fn insert(&self, rows: &[Vec<Option<String>>]) -> String {
        let columns: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        let value = |value: &Option<String>| value.as_deref().map_or("NULL".to_owned(), literal);
        let rows = rows.iter().map(|row| {
            let values: Vec<String> = row.iter().map(value).collect();
            format!("({})", values.join(", "))
        });
        format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES {} ON CONFLICT DO NOTHING",
            self.table,
            columns.join(", "),
            rows.collect::<Vec<_>>().join(", ")
        )
    }
}
