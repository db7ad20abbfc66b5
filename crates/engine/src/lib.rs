//! Runs migrations against a database.
//!
//! Owns: what state a database is in compared with a project, the order of things in a deploy, the
//! transactions that a migration becomes, retries for locks, resuming after a stop, resolving by hand; the schema
//! after each migration ([`replay`]).
//! Does not own: SQL of a history or of the server's catalogs (crate `db`), reading folders (`project`),
//! anything on a terminal.
//! Reads next: `deploy.rs`, then `run.rs`.

mod activity;
mod app_load;
pub mod backfill;
mod baseline;
mod deploy;
mod deploy_lock;
mod doctor;
mod event;
mod failure;
mod foresight;
mod history;
mod interrupt;
mod known;
mod observer;
mod outside;
mod prepare;
mod refusals;
pub mod replay;
mod report;
mod resolve;
mod reviewed;
mod rollout;
mod run;
mod seed;
mod settings;
mod status;
pub mod trace;
mod units;
mod watch;
mod watched;
mod work;

pub use activity::Busy;
pub use app_load::StatementPace;
pub use backfill::{
    Hold, Pace, Progress, RowChange, Sampled, sample,
    transform::{Function, Functions},
};
pub use baseline::{Baselined, baseline, up_to};
pub use deploy::{
    Applied, Deployed, Expanded, Options, Planned, PlannedUnit, Request, Waiting, deploy,
};
pub use doctor::{CHECKS, Check, Finding, Patient, Verdict, doctor};
pub use event::Event;
pub use failure::{Failure, Kind as FailureKind};
pub use foresight::{Irreversible, irreversible};
pub use history::{Opened, format_of, open};
pub use interrupt::{Interrupt, interrupt};
pub use known::{add_values, known_facts};
pub use observer::Opener;
pub use report::word_at;
pub use resolve::{Resolution, resolve};
pub use reviewed::{Review, Reviewed, Way, review};
pub use rollout::{
    ContractOptions, Contracted, Covered, Gate, Observe, Past, Quarantine, RolledBack, Steering,
    Underway, WatchedPlan, WatchedRows, WatchedStep, Writing, contract, names, no_server_takes,
    quarantine, rollback, steer, unread, writing,
};
pub use seed::{run_unrecorded, seed};
pub use settings::{Patience, Settings};
pub use status::{Entry, Stage, Standing, Status};
pub use units::{Unit, UnitKind, units};
pub use watched::{Watch, Watched, WatchedStatements, end_blocker};
pub use work::statements;
