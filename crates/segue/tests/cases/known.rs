//! Where the model is known not to be what the server has, and why. The list is exact: it may only shrink.

/// The places, sorted.
pub(crate) const PLACES: &[&str] = &[
    // an UPDATE of a system catalog: what it does to the schema only a server can tell
    "s-safe-015: UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email_i'::regclass",
    "u-invalid-index-kept-001: UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email_i'::regclass",
    // a CREATE UNIQUE INDEX CONCURRENTLY that failed for the rows' sake leaves its index behind, not valid
    "u-unique-on-duplicate-data-001: index public.users_email_u",
];

/// The places where a rendered schema is not the one that it was rendered from.
pub(crate) const ALTERED: &[&str] = &[
    "pg-schema-diff/database_schema_source/Drop-partitioned-table-Add-partitioned-table-with-local-keys:old: as a whole",
    "pg-schema-diff/partitioned_index/Add-primary-key-constraint-with-existing-matching-base-table-index-matching-local-PK-alrea:old: column public.foobar_1.foo",
    "pg-schema-diff/partitioned_index/Add-primary-key-constraint-with-existing-matching-base-table-index-matching-local-PK-alrea:old: column public.foobar_1.id",
    "pg-schema-diff/partitioned_index/Add-primary-key-to-partition-using-existing-index:new: column public.foobar_1.foo",
    "pg-schema-diff/partitioned_index/Add-primary-key-to-partition-using-existing-index:new: column public.foobar_1.id",
    "pg-schema-diff/partitioned_table/Adding-a-partition-with-local-primary-key-that-can-back-the-unique-index:new: as a whole",
    "pg-schema-diff/partitioned_table/Adding-a-partition-with-local-unique-constraint-that-can-back-the-unique-index:new: index public.foobar_1_foo_bar_key",
    "pg-schema-diff/partitioned_table/Adding-a-partition-with-local-unique-constraint-that-can-back-the-unique-index:new: index public.some_partitioned_idx",
    "pg-schema-diff/partitioned_table/Create-partitioned-table-with-local-primary-keys-and-RLS-enabled-locally:new: as a whole",
    "pg-schema-diff/partitioned_table/Drop-table:old: column schema_2.\"FOOBAR_1\".foo",
    "pg-schema-diff/partitioned_table/No-op:new: as a whole",
    "pg-schema-diff/partitioned_table/No-op:old: as a whole",
    "pg-schema-diff/partitioned_table/Re-creating-base-table-causes-partitions-to-be-re-created:new: as a whole",
    "pg-schema-diff/partitioned_table/Re-creating-base-table-causes-partitions-to-be-re-created:old: as a whole",
    "pg-schema-diff/partitioned_table/Unpartitioned-to-partitioned:new: as a whole",
    "pg-schema-diff/schema/No-op:new: as a whole",
    "pg-schema-diff/schema/No-op:old: as a whole",
    "u-invalid-index-kept-001: index public.users_email_i",
    "u-unique-on-duplicate-data-001: index public.users_email_u",
];
