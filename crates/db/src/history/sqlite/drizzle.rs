//! `__drizzle_migrations` of Drizzle 0.x in SQLite.
//!
//! Source: drizzle-orm 0.45 (`sqlite-core/dialect.js`).

use super::super::{Format, Table, drizzle};

pub(in crate::history) const FORMAT: Format = Format {
    schema: None,
    create,
    select,
    ..drizzle::FORMAT
};

/// `SERIAL` is no alias of the rowid, so that the tool leaves every id NULL; so do we.
fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
				id SERIAL PRIMARY KEY,
				hash text NOT NULL,
				created_at numeric
			)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT CAST(created_at AS INTEGER), hash FROM {} ORDER BY rowid",
        table.quoted()
    )
}
