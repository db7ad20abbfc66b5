//! Who would keep a deploy waiting.

use segue_db::{
    ServerError, Session,
    postgres::lock::{self, SEGUE_KEY},
};

use super::{Examined, Finding};
use crate::history::format_of;

/// Transactions older than a minute: whoever changes their tables waits for their end.
const OLD: &str = "SELECT pid, usename, coalesce(application_name, ''), state, \
     extract(epoch FROM now() - xact_start)::bigint FROM pg_catalog.pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - interval '1 minute' \
     AND backend_type = 'client backend' ORDER BY xact_start LIMIT 3";

/// They hold their locks until somebody ends them, whatever happens to the server.
const PREPARED: &str = "SELECT gid, extract(epoch FROM now() - prepared)::bigint \
     FROM pg_catalog.pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 3";

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    let mut findings = match examined.session {
        Session::Sqlite(_) => sqlite(id, examined).await,
        Session::Postgres(_) => postgres(id, examined).await?,
    };
    if findings.is_empty() {
        findings.push(Finding::good(id, "nobody would keep a deploy waiting"));
    }
    Ok(findings)
}

async fn postgres(id: &'static str, examined: &Examined<'_>) -> Result<Vec<Finding>, ServerError> {
    let mut findings = Vec::new();
    let layout = examined.project.choice.layout;
    let tool_keys = format_of(layout, examined.dialect())
        .map(|format| {
            let schema = examined.facts.schema.as_deref();
            let table = examined.options.place.of(format, schema);
            (format.lock)(&table, &examined.facts.database)
        })
        .unwrap_or_default();
    for key in std::iter::once(SEGUE_KEY).chain(tool_keys) {
        if let Some(holder) = lock::holder(examined.session, key).await? {
            findings.push(Finding::problem(
                id,
                format!(
                    "another deploy is running: process {} of {}, since {}",
                    holder.pid, holder.user, holder.since
                ),
                format!(
                    "wait for it with --wait; if nothing runs there any more: SELECT pg_terminate_backend({});",
                    holder.pid
                ),
            ));
        }
    }
    for row in examined.session.rows(OLD).await? {
        if let [
            Some(pid),
            Some(user),
            Some(application),
            state,
            Some(seconds),
        ] = row.as_slice()
        {
            let state = state.as_deref().unwrap_or("unknown");
            findings.push(Finding::warning(
                id,
                format!(
                    "process {pid} of {user} ({application}) is in a transaction since {seconds} s, {state}"
                ),
                format!("let it end, or: SELECT pg_terminate_backend({pid});"),
            ));
        }
    }
    for row in examined.session.rows(PREPARED).await? {
        if let [Some(gid), Some(seconds)] = row.as_slice() {
            findings.push(Finding::warning(
                id,
                format!("the prepared transaction {gid} waits since {seconds} s to be ended"),
                format!(
                    "ROLLBACK PREPARED {}; or COMMIT PREPARED",
                    segue_db::literal(gid)
                ),
            ));
        }
    }
    Ok(findings)
}

/// Whether we could write now; nothing is written.
async fn sqlite(id: &'static str, examined: &Examined<'_>) -> Vec<Finding> {
    match examined.session.execute("BEGIN IMMEDIATE; ROLLBACK").await {
        Err(error) if error.is_passing() => vec![Finding::warning(
            id,
            format!("another connection is writing: {error}"),
            "let it finish; a deploy tries again for as long as --lock-budget says",
        )],
        _ => Vec::new(),
    }
}
