//! Rows that are there before: migrations put some into tables.

use std::collections::BTreeMap;

use segue_catalog::QName;
use segue_db::{ServerError, postgres::Session};
use segue_proof::rows::Generated;

/// So many of a table's rows are read; others may refer to them.
const MOST: u64 = 1000;

/// How many rows tables had that have not been read.
pub(super) struct Before(BTreeMap<QName, u64>);

impl Before {
    /// How many rows a table had beside those that have been read.
    pub(super) fn unread(&self, table: &QName) -> u64 {
        self.0.get(table).copied().unwrap_or(0)
    }
}

/// Reads the rows that are there, and makes them known.
pub(super) async fn read(
    session: &Session,
    generated: &mut Generated,
) -> Result<Before, ServerError> {
    let mut before = BTreeMap::new();
    for (table, rows) in counted(session, generated).await? {
        let columns = generated.columns(&table);
        let columns: Vec<String> = columns.iter().map(|name| format!("{name}::text")).collect();
        if columns.is_empty() {
            before.insert(table, rows);
            continue;
        }
        let (columns, only) = (columns.join(", "), only(generated, &table));
        let query = format!("SELECT {columns} FROM {only}{table} LIMIT {MOST}");
        generated.found(&table, session.rows(&query).await?);
        before.insert(table, rows.saturating_sub(MOST));
    }
    Ok(Before(before))
}

/// The rows of a table that others inherit from are its own ones; those of a partitioned table are in its partitions.
fn only(generated: &Generated, table: &QName) -> &'static str {
    if generated.is_partitioned(table) {
        ""
    } else {
        "ONLY "
    }
}

/// The tables that have rows, and how many.
async fn counted(
    session: &Session,
    generated: &Generated,
) -> Result<Vec<(QName, u64)>, ServerError> {
    let groups = generated.groups();
    let tables: Vec<&QName> = groups.iter().flat_map(|group| &group.tables).collect();
    let counts = tables.iter().enumerate().map(|(number, table)| {
        let only = only(generated, table);
        format!("SELECT {number}, count(*) FROM {only}{table}")
    });
    let queries: Vec<String> = counts.collect();
    let rows = session.rows(&queries.join(";\n")).await?;
    let numbers = rows.into_iter().filter_map(|row| {
        let mut row = row.into_iter().map(|text| text?.parse::<u64>().ok());
        let table = tables.get(usize::try_from(row.next()??).ok()?)?;
        let rows = row.next()??;
        (rows > 0).then(|| ((*table).clone(), rows))
    });
    Ok(numbers.collect())
}
