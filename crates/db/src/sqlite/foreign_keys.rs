//! Whether a migration that turned foreign keys off leaves rows that break one: step 10 of "Making Other Kinds
//! Of Table Schema Changes" (lang_altertable.html). What was broken before is none of its doing.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, Error};

use crate::{Refusal, ServerError};

/// How many rows of a table have no row in their parent.
type Broken = BTreeMap<(String, String), u64>;

/// What was so before the migration.
#[derive(Default)]
pub(super) struct Noted {
    /// `None`: SQLite cannot tell, as where a parent has no key that is unique.
    broken: Option<Broken>,
    tables: HashSet<String>,
}

impl Noted {
    pub(super) fn of(connection: &Connection) -> Result<Self, Error> {
        Ok(Self {
            broken: broken(connection).ok(),
            tables: tables(connection)?,
        })
    }

    /// Fails where it is worse now.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), Complaint> {
        let Some(before) = &self.broken else {
            return Ok(());
        };
        let now = broken(connection).map_err(Complaint::Sqlite)?;
        let tables = tables(connection).map_err(Complaint::Sqlite)?;
        let worse = self.worse(before, &now, &tables);
        if worse.is_empty() {
            return Ok(());
        }
        let details: Vec<String> = worse
            .iter()
            .map(|(key @ (table, parent), count)| {
                let had = before.get(key).copied().unwrap_or_default();
                format!(
                    "{} of {table} {} no row in {parent} ({had} before)",
                    rows(*count),
                    if *count == 1 { "has" } else { "have" }
                )
            })
            .collect();
        Err(Complaint::Rows(details.join("; ")))
    }

    /// The pairs of tables that are worse off. A table that is new under its name may be one that was renamed,
    /// with the broken rows that it had.
    fn worse(
        &self,
        before: &Broken,
        now: &Broken,
        tables: &HashSet<String>,
    ) -> Vec<((String, String), u64)> {
        let is_new = |(table, parent): &(String, String)| {
            !self.tables.contains(table)
                || (tables.contains(parent) && !self.tables.contains(parent))
        };
        let is_gone = |(table, parent): &(String, String)| {
            !tables.contains(table) || (self.tables.contains(parent) && !tables.contains(parent))
        };
        let gone: u64 = before
            .iter()
            .filter(|(k, _)| is_gone(k))
            .map(|(_, n)| n)
            .sum();
        let new: u64 = now.iter().filter(|(k, _)| is_new(k)).map(|(_, n)| n).sum();
        now.iter()
            .filter(|(key, count)| {
                if is_new(key) {
                    new > gone
                } else {
                    **count > before.get(*key).copied().unwrap_or_default()
                }
            })
            .map(|(key, count)| (key.clone(), *count))
            .collect()
    }
}

fn rows(count: u64) -> String {
    if count == 1 {
        "1 row".to_owned()
    } else {
        format!("{count} rows")
    }
}

/// Why the check failed.
pub(super) enum Complaint {
    /// SQLite cannot tell any more.
    Sqlite(Error),
    /// These rows.
    Rows(String),
}

/// As an answer of SQLite's, of the code that it would have used itself.
pub(super) fn refusal(detail: String) -> ServerError {
    ServerError::Refused(Box::new(Refusal {
        code: "SQLITE_CONSTRAINT_FOREIGNKEY".to_owned(),
        message: "the migration leaves rows that break a foreign key".to_owned(),
        detail: Some(detail),
        hint: Some(
            "it turns the enforcement off (PRAGMA foreign_keys), so that SQLite itself would not have said it; \
             PRAGMA foreign_key_check shows the rows"
                .to_owned(),
        ),
        context: None,
        constraint: None,
        position: None,
        is_passing: false,
        is_cancelled: false,
    }))
}

/// `PRAGMA foreign_key_check`, counted by table and parent.
fn broken(connection: &Connection) -> Result<Broken, Error> {
    let mut statement = connection.prepare(
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
    )?;
    let counted = statement.query_map([], |row| {
        Ok((
            (row.get(0)?, row.get(1)?),
            row.get::<_, i64>(2)?.unsigned_abs(),
        ))
    })?;
    counted.collect()
}

fn tables(connection: &Connection) -> Result<HashSet<String>, Error> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    statement.query_map([], |row| row.get(0))?.collect()
}
