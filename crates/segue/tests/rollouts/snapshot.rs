//! What is in a database: its schema, its rows, and what should not be there.

use segue_catalog::Catalog;
use segue_db::Session;

use crate::stand::Stand;

/// Columns whose values are another one's in every run: how many different ones there are is compared.
const CHOSEN: &str = "token, number";

/// All that is compared.
#[derive(Debug, PartialEq)]
pub(crate) struct Snapshot {
    catalog: Catalog,
    /// A line for each table.
    rows: Vec<Vec<Option<String>>>,
    /// What is neither valid nor validated.
    unfinished: Vec<String>,
}

impl Snapshot {
    /// What differs, in words.
    pub(crate) fn differs(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        let json = |of: &Self| serde_json::to_string_pretty(&of.catalog).expect("it is JSON");
        let (ours, theirs) = (json(self), json(other));
        let lines = ours.lines().zip(theirs.lines());
        let first = lines.enumerate().find(|(_, (one, another))| one != another);
        Some(format!(
            "schema: {first:?}\nrows: {:?}\n  not {:?}\nunfinished: {:?}, not {:?}",
            self.rows, other.rows, self.unfinished, other.unfinished
        ))
    }
}

/// Invalid indexes, constraints that are not validated, partitions that are half detached.
const UNFINISHED: &str = "SELECT 'index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid \
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE NOT convalidated \
    UNION ALL SELECT 'detaching ' || inhrelid::regclass FROM pg_inherits WHERE inhdetachpending ORDER BY 1";

/// What is segue's by its name, and lies outside of its schema.
const LEFT: &str = "SELECT 'relation ' || oid::regclass FROM pg_class WHERE relname ~ 'segue' \
      AND relnamespace NOT IN ('segue'::regnamespace, 'pg_toast'::regnamespace) \
    UNION ALL SELECT 'column ' || attname FROM pg_attribute WHERE attname ~ 'segue' AND NOT attisdropped \
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname ~ 'segue' \
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE conname ~ 'segue' AND connamespace <> 'segue'::regnamespace \
    UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE proname ~ 'segue' OR prosrc ~ 'segue' \
    UNION ALL SELECT 'function in schema segue: ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'segue'::regnamespace";

/// Rows that were kept to be put back.
pub(crate) const KEPT: &str = "SELECT relname::text FROM pg_class WHERE relname ~ '^(kept|left)_' AND relkind = 'r' AND relnamespace = 'segue'::regnamespace ORDER BY 1";

impl Stand {
    /// What is in a database.
    pub(crate) async fn snapshot(&self, database: &str) -> Snapshot {
        let session = self.session(database).await;
        let catalog = look(&session).await;
        let tables = catalog
            .tables
            .iter()
            .filter(|(_, table)| !table.columns.is_empty());
        let queries: Vec<String> = tables
            .map(|(name, _)| {
                format!(
                    "SELECT '{name}', count(*), md5(string_agg(line, chr(10) ORDER BY line)), count(DISTINCT token), \
                     count(DISTINCT number) FROM (SELECT (to_jsonb(t) - '{{{CHOSEN}}}'::text[])::text AS line, \
                     to_jsonb(t)->>'token' AS token, to_jsonb(t)->>'number' AS number FROM ONLY {name} t) lines"
                )
            })
            .collect();
        let rows = session
            .rows(&format!("{} ORDER BY 1", queries.join(" UNION ALL ")))
            .await;
        let snapshot = Snapshot {
            catalog,
            rows: rows.expect("the rows are read"),
            unfinished: list(&session, UNFINISHED).await,
        };
        session.close().await;
        snapshot
    }

    /// The schema of a database.
    pub(crate) async fn catalog(&self, database: &str) -> Catalog {
        let session = self.session(database).await;
        let catalog = look(&session).await;
        session.close().await;
        catalog
    }

    /// What is neither valid nor validated.
    pub(crate) async fn unfinished(&self, database: &str) -> Vec<String> {
        let session = self.session(database).await;
        let unfinished = list(&session, UNFINISHED).await;
        session.close().await;
        unfinished
    }

    /// What segue has left outside of its schema, and steps that are not done or taken back.
    pub(crate) async fn left(&self, database: &str, ended: &str) -> Vec<String> {
        let session = self.session(database).await;
        let mut left = list(&session, LEFT).await;
        let open = format!(
            "SELECT 'rollout ' || id || ' is ' || state FROM segue.rollouts WHERE state <> '{ended}' \
             UNION ALL SELECT 'step ' || step || ' is ' || state FROM segue.steps WHERE state NOT IN ('done', 'undone') \
             UNION ALL SELECT 'shape of ' || relation FROM segue.shapes JOIN segue.rollouts ON id = rollout \
             WHERE state <> 'contracted' OR plan::jsonb->'contract' <> '[]'"
        );
        if ended == "rolled back" {
            left.extend(list(&session, KEPT).await);
        }
        let has_rollouts = list(&session, "SELECT to_regclass('segue.rollouts')::text").await;
        if !has_rollouts.is_empty() {
            left.extend(list(&session, &open).await);
        }
        session.close().await;
        left
    }
}

async fn list(session: &Session, query: &str) -> Vec<String> {
    let rows = session.rows(query).await.expect("it is read");
    rows.into_iter().flatten().flatten().collect()
}

async fn look(session: &Session) -> Catalog {
    let Session::Postgres(session) = session else {
        panic!("it is a PostgreSQL server");
    };
    let read = segue_db::introspect(session).await.expect("it is read");
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    let mut catalog = read.catalog;
    catalog.schemas.remove("segue");
    catalog.tables.retain(|name, _| name.schema != "segue");
    catalog
        .indexes
        .retain(|_, index| index.table.schema != "segue");
    catalog.sequences.retain(|name, _| name.schema != "segue");
    catalog
}
