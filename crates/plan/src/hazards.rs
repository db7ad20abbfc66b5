//! The rules: one hazard per file, each listed here once.

use crate::Rule;

/// Lists the files, each of which has its `RULE`.
macro_rules! hazards {
    ($($file:ident),* $(,)?) => {
        $(mod $file;)*

        /// All rules, in the order of their files.
        pub static RULES: &[&Rule] = &[$(&$file::RULE),*];

        /// The names of the files that are listed.
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($file)),*];
    };
}

hazards![
    create_enum,
    drop_column,
    drop_database,
    drop_extension,
    drop_function,
    drop_schema,
    drop_sequence,
    drop_table,
    drop_type,
    drop_view,
    duplicate_column_assignment,
    edited_applied_migration,
    enum_value_order,
    enum_value_used_in_same_transaction,
    extension_upgrade,
    identifier_too_long,
    index_not_concurrent,
    many_changes_per_migration,
    missing_down,
    missing_lock_timeout,
    missing_statement_timeout,
    missing_why,
    non_idempotent_statement,
    out_of_order_migration,
    privilege_revoked,
    raw_sql_unchecked,
    rename_column,
    rename_enum_value,
    rename_object,
    rename_schema,
    rename_table,
    rls_change,
    set_schema,
    transaction_nesting,
    truncate,
    truncate_cascade,
    unbatched_delete,
    unbatched_update,
    uncommitted_transaction,
];

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests;
