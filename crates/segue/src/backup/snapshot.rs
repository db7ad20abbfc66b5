//! The session that a backup is made beside: it keeps other backups away, exports the snapshot that is dumped, and counts the rows in it.

use std::{collections::BTreeMap, time::Duration};

use segue_db::{Session, own::backups::LOCK, postgres::lock};
use segue_engine::{Failure, FailureKind};
use segue_sql::Problem;

use super::{
    one, refused,
    sizes::{self, Tables},
};
use crate::Connected;

/// One more session, as the user and the role of the deploy.
pub(super) async fn keeper(connected: &Connected) -> Result<Session, Failure> {
    let opened = match &connected.link.opener {
        Some(opener) => opener().await,
        None => None,
    };
    let Some(keeper) = opened else {
        let problem =
            Problem::new("no second connection to the database is to be had, which a backup needs");
        return Err(Failure::new(
            FailureKind::Connection,
            problem.help("see whether the server or its pooler has connections left"),
        ));
    };
    let mut settings = connected.options.settings.clone();
    settings.apply(&keeper).await?;
    Ok(keeper)
}

/// Two backups at once would take the disk and the server from each other.
pub(super) async fn refuse_another(keeper: &Session) -> Result<(), Failure> {
    if lock::try_lock(keeper, LOCK).await? {
        return Ok(());
    }
    let holder = lock::holder(keeper, LOCK).await?;
    let mut problem = Problem::new("another backup of this database is being made");
    if let Some(holder) = holder {
        problem = problem.note(format!(
            "process {} of {} ({}), connected since {}",
            holder.pid, holder.user, holder.application, holder.since
        ));
    }
    Err(Failure::new(
        FailureKind::Locked,
        problem.help("wait until it has ended; nothing was deployed"),
    ))
}

/// Begins a transaction that others may share. It has its locks before anybody else could come between.
pub(super) async fn snapshot(
    keeper: &Session,
    tables: &Tables,
    patience: Duration,
) -> Result<String, Failure> {
    let names: Vec<String> = tables.within.iter().map(sizes::Table::quoted).collect();
    let begin = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = off; \
         SET LOCAL max_parallel_workers_per_gather = 0; LOCK TABLE ONLY {} IN ACCESS SHARE MODE",
        patience.as_millis().max(1),
        names.join(", ONLY ")
    );
    keeper.execute(&begin).await?;
    let snapshot = one(keeper, "SELECT pg_catalog.pg_export_snapshot()").await?;
    snapshot.ok_or_else(|| refused(Problem::new("the server gave no snapshot")))
}

/// How many rows each table has in the snapshot.
pub(super) async fn counts(
    keeper: &Session,
    tables: &Tables,
) -> Result<BTreeMap<u32, u64>, Failure> {
    let mut counts = BTreeMap::new();
    for table in &tables.within {
        let sql = format!("SELECT count(*) FROM ONLY {}", table.quoted());
        let count = one(keeper, &sql).await?;
        counts.insert(
            table.oid,
            count.and_then(|it| it.parse().ok()).unwrap_or_default(),
        );
    }
    Ok(counts)
}

/// Foreign keys from what is in the backup to what is not.
pub(super) fn left_out(tables: &Tables) -> String {
    let oids = tables.oids();
    format!(
        "SELECT c.oid, n.nspname || '.' || r.relname, c.conname FROM pg_catalog.pg_constraint c \
         JOIN pg_catalog.pg_class r ON r.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace \
         WHERE c.contype = 'f' AND c.conrelid IN ({oids}) AND c.confrelid NOT IN ({oids})"
    )
}
