//! What a deploy has done, or would do.

use std::time::Duration;

use segue_plan::Plan;

/// What a deploy has done, or would do.
#[derive(Debug, Default)]
pub struct Deployed {
    /// In the order in which they ran; also of a deploy that failed later.
    pub applied: Vec<Applied>,
    /// With `dry_run`: what would run.
    pub planned: Vec<Planned>,
    /// Migrations that ran although later ones were applied already.
    pub out_of_order: Vec<String>,
    /// Whether the database was up to date from the start.
    pub up_to_date: bool,
    /// The first phases of plans that were brought to their end.
    pub expanded: Vec<Expanded>,
    /// With `dry_run`: the plan that would be carried out.
    pub plan: Option<Box<Plan>>,
    /// What waits for contract, and since when.
    pub waiting: Option<Waiting>,
}

/// The first phase of a plan, done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// The migrations.
    pub migrations: Vec<String>,
    /// How many steps there were.
    pub steps: usize,
    /// How many wait for contract.
    pub contract: usize,
    /// Why it cannot be rolled back, where a step stays.
    pub stays: Option<String>,
    /// How long it took; of one that was gone on with, since then.
    pub elapsed: Duration,
}

/// What waits for contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The migrations.
    pub migrations: Vec<String>,
    /// Since when, as the server prints it.
    pub since: String,
}

/// A migration that was applied.
#[derive(Debug, Clone)]
pub struct Applied {
    /// Its name.
    pub name: String,
    /// How many statements it has.
    pub statements: usize,
    /// How long it took, waiting included.
    pub elapsed: Duration,
}

/// A migration that would be applied.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its name.
    pub name: String,
    /// What is committed of it already.
    pub done: usize,
    /// The units it would run in.
    pub units: Vec<PlannedUnit>,
}

/// What would be committed together.
#[derive(Debug, Clone)]
pub struct PlannedUnit {
    /// `transaction`, or what it is that runs outside of one.
    pub runs_as: String,
    /// How many statements it has.
    pub statements: usize,
    /// Their SQL, with [`Options::with_sql`](crate::Options::with_sql).
    pub sql: Vec<String>,
}
