//! Plans beside each other: one that writes rows for hours, or waits for contract for days, holds up no deploy that has nothing to
//! do with it. docs/decisions/0026-plans-beside-each-other.md says what is promised.
//!
//! Owns: who carries which plan out (a lock for each), and when other deploys may work meanwhile.
//! Does not own: whether two plans have something to do with each other (`segue_plan::Plan::shares`).

use segue_db::{
    own::rollouts::State,
    postgres::lock::{self, SEGUE_KEY},
};
use segue_plan::{Plan, Script};
use segue_project::Project;
use segue_sql::Problem;

use super::{
    Underway, carry::Carrier, fitting, not_now, recorded::refuse_what_is_recorded_no_more,
};
use crate::{
    Failure, Opened, Options,
    deploy_lock::{self, held_by},
    up_to,
};

/// What a deploy has to do with the plans that are there.
pub(crate) enum Turn<'o> {
    /// Nothing: there is nothing to deploy either.
    Nothing,
    /// Go on with this one first.
    GoOn(&'o Underway),
    /// Begin with what is pending, beside those that are there.
    Begin,
    /// Wait until another session is done with this one, behind which nothing is pending.
    Wait(&'o Underway),
}

/// Decides it.
///
/// # Errors
/// A plan that has to be ended first, or of which only a part is wanted; a history that has not what is expanded.
pub(crate) fn turn<'o>(
    opened: &'o Opened,
    (project, options): (&Project, &Options),
    has_dues: bool,
) -> Result<Turn<'o>, Failure> {
    let is_free = |one: &&Underway| one.by.is_none();
    for underway in opened.open.iter().filter(is_free) {
        match underway.kept.state {
            State::Expanding => {
                let wanted = up_to(project, options.to.as_deref())?;
                fitting::whole(underway, project, wanted)?;
                return Ok(Turn::GoOn(underway));
            }
            State::Expanded => refuse_what_is_recorded_no_more(opened, underway)?,
            _ => return Err(not_now(underway)),
        }
    }
    let elsewhere = opened.open.iter().find(|one| one.by.is_some());
    Ok(match (has_dues, elsewhere) {
        (true, _) => Turn::Begin,
        (false, Some(underway)) => Turn::Wait(underway),
        (false, None) => Turn::Nothing,
    })
}

/// A plan that is not done, and that later migrations have something to do with.
pub(crate) struct InTheWay<'o> {
    /// It.
    pub(crate) underway: &'o Underway,
    /// What both are about, for people; `None`: beside it nothing can be deployed.
    pub(crate) what: Option<String>,
    /// Why the later one cannot be planned as things are, if that is so: it may be for what the other one has put there.
    pub(crate) unplanned: Option<String>,
}

/// The first plan that a later one has to wait for; that one is for the first of these migrations. Where the history only knows
/// the latest version, it could not tell that the later one is deployed and the other is not: there it is any.
///
/// # Errors
/// A plan that another version of segue has made, and this one cannot read.
pub(crate) fn in_the_way<'o>(
    opened: &'o Opened,
    later: &Plan,
    scripts: &[Script],
) -> Result<Option<InTheWay<'o>>, Failure> {
    let scripts = &scripts[..later.migrations.len().min(scripts.len())];
    for underway in &opened.open {
        if opened.format.latest_only {
            return Ok(Some(InTheWay {
                underway,
                what: None,
                unplanned: None,
            }));
        }
        let what = underway.plan()?.shares(later, scripts);
        if what.is_some() {
            return Ok(Some(InTheWay {
                underway,
                what,
                unplanned: None,
            }));
        }
    }
    Ok(None)
}

impl InTheWay<'_> {
    /// Why these have to wait.
    pub(crate) fn refusal(&self, later: &str) -> Failure {
        let names = self.underway.names();
        let (verb, help) = match (&self.underway.by, self.underway.kept.state) {
            (Some(_), _) => (
                self.underway
                    .verb("is being carried out", "are being carried out"),
                "`segue status` shows how far that is; --wait waits for it",
            ),
            (None, State::Expanded) => (
                self.underway
                    .verb("waits for contract", "wait for contract"),
                "`segue contract` once only the new app runs, then `segue deploy` again",
            ),
            (None, _) => (
                self.underway.verb("is not done", "are not done"),
                "`segue status` shows what has to be done first",
            ),
        };
        let problem = Problem::new(format!(
            "`{later}` cannot be deployed yet: it comes behind {names}"
        ));
        let problem = match &self.what {
            Some(what) => problem.note(format!("both are about {what}, and {names} {verb}")),
            None => problem.note(format!("{names} {verb}")),
        };
        let problem = match &self.unplanned {
            Some(why) => problem.note(format!("as things are it cannot be planned: {why}")),
            None => problem,
        };
        Failure::refused(problem.help(help))
    }
}

impl Carrier<'_, '_> {
    /// Makes the plan ours to carry out.
    pub(super) async fn claim(&mut self) -> Result<(), Failure> {
        let key = lock::plan_key(self.rollout);
        if lock::try_lock(self.run.session, key).await? {
            return Ok(());
        }
        let holder = lock::holder(self.run.session, key).await?;
        Err(held_by(deploy_lock::PLAN, holder.as_ref()))
    }

    /// Another one may carry it out from here on; what goes wrong here ends with the connection.
    pub(super) async fn give_up(&mut self) {
        let _ = lock::unlock(self.run.session, lock::plan_key(self.rollout)).await;
    }

    /// Other deploys may work from here on: rows take long. The lock of the project's own tool stays ours, since that tool knows
    /// nothing of plans.
    pub(super) async fn let_others(&mut self) -> Result<(), Failure> {
        match self.lets_others {
            true => Ok(lock::unlock(self.run.session, SEGUE_KEY).await?),
            false => Ok(()),
        }
    }

    /// Waits until no other deploy works, however long that takes: the plan cannot be left in the middle.
    pub(super) async fn take_turn(&mut self) -> Result<(), Failure> {
        match self.lets_others {
            true => {
                deploy_lock::take_back(self.run.session, self.run.interrupt, self.run.events).await
            }
            false => Ok(()),
        }
    }
}

/// The plan that another session carries out, and nothing else is to be done.
pub(crate) fn elsewhere(underway: &Underway) -> Failure {
    let what = underway.verb("is being deployed", "are being deployed");
    let who = format!("{} {what} by another session", underway.names());
    held_by(&who, underway.by.as_ref())
}
