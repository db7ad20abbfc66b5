//! What a database of SQLite's says of itself.

use futures_util::future::try_join;

use super::{Path, Session};
use crate::{
    Contents, Facts, Found, Place, ReadOnly, ServerError,
    facts::wanted_table,
    history::{Format, SQLITE, Table},
    quote::plain_literal,
};

/// What is asked of the connection: its version, and whether it may write.
const FACTS: &str =
    "SELECT sqlite_version(), EXISTS (SELECT 1 FROM pragma_query_only WHERE query_only)";

/// Where segue keeps its own settings.
const OWN: &str = "_segue_settings";

/// Asks the database.
pub(crate) async fn facts(session: &Session, place: &Place) -> Result<Facts, ServerError> {
    // What does not need each other's answers is asked together: SQLite's thread is woken once for it.
    let first = format!("{FACTS}; {}", tables_query(place));
    let (rows, is_read_only) = try_join(session.rows(&first), session.is_read_only()).await?;
    let (own, tables) = rows.split_first().ok_or_else(no_answer)?;
    let text = |column: usize| own.get(column).cloned().flatten().unwrap_or_default();
    let mut histories = Vec::new();
    let is_there = |table: &str| tables.iter().flatten().flatten().any(|name| name == table);
    for format in SQLITE.iter().copied() {
        let table = wanted_table(format, place);
        if is_there(table) && is_its_own(session, format, table).await? {
            let table = Table {
                schema: "main".to_owned(),
                name: table.to_owned(),
            };
            histories.push(Found { format, table });
        }
    }
    Ok(Facts {
        database: name(session),
        schema: Some("main".to_owned()),
        user: String::new(),
        version: number(&text(0)),
        read_only: (is_read_only || text(1) == "1").then_some(ReadOnly::File),
        pid: String::new(),
        histories,
        has_own_schema: is_there(OWN),
        own_is_closed: false,
    })
}

/// Looks into the database.
pub(crate) async fn contents(session: &Session, facts: &Facts) -> Result<Contents, ServerError> {
    let rows = session.rows(&objects_query(&facts.histories)).await?;
    let objects: Vec<String> = rows.into_iter().flatten().flatten().collect();
    Ok(Contents {
        has_tables: !objects.is_empty(),
        objects,
    })
}

fn no_answer() -> ServerError {
    ServerError::Lost("SQLite gave no answer".to_owned())
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

/// Which of the tables that matter are there. The schema has no index by name: it is read once for all of them.
fn tables_query(place: &Place) -> String {
    let names: Vec<String> = SQLITE
        .iter()
        .map(|format| wanted_table(format, place))
        .chain([OWN])
        .map(plain_literal)
        .collect();
    format!(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ({})",
        names.join(", ")
    )
}

/// Whether a table that is there has the columns of the format, where tools use the same name.
async fn is_its_own(session: &Session, format: &Format, table: &str) -> Result<bool, ServerError> {
    for (column, wanted) in [(format.marked_by, true), (format.unmarked_by, false)] {
        let Some(column) = column else {
            continue;
        };
        let query = format!(
            "SELECT 1 FROM pragma_table_info({}) WHERE name = {}",
            plain_literal(table),
            plain_literal(column)
        );
        let has = !session.rows(&query).await?.is_empty();
        if has != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A history that has rows tells itself which layout the database was deployed with: in SQLite a comment cannot.
pub(crate) async fn kept_layout(
    session: &Session,
    found: &Found,
) -> Result<Option<(String, String)>, ServerError> {
    let any = format!("SELECT 1 FROM {} LIMIT 1", found.table.quoted());
    let has_rows = !session.rows(&any).await?.is_empty();
    let layout = found.format.layout;
    let reason = format!("the history of {} in the database", layout.title);
    Ok(has_rows.then(|| (layout.name.to_owned(), reason)))
}

/// A few of the user's tables and views, the oldest: without SQLite's own, the histories, and our own.
fn objects_query(histories: &[Found]) -> String {
    let names: Vec<String> = histories
        .iter()
        .map(|found| plain_literal(&found.table.name))
        .collect();
    format!(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT LIKE '\\_segue\\_%' ESCAPE '\\' AND name NOT IN ({}) LIMIT 4",
        names.join(", ")
    )
}
