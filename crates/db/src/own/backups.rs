//! The journal of backups: which were made of this database, for what, and how they are restored. Made with the first backup.

use segue_sql::Dialect;

use crate::{Row, ServerError, Session, quote::literal_in};

/// segue's own key for the lock that keeps backups apart: the bytes of "backup" as a number.
pub const LOCK: i64 = 0x6261_636b_7570;

/// A backup, as the journal has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backup {
    /// What it is called.
    pub name: String,
    /// What it was made before, as one text: the phase and the migrations.
    pub before: String,
    /// Where it is; of a command of the user's own, what that printed last.
    pub place: String,
    /// What it has, in words.
    pub what: String,
    /// How large it is; not known of a command.
    pub bytes: Option<u64>,
    /// How many rows it has; not known of a command.
    pub rows: Option<u64>,
    /// How many milliseconds it took, all told.
    pub milliseconds: u64,
    /// The command that restores it, where segue knows one.
    pub restore: Option<String>,
    /// The restore point that was made with it.
    pub restore_point: Option<String>,
    /// When it was done, as the server prints it.
    pub made_at: String,
    /// How many seconds ago that was.
    pub age: u64,
    /// When it was last restored by a rehearsal.
    pub rehearsed_at: Option<String>,
    /// What came of that: `same`, or in what it differed.
    pub rehearsal: Option<String>,
}

fn table(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "segue.backups",
        Dialect::Sqlite => "_segue_backups",
    }
}

/// A query of PostgreSQL's for whether this role may write the journal.
pub const MAY_KEEP: &str = "SELECT CASE \
     WHEN to_regnamespace('segue') IS NULL THEN pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
     WHEN NOT pg_catalog.has_schema_privilege('segue', 'USAGE') THEN false \
     WHEN to_regclass('segue.backups') IS NULL THEN pg_catalog.has_schema_privilege('segue', 'CREATE') \
     ELSE pg_catalog.has_table_privilege('segue.backups', 'INSERT') END";

/// What makes the table where it is not there, and segue's own schema.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn create(session: &Session) -> Result<Vec<String>, ServerError> {
    let dialect = session.dialect();
    let (time, now) = match dialect {
        Dialect::Postgres => ("timestamptz", "clock_timestamp()"),
        Dialect::Sqlite => ("text", "(strftime('%Y-%m-%d %H:%M:%f', 'now'))"),
    };
    let table = format!(
        "CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, before text NOT NULL, place text NOT NULL, what text NOT NULL, \
         bytes bigint, row_count bigint, milliseconds bigint NOT NULL, restore text, restore_point text, \
         made_at {time} NOT NULL DEFAULT {now}, rehearsed_at {time}, rehearsal text)",
        table(dialect)
    );
    // what is there is not made again: that asks for rights that are not needed
    let missing = match dialect {
        Dialect::Sqlite => return Ok(vec![table]),
        Dialect::Postgres => {
            "SELECT to_regnamespace('segue') IS NULL, to_regclass('segue.backups') IS NULL"
        }
    };
    let rows = session.rows(missing).await?;
    let cells = rows.into_iter().flatten();
    let statements = ["CREATE SCHEMA IF NOT EXISTS segue".to_owned(), table];
    let wanted = cells
        .zip(statements)
        .filter(|(cell, _)| cell.as_deref() == Some("t"));
    Ok(wanted.map(|(_, statement)| statement).collect())
}

/// Keeps a backup.
pub fn keep(dialect: Dialect, backup: &Backup) -> String {
    let text = |value: &str| literal_in(dialect, value);
    let optional =
        |value: &Option<String>| value.as_deref().map_or_else(|| "NULL".to_owned(), text);
    let number =
        |value: Option<u64>| value.map_or_else(|| "NULL".to_owned(), |value| value.to_string());
    format!(
        "INSERT INTO {} (name, before, place, what, bytes, row_count, milliseconds, restore, restore_point) \
         VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {})",
        table(dialect),
        text(&backup.name),
        text(&backup.before),
        text(&backup.place),
        text(&backup.what),
        number(backup.bytes),
        number(backup.rows),
        backup.milliseconds,
        optional(&backup.restore),
        optional(&backup.restore_point),
    )
}

/// Keeps what came of restoring one.
pub fn keep_rehearsal(dialect: Dialect, name: &str, outcome: &str) -> String {
    let now = match dialect {
        Dialect::Postgres => "clock_timestamp()",
        Dialect::Sqlite => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    };
    format!(
        "UPDATE {} SET rehearsed_at = {now}, rehearsal = {} WHERE name = {}",
        table(dialect),
        literal_in(dialect, outcome),
        literal_in(dialect, name)
    )
}

/// The backups that were made, the newest first; none where there was never one.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn read(session: &Session) -> Result<Vec<Backup>, ServerError> {
    let dialect = session.dialect();
    let (is_there, made_at, rehearsed_at, age) = match dialect {
        Dialect::Postgres => (
            "SELECT 1 WHERE pg_catalog.to_regclass('segue.backups') IS NOT NULL",
            "date_trunc('seconds', made_at)::text",
            "date_trunc('seconds', rehearsed_at)::text",
            "floor(extract(epoch FROM clock_timestamp() - made_at))::bigint",
        ),
        Dialect::Sqlite => (
            "SELECT 1 FROM sqlite_schema WHERE name = '_segue_backups'",
            "made_at",
            "rehearsed_at",
            "CAST(strftime('%s', 'now') - strftime('%s', made_at) AS integer)",
        ),
    };
    if session.rows(is_there).await?.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT name, before, place, what, bytes, row_count, milliseconds, restore, restore_point, {made_at}, {age}, {rehearsed_at}, rehearsal \
         FROM {} ORDER BY made_at DESC, name DESC",
        table(dialect)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().filter_map(one).collect())
}

fn one(row: Row) -> Option<Backup> {
    let mut cells = row.into_iter();
    let mut cell = || cells.next().flatten();
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
    Some(Backup {
        name: cell()?,
        before: cell()?,
        place: cell()?,
        what: cell()?,
        bytes: number(cell()),
        rows: number(cell()),
        milliseconds: number(cell()).unwrap_or_default(),
        restore: cell(),
        restore_point: cell(),
        made_at: cell()?,
        age: number(cell()).unwrap_or_default(),
        rehearsed_at: cell(),
        rehearsal: cell(),
    })
}
