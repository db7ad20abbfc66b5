//! What a database of SQLite's says of itself.

use super::{Path, Session};
use crate::{
    Facts, Found, Place, ReadOnly, Row, ServerError,
    facts::wanted_table,
    history::{Format, SQLITE, Table},
    quote::plain_literal,
};

/// What is asked of the connection: its version, whether it may write, whether our settings are there.
const FACTS: &str = "SELECT sqlite_version(), \
     EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_segue_settings'), \
     EXISTS (SELECT 1 FROM pragma_query_only WHERE query_only)";

/// Asks the database.
pub(crate) async fn facts(session: &Session, place: &Place) -> Result<Facts, ServerError> {
    let own = session
        .rows(FACTS)
        .await?
        .into_iter()
        .next()
        .unwrap_or_default();
    let text = |column: usize| own.get(column).cloned().flatten().unwrap_or_default();
    let mut histories = Vec::new();
    for row in session.rows(&histories_query(place)).await? {
        histories.extend(found(session, &row).await?);
    }
    let objects = session.rows(&objects_query(&histories)).await?;
    Ok(Facts {
        database: name(session),
        schema: Some("main".to_owned()),
        user: String::new(),
        version: number(&text(0)),
        read_only: (session.is_read_only().await? || text(2) == "1").then_some(ReadOnly::File),
        pid: String::new(),
        histories,
        has_own_schema: text(1) == "1",
        objects: objects.into_iter().flatten().flatten().collect(),
    })
}

fn name(session: &Session) -> String {
    match &session.location().path {
        Path::File(path) => segue_project::shown_path(path),
        Path::Memory => ":memory:".to_owned(),
    }
}

/// `3.51.2` as `SQLITE_VERSION_NUMBER` has it: 3051002 (c3ref/c_source_id.html).
fn number(version: &str) -> u32 {
    version
        .split('.')
        .filter_map(|part| part.parse::<u32>().ok())
        .fold(0, |number, part| number * 1000 + part)
}

/// One row per history table that is there: its layout and name.
fn histories_query(place: &Place) -> String {
    let selects: Vec<String> = SQLITE
        .iter()
        .map(|format| history_query(format, place))
        .collect();
    selects.join(" UNION ALL ")
}

fn history_query(format: &Format, place: &Place) -> String {
    let table = plain_literal(wanted_table(format, place));
    let column = |name: &str| {
        format!(
            "EXISTS (SELECT 1 FROM pragma_table_info({table}) WHERE name = {})",
            plain_literal(name)
        )
    };
    let mut query = format!(
        "SELECT {}, name FROM sqlite_schema WHERE type = 'table' AND name = {table}",
        plain_literal(format.layout.name)
    );
    if let Some(name) = format.marked_by {
        query = format!("{query} AND {}", column(name));
    }
    if let Some(name) = format.unmarked_by {
        query = format!("{query} AND NOT {}", column(name));
    }
    query
}

/// A history that has rows tells itself which layout the database was deployed with: in SQLite a comment cannot.
async fn found(session: &Session, row: &Row) -> Result<Option<Found>, ServerError> {
    let [Some(layout), Some(name)] = row.as_slice() else {
        return Ok(None);
    };
    let Some(format) = SQLITE.iter().copied().find(|f| f.layout.name == layout) else {
        return Ok(None);
    };
    let table = Table {
        schema: "main".to_owned(),
        name: name.clone(),
    };
    let any = format!("SELECT 1 FROM {} LIMIT 1", table.quoted());
    let has_rows = !session.rows(&any).await?.is_empty();
    Ok(Some(Found {
        format,
        table,
        kept: has_rows.then(|| {
            let reason = format!("the history of {} in the database", format.layout.title);
            (layout.clone(), reason)
        }),
    }))
}

/// A few of the user's tables and views: without SQLite's own, the histories, and our own.
fn objects_query(histories: &[Found]) -> String {
    let names: Vec<String> = histories
        .iter()
        .map(|found| plain_literal(&found.table.name))
        .collect();
    format!(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT LIKE '\\_segue\\_%' ESCAPE '\\' AND name NOT IN ({}) ORDER BY name LIMIT 4",
        names.join(", ")
    )
}
