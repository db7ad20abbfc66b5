//! The lines of the checklist, each from its evidence.

use segue_engine::Failure;
use segue_plan::Plan;
use segue_project::{Migration, config::Occasion};
use segue_proof::compat::{Moment, Side};
use segue_sql::{Problem, nearest};

use super::{
    CHECKLIST, ChecklistLine, Known, Learned, backed_up,
    planned::{batched, idempotent, non_blocking, reversible},
};
use crate::{proof::beside, revision::uncommitted};

/// What is known, and why.
pub(super) type Line = (Known, Vec<String>);

/// All lines, in order.
pub(super) fn of(learned: &Learned) -> Vec<ChecklistLine> {
    let lines: [Line; 12] = [
        backward(learned),
        forward(learned),
        non_blocking(learned),
        batched(learned),
        idempotent(learned),
        monitored(learned),
        tested(learned),
        reversible(learned),
        backed_up::line(learned),
        documented(learned),
        one_change(learned),
        not_edited(learned),
    ];
    let named = CHECKLIST.into_iter().zip(lines);
    named
        .map(|(name, (known, evidence))| ChecklistLine {
            name,
            known,
            evidence,
            forbids: false,
        })
        .collect()
}

/// Names that no line has.
pub(super) fn refuse_unknown<'n>(names: impl Iterator<Item = &'n String>) -> Result<(), Failure> {
    let unknown: Vec<Problem> = names
        .filter(|name| !CHECKLIST.contains(&name.as_str()))
        .map(|name| {
            let problem = Problem::new(format!("the checklist has no line `{name}`"));
            match nearest(name, CHECKLIST.into_iter()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("it has {}", CHECKLIST.join(", "))),
            }
        })
        .collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(unknown.into()),
    }
}

pub(super) fn one(known: Known, why: impl Into<String>) -> Line {
    (known, vec![why.into()])
}

pub(super) fn first(failure: &Failure) -> String {
    let problem = failure.problems.first();
    problem.map_or_else(String::new, |problem| problem.message.clone())
}

/// The plan, or what stands in the place of a line where there is none.
pub(super) fn plan(learned: &Learned) -> Result<&Plan, Line> {
    match &learned.plan {
        Ok(planned) => Ok(&planned.plan),
        Err(failure) => Err(one(
            Known::No,
            format!(
                "it cannot be deployed while the app runs: {}",
                first(failure)
            ),
        )),
    }
}

/// What `compat` says of cells; none where it has no evidence for any.
fn cells(learned: &Learned, side: Side, moments: &[Moment]) -> Option<Line> {
    let done = match learned.compat.as_ref()? {
        Ok(done) => done,
        Err(failure) => {
            return Some(one(
                Known::Unknown,
                format!("segue compat could not tell: {}", first(failure)),
            ));
        }
    };
    let (tally, names) = done.apps.iter().find(|(tally, _)| tally.side == side)?;
    let from = names.join(", ");
    let mut known = Known::Yes;
    let mut evidence = Vec::new();
    for &moment in moments {
        let broken = tally.cell(moment).broken();
        let runs = tally.runs(moment, false);
        evidence.push(match runs {
            Some(true) => format!(
                "segue compat: all {} queries of {from} run under the {} schema",
                tally.judged,
                moment.name()
            ),
            Some(false) => format!(
                "segue compat: {broken} of {} queries of {from} break under the {} schema",
                tally.judged,
                moment.name()
            ),
            None => format!("segue compat: no query of {from} could be judged"),
        });
        known = match (known, runs) {
            (Known::No, _) | (_, Some(false)) => Known::No,
            (_, None) => Known::Unknown,
            (known, Some(true)) => known,
        };
    }
    Some((known, evidence))
}

fn backward(learned: &Learned) -> Line {
    if let Some(line) = cells(learned, Side::Old, &[Moment::Expanded]) {
        return line;
    }
    let plan = match plan(learned) {
        Ok(plan) => plan,
        Err(line) => return line,
    };
    let hazards: Vec<String> = plan
        .expand
        .iter()
        .flat_map(|step| &step.hazards)
        .map(|hazard| format!("plan: {}", hazard.message))
        .collect();
    let waits = match plan.contract.len() {
        0 => "plan: nothing has to wait for contract".to_owned(),
        1 => "plan: 1 step waits for contract, until the old app is gone".to_owned(),
        many => format!("plan: {many} steps wait for contract, until the old app is gone"),
    };
    match hazards.is_empty() {
        true => (Known::Yes, vec![waits]),
        false => (
            Known::Unknown,
            [
                hazards,
                vec![
                    waits,
                    "--old WORKLOAD would tell whether a query of the old app is among them"
                        .to_owned(),
                ],
            ]
            .concat(),
        ),
    }
}

fn forward(learned: &Learned) -> Line {
    let moments = [Moment::Expanded, Moment::Contracted];
    cells(learned, Side::New, &moments).unwrap_or_else(|| {
        one(
            Known::Unknown,
            "the queries of the new app are not known: --new WORKLOAD names them",
        )
    })
}

fn monitored(learned: &Learned) -> Line {
    let app = "whether anybody watches the app is not known here".to_owned();
    let hooks = match &learned.webhooks {
        Ok(hooks) => hooks,
        Err(problem) => {
            let why = format!(
                "segue.toml has webhooks that cannot be told: {}",
                problem.message
            );
            return (Known::Unknown, vec![why, app]);
        }
    };
    let hear = hooks
        .iter()
        .filter(|hook| hook.on.contains(&Occasion::Failed));
    let places: Vec<&str> = hear.map(|hook| hook.origin.as_str()).collect();
    match places.is_empty() {
        false => {
            let told = format!(
                "a webhook is told where a deploy fails: {}",
                places.join(", ")
            );
            (Known::Yes, vec![told, app])
        }
        true => {
            let none = "no webhook of segue.toml is told where a deploy fails; while it runs `segue status`, --events and --metrics tell of it";
            (Known::Unknown, vec![none.to_owned(), app])
        }
    }
}

pub(super) fn migrations(learned: &Learned) -> impl Iterator<Item = &Migration> {
    let numbers = learned.migrations.iter();
    numbers.map(|number| &learned.project.migrations[*number])
}

fn tested(learned: &Learned) -> Line {
    let folder = &learned.project.folder.path;
    let with: Vec<&str> = migrations(learned)
        .filter(|migration| beside(migration, folder, "test.sql").is_some())
        .map(|migration| migration.name.as_str())
        .collect();
    let files = match with.is_empty() {
        true => "no migration has a test.sql".to_owned(),
        false => format!("test.sql of {}", with.join(", ")),
    };
    match &learned.tested {
        None => (
            Known::Unknown,
            vec![files, "segue test was not run: --test runs it".to_owned()],
        ),
        Some(run) => {
            let bad = run
                .tested
                .iter()
                .filter(|one| one.has_failed() || one.skipped.is_some());
            let bad: Vec<&str> = bad.map(|one| one.name.as_str()).collect();
            match bad.is_empty() {
                true => (
                    Known::Yes,
                    vec![
                        format!(
                            "segue test: {} passed on {}",
                            run.tested.len(),
                            run.database
                        ),
                        files,
                    ],
                ),
                false => (
                    Known::No,
                    vec![
                        format!(
                            "segue test: {} failed, or could not be tried",
                            bad.join(", ")
                        ),
                        files,
                    ],
                ),
            }
        }
    }
}

/// What a rule of lint says of it.
fn ruled(learned: &Learned, rule: &str, right: &str) -> Line {
    let findings = learned.linted.findings.iter();
    let found: Vec<String> = findings
        .filter(|finding| finding.rule == rule)
        .map(|finding| format!("lint: {}: {}", finding.source.name, finding.message))
        .collect();
    let meant = learned.linted.acknowledged.iter();
    let meant: Vec<String> = meant
        .filter(|one| one.finding.rule == rule)
        .map(|one| {
            format!(
                "lint: {}, which is meant: {}",
                one.finding.message, one.reason
            )
        })
        .collect();
    match (found.is_empty(), meant.is_empty()) {
        (false, _) => (Known::No, found),
        (true, false) => (Known::Yes, meant),
        (true, true) => one(Known::Yes, right),
    }
}

fn documented(learned: &Learned) -> Line {
    ruled(
        learned,
        "missing-why",
        "lint: what takes something away says why, in a comment",
    )
}

fn one_change(learned: &Learned) -> Line {
    ruled(
        learned,
        "many-changes-per-migration",
        "lint: no migration makes changes that belong apart",
    )
}

fn not_edited(learned: &Learned) -> Line {
    let line = ruled(
        learned,
        "edited-applied-migration",
        "lint: no migration was changed since the database has it",
    );
    let open: Vec<String> = migrations(learned)
        .filter_map(|migration| uncommitted(&migration.up.path))
        .collect();
    match (line.0, open.is_empty()) {
        (Known::Yes, false) => (Known::Unknown, [open, line.1].concat()),
        _ => line,
    }
}
