//! The second phase, once only the new app is left.

use std::{sync::Arc, time::Duration};

use segue_db::{
    Session,
    own::{
        rollouts::{self, State, StepState},
        shapes,
    },
};
use segue_plan::Plan;
use segue_project::Project;
use segue_sql::Problem;

use super::{
    Underway,
    carry::Carrier,
    course::{Goal, Journal},
    fitting,
    hindered::hindered,
    not_now, recorded, refuse_never, told,
};
use crate::{Failure, Opener, Patience, Request, history, refusals::unknown, run::Run};

/// What is contracted.
#[derive(Debug, Clone, Default)]
pub struct ContractOptions {
    /// The last migration; all that waits where none is named.
    pub to: Option<String>,
    /// Only what has been expanded for so long.
    pub after: Option<Duration>,
    /// What has to be known of the statements that run before anything is taken away from them. It is looked at by whoever
    /// calls [`contract`], before any lock is taken.
    pub gate: Gate,
}

/// What has to be known of the statements that run.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// Whether, and for how long, they are watched; none: as the project says, else [`Observe::Auto`].
    pub observe: Option<Observe>,
    /// Go on although statements that will break still run, for this reason, which is kept.
    pub force: Option<String>,
}

/// For how long statements are watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Observe {
    /// For [`Observe::USUAL`], where the server has a record of them, and only while there is one that will break.
    #[default]
    Auto,
    /// Not at all.
    Not,
    /// For so long; that there is no record forbids.
    For(Duration),
}

impl Observe {
    /// How long they are watched where nobody says how long.
    pub const USUAL: Duration = Duration::from_secs(60);
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contracted {
    /// Nothing waits for contract.
    Nothing,
    /// It was expanded too short a time ago: how long it has still to wait.
    TooEarly {
        /// Its migrations.
        migrations: Vec<String>,
        /// How long.
        left: Duration,
    },
    /// Done.
    Done {
        /// The migrations.
        migrations: Vec<String>,
        /// How many steps there were.
        steps: usize,
    },
}

/// Ends what was expanded: plan after plan, the oldest first.
///
/// # Errors
/// A plan that is not expanded, or that is being taken back; a change by another hand; see [`FailureKind`](crate::FailureKind).
pub async fn contract(
    mut request: Request<'_>,
    opener: Option<Opener>,
    wish: &ContractOptions,
) -> Result<Contracted, Failure> {
    // another one may be ready all the same
    let is_ready = |one: &Underway| one.by.is_none() && one.kept.state != State::Expanding;
    let lock = request
        .lock_behind(|open| match open.iter().any(is_ready) {
            true => None,
            false => open.first(),
        })
        .await?;
    let result = locked(&mut request, lock.keys(), opener, wish).await;
    lock.release(request.session).await;
    result
}

async fn locked(
    request: &mut Request<'_>,
    locks: &[i64],
    opener: Option<Opener>,
    wish: &ContractOptions,
) -> Result<Contracted, Failure> {
    let facts = request.facts().await?;
    let (project, options) = (request.project, request.options);
    let opened = history::open(request.session, &facts, project, &options.place).await?;
    let wanted = wish.wanted(project, &opened.open)?;
    if wanted.is_empty() {
        return Ok(Contracted::Nothing);
    }
    let waits = |one: &&Underway| left(one, wish.after).is_some();
    let waiting = wanted
        .iter()
        .filter_map(|one| Some((left(one, wish.after)?, one)));
    if wanted.iter().all(&waits)
        && let Some((left, next)) = waiting.min_by_key(|(left, _)| *left)
    {
        return Ok(Contracted::TooEarly {
            migrations: names(next).collect(),
            left,
        });
    }
    let opener = opener.map(Arc::new);
    let (mut migrations, mut steps) = (Vec::new(), 0);
    for underway in wanted.into_iter().filter(|one| !waits(one)) {
        fitting::files(underway, request.project)?;
        recorded::refuse_what_is_recorded_no_more(&opened, underway)?;
        let plan = underway.plan()?;
        refuse_never(&plan.contract, options)?;
        refuse_what_is_in_the_way((request.session, options.patience), underway, &plan).await?;
        let opener = opener
            .clone()
            .map(|opener| -> Opener { Box::new(move || opener()) });
        let run = Run::on(request, &opened, (&facts, locks), opener).await?;
        let mut carrier = Carrier::new(run, underway, &plan, options, State::Contracting).await?;
        let last = vec![
            rollouts::keep_state(underway.kept.id, State::Contracted),
            shapes::forget(underway.kept.id),
        ];
        carrier.go(Goal::Contract, last).await?;
        migrations.extend(names(underway));
        steps += plan.contract.len();
    }
    Ok(Contracted::Done { migrations, steps })
}

/// Nothing is begun that would stop half-way, or take away what the plan does not know.
async fn refuse_what_is_in_the_way(
    (session, patience): (&Session, Patience),
    underway: &Underway,
    plan: &Plan,
) -> Result<(), Failure> {
    let journal = Journal::new(plan.steps().count(), &underway.steps);
    let steps = plan.contract.iter().zip(plan.expand.len()..);
    let open = steps.filter(|(_, number)| {
        let record = journal.of(*number);
        record.is_none_or(|record| record.state != StepState::Done)
    });
    let mut found = Vec::new();
    for (step, _) in open {
        found.extend(hindered(session, step, patience).await?);
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(told::in_the_way(
            &format!("contract of {}", underway.names()),
            &found,
        )),
    }
}

fn names(underway: &Underway) -> impl Iterator<Item = String> + '_ {
    underway.migrations.iter().map(|one| one.name.clone())
}

impl ContractOptions {
    /// The plans among those that are under way that are to be contracted, the oldest first.
    ///
    /// # Errors
    /// A migration that is not there, or in the middle of a plan; that none of the plans is expanded.
    pub fn wanted<'o>(
        &self,
        project: &Project,
        open: &'o [Underway],
    ) -> Result<Vec<&'o Underway>, Failure> {
        let ready =
            |one: &&Underway| matches!(one.kept.state, State::Expanded | State::Contracting);
        let upto = match &self.to {
            None => None,
            Some(name) => Some(project.named(name).ok_or_else(|| unknown(project, name))?),
        };
        let place = |key: &str| project.migrations.iter().position(|one| one.key == key);
        let mut wanted = Vec::new();
        for underway in open.iter().filter(ready) {
            if let Some(upto) = upto {
                reaches(underway, &upto.key, &upto.name)?;
                let last = underway.migrations.last();
                if last.and_then(|last| place(&last.key)) > place(&upto.key) {
                    continue;
                }
            }
            wanted.push(underway);
        }
        match open.first() {
            Some(first) if !open.iter().any(|one| ready(&one)) => Err(not_now(first)),
            _ => Ok(wanted),
        }
    }

    /// Whether a plan was expanded long enough ago.
    pub fn is_time(&self, underway: &Underway) -> bool {
        left(underway, self.after).is_none()
    }
}

/// Migrations of one plan have one second phase: it cannot end in the middle of them.
fn reaches(underway: &Underway, key: &str, name: &str) -> Result<(), Failure> {
    let last = underway.migrations.last();
    if last.is_some_and(|last| last.key == key) || !underway.covers(key) {
        return Ok(());
    }
    let last = last.map_or("", |last| last.name.as_str());
    Err(Failure::refused(
        Problem::new(format!(
            "`{name}` was deployed together with `{last}`, and is contracted together with it"
        ))
        .help(format!(
            "once no app needs what either of them takes away: segue contract --to {last}"
        )),
    ))
}

/// How long there is still to wait.
fn left(underway: &Underway, after: Option<Duration>) -> Option<Duration> {
    if underway.kept.state == State::Contracting {
        return None;
    }
    let passed = Duration::from_secs(underway.kept.expanded_for.unwrap_or_default());
    after?.checked_sub(passed).filter(|left| !left.is_zero())
}
