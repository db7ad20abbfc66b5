//! A plan against a server: on a shadow database every step is run and watched, and where that ends is compared with where the
//! statements as written end.
//!
//! The databases have no rows: a server takes the same locks on empty tables, and tells of the same work.

use segue_catalog::{Catalog, compare};
use segue_db::{introspect, postgres};
use segue_engine::{
    Failure,
    trace::{Inhabitants, Traced, Tracer},
};
use segue_plan::{Action, Line, Phase, Plan, Script, Step, walk};
use segue_sql::{Kind, Problem};

use crate::{
    bookkeeping::forget_own_schema,
    shadow::{Shadow, Wanted, Wish},
    trace::{prepare, settings, witnesses},
};

/// What came of a plan on a shadow database.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// The database, in words.
    pub database: String,
    /// How many steps did what the plan says.
    pub agreeing: usize,
    /// What the server did otherwise, in the order of the steps.
    pub troubles: Vec<StepTrouble>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// Where a server and a plan do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTrouble {
    /// The step, by its phase and its number in it, from 1; none: the end.
    pub step: Option<(Phase, usize)>,
    /// What is not as the plan says, in a sentence without a full stop.
    pub what: String,
}

/// Runs the statements as written, then the plan, each on a database that has the schema which they meet.
pub(super) async fn run(plan: &Plan, scripts: &[Script], wish: &Wish) -> Result<Verified, Failure> {
    let scripts = &scripts[..plan.migrations.len().min(scripts.len())];
    let Some(first) = scripts.iter().flat_map(|script| &script.lines).next() else {
        return Ok(Verified::default());
    };
    let extensions = first.before.extensions.keys();
    let extensions: Vec<String> = extensions.map(|name| name.to_string()).collect();
    let wanted = Wanted {
        major: first.before.major,
        extensions: &extensions,
    };
    let shadow = Shadow::open(wish, &wanted).await?;
    let mut verified = Verified {
        database: shadow.name.clone(),
        ..Verified::default()
    };
    if shadow.major != first.before.major {
        verified.notes.push(format!(
            "the shadow database is of PostgreSQL {}, not {}: what the two do may differ",
            shadow.major, first.before.major
        ));
    }
    let naive = match shadow.work(wish, as_written(&shadow, scripts, first)).await {
        Ok(naive) => naive,
        Err(failure) => {
            shadow.close().await;
            return Err(failure);
        }
    };
    let shadow = shadow.renewed(wish, &wanted).await?;
    let running = planned(&shadow, plan, first, &mut verified);
    let done = shadow.work(wish, running).await;
    verified.notes.extend(shadow.close().await);
    if let Some(end) = done? {
        match naive {
            Ok(naive) => verified.compare(plan, &end, &naive),
            Err(why) => verified.troubles.push(StepTrouble {
                step: None,
                what: format!("{REFUSED} what is written: {why}"),
            }),
        }
    }
    Ok(verified)
}

fn session_of(shadow: &Shadow) -> Result<&postgres::Session, Failure> {
    match &shadow.session {
        segue_db::Session::Postgres(session) => Ok(session),
        segue_db::Session::Sqlite(_) => Err(Problem::new("only PostgreSQL has plans").into()),
    }
}

/// The schema that the statements as written lead to; what the server refuses of them.
async fn as_written(
    shadow: &Shadow,
    scripts: &[Script],
    first: &Line,
) -> Result<Result<Catalog, String>, Failure> {
    let session = session_of(shadow)?;
    prepare(session, first, shadow.is_throwaway).await?;
    for script in scripts {
        let Some(line) = script.lines.first() else {
            continue;
        };
        session.execute(&settings(line)).await?;
        for line in &script.lines {
            if matches!(line.kind, Kind::PsqlCommand(_) | Kind::CopyFromStdin) {
                continue;
            }
            let text = &script.source.text[line.span.clone()];
            if let Err(error) = session.execute(text).await {
                let (number, _) = segue_sql::line_column(&script.source.text, line.span.start);
                return match error.ends_connection() {
                    true => Err(error.into()),
                    false => Ok(Err(format!("{}:{number}: {error}", script.source.name))),
                };
            }
        }
        session.execute("ROLLBACK").await?;
    }
    let mut end = introspect(session).await?.catalog;
    // the history, which migrations may name
    forget_own_schema(&mut end);
    Ok(Ok(end))
}

/// Runs a plan and watches it; the schema that it leads to, unless the server refuses a step.
async fn planned(
    shadow: &Shadow,
    plan: &Plan,
    first: &Line,
    verified: &mut Verified,
) -> Result<Option<Catalog>, Failure> {
    let session = session_of(shadow)?;
    prepare(session, first, shadow.is_throwaway).await?;
    let lines = walk(plan, &first.before, &first.session)?;
    let is_alone = |step: &Step| matches!(step.action, Action::Alone(_));
    let witnesses = match plan.steps().any(is_alone) {
        true => witnesses(shadow, &mut verified.notes).await,
        false => None,
    };
    let pair = witnesses.as_ref().map(|[guard, watcher]| [guard, watcher]);
    let done = all_steps(session, pair, (plan, &lines), first, verified).await;
    // a database is not removed while somebody uses it
    for witness in witnesses.into_iter().flatten() {
        witness.close().await;
    }
    match done? {
        true => {
            let mut end = introspect(session).await?.catalog;
            // what is kept of rows
            forget_own_schema(&mut end);
            Ok(Some(end))
        }
        false => Ok(None),
    }
}

/// Whether all steps could be run.
async fn all_steps(
    session: &postgres::Session,
    witnesses: Option<[&postgres::Session; 2]>,
    (plan, lines): (&Plan, &[Line]),
    first: &Line,
    verified: &mut Verified,
) -> Result<bool, Failure> {
    let there = Inhabitants::of(session).await?;
    let mut tracer = Tracer::new(session, witnesses);
    for (at, (step, line)) in plan.steps().zip(lines).enumerate() {
        let number = match step.phase {
            Phase::Expand => at + 1,
            Phase::Contract => at + 1 - plan.expand.len(),
        };
        session.execute(&settings(first)).await?;
        let mut troubles = Vec::new();
        let changes = line.before != line.after;
        if changes && asked(session, step).await? == Some(true) {
            troubles.push("it counts as done before it has run".to_owned());
        }
        let outcome = tracer.step(step, line, &there).await?;
        let is_refused = matches!(outcome, Traced::Refused(_));
        troubles.extend(told(outcome, step, number, verified));
        if !is_refused && asked(session, step).await? == Some(false) {
            troubles.push("it does not count as done when it has run".to_owned());
        }
        verified.agreeing += usize::from(troubles.is_empty());
        verified
            .troubles
            .extend(troubles.into_iter().map(|what| StepTrouble {
                step: Some((step.phase, number)),
                what,
            }));
        if is_refused {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the query says that tells whether a step is done.
async fn asked(session: &postgres::Session, step: &Step) -> Result<Option<bool>, Failure> {
    let Some(query) = &step.verify else {
        return Ok(None);
    };
    let rows = session.rows(query).await?;
    let answer = rows.into_iter().flatten().flatten().next();
    Ok(Some(answer.as_deref() == Some("t")))
}

fn told(outcome: Traced, step: &Step, number: usize, verified: &mut Verified) -> Vec<String> {
    match outcome {
        Traced::Agrees(_) | Traced::Passed => Vec::new(),
        Traced::Disagrees(_, found) => {
            let told = found
                .iter()
                .map(|one| format!("{}: said {}, seen {}", one.about, one.claimed, one.observed));
            told.collect()
        }
        Traced::Refused(why) => vec![format!("{REFUSED} it: {why}")],
        Traced::Opaque(_) => {
            let phase = match step.phase {
                Phase::Expand => "expand",
                Phase::Contract => "contract",
            };
            verified.notes.push(format!(
                "{phase} {number}: what it does cannot be told, so there is nothing to compare"
            ));
            Vec::new()
        }
    }
}

/// What the server said stands behind this.
const REFUSED: &str = "the server refuses";

impl Verified {
    /// Leaves out what the server said, which may quote what is not to be shown.
    pub(super) fn keep_back(&mut self) {
        for trouble in &mut self.troubles {
            if trouble.what.starts_with(REFUSED) {
                trouble.what = format!("{REFUSED} a statement");
            }
        }
    }

    /// The schema that the plan has led to, beside that of the statements as written.
    fn compare(&mut self, plan: &Plan, end: &Catalog, naive: &Catalog) {
        let is_told = |object: &str| {
            let table = object.strip_prefix("table ").unwrap_or(object);
            plan.differences.iter().any(|one| one.contains(table))
        };
        for difference in compare(end, naive) {
            let is_said =
                difference.is_order_of_columns() && is_told(&difference.object.to_string());
            if !is_said && !difference.is_of_inherited_not_null(end) {
                self.troubles.push(StepTrouble {
                    step: None,
                    what: format!("the end is not the one of what is written: {difference}"),
                });
            }
        }
    }
}
