//! `__diesel_schema_migrations` in SQLite: the same statements.
//!
//! Source: diesel 2.3.0 (`migration/setup_migration_table.sql`, one for all databases).

use super::super::{Format, diesel};

pub(in crate::history) const FORMAT: Format = Format { ..diesel::FORMAT };
