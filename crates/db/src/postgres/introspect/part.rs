//! One query and what becomes of its rows.

use super::{fields::Fields, reading::Reading};

/// A kind of object that is asked for by one query.
pub(super) struct Part {
    /// What it reads, in the plural.
    pub(super) what: &'static str,
    /// The query.
    pub(super) sql: String,
    /// What a row means. A row that refers to what was left out (objects of extensions, temporary ones) means
    /// nothing.
    pub(super) read: fn(&mut Reading, &mut Fields<'_>) -> Option<()>,
}

impl Part {
    /// A part with this query.
    pub(super) fn new(
        what: &'static str,
        sql: impl Into<String>,
        read: fn(&mut Reading, &mut Fields<'_>) -> Option<()>,
    ) -> Self {
        Self {
            what,
            sql: sql.into(),
            read,
        }
    }
}

/// What a column is called in this version, or what stands for it where there is none.
pub(super) fn since(
    major: u16,
    first: u16,
    column: &'static str,
    before: &'static str,
) -> &'static str {
    if major >= first { column } else { before }
}
