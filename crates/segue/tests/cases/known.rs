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
    // no statement makes an index that is not valid
    "u-invalid-index-kept-001: index public.users_email_i",
    "u-unique-on-duplicate-data-001: index public.users_email_u",
];
