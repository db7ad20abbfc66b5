//! Plans that are carried out on a database in use: step by step, in two phases, with a journal in the database that any later
//! run goes by; and back again, as long as the second phase has not begun.
//!
//! | Question | File |
//! |---|---|
//! | What comes next? | `course.rs`, pure |
//! | How is a step run, recorded, taken back? | `carry.rs`, and `transaction.rs` with `locking.rs`, `alone.rs` for how it reaches the server |
//! | What may it be refused for, and what is told when it stops? | `fitting.rs`, `told.rs` |
//! | How does a plan come to be? | `planned.rs`; how a deploy begins or goes on with one: `expand.rs` |
//! | What may be deployed while it is not done? | `beside.rs` |
//! | The second phase, the way back, words from another terminal | `contract.rs`, `back.rs` and `put_back.rs`, `steer.rs` |
//! | What of an open plan is watched from elsewhere? | `writing.rs`, `watched.rs` |
//! | A program that rows go through | `program.rs` |
//! | When a large step may begin | `window.rs` |
//!
//! Rows that are written in batches are written by `backfill.rs`; the journal's tables are those of `segue_db::own::rollouts`.

use std::borrow::Cow;

use segue_db::{
    Session,
    own::{
        batches::{self, Reached},
        rollouts::{self, State, StepRecord},
    },
    postgres::lock::{self, Holder},
};
use segue_plan::{Phase, Plan};
use segue_project::{Migration, Project, TextsDigest, layout::flyway};
use segue_sql::Problem;
use serde::{Deserialize, Serialize};

use crate::{Failure, Opened, work::splitter_of};

mod alone;
mod back;
mod beside;
mod carry;
mod contract;
mod course;
mod expand;
mod fitting;
mod gone;
mod hindered;
mod locking;
pub(crate) mod planned;
mod program;
mod put_back;
mod quarantine;
mod recorded;
mod records;
mod steer;
mod to_come;
mod told;
mod transaction;
mod watched;
mod window;
mod writing;
mod wrong;

pub use back::{RolledBack, rollback};
pub(crate) use beside::{InTheWay, Turn, elsewhere, in_the_way, turn};
pub use contract::{ContractOptions, Contracted, Gate, Observe, contract};
pub(crate) use expand::{Beginning, forget_done, go_on, start};
pub(crate) use fitting::{refuse_the_rest, relations};
pub(crate) use planned::{Course, Waiting, course, together};
pub use planned::{names, unread};
pub(crate) use program::declared as declared_program;
pub use quarantine::{Quarantine, quarantine};
pub use steer::{Steering, steer};
pub(crate) use watched::watched;
pub use watched::{WatchedPlan, WatchedRows, WatchedStep};
pub(crate) use window::refuse_never;
pub use writing::{Writing, writing};
pub use wrong::no_server_takes;

/// A migration that a plan is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// As in the history.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Of the texts of its statements: comments and blanks between them may change.
    pub checksum: String,
    /// Of the declaration of the program that rows go through behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transform: Option<String>,
}

impl Covered {
    /// Of a migration as it is on disk.
    fn of(migration: &Migration) -> Result<Self, Failure> {
        let source = migration.up.source()?;
        let statements = migration
            .up
            .statements_of(&source, splitter_of(segue_sql::Dialect::Postgres))?;
        let mut digest = TextsDigest::default();
        for statement in statements.iter() {
            digest.add(statement.text(&source.text));
        }
        Ok(Self {
            key: migration.key.clone(),
            name: migration.name.clone(),
            checksum: digest.hex(),
            transform: migration.transform.as_ref().map(|it| it.checksum.clone()),
        })
    }
}

/// A plan that is neither done nor taken back, as the history of a project finds it.
#[derive(Debug, Clone)]
pub struct Underway {
    /// What is kept of it.
    pub kept: rollouts::Rollout,
    /// Its migrations.
    pub migrations: Vec<Covered>,
    /// Its journal.
    pub steps: Vec<StepRecord>,
    /// How far the rows of the step are that is under way.
    pub reached: Option<Reached>,
    /// The other session that carries it out.
    pub by: Option<Holder>,
}

/// A plan that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The keys of its migrations.
    pub keys: Vec<String>,
    /// The checksums of the programs that rows went through, in the same order.
    pub transforms: Vec<Option<String>>,
    /// How it has ended.
    pub state: State,
    /// When, as the server prints it.
    pub at: String,
}

impl Underway {
    /// Reads what is under way for a layout's history, and what was, the oldest first.
    pub(crate) async fn read(
        session: &Session,
        layout: &str,
    ) -> Result<(Vec<Self>, Vec<Past>), Failure> {
        let (mut open, mut past) = (Vec::new(), Vec::new());
        for kept in rollouts::read(session, layout).await? {
            let migrations: Vec<Covered> = serde_json::from_str(&kept.migrations)
                .map_err(|error| told::unreadable(&kept, &error))?;
            if kept.state.has_ended() {
                past.push(Past {
                    transforms: migrations.iter().map(|one| one.transform.clone()).collect(),
                    keys: migrations.into_iter().map(|one| one.key).collect(),
                    state: kept.state,
                    at: kept.ended_at.unwrap_or_default(),
                });
            } else {
                open.push(Self {
                    steps: rollouts::steps(session, kept.id).await?,
                    reached: batches::reached(session, kept.id).await?,
                    by: lock::other_holder(session, lock::plan_key(kept.id)).await?,
                    migrations,
                    kept,
                });
            }
        }
        Ok((open, past))
    }

    /// The plans of a layout that are done, and behind whose end no other one was begun; the last one first.
    async fn last_done(session: &Session, layout: &str) -> Result<Vec<Self>, Failure> {
        let mut done = Vec::new();
        for kept in rollouts::last_done(session, layout).await? {
            done.push(Self {
                migrations: serde_json::from_str(&kept.migrations)
                    .map_err(|error| told::unreadable(&kept, &error))?,
                steps: rollouts::steps(session, kept.id).await?,
                reached: None,
                by: None,
                kept,
            });
        }
        Ok(done)
    }

    /// Whether it is for this migration.
    pub fn covers(&self, key: &str) -> bool {
        self.migrations.iter().any(|one| one.key == key)
    }

    /// The plan itself.
    ///
    /// # Errors
    /// One that another version of segue has made, and this one cannot read.
    pub fn plan(&self) -> Result<Plan, Failure> {
        let plan = serde_json::from_str(&self.kept.plan);
        plan.map_err(|error| told::unreadable(&self.kept, &error))
    }

    /// The names of its migrations, for people.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self
            .migrations
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        match names.as_slice() {
            [first, .., last] if names.len() > 2 => {
                format!("{} migrations, {first} to {last}", names.len())
            }
            names => names.join(" and "),
        }
    }

    /// The verb behind [`names`](Self::names).
    fn verb<'v>(&self, one: &'v str, several: &'v str) -> &'v str {
        match self.migrations.len() {
            1 => one,
            _ => several,
        }
    }

    /// The migrations as they are on disk, in order.
    fn on_disk<'p>(&self, project: &'p Project) -> Result<Vec<&'p Migration>, Failure> {
        let found = self.migrations.iter().map(|one| {
            let mut all = project.migrations.iter();
            all.find(|migration| migration.key == one.key)
                .ok_or_else(|| told::gone(one))
        });
        found.collect()
    }

    /// The same for the way back, which needs no file: one that is gone, as behind a `git revert`, is known by its key. Not where the
    /// history says it in another way: the latest version alone, or what a migration that is run again and again is called.
    fn known<'p>(
        &self,
        opened: &Opened,
        project: &'p Project,
    ) -> Result<Vec<Cow<'p, Migration>>, Failure> {
        let found = self.migrations.iter().map(|one| {
            let mut all = project.migrations.iter();
            match all.find(|migration| migration.key == one.key) {
                Some(migration) => Ok(Cow::Borrowed(migration)),
                None if opened.format.latest_only || flyway::is_repeatable(&one.key) => {
                    Err(told::gone(one))
                }
                None => Ok(Cow::Owned(Migration::without_file(&one.name, &one.key))),
            }
        });
        found.collect()
    }
}

/// What takes away the rows that the steps of a plan have kept.
fn forget_rows(plan: &Plan) -> impl Iterator<Item = String> + '_ {
    let steps = plan.expand.iter();
    steps.filter_map(|step| Some(step.keep.as_ref()?.drop()))
}

/// The number of a step within its phase, from 1.
fn number_in_phase(plan: &Plan, step: usize) -> (Phase, usize, usize) {
    let expand = plan.expand.len();
    match step < expand {
        true => (Phase::Expand, step + 1, expand),
        false => (Phase::Contract, step + 1 - expand, plan.contract.len()),
    }
}

/// What else has to be done first.
fn not_now(underway: &Underway) -> Failure {
    let (one, several, command) = match underway.kept.state {
        State::Expanding => (
            "is not expanded yet",
            "are not expanded yet",
            "segue deploy",
        ),
        State::Expanded => ("waits for contract", "wait for contract", "segue contract"),
        State::Contracting => (
            "is being contracted",
            "are being contracted",
            "segue contract",
        ),
        State::RollingBack => (
            "is being rolled back",
            "are being rolled back",
            "segue rollback",
        ),
        State::Contracted | State::RolledBack => ("has ended", "have ended", "segue status"),
    };
    let what = underway.verb(one, several);
    let problem = Problem::new(format!("{} {what}", underway.names()));
    Failure::refused(problem.help(format!("run `{command}` first")))
}
