//! Where the model is known not to be what the server has, and why. The list is exact: it may only shrink.

/// The places, sorted.
pub(crate) const PLACES: &[&str] = &[
    // an UPDATE of a system catalog: what it does to the schema only a server can tell
    "s-safe-015: UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email_i'::regclass",
    "u-invalid-index-kept-001: UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email_i'::regclass",
    // a CREATE UNIQUE INDEX CONCURRENTLY that failed for the rows' sake leaves its index behind, not valid
    "u-unique-on-duplicate-data-001: index public.users_email_u",
];

/// The places where a rendered schema is not the one that it was rendered from, on a server of this major version.
pub(crate) fn altered(major: u32) -> Vec<&'static str> {
    let before_17: &[&str] = if major < 17 { BEFORE_17 } else { &[] };
    [before_17, INVALID].concat()
}

/// The places where a diff does not lead to the second schema, on a server of this major version: the partition above.
pub(crate) fn not_reached(major: u32) -> &'static [&'static str] {
    if major < 17 { NOT_REACHED } else { &[] }
}

const NOT_REACHED: &[&str] = &[
    "pg-schema-diff/database_schema_source/Drop-partitioned-table-Add-partitioned-table-with-local-keys: there: \
     index schema_1.foobar_1_foo_bar_key",
    "pg-schema-diff/database_schema_source/Drop-partitioned-table-Add-partitioned-table-with-local-keys: there: \
     index schema_1.foobar_1_pkey",
];

/// No statement makes an index that is not valid.
const INVALID: &[&str] = &[
    "u-invalid-index-kept-001: index public.users_email_i",
    "u-unique-on-duplicate-data-001: index public.users_email_u",
];

/// `ATTACH PARTITION` takes the partition's own primary key for its part of the parent's UNIQUE over the same columns;
/// the partition cannot be made by `PARTITION OF`, since its columns are NOT NULL and the parent's are not.
const BEFORE_17: &[&str] = &[
    "pg-schema-diff/database_schema_source/Drop-partitioned-table-Add-partitioned-table-with-local-keys:new: \
     constraint foobar_1_foo_bar_key on schema_1.foobar_1",
    "pg-schema-diff/database_schema_source/Drop-partitioned-table-Add-partitioned-table-with-local-keys:new: \
     constraint foobar_1_pkey on schema_1.foobar_1",
    "pg-schema-diff/database_schema_source/Drop-partitioned-table-Add-partitioned-table-with-local-keys:new: \
     index schema_1.foobar_1_foo_bar_key",
    "pg-schema-diff/database_schema_source/Drop-partitioned-table-Add-partitioned-table-with-local-keys:new: \
     index schema_1.foobar_1_pkey",
];
