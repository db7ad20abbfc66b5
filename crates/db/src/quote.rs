//! Names and values as SQL text, in either dialect.

pub(crate) use segue_catalog::quote::plain_literal;
pub use segue_catalog::quote::{identifier, literal};
use segue_sql::Dialect;

/// A string constant in the dialect.
pub(crate) fn literal_in(dialect: Dialect, value: &str) -> String {
    match dialect {
        Dialect::Postgres => literal(value),
        Dialect::Sqlite => plain_literal(value),
    }
}
