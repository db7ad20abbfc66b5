//! Deploy the migrations you already have, from your own program.
//!
//! ```no_run
//! # async fn run() -> Result<(), segue::Failure> {
//! let deployed = segue::Migrator::new()
//!     .dir("migrations")
//!     .url("postgres://app@localhost/app")
//!     .deploy()
//!     .await?;
//! println!("{} migrations applied", deployed.applied.len());
//! # Ok(())
//! # }
//! ```
//!
//! A service can carry its migrations in itself: see `embed!` and [`Embedded`].
//!
//! Owns: what the command line and applications share: where the project, the settings and the database
//! come from ([`Migrator`]), and a connection on which everything can be done ([`Connected`]).
//! Does not own: anything on a terminal; the deploy itself (crate `segue-engine`).
//! Reads next: `migrator.rs`, then `workplace.rs`.

mod approval;
mod backup;
mod bookkeeping;
mod check;
mod ci;
mod command;
mod compat;
mod connected;
mod data_migration;
mod desired;
mod develop;
mod diff;
mod doctor;
mod drift;
mod embed;
mod gate;
mod in_heap;
mod lint;
mod logged;
mod meanwhile;
mod migrator;
mod monitor;
mod planning;
mod postgres_environment;
mod projects;
mod proof;
mod revision;
mod role;
mod scaffold;
mod schema;
mod seed;
mod server;
mod shadow;
mod source;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
mod unread;
mod workplace;

pub use approval::{Drawn, PlanFile};
pub use backup::{BackupScope, BackupWanted, Rehearsal, RestoreOptions};
pub use check::{CHECKLIST, Checklist, ChecklistLine, ChecklistOptions, Known};
pub use ci::{CiSystem, Pipeline, PipelineOptions};
pub use compat::{CompatOptions, Compatibility, Course, Recorded};
pub use connected::Connected;
pub use data_migration::{DataMigration, Outcome};
pub use develop::{
    DevOptions, Developed, Drafted, Nobody, Person, PullOptions, Pulled, Pushed, Reset, Reverted,
};
pub use diff::{DiffOptions, Move, Side, Transition};
pub use doctor::EARLY_CHECKS;
pub use drift::{Departure, Drift};
pub use embed::Embedded;
pub use gate::parse_observe;
pub use lint::{Fixed, FixedFile, LintOptions, Linted, Written};
pub use migrator::Migrator;
pub use monitor::Metrics;
pub use planning::{PlanOptions, PlannedDeploy, StepTrouble, Verified};
#[doc(hidden)]
pub use proof::fill::{Filled, FilledTable, Unfilled, fill};
pub use proof::{TestCheck, TestOptions, TestRun, Tested};
pub use scaffold::{Created, Scaffolded};
pub use schema::{LearnedFrom, Model, Opaque, Provenance, Schema};
pub use seed::{Seeded, Seeding};
pub use segue_catalog as catalog;
pub use segue_db::{
    Facts, Unread,
    history::State,
    own::{
        backups::Backup,
        quarantine::{Aside, Told},
        rollouts::State as PlanState,
    },
    postgres::{
        blockers::Blocker,
        connect::Retry,
        lock::Holder,
        replication::{Follower, Lag, Lags},
        surroundings::{DeadRows, Seen},
        url::redact,
    },
};
pub use segue_engine::trace::Traced;
pub use segue_engine::{
    Applied, Baselined, Busy, CHECKS, Check, ContractOptions, Contracted, Deployed, Entry, Event,
    Expanded, Failure, FailureKind, Finding, Gate, Hold, Interrupt, Observe, Opened, Options, Pace,
    Planned, PlannedUnit, Progress, Quarantine, Resolution, Reviewed, RolledBack, RowChange,
    Sampled, Stage, Standing, StatementPace, Status, Steering, Verdict, Waiting, Watch, Watched,
    WatchedPlan, WatchedRows, WatchedStatements, WatchedStep, Writing, interrupt,
};
#[cfg(feature = "macros")]
pub use segue_macros::embed;
pub use segue_plan as plan;
#[doc(hidden)]
pub use segue_project::Content;
pub use segue_project::{
    Choice, LAYOUTS, Layout, Migration, Note, OtherTool, Project, Quiet,
    config::{parse_bytes, parse_duration},
    shown_path,
};
pub use segue_proof::compat as queries;
pub use segue_sql::{Place, Problem, Source, line_column, nearest};
pub use trace::{TracedStatement, Tracing};
