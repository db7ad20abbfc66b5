//! Evidence that migrations do what they say.
//!
//! Owns: rows that satisfy a schema ([`rows`]), made from the schema alone.
//! Does not own: putting them into a database (crate `segue`), the schema itself (crate `catalog`).
//!
//! | Question | File |
//! |---|---|
//! | Which rows does a table get, and what of those that a server refuses? | `rows.rs`, `rows/draft.rs` |
//! | In which order are tables filled, and where is a cycle of foreign keys cut? | `rows/order.rs` |
//! | What is demanded of a row? | `rows/frame.rs`, and of its partition `rows/bound.rs` |
//! | Which values has a type? | `rows/kind.rs`, `rows/values.rs`, `rows/values/*.rs` |
//! | Does a row satisfy a condition? | `rows/evaluate.rs`, `rows/evaluate/*.rs` |
//! | What would satisfy it? | `rows/solve.rs`, `rows/solve/*.rs`; texts for patterns: `rows/pattern.rs` |
//!
//! Reads next: `rows.rs`.

pub mod rows;
