//! The `segue` command on real projects and real servers: exit codes, what is printed, and what the
//! database has afterwards. One module per theme; `harness` and `tools` hold what they share.
#![allow(clippy::unwrap_used)]

mod harness;
mod tools;

mod approvals;
mod backfills;
#[cfg(unix)]
mod backups;
mod beside;
mod breaches;
mod check;
#[cfg(unix)]
mod ci;
mod compat;
mod connections;
mod corpus;
mod crashes;
mod dbmate;
mod develop;
mod diff;
mod doctor;
#[cfg(unix)]
mod documents;
mod drift;
mod errors;
#[cfg(unix)]
mod examples;
mod flyway;
mod gate;
mod golang_migrate;
mod goose;
mod history;
mod hostile;
mod input;
#[cfg(unix)]
mod install;
mod large;
mod layouts;
mod lint;
mod locks;
mod monitoring;
mod moves;
mod multi;
mod namespaces;
mod once;
mod online;
mod other_tools;
mod owner;
mod plan;
mod planted;
mod poolers;
mod printed;
#[cfg(unix)]
mod programs;
mod projects;
mod refinery;
mod revert;
mod sampled;
mod scaffold;
mod schema;
mod schemas;
mod seed;
mod sessions;
mod shadows;
mod sqlite;
mod sqlite_go_tools;
mod stops;
mod taken_over;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod testdb;
mod tested;
mod transactions;
#[cfg(unix)]
mod watch;
