//! `segue status`.

use segue::{
    Connected, Drift, Entry, Failure, Interrupt, Migrator, PlanState, Stage, Standing, Status,
};
use serde_json::{Value, json};

use super::{Report, connect, on_all, quarantine, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{Header, clean, count, events, json, time},
};

mod drift;

pub(super) async fn run(common: &Common, wanted: &args::Status) -> u8 {
    let (migrator, interrupt) = stoppable(common);
    let migrator = wanted.shadow.onto(migrator);
    if !wanted.all.all {
        let report = one(common, &migrator, wanted.drift, &interrupt).await;
        return report.print(common);
    }
    // A project that cannot be asked is told of, and the others are asked all the same.
    let go_on = |code| code != exit::INTERRUPTED;
    let run = async |migrator| one(common, &migrator, wanted.drift, &interrupt).await;
    on_all(common, "status", &migrator, go_on, run).await
}

async fn one(
    common: &Common,
    migrator: &Migrator,
    with_drift: bool,
    interrupt: &Interrupt,
) -> Report {
    let mut show = events::Show::new(common);
    let failed = |failure: &Failure, rest| Report::failed(common, "status", failure, rest);
    let connected = match connect(migrator, &mut show, interrupt).await {
        Ok(connected) => connected,
        Err(failure) => return failed(&failure, json::Rest::default()),
    };
    let header = Header::of(&connected);
    let (facts, opened) = match connected.history().await {
        Ok(history) => history,
        Err(failure) => {
            connected.close().await;
            return failed(&failure, header.json());
        }
    };
    let drift = match with_drift {
        true => connected.drift(&facts, &opened).await.map(Some),
        false => Ok(None),
    };
    let drift = match drift {
        Ok(drift) => drift,
        Err(failure) => {
            connected.close().await;
            return failed(&failure, header.json());
        }
    };
    let status = connected.status(&opened);
    let differs = drift.as_ref().is_some_and(Drift::is_there);
    let code = if status.is_up_to_date() && !differs {
        exit::DONE
    } else {
        exit::DIFFERENT
    };
    let mut rest = header.json();
    if common.is_json() {
        rest.extend(document(&status));
        rest.insert("quarantine".to_owned(), quarantine::steps(&opened.aside));
        rest.extend(drift.map(|drift| ("drift".to_owned(), drift::document(&drift))));
    } else {
        header.print(common);
        print(common, &connected, &status);
        for step in &opened.aside {
            out!(
                "{}; see `segue quarantine`",
                quarantine::aside(&step.migration, &step.relation, step.rows)
            );
        }
        if let Some(drift) = &drift {
            drift::print(common, drift);
        }
    }
    connected.close().await;
    let document = json::succeeded("status", Value::Object(rest));
    Report { code, document }
}

fn word(entry: &Entry<'_>) -> &'static str {
    if let Some(stage) = &entry.stage {
        return stage.state.name();
    }
    match entry.standing {
        Standing::Pending { .. } => "pending",
        Standing::Applied { .. } => "applied",
        Standing::Edited { .. } => "edited",
        Standing::Partial { .. } => "partial",
        Standing::Failed { .. } => "failed",
    }
}

fn detail(connected: &Connected, entry: &Entry<'_>) -> String {
    if let Some(stage) = &entry.stage {
        let mut text = staged(stage);
        text.push_str(at_odds(stage, &entry.standing));
        return text;
    }
    match &entry.standing {
        Standing::Applied { at } => at.clone().unwrap_or_default(),
        Standing::Pending { out_of_order: true } => {
            "comes before migrations that are applied".to_owned()
        }
        Standing::Pending { .. } => String::new(),
        Standing::Edited { .. } => "changed on disk after it was applied".to_owned(),
        Standing::Partial { done, .. } => {
            let of = connected.statements(entry.migration);
            format!("{done} of {of} statements committed; the next deploy goes on")
        }
        Standing::Failed { .. } => "begun and not ended; see `segue resolve`".to_owned(),
    }
}

/// What keeps the plan of a migration from going on, although it is under way.
fn at_odds(stage: &Stage, standing: &Standing) -> &'static str {
    match (stage.state, standing) {
        (state, _) if state.has_ended() => "",
        (_, Standing::Edited { .. }) => "; changed on disk since",
        (PlanState::Expanded | PlanState::Contracting, Standing::Pending { .. }) => {
            "; the history does not have it any more"
        }
        _ => "",
    }
}

/// Where the plan of a migration is, and what comes next.
fn staged(stage: &Stage) -> String {
    let Stage {
        since, done, of, ..
    } = stage;
    let mut text = match stage.state {
        PlanState::Expanding => format!("{}; `segue deploy` goes on", reached(stage)),
        PlanState::Expanded => {
            format!("since {since}; `segue contract` once only the new app runs")
        }
        PlanState::Contracting => format!("{}; `segue contract` goes on", reached(stage)),
        PlanState::RollingBack => format!("{done} of {of} steps left; `segue rollback` goes on"),
        PlanState::Contracted | PlanState::RolledBack => since.clone(),
    };
    if stage.paused {
        text.push_str("; paused");
    }
    if let Some(problem) = &stage.problem {
        text.push_str(&format!("; it stopped: {problem}"));
    }
    text
}

/// The step that is under way, and how far its rows are.
fn reached(stage: &Stage) -> String {
    let mut text = format!("step {} of {}", (stage.done + 1).min(stage.of), stage.of);
    if let Some(percent) = stage.percent {
        text.push_str(&format!(", {percent} %"));
    }
    if let Some(left) = stage.left {
        text.push_str(&format!(", about {} left", time(left)));
    }
    text
}

fn print(common: &Common, connected: &Connected, status: &Status<'_>) {
    let applied = status
        .entries
        .iter()
        .filter(|entry| matches!(entry.standing, Standing::Applied { .. }))
        .count();
    for entry in &status.entries {
        let is_applied = matches!(entry.standing, Standing::Applied { .. });
        let is_told = entry
            .stage
            .as_ref()
            .is_some_and(|stage| !stage.state.has_ended());
        if !is_applied || is_told || common.verbose {
            let line = format!(
                "{:<8} {}  {}",
                word(entry),
                clean(&entry.migration.name),
                clean(&detail(connected, entry))
            );
            out!("{}", line.trim_end());
        }
    }
    for record in &status.missing {
        out!(
            "missing  {}  in the database, not on disk",
            clean(&record.key)
        );
    }
    if !status.not_empty.is_empty() {
        out!(
            "the database has tables, but no history: `segue baseline` records what it has already"
        );
    }
    let total = status.entries.len();
    if status.is_up_to_date() {
        out!("up to date: {} applied", count(applied, "migration"));
    } else {
        out!("{applied} of {} applied", count(total, "migration"));
    }
}

fn document(status: &Status<'_>) -> json::Rest {
    let entries: Vec<Value> = status
        .entries
        .iter()
        .map(|entry| {
            let (at, done) = match &entry.standing {
                Standing::Applied { at } | Standing::Edited { at } | Standing::Failed { at } => {
                    (at.clone(), None)
                }
                Standing::Partial { done, .. } => (None, Some(*done)),
                Standing::Pending { .. } => (None, None),
            };
            json!({
                "name": entry.migration.name,
                "state": word(entry),
                "plan": entry.stage.as_ref().map(|stage| json!({
                    "since": stage.since,
                    "steps_done": stage.done,
                    "steps": stage.of,
                    "percent": stage.percent,
                    "seconds_left": stage.left.map(|left| left.as_secs()),
                    "problem": stage.problem,
                    "paused": stage.paused,
                })),
                "at": at,
                "statements_committed": done,
                "out_of_order": entry.standing == Standing::Pending { out_of_order: true },
            })
        })
        .collect();
    let missing: Vec<&str> = status.missing.iter().map(|r| r.key.as_str()).collect();
    let mut rest = json::Rest::new();
    rest.insert("up_to_date".to_owned(), json!(status.is_up_to_date()));
    rest.insert("migrations".to_owned(), Value::Array(entries));
    rest.insert("missing".to_owned(), json!(missing));
    rest.insert("tables_without_history".to_owned(), json!(status.not_empty));
    rest
}
