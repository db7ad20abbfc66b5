//! The tools' histories in SQLite. What is not different there is taken from the records for PostgreSQL.

pub(super) mod diesel;
pub(super) mod drizzle;
pub(super) mod drizzle_v1;
pub(super) mod prisma;
pub(super) mod segue;
pub(super) mod sqlx;

/// An update that must find exactly the row that was written when the migration began; the function is one
/// of our connection's own (`sqlite/connection.rs`).
pub(super) fn exactly_one(update: &str) -> String {
    format!("{update}; SELECT _segue_exactly_one(changes())")
}
