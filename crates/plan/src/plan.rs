//! A plan: what will run in the place of what was written, in two phases.
//!
//! Plans are data: what `segue plan` prints is what runs. A step is in `plan/step.rs`, rows that are written in batches in
//! `plan/batches.rs`, what is kept of them in `plan/keep.rs`, those that go through a program in `plan/transform.rs`, how a step is
//! taken back in `plan/undo.rs`.

mod batches;
mod keep;
mod step;
mod through_rows;
mod transform;
mod typed;
mod undo;

use serde::{Deserialize, Serialize};

use crate::LockMode;

pub use batches::{Batches, FIRST_ROW, LAST_ROW, OwnPace};
pub use keep::Keep;
pub use step::{Action, Estimate, Hazard, Phase, Served, Step, Timeouts};
pub use transform::{KeptAnswers, Reads, Rows, Transform};
pub use typed::{Form, Typed};
pub use undo::{Hindrance, Undo};

/// How far a plan goes to keep the app running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// The app runs on: whatever would block or break it is done in another way.
    #[default]
    Online,
    /// No app is running: everything as it is written.
    Direct,
}

/// What will run for migrations that are pending.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Plan {
    /// How far it goes to keep the app running.
    pub strategy: Strategy,
    /// What was written: the migrations, each with its statements.
    pub migrations: Vec<Written>,
    /// Safe while the old app runs; afterwards the new one may start.
    pub expand: Vec<Step>,
    /// Safe once only the new app runs.
    pub contract: Vec<Step>,
    /// In what the end differs from what the statements as written would have led to, for people; it differs in nothing
    /// else.
    pub differences: Vec<String>,
    /// Where the plan ends before the last migration, and why.
    pub barrier: Option<Barrier>,
}

/// A migration as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Written {
    /// How people know it.
    pub name: String,
    /// The file that it is in, as people are shown it.
    pub file: String,
    /// Its statements, in order.
    pub statements: Vec<WrittenStatement>,
}

/// A statement as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct WrittenStatement {
    /// Its text.
    pub sql: String,
    /// The line of the file that it begins in, from 1.
    pub line: usize,
}

/// Why later migrations have to wait for another deploy: a statement of theirs needs what an earlier one does in contract.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Barrier {
    /// The statement that is finished in contract.
    pub first: Served,
    /// The one that needs it finished.
    pub second: Served,
    /// The migration of that one, with no other statement.
    pub waiting: Written,
    /// What both are about, for people.
    pub why: String,
    /// The migrations that are left to the next deploy.
    pub left: Vec<String>,
}

impl Plan {
    /// All steps, in the order in which they run.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.expand.iter().chain(&self.contract)
    }

    /// What was written for a step.
    pub fn written(&self, served: Served) -> Option<&WrittenStatement> {
        let migration = self.migrations.get(served.migration)?;
        migration.statements.get(served.statement)
    }
}
