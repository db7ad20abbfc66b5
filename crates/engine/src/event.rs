//! What happens during a deploy, told to whoever shows it.

use std::time::Duration;

use segue_db::{
    own::rollouts::State,
    postgres::{blockers::Blocker, lock::Holder},
};
use segue_plan::Phase;

use crate::Expanded;

use crate::backfill::{Hold, Progress};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Another deploy, or the project's own tool, holds the lock; we wait for it.
    WaitingForDeploy(Option<Holder>),
    /// A migration begins.
    Begins {
        /// Its name.
        name: String,
        /// Which of those to deploy, from 1.
        number: usize,
        /// How many are to be deployed.
        of: usize,
        /// How many statements of it were committed by an earlier deploy.
        resumed_at: usize,
    },
    /// A statement of the migration has been done.
    Statement {
        /// How many are done, counted from its first.
        done: usize,
        /// How many it has.
        of: usize,
    },
    /// A statement waits for a lock.
    WaitingForLock {
        /// Who blocks it, nearest first; empty if that could not be learned.
        chain: Vec<Blocker>,
        /// How long this unit has been tried so far.
        since: Duration,
    },
    /// The lock was not to be had in one try; the transaction is rolled back and tried again.
    Retrying {
        /// How many tries failed.
        tries: u32,
        /// Until the next one.
        pause: Duration,
    },
    /// An index that a failed concurrent build left behind was dropped.
    DroppedLeftover(String),
    /// A session that kept us waiting was ended, as the user wanted.
    EndedBlocker(Blocker),
    /// A plan begins to be carried out, or is gone on with.
    PlanBegins {
        /// Its number in `segue.rollouts`.
        rollout: i64,
        /// What it is from here on: expanding, contracting or rolling back.
        becomes: State,
        /// Its migrations.
        migrations: Vec<String>,
    },
    /// A step of a plan begins, or is gone on with.
    StepBegins {
        /// The phase.
        phase: Phase,
        /// Which of its steps, from 1.
        number: usize,
        /// How many it has.
        of: usize,
        /// What it does, in a few words.
        title: String,
    },
    /// A large step of a plan waits: for a time window that is long enough, or for a quiet database.
    StepWaits {
        /// The phase.
        phase: Phase,
        /// Which of its steps, from 1.
        number: usize,
        /// How many it has.
        of: usize,
        /// What it does.
        title: String,
        /// What it waits for.
        hold: Hold,
    },
    /// A step of a plan is done and recorded.
    StepDone {
        /// The phase.
        phase: Phase,
        /// Which of its steps, from 1.
        number: usize,
        /// How many it has.
        of: usize,
        /// What it did.
        title: String,
        /// How long it took, waiting included.
        elapsed: Duration,
    },
    /// A step of the first phase is taken back.
    StepUndone {
        /// Which of its steps, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// What it had done.
        title: String,
    },
    /// The first phase of a plan is done: the new app may start.
    Expanded(Expanded),
    /// The server's notices and warnings.
    Notice(String),
    /// Rows of a table are written in batches: how far.
    Filling(Progress),
    /// A batch of rows is committed.
    Batch {
        /// The table.
        table: String,
        /// How many rows it wrote.
        rows: u64,
        /// How long it took.
        took: Duration,
    },
    /// No batch is written for now.
    FillingWaits {
        /// The table.
        table: String,
        /// What is waited for.
        hold: Hold,
    },
    /// A migration is done and recorded.
    Applied {
        /// Its name.
        name: String,
        /// How long it took, waiting included.
        elapsed: Duration,
    },
}
