//! Databases for tests: each test gets one of its own, with the project's migrations applied, in milliseconds.
//!
//! ```no_run
//! # async fn test() -> Result<(), segue::Failure> {
//! use segue::testing::TestDatabase;
//!
//! let db = TestDatabase::new().await?;
//! db.catalog()
//!     .await?
//!     .assert_table("users")
//!     .has_column("id", "bigint")
//!     .has_index("users_email_idx");
//! // Connect to `db.url()` with sqlx, tokio-postgres or anything else; the database goes with `db`.
//! # Ok(())
//! # }
//! ```
//!
//! Owns: where such databases are made ([`TestServer`]), the template that they are copies of, that they are removed,
//! the way back of a migration, and assertions on a schema.
//! Does not own: servers (crate `cluster`, crate `embedded`), running migrations (`Migrator`).
//! Reads next: `testing/database.rs`, then `testing/server.rs` and `testing/template.rs`.

mod abandoned;
mod back;
mod builder;
mod catalog;
mod database;
mod keeper;
mod place;
mod recipe;
mod server;
mod table;
mod template;
mod variables;

pub use back::{TakenBack, Way};
pub use builder::TestDatabaseBuilder;
pub use catalog::TestCatalog;
pub use database::{TestDatabase, TestServer};
pub use place::Parts;

pub use table::TableAssert;
