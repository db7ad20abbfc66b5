//! segue's own schema: what the tools' histories have no place for. Made on first need.
//!
//! `segue.settings` holds the version of this schema, `segue.progress` how far a migration came that could
//! not be one transaction. The layout that the database was deployed with is a comment on the history.

use super::{ServerError, Session};
use crate::{history::Table, literal};

/// The version of this schema that we write.
pub const VERSION: u32 = 1;

/// Makes the schema and its tables, if they are not there.
pub fn create() -> Vec<String> {
    vec![
        "CREATE SCHEMA IF NOT EXISTS segue".to_owned(),
        "CREATE TABLE IF NOT EXISTS segue.settings (name text PRIMARY KEY, value text NOT NULL)"
            .to_owned(),
        "CREATE TABLE IF NOT EXISTS segue.progress (\
         layout text NOT NULL, migration text NOT NULL, name text NOT NULL, \
         done integer NOT NULL, doing integer, checksum text NOT NULL, begun_at timestamptz NOT NULL, \
         changed_at timestamptz NOT NULL DEFAULT clock_timestamp(), \
         PRIMARY KEY (layout, migration))"
            .to_owned(),
        format!(
            "INSERT INTO segue.settings VALUES ('version', '{VERSION}') ON CONFLICT DO NOTHING"
        ),
    ]
}

/// What the settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Of the schema; newer than ours means that a newer segue has been here.
    pub version: u32,
}

/// How far a migration came that is not one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// As in the history.
    pub key: String,
    /// The migration's name.
    pub name: String,
    /// So many statements from the first on are committed.
    pub done: usize,
    /// The statement outside of a transaction that was sent, and of which no outcome is recorded; from 1.
    pub doing: Option<usize>,
    /// Of the text of those that are committed.
    pub checksum: String,
    /// When it was begun, to the millisecond as the server prints it: the same as in the history's row,
    /// where the tool has one. Written once, by the server.
    pub begun_at: String,
}

/// Reads settings and progress; only where the schema is there.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn read(
    session: &Session,
    layout: Option<&str>,
) -> Result<(Settings, Vec<Progress>), ServerError> {
    let of_layout = layout.map_or_else(String::new, |layout| {
        format!(" WHERE layout = {}", literal(layout))
    });
    let rows = session
        .rows(&format!(
            "SELECT name, value FROM segue.settings; \
             SELECT migration, name, done, doing, checksum, date_trunc('milliseconds', begun_at) \
             FROM segue.progress{of_layout}"
        ))
        .await?;
    let (settings, progress): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.len() == 2);
    let value = |wanted: &str| {
        settings.iter().find_map(|row| match row.as_slice() {
            [Some(name), Some(value)] if name == wanted => Some(value.clone()),
            _ => None,
        })
    };
    let settings = Settings {
        version: value("version")
            .and_then(|v| v.parse().ok())
            .unwrap_or(VERSION),
    };
    Ok((settings, progress.into_iter().filter_map(one).collect()))
}

fn one(row: super::Row) -> Option<Progress> {
    let [key, name, done, doing, checksum, begun_at] = <[Option<String>; 6]>::try_from(row).ok()?;
    Some(Progress {
        key: key?,
        name: name?,
        done: done?.parse().ok()?,
        doing: doing.and_then(|doing| doing.parse().ok()),
        checksum: checksum?,
        begun_at: begun_at?,
    })
}

/// Keeps the layout that the database is deployed with, as a comment on the history's table: other tools
/// would take a schema of ours for a part of the application's.
pub fn keep_layout(table: &Table, layout: &str, reason: &str) -> String {
    format!(
        "COMMENT ON TABLE {} IS {}",
        table.quoted(),
        literal(&format!("{KEPT}{layout}{BECAUSE}{reason}"))
    )
}

/// Takes the comment away from a history that is no longer deployed to.
pub fn forget_layout(table: &Table) -> String {
    format!("COMMENT ON TABLE {} IS NULL", table.quoted())
}

const KEPT: &str = "segue: deployed with the layout ";
const BECAUSE: &str = ", because of ";

/// The layout and the reason in a comment, if it is one of ours.
pub fn kept_layout(comment: &str) -> Option<(String, String)> {
    let (layout, reason) = comment.strip_prefix(KEPT)?.split_once(BECAUSE)?;
    Some((layout.to_owned(), reason.to_owned()))
}

/// Removes the schema again, if nothing is kept in it; a single message to the server.
pub fn remove_if_empty() -> &'static str {
    "DO LANGUAGE plpgsql $$ BEGIN \
     IF to_regclass('segue.migrations') IS NULL AND NOT EXISTS (SELECT FROM segue.progress) THEN \
     DROP TABLE segue.progress, segue.settings; DROP SCHEMA segue; END IF; END $$"
}

/// Keeps how far a migration came.
pub fn keep_progress(layout: &str, progress: &Progress) -> String {
    let doing = progress
        .doing
        .map_or_else(|| "NULL".to_owned(), |doing| doing.to_string());
    format!(
        "INSERT INTO segue.progress (layout, migration, name, done, doing, checksum, begun_at) \
         VALUES ({}, {}, {}, {}, {doing}, {}, transaction_timestamp()) ON CONFLICT (layout, migration) DO UPDATE SET \
         done = excluded.done, doing = excluded.doing, checksum = excluded.checksum, \
         changed_at = clock_timestamp()",
        literal(layout),
        literal(&progress.key),
        literal(&progress.name),
        progress.done,
        literal(&progress.checksum)
    )
}

/// Forgets how far a migration came: it is done, or taken back.
pub fn forget_progress(layout: &str, key: &str) -> String {
    format!(
        "DELETE FROM segue.progress WHERE layout = {} AND migration = {}",
        literal(layout),
        literal(key)
    )
}
