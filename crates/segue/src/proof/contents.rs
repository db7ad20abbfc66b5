//! What the tables of a database hold, as digests that do not depend on the order of rows or columns: of each column, and of the rows
//! as a whole. The server computes them, so that it takes no more memory for large tables.

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{Catalog, Name, QName, model::TableKind, render::literal};
use segue_db::Session;
use segue_engine::Failure;

/// The tables with rows of their own.
pub(super) type Contents = BTreeMap<QName, Held>;

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) rows: String,
    /// Of all columns together.
    whole: String,
    columns: BTreeMap<Name, String>,
}

/// Where two contents differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unlike {
    pub(super) table: QName,
    /// How many rows the first and the second have.
    pub(super) rows: (String, String),
    /// The columns, of those that both have.
    pub(super) columns: Vec<Name>,
}

/// Reads what a database holds whose schema this is.
pub(super) async fn read(session: &Session, catalog: &Catalog) -> Result<Contents, Failure> {
    let mut tables = Vec::new();
    let mut queries = Vec::new();
    for (name, table) in catalog.tables.iter() {
        if table.kind != TableKind::Plain {
            continue;
        }
        let mut columns: Vec<&Name> = table.columns.iter().map(|column| &column.name).collect();
        columns.sort();
        queries.push(query(tables.len(), name, &columns));
        tables.push((name, columns));
    }
    let mut contents = Contents::new();
    if queries.is_empty() {
        return Ok(contents);
    }
    // One statement for each: the work of planning a union grows faster than the number of its tables.
    for row in session.rows(&queries.join(";\n")).await? {
        let Ok([Some(number), Some(rows), Some(whole), Some(sums)]) =
            <[Option<String>; 4]>::try_from(row)
        else {
            continue;
        };
        let at = number.parse().ok().and_then(|at: usize| tables.get(at));
        let Some((name, columns)) = at else {
            continue;
        };
        let columns = columns.iter().map(|&column| column.clone());
        let columns = columns.zip(sums.split(',').map(str::to_owned)).collect();
        let held = Held {
            rows,
            whole,
            columns,
        };
        contents.insert((*name).clone(), held);
    }
    Ok(contents)
}

/// Asks for the number of a table, how many rows it has, the digest of its rows, and those of its columns.
///
/// A digest is the sum of the hashes of all rows; NULLs count nothing, so that where there are as many rows they are as many too.
/// That of the rows hashes once more what the columns' hashes of one row come to, else it would follow from the columns' sums.
fn query(number: usize, table: &QName, columns: &[&Name]) -> String {
    let number = literal(&number.to_string());
    if columns.is_empty() {
        return format!("SELECT {number}, pg_catalog.count(*)::text, '0', '' FROM ONLY {table}");
    }
    let hash = |(at, name): (usize, &&Name)| {
        format!("pg_catalog.hashtextextended({name}::text, 0) AS h{at}")
    };
    let hashes: Vec<String> = columns.iter().enumerate().map(hash).collect();
    let each: Vec<String> = (0..columns.len()).map(|at| format!("h{at}")).collect();
    let sums: Vec<String> = each.iter().map(|hash| digest(hash)).collect();
    let row = format!(
        "pg_catalog.hashint8extended(pg_catalog.hash_array_extended(ARRAY[{}], 0), 0)",
        each.join(", ")
    );
    let (row, sums, hashes) = (digest(&row), sums.join(", "), hashes.join(", "));
    // OFFSET 0 keeps the hashes from being computed for each place that names them.
    format!(
        "SELECT {number}, pg_catalog.count(*)::text, {row}, pg_catalog.concat_ws(',', {sums}) \
         FROM (SELECT {hashes} FROM ONLY {table} OFFSET 0) AS hashed"
    )
}

/// The sum of a hash in all rows, exact however large it gets.
fn digest(hash: &str) -> String {
    format!("coalesce(pg_catalog.sum({hash}), 0)::text")
}

/// Where they differ, in the tables and columns that both have.
pub(super) fn differences(first: &Contents, second: &Contents) -> Vec<Unlike> {
    let both = first
        .iter()
        .filter_map(|(name, held)| Some((name, held, second.get(name)?)));
    let unlike = both.filter_map(|(name, one, other)| {
        let shared = one
            .columns
            .iter()
            .filter_map(|(column, digest)| Some((column, digest, other.columns.get(column)?)));
        let columns: Vec<Name> = shared
            .filter(|(_, digest, other)| digest != other)
            .map(|(column, ..)| column.clone())
            .collect();
        let same_columns = one.columns.keys().eq(other.columns.keys());
        let is_same = one.rows == other.rows
            && columns.is_empty()
            && (!same_columns || one.whole == other.whole);
        (!is_same).then(|| Unlike {
            table: name.clone(),
            rows: (one.rows.clone(), other.rows.clone()),
            columns,
        })
    });
    unlike.collect()
}

/// Leaves out what differs between two runs of the same statements: times, random values.
pub(super) fn without_chance(found: Vec<Unlike>, chance: &[Unlike]) -> Vec<Unlike> {
    let kept = found.into_iter().filter_map(|mut unlike| {
        let by_chance = chance.iter().find(|one| one.table == unlike.table);
        let Some(by_chance) = by_chance else {
            return Some(unlike);
        };
        let columns: BTreeSet<&Name> = by_chance.columns.iter().collect();
        unlike.columns.retain(|column| !columns.contains(column));
        let counts_differ = unlike.rows.0 != unlike.rows.1;
        (counts_differ || !unlike.columns.is_empty()).then_some(unlike)
    });
    kept.collect()
}

/// How far every sequence has counted; 0 where it has not begun.
pub(super) async fn counted(session: &Session) -> Result<BTreeMap<String, i64>, Failure> {
    let query = "SELECT pg_catalog.format('%I.%I', schemaname, sequencename), last_value FROM pg_catalog.pg_sequences \
                 WHERE schemaname <> 'segue'";
    let rows = session.rows(query).await?.into_iter();
    let counted = rows.filter_map(|row| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), value]) => Some((name, value.and_then(|of| of.parse().ok()).unwrap_or(0))),
        _ => None,
    });
    Ok(counted.collect())
}

#[cfg(test)]
#[path = "contents_tests.rs"]
mod tests;
