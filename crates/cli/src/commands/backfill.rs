//! `segue backfill status` and `segue backfill try`.

use std::time::Duration;

use segue::{
    Failure, PlanOptions, Sampled, Writing,
    plan::{Phase, Plan},
};
use serde_json::{Value, json};

use super::{Report, connect, fail, stoppable};
use crate::{
    args::Common,
    exit,
    show::{clean, count, events, json, problem, time},
};

/// How long rows are watched, to see how fast they are written.
const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn status(common: &Common) -> u8 {
    match looked(common).await {
        Err(failure) => fail(common, "backfill status", &failure, json::Rest::new()),
        Ok(writing) if common.is_json() => {
            let writing: Vec<Value> = writing.iter().map(document).collect();
            json::done("backfill status", json!({ "writing": writing }));
            exit::DONE
        }
        Ok(writing) => {
            if writing.is_empty() {
                out!("no rows are being written in batches");
            }
            writing.iter().for_each(print);
            exit::DONE
        }
    }
}

async fn looked(common: &Common) -> Result<Vec<Writing>, Failure> {
    let (migrator, interrupt) = stoppable(common);
    let mut show = events::Show::new(common);
    let mut connected = connect(&migrator, &mut show, &interrupt).await?;
    let writing = connected.writing(LOOK).await;
    connected.close().await;
    writing
}

fn print(writing: &Writing) {
    let phase = match writing.phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    };
    out!(
        "{}: {phase} {}/{}, {}{}",
        clean(&writing.migrations),
        writing.number,
        writing.of,
        clean(&writing.title),
        if writing.is_back { ", taken back" } else { "" }
    );
    let round = match writing.round {
        0 | 1 => String::new(),
        round => format!(", round {round}"),
    };
    out!(
        "  {}: {:.0} % of the table{round}, {} written",
        clean(&writing.table),
        writing.done * 100.0,
        count(usize::try_from(writing.rows).unwrap_or(usize::MAX), "row"),
    );
    let left = writing.left.map(|left| format!(", {} left", time(left)));
    out!(
        "  {:.0} rows a second{}",
        writing.per_second,
        left.unwrap_or_default()
    );
    match writing.max_rate {
        None => {}
        Some(0) => out!("  as fast as the database bears (`segue throttle --off`)"),
        Some(rate) => out!("  at most {rate} rows a second (`segue throttle`)"),
    }
    match &writing.by {
        None if writing.paused => {
            out!("  paused, and nobody is at it: `segue resume`, then `segue deploy` goes on");
        }
        None => out!("  nobody goes on with it at present: `segue deploy` does"),
        // what the role may not see is not there
        Some(by) if by.since.is_empty() => {
            out!(
                "  written by process {} of {}",
                clean(&by.pid),
                clean(&by.user)
            );
        }
        Some(by) => out!(
            "  written by process {} of {}, connected since {}",
            clean(&by.pid),
            clean(&by.user),
            clean(&by.since)
        ),
    }
    if let (Some(why), Some(_)) = (&writing.waits, &writing.by) {
        out!("  waits: {}", clean(why));
    }
}

fn document(writing: &Writing) -> Value {
    json!({
        "migrations": writing.migrations,
        "phase": match writing.phase { Phase::Expand => "expand", Phase::Contract => "contract" },
        "number": writing.number,
        "of": writing.of,
        "title": writing.title,
        "back": writing.is_back,
        "table": writing.table,
        "rows": writing.rows,
        "done": writing.done,
        "round": writing.round,
        "rows_per_second": writing.per_second,
        "left_seconds": writing.left.map(|left| left.as_secs_f64()),
        "waits": writing.waits,
        "max_rate": writing.max_rate,
        "process": writing.by.as_ref().map(|by| by.pid.clone()),
    })
}

pub(super) async fn sample(common: &Common) -> u8 {
    let tried = match tried(common).await {
        Ok(tried) => tried,
        Err(failure) => return fail(common, "backfill try", &failure, json::Rest::new()),
    };
    let has_failed = tried.iter().any(Result::is_err);
    let code = if has_failed { exit::FAILED } else { exit::DONE };
    if common.is_json() {
        let tried: Vec<Value> = tried.iter().map(tried_document).collect();
        let mut document = json::succeeded("backfill try", json!({ "steps": tried }));
        document["ok"] = json!(!has_failed);
        return Report { code, document }.print(common);
    }
    if tried.is_empty() {
        out!("no rows would be written in batches");
    }
    for one in &tried {
        match one {
            Ok(sampled) => print_sample(sampled),
            Err(failure) => problem::print_all(&failure.problems),
        }
    }
    code
}

async fn tried(common: &Common) -> Result<Vec<Result<Sampled, Failure>>, Failure> {
    let (migrator, interrupt) = stoppable(common);
    let options = PlanOptions {
        live: true,
        ..PlanOptions::default()
    };
    let plan: Plan = migrator.plan(&options).await?.plan;
    let mut show = events::Show::new(common);
    let mut connected = connect(&migrator, &mut show, &interrupt).await?;
    let tried = connected.sample(&plan).await;
    connected.close().await;
    tried
}

fn print_sample(sampled: &Sampled) {
    out!("{}", clean(&sampled.title));
    out!(
        "  {} written and rolled back, of {} of {} blocks, in {}",
        count(usize::try_from(sampled.rows).unwrap_or(usize::MAX), "row"),
        sampled.blocks,
        sampled.of,
        time(sampled.took)
    );
    out!(
        "  all of {}: some {} rows, {} of work for one worker",
        clean(&sampled.table),
        sampled.all_rows(),
        time(sampled.estimate())
    );
    for change in &sampled.changes {
        let value = |value: &Option<String>, none: &str| match value {
            Some(text) => clean(text),
            None => none.to_owned(),
        };
        out!(
            "    {}: {} -> {}",
            clean(&change.row),
            value(&change.before, "not there"),
            value(&change.after, "deleted")
        );
    }
}

fn tried_document(tried: &Result<Sampled, Failure>) -> Value {
    match tried {
        Ok(sampled) => json!({
            "title": sampled.title,
            "table": sampled.table,
            "rows": sampled.rows,
            "blocks": sampled.blocks,
            "of_blocks": sampled.of,
            "seconds": sampled.took.as_secs_f64(),
            "all_rows": sampled.all_rows(),
            "all_seconds": sampled.estimate().as_secs_f64(),
            "changes": sampled.changes.iter().map(|change| json!({
                "row": change.row, "before": change.before, "after": change.after,
            })).collect::<Vec<_>>(),
            "problems": [],
        }),
        Err(failure) => json!({ "problems": json::problems(&failure.problems) }),
    }
}
