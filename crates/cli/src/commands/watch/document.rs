//! A snapshot as JSON.

use std::time::Duration;

use segue::{Follower, Lag, Seen, StatementPace, Watched, WatchedPlan, WatchedStep};
use serde_json::{Value, json};

use super::words;

pub(super) fn of(watched: &Watched) -> Value {
    json!({
        "plans": watched.plans.iter().map(plan).collect::<Vec<_>>(),
        "locks": watched.locks.iter().map(session).collect::<Vec<_>>(),
        "blocker": watched.first_blocker().map(|(_, blocker)| blocker.pid.clone()),
        "transactions": watched.transactions.iter().map(session).collect::<Vec<_>>(),
        "replication": watched.lags.lags.iter().map(lag).collect::<Vec<_>>(),
        "hidden_replicas": watched.lags.hidden,
        "tables": watched.tables.iter().map(|table| json!({
            "table": table.table, "live_rows": table.live, "dead_rows": table.dead,
        })).collect::<Vec<_>>(),
        "statements": watched.statements.map(|statements| json!({
            "per_second": statements.pace.per_second, "mean_milliseconds": statements.pace.mean_milliseconds,
            "before": statements.before.as_ref().map(pace), "times": statements.times, "hidden": statements.hidden,
        })),
    })
}

fn pace(pace: &StatementPace) -> Value {
    json!({ "per_second": pace.per_second, "mean_milliseconds": pace.mean_milliseconds })
}

fn plan(plan: &WatchedPlan) -> Value {
    json!({
        "migrations": plan.migrations,
        "state": plan.state.name(),
        "begun_at": plan.begun_at,
        "steps_done": plan.done,
        "steps": plan.of,
        "step": plan.step.as_ref().map(step),
        "problem": plan.problem,
        "paused": plan.is_paused,
        "max_rate": plan.max_rate,
        "waits": plan.waits,
        "process": plan.by.as_ref().map(|by| by.pid.clone()),
    })
}

fn step(step: &WatchedStep) -> Value {
    json!({
        "phase": words::phase(step.phase),
        "number": step.number,
        "of": step.of,
        "title": step.title,
        "back": step.is_back,
        "rows": step.rows.as_ref().map(|rows| json!({
            "table": rows.table,
            "rows": rows.rows,
            "done": rows.done,
            "rows_per_second": rows.per_second,
            "left_seconds": seconds(rows.left),
        })),
    })
}

fn session(one: &Seen) -> Value {
    json!({
        "process": one.pid,
        "user": one.user,
        "application": one.application,
        "state": one.state,
        "segue": one.is_own,
        "open_seconds": seconds(one.open_for),
        "waiting_seconds": seconds(one.waiting_for),
        "relation": one.relation,
        "blockers": one.blockers,
    })
}

fn lag(lag: &Lag) -> Value {
    let (kind, name, active) = match &lag.follower {
        Follower::Replica(name) => ("replica", name, None),
        Follower::Slot { name, is_active } => ("slot", name, Some(is_active)),
    };
    json!({
        "kind": kind,
        "name": name,
        "active": active,
        "bytes": lag.bytes,
        "seconds": seconds(lag.time),
    })
}

fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| time.as_secs_f64())
}
