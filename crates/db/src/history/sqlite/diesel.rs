//! `__diesel_schema_migrations` in SQLite: the same statements.
//!
//! Source: diesel 2.3.0 (`migration/setup_migration_table.sql`, one for all databases).

use super::{
    super::{Format, Table, diesel},
    as_the_tool_writes_it,
};

pub(in crate::history) const FORMAT: Format = Format {
    create,
    ..diesel::FORMAT
};

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)",
        as_the_tool_writes_it(table, diesel::FORMAT.table)
    )]
}
