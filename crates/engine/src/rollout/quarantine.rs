//! Rows that a program could not do: which they are, and once more through it.

use segue_db::{
    own::{
        quarantine::{self, Aside, Told},
        rollouts,
    },
    postgres::lock,
};
use segue_plan::{Action, Plan};
use segue_sql::Problem;

use super::{Covered, course::plan_step, program::declared, told};
use crate::{
    Failure, Opener, Request,
    backfill::transform::{self, Passage},
    deploy_lock::{self, held_by},
    history,
    run::Run,
};

/// How many rows are told of one by one.
const TOLD: u32 = 100;

/// Rows that are put aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quarantine {
    /// How many, by step.
    pub steps: Vec<Aside>,
    /// The first of them.
    pub rows: Vec<Told>,
}

impl Quarantine {
    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.steps.iter().map(|step| step.rows).sum()
    }
}

/// The rows that are put aside; `retries`: after they went through their programs once more.
///
/// # Errors
/// A program that cannot be run or does not answer as it should; a migration that is not what it was; see
/// [`FailureKind`](crate::FailureKind). Rows that are bad once more stay where they are, with the new reason.
pub async fn quarantine(
    mut request: Request<'_>,
    opener: Option<Opener>,
    retries: bool,
) -> Result<Quarantine, Failure> {
    if retries {
        let lock = request.lock().await?;
        let result = retry(&mut request, lock.keys(), opener).await;
        lock.release(request.session).await;
        result?;
    }
    let facts = request.facts().await?;
    let place = &request.options.place;
    let opened = history::open(request.session, &facts, request.project, place).await?;
    let history = opened.own_key();
    let rows = match opened.aside.is_empty() {
        true => Vec::new(),
        false => quarantine::first(request.session, &history, TOLD).await?,
    };
    Ok(Quarantine {
        steps: opened.aside,
        rows,
    })
}

async fn retry(
    request: &mut Request<'_>,
    locks: &[i64],
    opener: Option<Opener>,
) -> Result<(), Failure> {
    let facts = request.facts().await?;
    let (project, options) = (request.project, request.options);
    let opened = history::open(request.session, &facts, project, &options.place).await?;
    let run = Run::on(request, &opened, (&facts, locks), opener).await?;
    for aside in &opened.aside {
        let key = lock::plan_key(aside.of.rollout);
        // who deploys it goes through the same rows, and keeps its place
        if !lock::try_lock(run.session, key).await? {
            let holder = lock::holder(run.session, key).await?;
            return Err(held_by(deploy_lock::PLAN, holder.as_ref()));
        }
        let kept = rollouts::one(run.session, aside.of.rollout).await?;
        let kept = kept.ok_or_else(|| gone(aside))?;
        let unreadable = |error| told::unreadable(&kept, &error);
        let plan: Plan = serde_json::from_str(&kept.plan).map_err(unreadable)?;
        let migrations: Vec<Covered> =
            serde_json::from_str(&kept.migrations).map_err(unreadable)?;
        if aside.of.step >= plan.steps().count() {
            return Err(gone(aside));
        }
        let step = plan_step(&plan, aside.of.step);
        let Action::Transform(transform) = &step.action else {
            return Err(gone(aside));
        };
        let covered = step
            .serves
            .first()
            .and_then(|served| migrations.get(served.migration));
        let covered = covered.ok_or_else(|| gone(aside))?;
        let mut on_disk = project.migrations.iter();
        let migration = on_disk.find(|migration| migration.key == covered.key);
        let migration = migration.ok_or_else(|| told::gone(covered))?;
        if Covered::of(migration)?.transform != covered.transform {
            return Err(told::edited(covered).into());
        }
        let (declared, runs) = declared(migration, &options.functions)?;
        let (_, opener) = run.observer.parts();
        let passage = Passage {
            rollout: aside.of.rollout,
            number: aside.of.step,
            step,
            transform,
            migration: &migration.name,
            declared: &declared,
            runs,
            only_aside: true,
            pace: &options.pace,
            settings: run.settings,
            patience: run.patience,
            session: run.session,
            opener,
            interrupt: run.interrupt,
            events: run.events,
        };
        let done = transform::run(passage).await;
        let freed = lock::unlock(run.session, key).await;
        done?;
        freed?;
    }
    Ok(())
}

fn gone(aside: &Aside) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "the plan of `{}` is not there any more, or is another one",
            aside.migration
        ))
        .help("look into segue.quarantine, and write the rows by a migration of their own"),
    )
}
