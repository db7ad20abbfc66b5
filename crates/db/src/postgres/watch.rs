//! What a statement really does on a server: the locks that its transaction holds, the tables whose files are others
//! afterwards, the tables that it reads, and what the server says of its work (`client_min_messages = debug1`).

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{Name, QName};

use super::Session;
use crate::{Row, ServerError};

/// Relations of users with their files, and how often the transaction has read each.
const RELATIONS: &str = "\
    SELECT c.oid, CASE WHEN n.oid = pg_catalog.pg_my_temp_schema() THEN 'pg_temp' ELSE n.nspname END, c.relname, \
           c.relkind, c.relfilenode, pg_catalog.pg_stat_get_xact_numscans(c.oid) \
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE (n.nspname NOT LIKE 'pg\\_%' OR n.oid = pg_catalog.pg_my_temp_schema()) \
       AND n.nspname <> 'information_schema'";

/// What the session holds.
const LOCKS: &str = "\
    SELECT relation, mode FROM pg_catalog.pg_locks \
     WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted \
       AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

/// A server before a statement.
pub struct Before {
    relations: BTreeMap<u32, Relation>,
    held: BTreeMap<QName, Vec<String>>,
}

struct Relation {
    name: QName,
    kind: String,
    file: String,
    scans: u64,
}

/// What a statement did. Relations are called as they were before it; new ones are left out.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The locks that the transaction held before.
    pub held: BTreeMap<QName, Vec<String>>,
    /// The locks that it holds behind it.
    pub locks: BTreeMap<QName, Vec<String>>,
    /// Tables and materialized views whose rows are in another file.
    pub refiled: BTreeSet<QName>,
    /// Tables and materialized views that were read from end to end.
    pub scanned: BTreeSet<QName>,
    /// What the server said.
    pub messages: Vec<String>,
}

impl Before {
    /// The relations that are there, by their OIDs.
    pub fn relations(&self) -> BTreeSet<u32> {
        self.relations.keys().copied().collect()
    }

    /// Looks away from all relations but these, by their OIDs; how they are called now.
    pub fn keep(&mut self, only: &BTreeSet<u32>) -> BTreeSet<QName> {
        self.relations.retain(|oid, _| only.contains(oid));
        let names: BTreeSet<QName> = self
            .relations
            .values()
            .map(|one| one.name.clone())
            .collect();
        self.held.retain(|name, _| names.contains(name));
        names
    }

    /// Looks at the server. Within a transaction it is also seen what that holds already.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn look(session: &Session) -> Result<Self, ServerError> {
        let relations = relations(session).await?;
        let held = locks(session, &relations).await?;
        session.execute("SET client_min_messages = debug1").await?;
        drop(session.messages());
        Ok(Self { relations, held })
    }

    /// Looks again, behind the statement and within the same transaction.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn after(self, session: &Session) -> Result<Seen, ServerError> {
        let messages = session.messages();
        session.execute("SET client_min_messages = notice").await?;
        let after = relations(session).await?;
        let mut seen = Seen {
            held: self.held,
            locks: locks(session, &self.relations).await?,
            messages,
            ..Seen::default()
        };
        for (oid, relation) in &self.relations {
            let Some(now) = after.get(oid) else { continue };
            let has_rows = relation.kind == "r" || relation.kind == "m";
            if has_rows && now.file != relation.file {
                seen.refiled.insert(relation.name.clone());
            }
            if has_rows && now.scans > relation.scans {
                seen.scanned.insert(relation.name.clone());
            }
        }
        Ok(seen)
    }

    /// Statements that lock every table and materialized view in a way that lets others read and write, but keeps whoever
    /// maintains one waiting. Materialized views cannot be named in a `LOCK TABLE`; a comment locks them alike.
    pub fn guards(&self) -> Vec<String> {
        let relations = self.relations.values();
        relations
            .filter_map(|relation| match relation.kind.as_str() {
                "r" | "p" => Some(format!(
                    "LOCK TABLE ONLY {} IN SHARE UPDATE EXCLUSIVE MODE",
                    relation.name
                )),
                "m" => Some(format!(
                    "COMMENT ON MATERIALIZED VIEW {} IS NULL",
                    relation.name
                )),
                _ => None,
            })
            .collect()
    }

    /// What another session, by its process, holds or waits for, and whether it waits at all.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn of_other(
        &self,
        session: &Session,
        process: &str,
    ) -> Result<(BTreeMap<QName, Vec<String>>, bool), ServerError> {
        let sql = format!(
            "SELECT relation, mode, granted FROM pg_catalog.pg_locks \
             WHERE pid = {process} AND (locktype = 'relation' OR NOT granted)"
        );
        let rows = session.rows(&sql).await?;
        let waits = rows.iter().any(|row| text(row, 2) == "f");
        Ok((named(&rows, &self.relations), waits))
    }
}

async fn relations(session: &Session) -> Result<BTreeMap<u32, Relation>, ServerError> {
    let rows = session.rows(RELATIONS).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let relation = Relation {
                name: QName::new(Name::stored(text(row, 1)), Name::stored(text(row, 2))),
                kind: text(row, 3).to_owned(),
                file: text(row, 4).to_owned(),
                scans: number(row, 5).unwrap_or_default(),
            };
            (number(row, 0).unwrap_or_default(), relation)
        })
        .collect())
}

async fn locks(
    session: &Session,
    relations: &BTreeMap<u32, Relation>,
) -> Result<BTreeMap<QName, Vec<String>>, ServerError> {
    Ok(named(&session.rows(LOCKS).await?, relations))
}

fn named(rows: &[Row], relations: &BTreeMap<u32, Relation>) -> BTreeMap<QName, Vec<String>> {
    let mut found: BTreeMap<QName, Vec<String>> = BTreeMap::new();
    for row in rows {
        let relation = number(row, 0).and_then(|oid: u32| relations.get(&oid));
        if let Some(relation) = relation {
            let modes = found.entry(relation.name.clone()).or_default();
            modes.push(text(row, 1).to_owned());
        }
    }
    found
}

fn text(row: &Row, column: usize) -> &str {
    row.get(column)
        .and_then(Option::as_deref)
        .unwrap_or_default()
}

fn number<N: std::str::FromStr>(row: &Row, column: usize) -> Option<N> {
    text(row, column).parse().ok()
}
