//! Plans hold what they promise, on a server: all of a plan ends in the schema and the rows that the statements as written
//! lead to, and expand can be taken back (`oracle.rs`). Plans are those of all migrations of the corpora, one by one
//! (`corpora.rs`) and together (`whole.rs`), and of generated schemas and migrations (`properties.rs`).
//!
//! Beside that: rows that segue makes satisfy the schemas of the corpora, and hard ones (`seeded.rs`).

mod corpora;
mod generated;
mod histories;
mod known;
mod oracle;
mod properties;
mod rows;
mod running;
mod seeded;
mod server;
mod whole;
