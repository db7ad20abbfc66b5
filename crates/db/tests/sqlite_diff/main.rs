//! What turns one SQLite schema into another, run on databases with rows in them.
#![cfg(feature = "sqlite")]

mod any;
mod databases;
mod frames;
mod histories;
mod pairs;
mod renames;
mod rows;
