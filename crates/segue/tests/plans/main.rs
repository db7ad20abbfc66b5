//! Plans hold what they promise, on a server: all of a plan ends in the schema and the rows that the statements as written
//! lead to, and expand can be taken back (`oracle.rs`). Plans are those of all migrations of the corpora, one by one
//! (`corpora.rs`).

mod corpora;
mod histories;
mod known;
mod oracle;
mod rows;
mod running;
mod server;
