//! Events as data: one JSON object on each line, described in docs/json.md.

use segue::{Blocker, Event, Hold, plan::Phase};
use serde_json::{Value, json};

/// An event as an object.
pub(crate) fn object(event: &Event) -> Value {
    match event {
        Event::WaitingForDeploy(holder) => json!({
            "event": "waiting_for_deploy",
            "process": holder.as_ref().map(|holder| &holder.pid),
            "user": holder.as_ref().map(|holder| &holder.user),
            "application": holder.as_ref().map(|holder| &holder.application),
        }),
        Event::Begins {
            name,
            number,
            of,
            resumed_at,
        } => json!({
            "event": "migration_begins", "migration": name, "number": number, "of": of, "statements_committed": resumed_at,
        }),
        Event::Statement { done, of } => json!({ "event": "statement", "done": done, "of": of }),
        Event::WaitingForLock { chain, since } => json!({
            "event": "waiting_for_lock",
            "milliseconds": since.as_millis() as u64,
            "blockers": chain.iter().map(Blocker::document).collect::<Vec<_>>(),
        }),
        Event::Retrying { tries, pause } => json!({
            "event": "retrying", "tries": tries, "pause_milliseconds": pause.as_millis() as u64,
        }),
        Event::DroppedLeftover(index) => json!({ "event": "dropped_leftover", "index": index }),
        Event::EndedBlocker(ended) => {
            json!({ "event": "ended_blocker", "blocker": ended.document() })
        }
        Event::PlanBegins {
            rollout,
            becomes,
            migrations,
        } => json!({
            "event": "plan_begins", "rollout": rollout, "state": becomes.name(), "migrations": migrations,
        }),
        Event::StepBegins {
            phase,
            number,
            of,
            title,
        } => json!({
            "event": "step_begins", "phase": word(*phase), "number": number, "of": of, "title": title,
        }),
        Event::StepWaits {
            phase,
            number,
            of,
            title,
            hold,
        } => json!({
            "event": "step_waits", "phase": word(*phase), "number": number, "of": of, "title": title,
            "reason": hold.name(), "until": until(hold), "text": hold.to_string(),
        }),
        Event::StepDone {
            phase,
            number,
            of,
            title,
            elapsed,
        } => json!({
            "event": "step_done", "phase": word(*phase), "number": number, "of": of, "title": title,
            "milliseconds": elapsed.as_millis() as u64,
        }),
        Event::StepUndone { number, of, title } => json!({
            "event": "step_undone", "number": number, "of": of, "title": title,
        }),
        Event::Expanded(expanded) => json!({
            "event": "expanded", "migrations": expanded.migrations, "steps": expanded.steps,
            "steps_waiting_for_contract": expanded.contract, "cannot_be_rolled_back": expanded.stays,
            "milliseconds": expanded.elapsed.as_millis() as u64,
        }),
        Event::Notice(notice) => json!({ "event": "notice", "text": notice }),
        Event::Filling(progress) => json!({
            "event": "filling",
            "table": progress.table,
            "rows": progress.rows,
            "done": progress.done,
            "round": progress.round,
            "rows_per_second": progress.per_second.round(),
            "milliseconds_left": progress.left.map(|left| left.as_millis() as u64),
        }),
        Event::Batch { table, rows, took } => json!({
            "event": "batch", "table": table, "rows": rows, "milliseconds": took.as_millis() as u64,
        }),
        Event::FillingWaits { table, hold } => json!({
            "event": "filling_waits", "table": table, "reason": hold.name(), "text": hold.to_string(),
        }),
        Event::Applied { name, elapsed } => json!({
            "event": "applied", "migration": name, "milliseconds": elapsed.as_millis() as u64,
        }),
    }
}

fn until(hold: &Hold) -> Option<String> {
    match hold {
        Hold::Closed(opening) => Some(opening.at.to_string()),
        _ => None,
    }
}

/// A phase as the documents have it.
pub(crate) fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    }
}
