//! The values of a row, taken one after the other.

use std::str::FromStr;

use tokio_postgres::SimpleQueryRow;

use super::text::array;

/// The number of an object within its catalog (datatype-oid.html).
pub(super) type Oid = u32;

/// A row whose values are taken from left to right.
pub(super) struct Fields<'a> {
    row: &'a SimpleQueryRow,
    next: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(row: &'a SimpleQueryRow) -> Self {
        Self { row, next: 0 }
    }

    /// The next value; `None` is NULL.
    pub(super) fn maybe(&mut self) -> Option<&'a str> {
        let value = self.row.try_get(self.next).ok().flatten();
        self.next += 1;
        value
    }

    /// The next value, empty for NULL.
    pub(super) fn text(&mut self) -> &'a str {
        self.maybe().unwrap_or_default()
    }

    /// The next value as text of its own; `None` is NULL.
    pub(super) fn owned(&mut self) -> Option<String> {
        self.maybe().map(str::to_owned)
    }

    /// The next value as a number; 0 for NULL.
    pub(super) fn number<T: FromStr + Default>(&mut self) -> T {
        self.maybe_number().unwrap_or_default()
    }

    /// The next value as a number; `None` is NULL.
    pub(super) fn maybe_number<T: FromStr>(&mut self) -> Option<T> {
        self.maybe()?.parse().ok()
    }

    /// The next value as an object's number; 0, which stands for none, for NULL.
    pub(super) fn oid(&mut self) -> Oid {
        self.number()
    }

    /// Whether the next value is true.
    pub(super) fn flag(&mut self) -> bool {
        self.maybe() == Some("t")
    }

    /// The next value as a code of the type `"char"`; a blank for none.
    pub(super) fn code(&mut self) -> char {
        self.text().chars().next().unwrap_or(' ')
    }

    /// The next value as an array of texts; empty for NULL.
    pub(super) fn list(&mut self) -> Vec<String> {
        self.maybe().map(array).unwrap_or_default()
    }

    /// The next value as numbers, of an array or a vector; empty for NULL.
    pub(super) fn numbers<T: FromStr>(&mut self) -> Vec<T> {
        let text = self.text().trim_matches(['{', '}']);
        text.split([',', ' '])
            .filter_map(|number| number.parse().ok())
            .collect()
    }
}
