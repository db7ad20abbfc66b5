//! How far the rows of a step are written, and what people want of it meanwhile: `segue.batches`, and the columns `paused`
//! and `max_rate` of `segue.rollouts`. PostgreSQL only.

use std::time::Duration;

use crate::{Row, ServerError, Session, literal, postgres::reading::patiently};

/// How far a worker is on its part of a table: the row of `segue.batches` that its batches commit together with the rows they
/// write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which part, from 0: they are in the order of the table, and each begins where the one before ends.
    pub worker: usize,
    /// How often the table was begun, this time included.
    pub round: u32,
    /// The file that the table was in (`pg_relation_filenode`): in another one the rows have other places.
    pub file: u32,
    /// The first block that is not done.
    pub next: u32,
    /// The block behind the last one.
    pub until: u32,
    /// How many rows were written, those of earlier rounds included.
    pub rows: u64,
}

/// What people want of a plan while it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Controls {
    /// Rows are to be left alone until somebody says otherwise.
    pub paused: bool,
    /// How many rows a second may be written, 0: as many as the database bears; none: nothing was said.
    pub max_rate: Option<u64>,
    /// What the server's clock said then, in microseconds since 1970.
    pub clock: Option<i64>,
}

/// A table of which the rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heap {
    /// Its number.
    pub oid: u32,
    /// Its file.
    pub file: u32,
    /// How many blocks it has.
    pub blocks: u32,
    /// Whether a trigger of it fires once for a statement that writes rows.
    pub has_statement_triggers: bool,
}

/// How far a step is: its checkpoints, in the order of the table.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn read(
    session: &Session,
    rollout: i64,
    step: usize,
) -> Result<Vec<Checkpoint>, ServerError> {
    let sql = format!(
        "SELECT worker, round, file, next, until, rows FROM segue.batches \
         WHERE rollout = {rollout} AND step = {step} ORDER BY worker"
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().filter_map(checkpoint).collect())
}

fn checkpoint(row: Row) -> Option<Checkpoint> {
    let [worker, round, file, next, until, rows] = <[Option<String>; 6]>::try_from(row).ok()?;
    Some(Checkpoint {
        worker: worker?.parse().ok()?,
        round: round?.parse().ok()?,
        file: file?.parse().ok()?,
        next: next?.parse().ok()?,
        until: until?.parse().ok()?,
        rows: rows?.parse().ok()?,
    })
}

/// How far the rows of the step are that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// How many blocks of the table are done.
    pub blocks: u64,
    /// How many it has.
    pub of: u64,
    /// How many rows were written.
    pub rows: u64,
    /// How long ago the step was begun, in seconds.
    pub seconds: u64,
}

/// How far the rows of the step are that is under way; none where no rows are written.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn reached(session: &Session, rollout: i64) -> Result<Option<Reached>, ServerError> {
    let sql = format!(
        "SELECT sum(next - start)::bigint, max(until), sum(rows)::bigint, \
         extract(epoch FROM clock_timestamp() - min(begun_at))::bigint \
         FROM (SELECT step, next, until, rows, lag(until, 1, 0::bigint) OVER (PARTITION BY step ORDER BY worker) AS start \
         FROM segue.batches WHERE rollout = {rollout}) part \
         JOIN segue.steps ON steps.rollout = {rollout} AND steps.step = part.step AND state IN ('begun', 'undoing') GROUP BY part.step"
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().find_map(|row| {
        let [blocks, of, rows, seconds] = <[Option<String>; 4]>::try_from(row).ok()?;
        Some(Reached {
            blocks: blocks?.parse().ok()?,
            of: of?.parse().ok()?,
            rows: rows?.parse().ok()?,
            seconds: seconds?.parse().ok()?,
        })
    }))
}

/// Begins a round: these checkpoints are those of the step.
pub fn begin(rollout: i64, step: usize, checkpoints: &[Checkpoint]) -> String {
    let forget = format!("DELETE FROM segue.batches WHERE rollout = {rollout} AND step = {step}");
    if checkpoints.is_empty() {
        return forget;
    }
    let values: Vec<String> = checkpoints
        .iter()
        .map(|at| {
            format!(
                "({rollout}, {step}, {}, {}, {}, {}, {}, {})",
                at.worker, at.round, at.file, at.next, at.until, at.rows
            )
        })
        .collect();
    format!(
        "{forget}; INSERT INTO segue.batches (rollout, step, worker, round, file, next, until, rows) VALUES {}",
        values.join(", ")
    )
}

/// Locks a checkpoint that is as we know it. It gives one row; none where somebody else has gone on.
pub fn hold(rollout: i64, step: usize, at: &Checkpoint) -> String {
    format!(
        "SELECT FROM segue.batches WHERE rollout = {rollout} AND step = {step} AND worker = {} AND round = {} \
         AND next = {} FOR NO KEY UPDATE",
        at.worker, at.round, at.next
    )
}

/// Keeps how far a worker is.
pub fn keep(rollout: i64, step: usize, at: &Checkpoint) -> String {
    format!(
        "UPDATE segue.batches SET next = {}, rows = {}, changed_at = clock_timestamp() \
         WHERE rollout = {rollout} AND step = {step} AND worker = {}",
        at.next, at.rows, at.worker
    )
}

/// What people want of a plan.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn controls(session: &Session, rollout: i64) -> Result<Controls, ServerError> {
    let sql = format!(
        "SELECT paused, max_rate, (1000000 * extract(epoch FROM pg_catalog.clock_timestamp()))::bigint \
         FROM segue.rollouts WHERE id = {rollout}"
    );
    let row = session.rows(&sql).await?.into_iter().next();
    let mut cells = row.into_iter().flatten();
    Ok(Controls {
        paused: cells.next().flatten().as_deref() == Some("t"),
        max_rate: cells.next().flatten().and_then(|rate| rate.parse().ok()),
        clock: cells.next().flatten().and_then(|time| time.parse().ok()),
    })
}

/// Tells a plan to leave rows alone, or to go on.
pub fn keep_paused(rollout: i64, paused: bool) -> String {
    format!("UPDATE segue.rollouts SET paused = {paused} WHERE id = {rollout}")
}

/// Says why rows wait to be written; none: they do not.
pub fn keep_waits(rollout: i64, why: Option<&str>) -> String {
    let why = why.map_or_else(|| "NULL".to_owned(), literal);
    format!("UPDATE segue.rollouts SET waits = {why} WHERE id = {rollout}")
}

/// Why rows waited when that was last said.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn waits(session: &Session, rollout: i64) -> Result<Option<String>, ServerError> {
    let sql = format!("SELECT waits FROM segue.rollouts WHERE id = {rollout}");
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// Tells a plan how many rows a second it may write, whatever its own settings say; none: as many as the database bears.
pub fn keep_max_rate(rollout: i64, max_rate: Option<u64>) -> String {
    let rate = max_rate.unwrap_or(0);
    format!("UPDATE segue.rollouts SET max_rate = {rate} WHERE id = {rollout}")
}

/// A table as it is now; none where there is none of this name. `table` is its name as SQL. It waits so long for whoever
/// holds the table for himself alone.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn heap(
    session: &Session,
    table: &str,
    patience: Duration,
) -> Result<Option<Heap>, ServerError> {
    let sql = format!(
        "SELECT c.oid, pg_catalog.pg_relation_filenode(c.oid), \
         pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint, \
         EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 1 = 0 AND t.tgtype & 28 <> 0) \
         FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass({})",
        crate::literal(table)
    );
    let rows = patiently(session, &sql, patience).await;
    Ok(rows?.into_iter().find_map(|row| {
        let [oid, file, blocks, triggers] = <[Option<String>; 4]>::try_from(row).ok()?;
        Some(Heap {
            oid: oid?.parse().ok()?,
            file: file?.parse().ok()?,
            blocks: blocks?.parse().ok()?,
            has_statement_triggers: triggers? == "t",
        })
    }))
}

/// How many blocks a table has; 0 where there is none of this name. `table` is its name as SQL.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn blocks(session: &Session, table: &str) -> Result<u32, ServerError> {
    let sql = format!(
        "SELECT pg_catalog.pg_relation_size(pg_catalog.to_regclass({})) / pg_catalog.current_setting('block_size')::bigint",
        literal(table)
    );
    let rows = session.rows(&sql).await?;
    let blocks = rows.into_iter().flatten().flatten().next();
    Ok(blocks.and_then(|blocks| blocks.parse().ok()).unwrap_or(0))
}

/// A query that gives one row while a table is in its file, and none once it is in another. Sure in a transaction that has
/// written to the table.
pub fn is_in_its_file(heap: Heap) -> String {
    format!(
        "SELECT WHERE pg_catalog.pg_relation_filenode({}::pg_catalog.oid) = {}::pg_catalog.oid",
        heap.oid, heap.file
    )
}

/// How much of a round is done, from 0 to 1. The parts are in order, and each begins where the one before ends.
pub fn fraction(parts: &[Checkpoint]) -> f64 {
    let whole = parts.last().map_or(0, |part| part.until);
    let left: u64 = parts
        .iter()
        .map(|part| u64::from(part.until.saturating_sub(part.next)))
        .sum();
    match whole {
        0 => 1.0,
        whole => 1.0 - left as f64 / f64::from(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_all_workers_count() {
        let part = |next: u32, until: u32| Checkpoint {
            worker: 0,
            round: 1,
            file: 1,
            next,
            until,
            rows: 0,
        };
        assert_eq!(fraction(&[part(25, 50), part(100, 100)]), 0.75);
        assert_eq!(fraction(&[]), 1.0);
        assert_eq!(fraction(&[part(0, 0)]), 1.0);
    }
}
