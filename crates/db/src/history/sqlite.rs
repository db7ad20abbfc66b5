//! The tools' histories in SQLite. What is not different there is taken from the records for PostgreSQL.

use super::Table;

pub(super) mod diesel;
pub(super) mod drizzle;
pub(super) mod drizzle_v1;
pub(super) mod prisma;
pub(super) mod segue;
pub(super) mod sqlx;

/// The name of a table to be made: SQLite keeps the text of the statement, and sqlx and Diesel write their names
/// without quotes.
fn as_the_tool_writes_it(table: &Table, name: &str) -> String {
    if table.name == name {
        name.to_owned()
    } else {
        table.quoted()
    }
}

/// An update that must find exactly the row that was written when the migration began; the function is one
/// of our connection's own (`sqlite/connection.rs`).
pub(super) fn exactly_one(update: &str) -> String {
    format!("{update}; SELECT _segue_exactly_one(changes())")
}
