//! What happens during a deploy, told to whoever shows it.

use std::time::Duration;

use segue_db::postgres::{blockers::Blocker, lock::Holder};

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
    /// The server's notices and warnings.
    Notice(String),
    /// Rows of a table are written in batches: how far.
    Filling(Progress),
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
