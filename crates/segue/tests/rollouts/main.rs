//! Plans are carried out on a database in use, and everything goes wrong on the way.
//!
//! | Question | File |
//! |---|---|
//! | The line breaks at any statement: does it end where it would have? | `crashes.rs`, which points: `points.rs` |
//! | What is deployed there | `recipes.rs` |
//! | Both versions of an app write while it runs | `two_versions.rs`, with `app.rs`; what they do: `scenario.rs` and `tests/scenarios` |
//! | Another hand changes the database, or a file, on the way | `hands.rs` |
//! | Contract compares two forms of rows, and stops there | `compared.rs` |
//! | What rows were before is kept, and put back | `kept.rs`; by triggers: `seen.rs` |
//! | Whether the rights of docs/security.md are enough, which all of this runs with | `owner.rs` |
//! | The server, and what is in a database | `stand.rs`, `snapshot.rs` |

mod app;
mod attached;
mod compared;
mod crashes;
mod hands;
mod kept;
mod owner;
mod points;
mod queues;
mod recipes;
mod scenario;
mod seen;
mod snapshot;
mod stand;
mod two_versions;
