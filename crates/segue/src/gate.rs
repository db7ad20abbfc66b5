//! The gate before contract: whether statements that need what is taken away still run.
//!
//! A server with `pg_stat_statements` counts the calls of every statement. Those whose text names what contract takes away are
//! counted twice, with a pause; what still grows forbids contract. Whether such a statement really breaks is then asked of a
//! throwaway server, where there is one.
//!
//! Owns: what is evidence, and what follows from it. docs/decisions/0024-the-gate-before-contract.md says why.
//! Does not own: which statements break (`segue_proof::compat`).

use std::{collections::BTreeMap, time::Duration};

use segue_db::{
    Session,
    own::{evidence, rollouts::State},
};
use segue_engine::{
    ContractOptions, Deployed, Event, Failure, FailureKind, Interrupt, Observe, Underway, open,
};
use segue_plan::{Plan, walk};
use segue_proof::compat::{Asks, Form, Moment, Side, Stages, Verdict, suspicions};
use segue_sql::Problem;

use crate::{
    Connected,
    compat::{
        Chosen, States,
        statistics::{self, Evidence},
    },
    schema::{Found, introspect},
    shadow::major_of,
};

mod observe;
mod told;

pub use observe::parse_observe;
use told::{count, decide};

/// Who hears what is going on.
type Events<'a> = &'a mut (dyn FnMut(Event) + Send);

/// A statement that perhaps needs what is taken away.
struct Suspect {
    text: String,
    calls: u64,
    why: Vec<String>,
}

/// By what tells their texts apart.
type Suspects = BTreeMap<String, Suspect>;

/// Whether contract may begin.
///
/// # Errors
/// Statements that need what is taken away, and still run; where time was asked for, that there is no record of statements.
pub(crate) async fn pass(
    connected: &mut Connected,
    wish: &ContractOptions,
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<(), Failure> {
    let observe = wish.gate.observe.or(connected.observe).unwrap_or_default();
    if observe == Observe::Not || !matches!(connected.link.session, Session::Postgres(_)) {
        return Ok(());
    }
    for underway in wanted(connected, wish).await? {
        let watch = watched(connected, underway, observe, events).await?;
        if let Some(watch) = watch {
            let asked = (wish, observe, interrupt);
            let result = Box::pin(pass_one(connected, watch, asked, &mut *events)).await;
            result?;
        }
    }
    Ok(())
}

/// Whether the contract of one plan may begin.
async fn pass_one(
    connected: &Connected,
    watch: Watch,
    (wish, observe, interrupt): (&ContractOptions, Observe, &Interrupt),
    events: Events<'_>,
) -> Result<(), Failure> {
    let session = &connected.link.session;
    let first = watch.suspects(session).await?;
    let time = match observe {
        Observe::For(time) => time,
        Observe::Auto | Observe::Not => {
            if first.is_empty() || are_silent(session, &watch.underway, &first).await? {
                return Ok(());
            }
            Observe::USUAL
        }
    };
    events(Event::Notice(format!(
        "{} on record that {} what contract takes away; looking for {} s whether such statements run (--observe none does not)",
        count(first.len()),
        if first.len() == 1 { "needs" } else { "need" },
        time.as_secs_f64()
    )));
    wait(time, interrupt).await?;
    let second = watch.suspects(session).await?;
    let mut grown = grown(&first, second);
    if grown.is_empty() {
        return Ok(());
    }
    certain(connected, &watch.underway, &mut grown).await;
    if grown.is_empty() {
        return Ok(());
    }
    decide(
        connected,
        &watch.underway,
        &wish.gate,
        (&grown, time),
        events,
    )
    .await
}

/// What is watched.
struct Watch {
    underway: Underway,
    /// Where the record of statements is.
    schema: String,
    stages: Stages,
}

impl Watch {
    async fn suspects(&self, session: &Session) -> Result<Suspects, Failure> {
        suspects(session, &self.schema, &self.stages).await
    }
}

/// What there is to watch; none where contract takes nothing away now, or nothing is recorded and that does not forbid it.
async fn watched(
    connected: &Connected,
    underway: Underway,
    observe: Observe,
    events: Events<'_>,
) -> Result<Option<Watch>, Failure> {
    let plan = underway.plan()?;
    if plan.contract.is_empty() {
        return Ok(None);
    }
    let schema = match statistics::evidence(&connected.link.session).await? {
        Evidence::All(schema) => Ok(schema),
        Evidence::Missing(why) => Err(why),
        Evidence::Hidden(many) => Err(format!(
            "{many} statements of other roles are hidden from this one, which needs pg_read_all_stats"
        )),
    };
    let found = match schema {
        Ok(schema) => taken_away(connected, &plan)
            .await?
            .map(|stages| (schema, stages)),
        Err(why) => Err(why),
    };
    match found {
        Ok((schema, stages)) => Ok(Some(Watch {
            underway,
            schema,
            stages,
        })),
        Err(why) => without(observe, &why, events).map(|()| None),
    }
}

/// The plans whose contract is about to begin.
async fn wanted(connected: &Connected, wish: &ContractOptions) -> Result<Vec<Underway>, Failure> {
    let open = open_plans(connected).await?;
    let wanted = wish.wanted(&connected.project, &open)?.into_iter();
    let wanted = wanted.filter(|one| one.kept.state == State::Expanded && wish.is_time(one));
    Ok(wanted.cloned().collect())
}

async fn open_plans(connected: &Connected) -> Result<Vec<Underway>, Failure> {
    let place = &connected.options.place;
    let session = &connected.link.session;
    let facts = segue_db::facts(session, place).await?;
    Ok(open(session, &facts, &connected.project, place).await?.open)
}

/// Whether something waits for contract, and may begin by now.
pub(crate) async fn is_due(connected: &Connected, wish: &ContractOptions) -> Result<bool, Failure> {
    let open = open_plans(connected).await?;
    let wanted = wish.wanted(&connected.project, &open)?;
    Ok(wanted.into_iter().any(|one| wish.is_time(one)))
}

/// There is no record of what runs.
fn without(observe: Observe, why: &str, events: Events<'_>) -> Result<(), Failure> {
    match observe {
        Observe::For(_) => Err(Failure::new(
            FailureKind::Refused,
            Problem::new(format!(
                "it cannot be told whether the old app still runs: {why}"
            ))
            .help("once you know that it has: segue contract --observe none"),
        )),
        Observe::Auto | Observe::Not => {
            events(Event::Notice(format!(
                "it cannot be told whether the old app still runs: {why}"
            )));
            Ok(())
        }
    }
}

/// The schema as it is and as contract leaves it; why that cannot be told.
async fn taken_away(connected: &Connected, plan: &Plan) -> Result<Result<Stages, String>, Failure> {
    let now = introspect(&connected.link.session).await?.catalog;
    let names = segue_engine::names(&connected.options.settings, None);
    let rest = Plan {
        expand: Vec::new(),
        ..plan.clone()
    };
    Ok(match walk(&rest, &now, &names) {
        Ok(lines) => {
            let after = lines.into_iter().next_back().map(|line| line.after);
            let after = after.unwrap_or_else(|| now.clone());
            Ok(Stages::new([now.clone(), now, after], names.search_path))
        }
        Err(problems) => {
            let first = problems.into_iter().next();
            let first = first.map_or_else(String::new, |problem| problem.message);
            Err(format!("what contract takes away cannot be told: {first}"))
        }
    })
}

async fn suspects(session: &Session, schema: &str, stages: &Stages) -> Result<Suspects, Failure> {
    let mut found = Suspects::new();
    let mut calls = statistics::Calls::open(session, schema).await?;
    while let Some(rows) = calls.next(session).await? {
        for (key, text, calls) in rows {
            let form = Form::of(&text);
            if matches!(form.asks, Asks::Itself | Asks::Like(_)) {
                let why = suspicions(&form, stages);
                if !why.is_empty() {
                    found.insert(key, Suspect { text, calls, why });
                }
            }
        }
    }
    Ok(found)
}

/// Whether none was called since the first phase was done.
async fn are_silent(
    session: &Session,
    underway: &Underway,
    suspects: &Suspects,
) -> Result<bool, Failure> {
    let kept = evidence::calls(session, underway.kept.id).await?;
    let kept: Option<BTreeMap<String, u64>> =
        kept.and_then(|text| serde_json::from_str(&text).ok());
    Ok(kept.is_some_and(|kept| {
        let mut all = suspects.iter();
        all.all(|(key, suspect)| kept.get(key) == Some(&suspect.calls))
    }))
}

async fn wait(time: Duration, interrupt: &Interrupt) -> Result<(), Failure> {
    let pause = async {
        tokio::time::sleep(time).await;
        Ok(())
    };
    interrupt.may_stop(pause).await
}

/// Those that were called meanwhile, with how often.
fn grown(first: &Suspects, second: Suspects) -> Vec<Suspect> {
    let grown = second.into_iter().filter_map(|(key, suspect)| {
        let before = first.get(&key).map_or(0, |before| before.calls);
        // The record may have begun anew meanwhile.
        let more = suspect.calls.checked_sub(before).unwrap_or(suspect.calls);
        (more > 0).then_some(Suspect {
            calls: more,
            ..suspect
        })
    });
    grown.collect()
}

/// Leaves out what a throwaway server, where there is one, takes after contract too.
async fn certain(connected: &Connected, underway: &Underway, suspects: &mut Vec<Suspect>) {
    let texts: Vec<&str> = suspects.iter().map(|one| one.text.as_str()).collect();
    let Ok(judged) = asked(connected, underway, &texts).await else {
        return;
    };
    let mut judged = judged.into_iter();
    suspects.retain(|_| judged.next().unwrap_or(true));
}

/// Whether each of these fails after contract, or that is not known.
async fn asked(
    connected: &Connected,
    underway: &Underway,
    texts: &[&str],
) -> Result<Vec<bool>, Failure> {
    let migrations = connected.project.migrations.iter().enumerate();
    let (deployed, before): (Vec<_>, Vec<_>) =
        migrations.partition(|(_, migration)| underway.covers(&migration.key));
    let numbers = |all: Vec<(usize, _)>| all.into_iter().map(|(number, _)| number).collect();
    let chosen = Chosen {
        deployed: numbers(deployed),
        before: numbers(before),
        notes: Vec::new(),
    };
    let found = Found {
        project: connected.project.clone(),
        options: connected.options.clone(),
        server: None,
        notes: Vec::new(),
    };
    let major = major_of(&connected.link.session).await?;
    let states = Box::pin(States::make(found, major, &connected.shadow, chosen)).await?;
    let judged = states.judged_texts(Side::New, texts).await;
    states.close().await;
    let fails = |judgement| match judgement {
        segue_proof::compat::Judgement::Fares(fares) => {
            let fares: [segue_proof::compat::Fare; 3] = fares;
            fares[Moment::Contracted as usize].verdict == Verdict::Fails
        }
        segue_proof::compat::Judgement::NotJudged(_) => true,
    };
    Ok(judged?.into_iter().map(fails).collect())
}

/// Keeps how often statements had been called that need what will be taken away: those that are not called any more need not be
/// watched later. A deploy does not fail for it.
pub(crate) async fn sample(connected: &Connected, deployed: &Deployed, events: Events<'_>) {
    let waits = deployed.expanded.iter().any(|plan| plan.contract > 0);
    if !waits || !matches!(connected.link.session, Session::Postgres(_)) {
        return;
    }
    if let Err(failure) = sampled(connected).await {
        let why = failure.problems.first();
        let why = why.map_or_else(String::new, |problem| problem.message.clone());
        events(Event::Notice(format!(
            "which statements run was not recorded for contract: {why}"
        )));
    }
}

async fn sampled(connected: &Connected) -> Result<(), Failure> {
    let session = &connected.link.session;
    let Evidence::All(schema) = statistics::evidence(session).await? else {
        return Ok(());
    };
    let open = open_plans(connected).await?.into_iter();
    for underway in open.filter(|one| one.kept.state == State::Expanded) {
        let Ok(stages) = taken_away(connected, &underway.plan()?).await? else {
            continue;
        };
        let suspects = suspects(session, &schema, &stages).await?;
        let calls: BTreeMap<String, u64> = suspects
            .into_iter()
            .map(|(key, suspect)| (key, suspect.calls))
            .collect();
        let calls = serde_json::to_string(&calls).unwrap_or_default();
        let keep = evidence::keep_calls(underway.kept.id, &calls);
        session.execute(&keep).await?;
    }
    Ok(())
}

/// Forgets what was kept of plans that have ended; where that is refused, it stays and does no harm.
pub(crate) async fn forget(connected: &Connected) {
    if matches!(connected.link.session, Session::Postgres(_)) {
        let is_there = "SELECT to_regclass('segue.rollouts')";
        let rows = connected.link.session.rows(is_there).await;
        if rows.is_ok_and(|rows| rows.into_iter().flatten().flatten().next().is_some()) {
            let _ = connected.link.session.execute(evidence::FORGET_ENDED).await;
        }
    }
}
