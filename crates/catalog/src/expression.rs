//! SQL that the model carries as text: defaults, checks, predicates, queries.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

/// A piece of SQL: an expression, or the query of a view.
///
/// Two of them are equal where their texts are. Whether they mean the same is the business of
/// [`normal`](crate::normal).
#[derive(Clone)]
pub struct Expr {
    /// The text, without comments around it.
    pub text: Arc<str>,
    /// Whether a server has printed it, or it is as somebody wrote it.
    pub origin: Origin,
}

/// Where the text of an expression comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// As somebody wrote it.
    Written,
    /// As a server prints it (`pg_get_expr` and its like), under an empty `search_path`.
    Printed,
    /// Something that it names has been renamed, and how a server prints it now was not certain: the text is
    /// the one from before, and what it is now has to be learned from a server.
    Stale,
}

impl Expr {
    /// As somebody wrote it.
    pub fn written(text: impl AsRef<str>) -> Self {
        Self {
            text: Arc::from(text.as_ref().trim()),
            origin: Origin::Written,
        }
    }

    /// As a server printed it.
    pub fn printed(text: impl AsRef<str>) -> Self {
        Self {
            text: Arc::from(text.as_ref().trim()),
            origin: Origin::Printed,
        }
    }
}

impl Expr {
    /// Another text of the same origin.
    #[must_use]
    pub fn with_text(&self, text: impl AsRef<str>) -> Self {
        Self {
            text: Arc::from(text.as_ref()),
            origin: self.origin,
        }
    }

    /// The same text, which no longer holds ([`Origin::Stale`]).
    #[must_use]
    pub fn stale(&self) -> Self {
        Self {
            text: self.text.clone(),
            origin: Origin::Stale,
        }
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expr {}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.origin, self.text)
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
