//! segue's own tables: what the tools' histories have no place for. Made on first need.
//!
//! `segue.settings` holds the version of these tables, `segue.progress` how far a migration came that could
//! not be one transaction; in SQLite, which has no schemas, `_segue_settings` and `_segue_progress`. In
//! PostgreSQL the layout that the database was deployed with is a comment on the history. Those of plans that are carried out
//! are in `own/rollouts.rs`, how far their rows are written in `own/batches.rs`, rows that a program could not do in `own/quarantine.rs`,
//! how busy the database was in `own/activity.rs`.

use segue_sql::Dialect;

use crate::{Row, ServerError, Session, history::Table, literal, quote::literal_in};

pub mod activity;
pub mod backups;
pub mod batches;
pub mod evidence;
pub mod quarantine;
pub mod rollouts;
pub mod shapes;

/// The newest version of these tables that we know. What has no plans under way keeps the first one, which older segues know.
pub const VERSION: u32 = rollouts::VERSION;

/// The version of the tables that [`create`] makes.
const FIRST: u32 = 1;

/// The table of settings.
fn settings(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "segue.settings",
        Dialect::Sqlite => "_segue_settings",
    }
}

/// The table of progress.
fn progress(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "segue.progress",
        Dialect::Sqlite => "_segue_progress",
    }
}

/// Makes the tables, if they are not there.
pub fn create(dialect: Dialect) -> Vec<String> {
    let (schema, time, now) = match dialect {
        Dialect::Postgres => (
            Some("CREATE SCHEMA IF NOT EXISTS segue"),
            "timestamptz",
            "clock_timestamp()",
        ),
        Dialect::Sqlite => (None, "text", "(strftime('%Y-%m-%d %H:%M:%f', 'now'))"),
    };
    let tables = [
        format!(
            "CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, value text NOT NULL)",
            settings(dialect)
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {} (\
             layout text NOT NULL, migration text NOT NULL, name text NOT NULL, \
             done integer NOT NULL, doing integer, checksum text NOT NULL, begun_at {time} NOT NULL, \
             changed_at {time} NOT NULL DEFAULT {now}, PRIMARY KEY (layout, migration))",
            progress(dialect)
        ),
        format!(
            "INSERT INTO {} VALUES ('version', '{FIRST}') ON CONFLICT DO NOTHING",
            settings(dialect)
        ),
    ];
    schema
        .map(str::to_owned)
        .into_iter()
        .chain(tables)
        .collect()
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

/// Reads settings and progress; only where the tables are there.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn read(
    session: &Session,
    layout: Option<&str>,
) -> Result<(Settings, Vec<Progress>), ServerError> {
    let of_layout = layout.map_or_else(String::new, |layout| {
        format!(" WHERE layout = {}", literal_in(session.dialect(), layout))
    });
    let dialect = session.dialect();
    let begun_at = match dialect {
        Dialect::Postgres => "date_trunc('milliseconds', begun_at)",
        Dialect::Sqlite => "begun_at",
    };
    let rows = session
        .rows(&format!(
            "SELECT name, value FROM {}; \
             SELECT migration, name, done, doing, checksum, {begun_at} FROM {}{of_layout}",
            settings(dialect),
            progress(dialect)
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
            .unwrap_or(FIRST),
    };
    Ok((settings, progress.into_iter().filter_map(one).collect()))
}

fn one(row: Row) -> Option<Progress> {
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

/// Removes the tables again, if nothing is kept in them.
///
/// # Errors
/// What the database refused, or that it is gone.
pub async fn remove_if_empty(session: &Session) -> Result<(), ServerError> {
    if session.dialect() == Dialect::Postgres {
        return session.execute(REMOVE_IF_EMPTY).await;
    }
    let kept = "SELECT 1 FROM _segue_progress \
                UNION ALL SELECT 1 FROM sqlite_schema WHERE name IN ('_segue_migrations', '_segue_backups')";
    if session.rows(kept).await?.is_empty() {
        session
            .execute("DROP TABLE _segue_progress; DROP TABLE _segue_settings")
            .await?;
    }
    Ok(())
}

const REMOVE_IF_EMPTY: &str = "DO LANGUAGE plpgsql $$ BEGIN \
     IF to_regclass('segue.migrations') IS NULL AND to_regclass('segue.rollouts') IS NULL AND to_regclass('segue.backups') IS NULL AND NOT EXISTS (SELECT FROM segue.progress) THEN \
     DROP TABLE segue.progress, segue.settings; DROP SCHEMA segue; END IF; END $$";

/// Keeps how far a migration came. Where the progress has no `begun_at` it is the start of the transaction
/// (PostgreSQL only).
pub fn keep_progress(dialect: Dialect, layout: &str, of: &Progress) -> String {
    let doing = of
        .doing
        .map_or_else(|| "NULL".to_owned(), |doing| doing.to_string());
    let begun_at = if of.begun_at.is_empty() && dialect == Dialect::Postgres {
        "transaction_timestamp()".to_owned()
    } else {
        literal_in(dialect, &of.begun_at)
    };
    let now = match dialect {
        Dialect::Postgres => "clock_timestamp()",
        Dialect::Sqlite => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    };
    format!(
        "INSERT INTO {} (layout, migration, name, done, doing, checksum, begun_at) \
         VALUES ({}, {}, {}, {}, {doing}, {}, {begun_at}) ON CONFLICT (layout, migration) DO UPDATE SET \
         done = excluded.done, doing = excluded.doing, checksum = excluded.checksum, changed_at = {now}",
        progress(dialect),
        literal_in(dialect, layout),
        literal_in(dialect, &of.key),
        literal_in(dialect, &of.name),
        of.done,
        literal_in(dialect, &of.checksum)
    )
}

/// Forgets how far a migration came: it is done, or taken back.
pub fn forget_progress(dialect: Dialect, layout: &str, key: &str) -> String {
    format!(
        "DELETE FROM {} WHERE layout = {} AND migration = {}",
        progress(dialect),
        literal_in(dialect, layout),
        literal_in(dialect, key)
    )
}
