//! What an expression is worth.

use std::cmp::Ordering;

/// A value, or that it is not known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nobody but the server knows.
    Unknown,
    Null,
    Bool(bool),
    /// A number; beyond 2^53 it is not exact.
    Number(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// Microseconds since 1970, of a date or a time stamp; of a time of day since midnight.
    Moment(i64),
    /// Microseconds.
    Span(i64),
    Json(serde_json::Value),
    Array(Vec<Value>),
    /// The moment at which somebody asks: after all that is written as past, and before all that is written as future.
    Now,
}

/// What is past, however slow the clock of a server is: 2025-01-01.
pub(crate) const PAST: i64 = 1_735_689_600_000_000;

/// What is yet to come: 2100-01-01.
pub(crate) const FUTURE: i64 = 4_102_444_800_000_000;

impl Value {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number of things.
    #[allow(clippy::cast_precision_loss)]
    pub(crate) fn count(number: usize) -> Self {
        Self::Number(number as f64)
    }

    /// Truth of three values, or none that is known.
    pub(crate) fn truth(&self) -> Option<Option<bool>> {
        match self {
            Self::Bool(truth) => Some(Some(*truth)),
            Self::Null => Some(None),
            _ => None,
        }
    }

    /// How two values that are not NULL stand to each other; `None` where that depends on what is not known here, such as
    /// a collation. Equality of texts never does.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.partial_cmp(other),
            (Self::Moment(one), Self::Moment(other)) | (Self::Span(one), Self::Span(other)) => {
                Some(one.cmp(other))
            }
            (Self::Bool(one), Self::Bool(other)) => Some(one.cmp(other)),
            (Self::Text(one), Self::Text(other)) if one == other => Some(Ordering::Equal),
            // nothing is before the empty text
            (Self::Text(one), Self::Text(other)) if one.is_empty() || other.is_empty() => {
                Some(one.len().cmp(&other.len()))
            }
            (Self::Json(one), Self::Json(other)) if one == other => Some(Ordering::Equal),
            // a constant whose type follows from what it is compared with
            (Self::Moment(one), Self::Text(text)) => Some(one.cmp(&super::calendar::read(text)?)),
            (Self::Number(one), Self::Text(text)) => one.partial_cmp(&text.parse().ok()?),
            (Self::Text(_), Self::Moment(_) | Self::Number(_)) => {
                other.compare(self).map(Ordering::reverse)
            }
            (Self::Moment(one), Self::Now) if *one <= PAST => Some(Ordering::Less),
            (Self::Moment(one), Self::Now) if *one >= FUTURE => Some(Ordering::Greater),
            (Self::Now, Self::Moment(_)) => other.compare(self).map(Ordering::reverse),
            (Self::Array(one), Self::Array(other)) if one == other => Some(Ordering::Equal),
            _ => None,
        }
    }

    /// Whether two values that are not NULL are the same.
    pub(crate) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Some(one == other),
            (Self::Json(one), Self::Json(other)) => Some(one == other),
            (Self::Bytes(one), Self::Bytes(other)) => Some(one == other),
            _ => Some(self.compare(other)? == Ordering::Equal),
        }
    }
}
