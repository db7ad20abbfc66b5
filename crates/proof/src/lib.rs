//! Evidence that migrations do what they say.
//!
//! Owns: rows that satisfy a schema ([`rows`]), made from the schema alone; what becomes of the queries of an app while a
//! schema changes ([`compat`]); what of a live database's rows may be used elsewhere ([`mask`]).
//! Does not own: putting rows into a database and asking servers about queries (crate `segue`), the schema itself (crate
//! `catalog`).
//!
//! | Question | File |
//! |---|---|
//! | Which rows does a table get, and what of those that a server refuses? | `rows.rs`, `rows/draft.rs` |
//! | In which order are tables filled, and where is a cycle of foreign keys cut? | `rows/order.rs` |
//! | What is demanded of a row? | `rows/frame.rs`, and of its partition `rows/bound.rs` |
//! | Which values has a type? | `rows/kind.rs`, `rows/values.rs`, `rows/values/*.rs` |
//! | Does a row satisfy a condition? | `rows/evaluate.rs`, `rows/evaluate/*.rs` |
//! | What would satisfy it? | `rows/solve.rs`, `rows/solve/*.rs`; texts for patterns: `rows/pattern.rs` |
//! | What does a query ask for, and how else could its text be spelt? | `compat/form.rs`, `compat/spelling.rs` |
//! | Does it go on working? | `compat/judge.rs`; what is not seen until rows are written: `compat/writes.rs` |
//! | What is gone, and since when? | `compat/changed.rs` |
//! | What becomes of the values of a live database? | `mask.rs`, `mask/value.rs` |
//! | Which deploy may go first? | `compat/tally.rs`, `compat/order.rs` |
//!
//! Reads next: `rows.rs`, `compat.rs`.

pub mod compat;
pub mod mask;
pub mod rows;
