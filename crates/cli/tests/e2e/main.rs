//! The `segue` command on real projects and real servers: exit codes, what is printed, and what the
//! database has afterwards. One module per theme; `harness` and `tools` hold what they share.
#![allow(clippy::unwrap_used)]

mod harness;
mod tools;

mod corpus;
mod errors;
mod history;
mod hostile;
mod input;
mod large;
mod layouts;
mod locks;
mod multi;
mod scaffold;
mod sessions;
mod stops;
mod taken_over;
mod transactions;
