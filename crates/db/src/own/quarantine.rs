//! Rows that go through a program: how far each worker is in the order of the key, and the rows that could not be done.
//! `segue.places` and `segue.quarantine`; PostgreSQL only. Made with the first program that is run.

use crate::{Row, ServerError, Session, literal, own::batches::Checkpoint};

/// Makes the tables, if they are not there; those of [`rollouts`](super::rollouts) have to be.
pub fn create() -> Vec<String> {
    vec![
        "CREATE TABLE IF NOT EXISTS segue.places (\
         rollout bigint NOT NULL, step integer NOT NULL, worker integer NOT NULL, place text NOT NULL, \
         PRIMARY KEY (rollout, step, worker), \
         FOREIGN KEY (rollout, step, worker) REFERENCES segue.batches ON DELETE CASCADE)"
            .to_owned(),
        "CREATE TABLE IF NOT EXISTS segue.quarantine (\
         id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
         rollout bigint NOT NULL REFERENCES segue.rollouts ON DELETE CASCADE, step integer NOT NULL, \
         migration text NOT NULL, relation text NOT NULL, key text NOT NULL, texts text NOT NULL, \
         row text NOT NULL, reason text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), \
         UNIQUE (rollout, step, key))"
            .to_owned(),
    ]
}

/// Which step of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Of {
    /// The plan, as in `segue.rollouts`.
    pub rollout: i64,
    /// The number of the step, contract behind expand, from 0.
    pub step: usize,
}

/// A row that could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its key as JSON.
    pub key: String,
    /// Its key as a list of texts in JSON.
    pub texts: String,
    /// The line that the program was given.
    pub row: String,
    /// Why.
    pub reason: String,
}

/// Where the workers of a step are in the order of the key, by their numbers.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn places(session: &Session, of: Of) -> Result<Vec<String>, ServerError> {
    let sql = format!(
        "SELECT place FROM segue.places WHERE rollout = {} AND step = {} ORDER BY worker",
        of.rollout, of.step
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Keeps where the workers begin; their checkpoints are there.
pub fn begin(of: Of, places: &[String]) -> Vec<String> {
    let one = |(worker, place): (usize, &String)| {
        format!(
            "INSERT INTO segue.places VALUES ({}, {}, {worker}, {})",
            of.rollout,
            of.step,
            literal(place)
        )
    };
    places.iter().enumerate().map(one).collect()
}

/// Keeps where a worker is, beside its checkpoint.
pub fn keep_place(of: Of, at: &Checkpoint, place: &str) -> String {
    format!(
        "UPDATE segue.places SET place = {} WHERE rollout = {} AND step = {} AND worker = {}",
        literal(place),
        of.rollout,
        of.step,
        at.worker
    )
}

/// Puts rows aside; those that are there get the new reason.
pub fn put(of: Of, migration: &str, relation: &str, rows: &[Kept]) -> Option<String> {
    let value = |kept: &Kept| {
        format!(
            "({}, {}, {}, {}, {}, {}, {}, {})",
            of.rollout,
            of.step,
            literal(migration),
            literal(relation),
            literal(&kept.key),
            literal(&kept.texts),
            literal(&kept.row),
            literal(&kept.reason)
        )
    };
    let values: Vec<String> = rows.iter().map(value).collect();
    (!values.is_empty()).then(|| {
        format!(
            "INSERT INTO segue.quarantine (rollout, step, migration, relation, key, texts, row, reason) VALUES {} \
             ON CONFLICT (rollout, step, key) DO UPDATE SET row = excluded.row, reason = excluded.reason, at = clock_timestamp()",
            values.join(", ")
        )
    })
}

/// Lets rows go: they are done, or are not to be done any more.
pub fn release(of: Of, keys: &[String]) -> Option<String> {
    let keys: Vec<String> = keys.iter().map(|key| literal(key)).collect();
    (!keys.is_empty()).then(|| {
        format!(
            "DELETE FROM segue.quarantine WHERE rollout = {} AND step = {} AND key IN ({})",
            of.rollout,
            of.step,
            keys.join(", ")
        )
    })
}

/// A query for the keys of the rows that are put aside.
pub fn keys(of: Of) -> String {
    format!(
        "SELECT key FROM segue.quarantine WHERE rollout = {} AND step = {}",
        of.rollout, of.step
    )
}

/// The next rows that are put aside behind one, by their numbers: number, key, and its texts.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn next(
    session: &Session,
    of: Of,
    behind: u64,
    most: u32,
) -> Result<Vec<(u64, String, String)>, ServerError> {
    let sql = format!(
        "SELECT id, key, texts FROM segue.quarantine WHERE rollout = {} AND step = {} AND id > {behind} ORDER BY id LIMIT {most}",
        of.rollout, of.step
    );
    let rows = session.rows(&sql).await?;
    let one = |row: Row| {
        let [id, key, texts] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some((id?.parse().ok()?, key?, texts?))
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// How many rows of a step are put aside.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn count(session: &Session, of: Of) -> Result<u64, ServerError> {
    let rows = session
        .rows(&format!("SELECT count(*) FROM ({}) AS kept", keys(of)))
        .await?;
    let count = rows.into_iter().flatten().flatten().next();
    Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
}

/// Rows of a step that are put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Of which plan and step.
    pub of: Of,
    /// The migration.
    pub migration: String,
    /// The table.
    pub relation: String,
    /// How many rows.
    pub rows: u64,
}

/// A row that is put aside, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The migration.
    pub migration: String,
    /// The table.
    pub relation: String,
    /// The key as JSON.
    pub key: String,
    /// Why.
    pub reason: String,
    /// Since when, as the server prints it.
    pub at: String,
}

/// From where what is put aside for plans of a layout is read, as far as they are not taken back.
fn of_layout(layout: &str) -> String {
    format!(
        "FROM segue.quarantine JOIN segue.rollouts ON rollouts.id = quarantine.rollout \
         JOIN segue.steps ON steps.rollout = quarantine.rollout AND steps.step = quarantine.step \
         WHERE layout = {} AND steps.state IN ('begun', 'done')",
        literal(layout)
    )
}

async fn is_there(session: &Session) -> Result<bool, ServerError> {
    let found = session
        .rows("SELECT pg_catalog.to_regclass('segue.quarantine')")
        .await?;
    Ok(matches!(found.first().map(Vec::as_slice), Some([Some(_)])))
}

/// All rows that are put aside for a layout, by step; none where there was never one.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn all(session: &Session, layout: &str) -> Result<Vec<Aside>, ServerError> {
    if !is_there(session).await? {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT quarantine.rollout, quarantine.step, migration, relation, count(*) {} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2",
        of_layout(layout)
    );
    let rows = session.rows(&sql).await?;
    let one = |row: Row| {
        let [rollout, step, migration, relation, rows] =
            <[Option<String>; 5]>::try_from(row).ok()?;
        Some(Aside {
            of: Of {
                rollout: rollout?.parse().ok()?,
                step: step?.parse().ok()?,
            },
            migration: migration?,
            relation: relation?,
            rows: rows?.parse().ok()?,
        })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// The first rows that are put aside for a layout, so many at most.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn first(session: &Session, layout: &str, most: u32) -> Result<Vec<Told>, ServerError> {
    if !is_there(session).await? {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT migration, relation, key, reason, date_trunc('seconds', at)::text {} ORDER BY quarantine.id LIMIT {most}",
        of_layout(layout)
    );
    let rows = session.rows(&sql).await?;
    let one = |row: Row| {
        let [migration, relation, key, reason, at] = <[Option<String>; 5]>::try_from(row).ok()?;
        Some(Told {
            migration: migration?,
            relation: relation?,
            key: key?,
            reason: reason?,
            at: at?,
        })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}
