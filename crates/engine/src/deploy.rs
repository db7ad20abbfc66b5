//! A deploy from the lock to the last record: what is pending is found, everything that forbids it is
//! said before anything runs, then one migration after the other.

use std::{collections::HashSet, sync::Arc, time::Instant};

use segue_db::{Contents, Facts, Session, own::rollouts::State, postgres::inspect};
use segue_plan::{Action, Plan};
use segue_project::Project;
use segue_sql::{Dialect, Problem};

use crate::{
    Event, Failure, FailureKind, Interrupt, Opened, Opener, Status,
    app_load::Sampling,
    deploy_lock::{DeployLock, PLAN, held_by},
    history,
    prepare::{forget_stale, prepare, tidy},
    refusals::{out_of_order, pending},
    rollout::{self, Beginning, Course, Turn, Underway, course},
    run::Run,
    work::{Due, Work},
};

mod deployed;
mod dry_run;
mod options;

pub use deployed::{Applied, Deployed, Expanded, Planned, PlannedUnit, Waiting};
pub(crate) use dry_run::planned;
pub use options::Options;

/// What every command of the engine is given.
pub struct Request<'a> {
    /// The connection that it works on.
    pub session: &'a mut Session,
    /// The migrations.
    pub project: &'a Project,
    /// What it may and may not do.
    pub options: &'a Options,
    /// The user's wish to stop.
    pub interrupt: &'a Interrupt,
    /// Hears what happens.
    pub events: &'a mut (dyn FnMut(Event) + Send),
}

impl Request<'_> {
    /// Takes the locks of a deploy.
    pub(crate) async fn lock(&mut self) -> Result<DeployLock, Failure> {
        let lock = self.lock_to_look().await?;
        lock.confirm(self.session).await?;
        Ok(lock)
    }

    /// The same, where somebody wants to wait: not before another session is done with the plan that `busy` finds among those that are
    /// open.
    pub(crate) async fn lock_behind(
        &mut self,
        busy: impl Fn(&[Underway]) -> Option<&Underway> + Send,
    ) -> Result<DeployLock, Failure> {
        let mut lock = self.lock().await?;
        while self.options.patience.deploys.is_some() {
            let facts = self.facts().await?;
            let place = &self.options.place;
            let opened = history::open(self.session, &facts, self.project, place).await?;
            let Some(carried) = busy(&opened.open).filter(|one| one.by.is_some()) else {
                break;
            };
            let refusal = held_by(PLAN, carried.by.as_ref());
            lock = self.wait_for_plan(lock, carried.kept.id, refusal).await?;
            lock.confirm(self.session).await?;
        }
        Ok(lock)
    }

    /// Takes the locks of what may find nothing to do: to be [confirmed](DeployLock::confirm) before anything is written.
    async fn lock_to_look(&mut self) -> Result<DeployLock, Failure> {
        let dialect = self.session.dialect();
        let format = history::format_of(self.project.choice.layout, dialect)?;
        let keys = match dialect {
            Dialect::Postgres => {
                let (database, schema) = inspect::whereabouts(self.session).await?;
                let table = self.options.place.of(format, schema.as_deref());
                (format.lock)(&table, &database)
            }
            Dialect::Sqlite => Vec::new(),
        };
        let patience = self.options.patience.deploys;
        DeployLock::take(self.session, keys, patience, self.interrupt, self.events).await
    }

    /// Gives the locks of a deploy up until another session is done with a plan, or for good where nobody wants to wait.
    async fn wait_for_plan(
        &mut self,
        lock: DeployLock,
        rollout: i64,
        refusal: Failure,
    ) -> Result<DeployLock, Failure> {
        let patience = self.options.patience.deploys;
        lock.wait_for_plan(
            self.session,
            rollout,
            refusal,
            patience,
            self.interrupt,
            self.events,
        )
        .await?;
        self.lock_to_look().await
    }

    /// What the database is: to be asked with the lock in hand.
    ///
    /// `&mut` although nothing changes: a shared reference would keep the future from moving between threads.
    pub(crate) async fn facts(&mut self) -> Result<Facts, Failure> {
        Ok(segue_db::facts(self.session, &self.options.place).await?)
    }
}

/// Deploys what is pending. `deployed` holds what was done, also when it fails; `opener` opens the second
/// connection that sees who keeps us waiting.
///
/// # Errors
/// See [`FailureKind`].
pub async fn deploy(
    mut request: Request<'_>,
    opener: Option<Opener>,
    deployed: &mut Deployed,
) -> Result<(), Failure> {
    if request.project.migrations.is_empty() {
        return Err(request.project.nothing().into());
    }
    if request.options.dry_run {
        return dry_run::dry_run(request, deployed).await;
    }
    let mut lock = request.lock_to_look().await?;
    let mut facts = request.facts().await?;
    // Whether an app can be running is decided by what was there before.
    let mut before = None;
    let opener = opener.map(Arc::new);
    let result = loop {
        let opener = opener
            .clone()
            .map(|opener| -> Opener { Box::new(move || opener()) });
        let next = locked(&mut request, (&facts, &mut before), &lock, opener, deployed).await;
        match next {
            Ok(Next::More) => {}
            Ok(Next::Done) => break Ok(()),
            Ok(Next::Wait(rollout, refusal)) => {
                lock = request.wait_for_plan(lock, rollout, refusal).await?;
            }
            Err(failure) => break Err(failure),
        }
        match request.facts().await {
            Ok(now) => facts = now,
            Err(failure) => break Err(failure),
        }
    };
    lock.release(request.session).await;
    result
}

/// Whether a deploy is done.
enum Next {
    /// There is nothing left.
    Done,
    /// Behind what was deployed now come others, which meet another schema.
    More,
    /// First another session has to be done with a plan; who does not wait is refused.
    Wait(i64, Failure),
}

async fn locked(
    request: &mut Request<'_>,
    (facts, before): (&Facts, &mut Option<Contents>),
    lock: &DeployLock,
    opener: Option<Opener>,
    deployed: &mut Deployed,
) -> Result<Next, Failure> {
    let (project, options) = (request.project, request.options);
    let opened = history::open(request.session, facts, project, &options.place).await?;
    let status = Status::of(project, &opened);
    let dialect = request.session.dialect();
    let mut dues = pending(dialect, project, &status, &opened, options, &mut |_| {})?;
    if let Some(reviewed) = &options.reviewed {
        reviewed.fits(&status, &opened, &dues, request.events)?;
    }
    let turn = rollout::turn(&opened, (project, options), !dues.is_empty())?;
    deployed.up_to_date = matches!(turn, Turn::Nothing);
    // Before the first write, and not where there is none: no other question of such a deploy takes the server as long.
    if !deployed.up_to_date || !opened.stale.is_empty() {
        lock.confirm(request.session).await?;
        forget_stale(request.session, &opened).await?;
    }
    let goes_on = match turn {
        Turn::Nothing => {
            deployed.waiting = waiting(&opened);
            return Ok(Next::Done);
        }
        Turn::Wait(underway) => {
            return Ok(Next::Wait(underway.kept.id, rollout::elsewhere(underway)));
        }
        Turn::GoOn(underway) => Some(underway),
        Turn::Begin => None,
    };
    let contents = match before {
        Some(contents) => contents,
        None => {
            let contents = opened.contents(request.session, facts, &options.place);
            before.insert(contents.await?)
        }
    };
    let together = rollout::together(&dues, contents, options);
    let next = match together < dues.len() {
        true => Next::More,
        false => Next::Done,
    };
    let mut run = Run::on(request, &opened, (facts, lock.keys()), opener).await?;
    let mut sampling = None;
    let course = match goes_on {
        Some(underway) => Course::GoOn(underway),
        None => {
            sampling = Sampling::begin(run.session).await;
            dues.truncate(together);
            let mut waiting = rollout::Waiting {
                interrupt: run.interrupt,
                events: &mut *run.events,
            };
            let seen = (facts, &*contents);
            course(run.session, (&dues, &opened), seen, options, &mut waiting).await?
        }
    };
    if let Course::Plan(plan) = &course {
        rollout::refuse_never(&plan.expand, options)?;
    }
    let needs_journal = match &course {
        Course::AsWritten => dues.iter().any(|due| !due.is_one_transaction),
        Course::GoOn(_) | Course::Plan(_) => true,
        Course::Waits(first) => {
            let refusal = first.refusal(&dues[0].migration.name);
            return match first.underway.by {
                Some(_) => Ok(Next::Wait(first.underway.kept.id, refusal)),
                None => Err(refusal),
            };
        }
    };
    let late: HashSet<String> = out_of_order(&status).collect();
    run.wait_to_write().await?;
    prepare(run.session, facts, project, &opened, options, needs_journal).await?;
    let carried = match course {
        // what waits was told above
        Course::AsWritten | Course::Waits(_) => {
            as_written(run, dues, &late, deployed).await?;
            // one that comes before what a plan did leaves that the last
            if !opened.past.is_empty() && late.is_empty() {
                // where it does not work, the next plan does it
                let _ = rollout::forget_done(request.session, &opened.own_key()).await;
            }
            if needs_journal {
                tidy(request.session, &opened).await;
            }
            return Ok(next);
        }
        Course::Plan(plan) => begun(run, (&plan, sampling), &dues, options).await,
        Course::GoOn(underway) => {
            let expanded = rollout::go_on(run, underway, project, options).await?;
            let next = match dues.is_empty() {
                true => Next::Done,
                false => Next::More,
            };
            Ok((expanded, Ok(next)))
        }
    };
    let (expanded, next_or_refusal) = carried?;
    let names = expanded.migrations.iter();
    let names = names.filter(|name| late.contains(*name)).cloned();
    deployed.out_of_order.extend(names);
    deployed.expanded.push(expanded);
    next_or_refusal.map(|then| match then {
        Next::Done => next,
        then => then,
    })
}

/// What a plan has come to, and whether there is more to deploy behind it.
type Carried = (Expanded, Result<Next, Failure>);

/// Begins a plan.
async fn begun(
    run: Run<'_>,
    (plan, sampling): (&Plan, Option<Sampling>),
    dues: &[Due<'_>],
    options: &Options,
) -> Result<Carried, Failure> {
    let takes_long = plan
        .steps()
        .any(|step| !matches!(step.action, Action::Transaction(_)));
    let app = match sampling {
        Some(sampling) => sampling.end(run.session, takes_long, run.interrupt).await?,
        None => None,
    };
    let covered = dues.iter().take(plan.migrations.len());
    let beginning = Beginning {
        migrations: covered.map(|due| due.migration).collect(),
        plan,
        history: history::own_key(run.session.dialect(), run.format, run.table),
        app,
    };
    let expanded = rollout::start(run, beginning, options).await?;
    let rest = rollout::refuse_the_rest(plan);
    Ok((expanded, rest.map(|()| Next::Done)))
}

/// What waits for contract.
fn waiting(opened: &Opened) -> Option<Waiting> {
    let open = opened.open.iter();
    let mut waiting = open.filter(|one| one.kept.state == State::Expanded);
    let first = waiting.next()?;
    let migrations = std::iter::once(first).chain(waiting);
    let migrations = migrations.flat_map(|one| &one.migrations);
    Some(Waiting {
        migrations: migrations.map(|one| one.name.clone()).collect(),
        since: first.kept.expanded_at.clone().unwrap_or_default(),
    })
}

/// Runs the files as they are, one after the other.
async fn as_written(
    mut run: Run<'_>,
    dues: Vec<Due<'_>>,
    late: &HashSet<String>,
    deployed: &mut Deployed,
) -> Result<(), Failure> {
    let count = dues.len();
    for (index, due) in dues.into_iter().enumerate() {
        let mut work = Work::of(run.session.dialect(), due.migration, due.progress)?;
        let is_empty = work.statements.iter().next().is_none();
        let applied = one(&mut run, &mut work, index + 1, count).await?;
        if is_empty {
            let notice = format!(
                "{} has no statements: nothing but its record is made",
                applied.name
            );
            (run.events)(Event::Notice(notice));
        }
        let is_late = late.contains(&applied.name);
        deployed
            .out_of_order
            .extend(is_late.then(|| applied.name.clone()));
        deployed.applied.push(applied);
    }
    Ok(())
}

async fn one(
    run: &mut Run<'_>,
    work: &mut Work<'_>,
    number: usize,
    of: usize,
) -> Result<Applied, Failure> {
    let name = work.migration.name.clone();
    if run.interrupt.has_come() {
        return Err(Failure::new(
            FailureKind::Interrupted,
            Problem::new(format!(
                "interrupted before `{name}`; nothing of it was begun"
            ))
            .help("run the same command again to go on"),
        ));
    }
    (run.events)(Event::Begins {
        name: name.clone(),
        number,
        of,
        resumed_at: work.done,
    });
    let start = Instant::now();
    let result = run.migration(work).await;
    for notice in run.session.notices() {
        (run.events)(Event::Notice(notice));
    }
    result?;
    let elapsed = start.elapsed();
    (run.events)(Event::Applied {
        name: name.clone(),
        elapsed,
    });
    Ok(Applied {
        name,
        statements: work.statements.len(),
        elapsed,
    })
}
