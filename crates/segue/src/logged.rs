//! Events as log records, for programs that keep logs by `tracing`. Where nobody listens nothing is done.

use segue_engine::Event;
use tracing::{debug, info, warn};

/// Logs an event.
pub(crate) fn log(event: &Event) {
    match event {
        Event::WaitingForDeploy(holder) => {
            let process = holder.as_ref().map(|holder| holder.pid.as_str());
            info!(process, "waiting for another deploy");
        }
        Event::Begins {
            name, number, of, ..
        } => info!(migration = name, number, of, "migration begins"),
        Event::Statement { done, of } => debug!(done, of, "statement done"),
        Event::WaitingForLock { chain, since } => {
            let blocker = chain.first().map(|blocker| blocker.pid.as_str());
            warn!(blocker, since = ?since, "waiting for a lock");
        }
        Event::Retrying { tries, pause } => debug!(tries, pause = ?pause, "no lock, trying again"),
        Event::DroppedLeftover(index) => info!(index, "dropped an index that was left invalid"),
        Event::EndedBlocker(blocker) => warn!(process = blocker.pid, "ended what kept us waiting"),
        Event::PlanBegins {
            rollout,
            becomes,
            migrations,
        } => info!(
            rollout,
            state = becomes.name(),
            migrations = migrations.join(", "),
            "plan begins"
        ),
        Event::StepBegins {
            phase,
            number,
            of,
            title,
        } => info!(?phase, number, of, title, "step begins"),
        Event::StepWaits {
            phase,
            number,
            title,
            hold,
            ..
        } => info!(?phase, number, title, hold = %hold, "step waits"),
        Event::StepDone {
            phase,
            number,
            of,
            title,
            elapsed,
        } => info!(?phase, number, of, title, ?elapsed, "step done"),
        Event::StepUndone { number, of, title } => info!(number, of, title, "step taken back"),
        Event::Expanded(expanded) => info!(
            migrations = expanded.migrations.join(", "),
            waiting = expanded.contract,
            "expanded"
        ),
        Event::Notice(notice) => debug!(notice, "the server says"),
        Event::Filling(progress) => debug!(
            table = progress.table,
            rows = progress.rows,
            done = progress.done,
            per_second = progress.per_second,
            "writing rows"
        ),
        Event::Batch { table, rows, took } => debug!(table, rows, ?took, "rows written"),
        Event::FillingWaits { table, hold } => info!(table, ?hold, "no rows are written for now"),
        Event::Applied { name, elapsed } => info!(migration = name, ?elapsed, "applied"),
    }
}
