//! The lines of the checklist that a plan tells of.

use segue_plan::{
    Action, Phase, Severity, Undo, WorkKind,
    shown::{Longest, Summary},
};
use segue_project::Migration;
use segue_sql::{Said, directives};

use super::{
    Known, Learned,
    lines::{Line, migrations, one, plan},
};

pub(super) fn non_blocking(learned: &Learned) -> Line {
    let plan = match plan(learned) {
        Ok(plan) => plan,
        Err(line) => return line,
    };
    let summary = Summary::of(plan);
    let errors = learned
        .linted
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error && finding.planned.is_empty());
    let errors: Vec<String> = errors
        .map(|finding| format!("lint: {} ({})", finding.message, finding.rule))
        .collect();
    let Some(blocking) = summary.blocking else {
        return (
            Known::Yes,
            vec!["plan: no step keeps reads or writes waiting".to_owned()],
        );
    };
    let phase = match blocking.phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    };
    let who = format!(
        "plan: {} wait for {phase} {}",
        blocking.blocked, blocking.step
    );
    match blocking.longest {
        Longest::Ended(time) => (
            Known::Yes,
            vec![format!(
                "{who}, for {} ms at most, then it is tried again",
                time.as_millis()
            )],
        ),
        Longest::Likely(time) => (
            Known::No,
            [
                vec![format!("{who}, for about {} ms", time.as_millis())],
                errors,
            ]
            .concat(),
        ),
        Longest::Unknown => (
            Known::No,
            [vec![format!("{who}, nobody knows how long")], errors].concat(),
        ),
    }
}

pub(super) fn batched(learned: &Learned) -> Line {
    let plan = match plan(learned) {
        Ok(plan) => plan,
        Err(line) => return line,
    };
    let is_batched = |step: &&segue_plan::Step| matches!(step.action, Action::Batches(_));
    let writes = |step: &&segue_plan::Step| {
        step.effect
            .work
            .iter()
            .any(|work| matches!(work.kind, WorkKind::Write | WorkKind::Rewrite))
    };
    let at_once: Vec<String> = plan
        .steps()
        .filter(|step| writes(step) && !is_batched(step))
        .map(|step| format!("plan: rows are written in one transaction: {}", step.title))
        .collect();
    match (at_once.is_empty(), plan.steps().filter(is_batched).count()) {
        (false, _) => (Known::No, at_once),
        (true, 0) => one(Known::Yes, "plan: no rows are written"),
        (true, 1) => one(Known::Yes, "plan: 1 step writes rows, in batches"),
        (true, many) => one(
            Known::Yes,
            format!("plan: {many} steps write rows, in batches"),
        ),
    }
}

pub(super) fn idempotent(learned: &Learned) -> Line {
    let plan = match plan(learned) {
        Ok(plan) => plan,
        Err(line) => return line,
    };
    let open: Vec<String> = plan
        .steps()
        .filter(|step| matches!(step.action, Action::Alone(_)) && step.verify.is_none())
        .map(|step| {
            format!(
                "plan: nothing tells whether this is done already: {}",
                step.title
            )
        })
        .collect();
    match open.is_empty() {
        true => one(
            Known::Yes,
            format!(
                "plan: each of its {} steps commits with its record, goes on from its checkpoint, or is looked for before it is run again",
                plan.steps().count()
            ),
        ),
        false => (Known::No, open),
    }
}

pub(super) fn reversible(learned: &Learned) -> Line {
    let plan = match plan(learned) {
        Ok(plan) => plan,
        Err(line) => return line,
    };
    let impossible: Vec<String> = plan
        .expand
        .iter()
        .filter_map(|step| match &step.undo {
            Undo::Impossible(why) => Some(format!("plan: {}: {why}", step.title)),
            Undo::Nothing | Undo::Actions(_) => None,
        })
        .collect();
    let reasons: Vec<String> = migrations(learned).filter_map(reason).collect();
    match (impossible.is_empty(), reasons.is_empty()) {
        (true, _) if plan.contract.is_empty() => one(
            Known::Yes,
            "plan: every step can be taken back by `segue rollback` while the plan is under way",
        ),
        (true, _) => one(
            Known::Yes,
            "plan: every step of expand can be taken back by `segue rollback`, until contract",
        ),
        (false, false) => (Known::Yes, [reasons, impossible].concat()),
        (false, true) => (Known::No, impossible),
    }
}

/// Why a migration cannot be taken back, where its file says so.
fn reason(migration: &Migration) -> Option<String> {
    let source = migration.up.source().ok()?;
    let said = directives(&source).ok()?;
    said.into_iter().find_map(|one| match one.said {
        Said::Irreversible { reason } => Some(format!(
            "`{}` says why not: {}",
            migration.name, &source.text[reason]
        )),
        _ => None,
    })
}
