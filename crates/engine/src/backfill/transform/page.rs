//! Rows as they are read for a program.

use segue_db::{Session, postgres::statements::marked};
use segue_plan::{Rows, Step, Transform};

use super::{
    super::{Board, Stop, batch::joined, cancel},
    answer::known,
};

/// A row as it was read.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Where it is, and which transaction wrote it: the version that may be written.
    pub(super) place: String,
    pub(super) version: String,
    /// The number of its table, which may be one of many partitions.
    pub(super) relation: String,
    /// Its key as JSON.
    pub(super) key: String,
    /// The same, as answers are matched with it.
    pub(super) known: String,
    /// The key's values as texts.
    pub(super) texts: Vec<String>,
    /// The line for the program.
    pub(super) line: String,
}

impl Row {
    /// The key's values as a list in JSON.
    pub(super) fn texts_as_json(&self) -> String {
        serde_json::Value::from(self.texts.clone()).to_string()
    }
}

/// Reads a page. Nobody waits for it.
pub(super) async fn read(
    session: &Session,
    board: &Board<'_>,
    (step, transform): (&Step, &Transform),
    rows: Rows<'_>,
) -> Result<Vec<Row>, Stop> {
    let mut script = vec![
        "BEGIN READ ONLY".to_owned(),
        "SET LOCAL statement_timeout = 0".to_owned(),
    ];
    script.extend(step.settings_of_transaction());
    script.push(marked(&transform.page(rows)));
    script.push("COMMIT".to_owned());
    let found = ask(session, board, &joined(&script)).await?;
    Ok(found.into_iter().filter_map(row).collect())
}

/// Asks something that may take long, in a transaction that the script begins and ends.
pub(super) async fn ask(
    session: &Session,
    board: &Board<'_>,
    script: &str,
) -> Result<Vec<segue_db::Row>, Stop> {
    match cancel::until(session, board.stops(), session.rows(script)).await {
        Ok(rows) => Ok(rows),
        Err(error) => {
            if !error.ends_connection() {
                session.execute("ROLLBACK").await.map_err(Stop::Server)?;
            }
            match board.is_stopping() {
                true => Err(Stop::Told),
                false => Err(Stop::Server(error)),
            }
        }
    }
}

fn row(row: segue_db::Row) -> Option<Row> {
    let mut cells = row.into_iter();
    let mut cell = || cells.next().flatten();
    let (place, version, relation) = (cell()?, cell()?, cell()?);
    let (key, row) = (cell()?, cell()?);
    let texts: Vec<String> = cells.map(Option::unwrap_or_default).collect();
    // a JSON value may have line ends between its parts; the protocol has one line for a row
    let line = format!("{{\"key\":{key},\"row\":{row}}}").replace(['\n', '\r'], " ");
    (!texts.is_empty()).then(|| Row {
        place,
        version,
        relation,
        known: known(&key),
        key,
        texts,
        line,
    })
}
