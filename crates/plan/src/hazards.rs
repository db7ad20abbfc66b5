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
    add_check_not_valid_missing,
    add_column_auto_increment,
    add_column_constrained_domain,
    add_column_generated_stored,
    add_column_volatile_default,
    add_not_null_column_without_default,
    alter_domain_add_constraint,
    alter_type_blocked_by_view,
    analyze_load,
    attach_partition_scan,
    backfill_before_not_null,
    change_column_type_narrowing,
    change_column_type_recheck,
    change_column_type_reindex,
    change_column_type_rewrite,
    change_generated_or_identity,
    char_column,
    concurrently_in_transaction,
    concurrently_on_partitioned_table,
    create_domain_with_constraint,
    create_enum,
    ddl_dml_same_transaction,
    detach_partition_not_concurrent,
    drop_column,
    drop_database,
    drop_default_on_not_null,
    drop_extension,
    drop_foreign_key,
    drop_function,
    drop_index_not_concurrent,
    drop_not_null,
    drop_owned,
    drop_schema,
    drop_sequence,
    drop_table,
    drop_type,
    drop_view,
    duplicate_column_assignment,
    edited_applied_migration,
    enum_value_order,
    enum_value_used_in_same_transaction,
    exclusion_constraint,
    explicit_table_lock,
    extension_upgrade,
    fk_missing_index,
    fk_not_valid_missing,
    identifier_too_long,
    index_build_corruption,
    index_dropped_in_use,
    index_not_concurrent,
    index_too_many_columns,
    invalid_index_kept,
    json_column,
    long_work_under_lock,
    many_changes_per_migration,
    missing_down,
    missing_lock_timeout,
    missing_statement_timeout,
    missing_why,
    multiple_alter_same_table,
    non_idempotent_statement,
    not_supported_on_partitioned_table,
    out_of_order_migration,
    primary_key_builds_index,
    primary_key_implicit_not_null,
    privilege_revoked,
    raw_sql_unchecked,
    refresh_matview_not_concurrent,
    reindex_not_concurrent,
    rename_column,
    rename_enum_value,
    rename_object,
    rename_schema,
    rename_table,
    replica_identity_change,
    rewrite_maintenance,
    rls_change,
    sequence_restarted,
    set_not_null,
    set_schema,
    style_ban_add_column,
    style_ban_add_composite_attribute,
    style_ban_add_enum_value,
    style_ban_alter_database_options,
    style_ban_alter_function_options,
    style_ban_alter_role_options,
    style_ban_alter_sequence_values,
    style_ban_alter_system_options,
    style_ban_alter_view_options,
    style_ban_detach_inheritance,
    style_ban_disable_trigger,
    style_ban_drop_constraint,
    style_ban_drop_trigger,
    style_ban_new_write_restriction,
    style_ban_replace_view_function,
    style_ban_set_default,
    style_prefer_bigint_over_int,
    style_prefer_bigint_over_smallint,
    style_prefer_identity,
    style_prefer_text_field,
    style_prefer_timestamp_tz,
    style_require_table_schema,
    trace_disagreement,
    trace_opaque,
    transaction_nesting,
    truncate,
    truncate_cascade,
    unbatched_delete,
    unbatched_update,
    uncommitted_transaction,
    unique_constraint_builds_index,
    unique_on_duplicate_data,
    unused_acknowledgement,
    validate_in_same_transaction,
    validate_violating_data,
];

pub(crate) use unused_acknowledgement::finding as unused_acknowledgement;

/// What a trace finds where a statement did something else than is said of it.
pub(crate) const TRACE_DISAGREEMENT: &Rule = &trace_disagreement::RULE;

/// What a trace finds where a statement that cannot be read keeps others waiting.
pub(crate) const TRACE_OPAQUE: &Rule = &trace_opaque::RULE;

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests;
