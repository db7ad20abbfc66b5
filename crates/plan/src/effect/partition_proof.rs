//! Whether the CHECKs of a table prove that its rows are within the bounds of a partition, or that none of them are, so that
//! the server does not look at them (`PartConstraintImpliedByRelConstraint`, `get_proposed_default_constraint`).
//!
//! What is understood: a key of one column, and conditions that compare it with constants.

use std::cmp::Ordering;

use segue_catalog::{
    Name,
    model::{ConstraintKind, Table, TableKind},
};

use super::{
    expression::{self, Word},
    proof::is_column,
};

/// The rows that a partition takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound {
    /// From the first, included, to the second; none: without an end.
    Range(Option<Value>, Option<Value>),
    /// One of these.
    List(Vec<Value>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Number(f64),
    /// A date or time as ISO 8601 writes it.
    Time(String),
    Text(String),
}

impl Value {
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.partial_cmp(other),
            // a date is the beginning of its day
            (Self::Time(one), Self::Time(other)) => {
                let length = one.len().max(other.len());
                let padded =
                    |text: &str| format!("{text}{}", &" 00:00:00.000000"[..length - text.len()]);
                (length <= 26).then(|| padded(one).cmp(&padded(other)))
            }
            _ => None,
        }
    }
}

/// What one comparison says of the key.
#[derive(Debug, Clone, PartialEq)]
enum Atom {
    AtLeast(Value),
    MoreThan(Value),
    AtMost(Value),
    LessThan(Value),
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    NotNull,
    IsNull,
}

/// What a table's CHECKs say of one column: all of these, each by any of its ways.
pub(super) struct Known {
    conditions: Vec<Vec<Vec<Atom>>>,
    not_null: bool,
}

/// The single column that a table is partitioned by.
pub(super) fn key(parent: &Table) -> Option<&Name> {
    let TableKind::Partitioned(by) = &parent.kind else {
        return None;
    };
    match by.keys.as_slice() {
        [one] => one.term.column(),
        _ => None,
    }
}

/// The bound of a partition by one column; none where it is the default, a hash, or not understood.
pub(super) fn bound(text: &str) -> Option<Bound> {
    let words = expression::words(text);
    let start = words.iter().position(|word| word.is("values"))? + 1;
    let (kind, rest) = words[start..].split_first()?;
    if kind.is("in") {
        return Some(Bound::List(values(rest)?));
    }
    let to = rest.iter().position(|word| word.is("to"))?;
    let end = |words: &[Word]| match expression::bare(words) {
        [word] if word.is("minvalue") || word.is("maxvalue") => Some(None),
        words => value(words).map(Some),
    };
    Some(Bound::Range(end(&rest[..to])?, end(&rest[to + 1..])?))
}

impl Known {
    /// What the CHECKs that are validated say.
    pub(super) fn of(table: &Table, column: &Name) -> Self {
        let mut conditions = Vec::new();
        for constraint in table.constraints.values() {
            let ConstraintKind::Check { expression, .. } = &constraint.kind else {
                continue;
            };
            if !constraint.validated || !constraint.enforced {
                continue;
            }
            let words = expression::words(&expression.text);
            for part in expression::conjuncts(&words) {
                let ways = alternatives(part).into_iter();
                let ways = ways.map(|way| {
                    let atoms = expression::conjuncts(way).into_iter();
                    atoms.flat_map(|atom| read(atom, column)).collect()
                });
                conditions.push(ways.collect());
            }
        }
        let not_null = table
            .column(column)
            .and_then(|column| column.not_null.as_ref());
        Self {
            conditions,
            not_null: not_null.is_some_and(|not_null| not_null.validated),
        }
    }

    /// Whether every row is within the bound.
    pub(super) fn is_within(&self, bound: &Bound) -> bool {
        let takes_null = matches!(bound, Bound::List(values) if values.contains(&Value::Null));
        let not_null = self.not_null || self.says(|atom| *atom == Atom::NotNull);
        (not_null || takes_null)
            && match bound {
                Bound::Range(from, to) => {
                    from.as_ref().is_none_or(|from| self.says(|atom| is_from(atom, from)))
                        && to.as_ref().is_none_or(|to| self.says(|atom| is_before(atom, to)))
                }
                Bound::List(values) => self.says(|atom| {
                    matches!(atom, Atom::OneOf(some) if some.iter().all(|one| values.contains(one)))
                }),
            }
    }

    /// Whether no row is within the bound.
    pub(super) fn is_without(&self, bound: &Bound) -> bool {
        if let Bound::List(values) = bound {
            return values.iter().all(|value| {
                self.says(|atom| match atom {
                    Atom::OneOf(some) => !some.contains(value),
                    Atom::NoneOf(some) => some.contains(value),
                    _ => false,
                })
            });
        }
        self.says(|atom| match (bound, atom) {
            (Bound::Range(..), Atom::IsNull) => true,
            (Bound::Range(from, to), atom) => {
                from.as_ref().is_some_and(|from| is_before(atom, from))
                    || to.as_ref().is_some_and(|to| is_from(atom, to))
            }
            _ => false,
        })
    }

    /// Whether one of the conditions demands this, whichever of its ways holds.
    fn says(&self, demands: impl Fn(&Atom) -> bool) -> bool {
        self.conditions.iter().any(|ways| {
            let mut ways = ways.iter();
            ways.all(|atoms: &Vec<Atom>| atoms.iter().any(&demands))
        })
    }
}

/// Whether what is so is not before a value.
fn is_from(atom: &Atom, from: &Value) -> bool {
    let not_before = |value: &Value| value.compare(from).is_some_and(Ordering::is_ge);
    match atom {
        Atom::AtLeast(value) | Atom::MoreThan(value) => not_before(value),
        Atom::OneOf(values) => values.iter().all(not_before),
        _ => false,
    }
}

/// Whether what is so is before a value.
fn is_before(atom: &Atom, to: &Value) -> bool {
    let order = |value: &Value| value.compare(to);
    match atom {
        Atom::LessThan(value) => order(value).is_some_and(Ordering::is_le),
        Atom::AtMost(value) => order(value).is_some_and(Ordering::is_lt),
        Atom::OneOf(values) => values
            .iter()
            .all(|value| order(value).is_some_and(Ordering::is_lt)),
        _ => false,
    }
}

/// The parts of a condition of which one has to hold.
fn alternatives(words: &[Word]) -> Vec<&[Word]> {
    split(expression::bare(words), "or")
}

/// Cuts words at another word, but not within parentheses.
fn split<'w>(words: &'w [Word], at: &str) -> Vec<&'w [Word]> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (index, word) in words.iter().enumerate() {
        if word.is("(") || word.is("[") {
            depth += 1;
        } else if word.is(")") || word.is("]") {
            depth -= 1;
        } else if depth == 0 && word.is(at) {
            parts.push(&words[start..index]);
            start = index + 1;
        }
    }
    parts.push(&words[start..]);
    parts
}

/// What a comparison says of a column; nothing where it is of something else, or not understood.
fn read(words: &[Word], column: &Name) -> Vec<Atom> {
    let words = expression::bare(words);
    for (at, word) in words.iter().enumerate() {
        let (left, right) = (&words[..at], &words[at + 1..]);
        let own = |side: &[Word]| is_column(side, column.as_str());
        let found = match word.text.as_str() {
            "=" if own(left) => any_of(right)
                .or_else(|| value(right).map(|one| vec![one]))
                .map(Atom::OneOf),
            "=" if own(right) => value(left).map(|one| Atom::OneOf(vec![one])),
            "<>" | "!=" if own(left) => value(right).map(|one| Atom::NoneOf(vec![one])),
            ">=" if own(left) => value(right).map(Atom::AtLeast),
            ">" if own(left) => value(right).map(Atom::MoreThan),
            "<=" if own(left) => value(right).map(Atom::AtMost),
            "<" if own(left) => value(right).map(Atom::LessThan),
            ">=" if own(right) => value(left).map(Atom::AtMost),
            ">" if own(right) => value(left).map(Atom::LessThan),
            "<=" if own(right) => value(left).map(Atom::AtLeast),
            "<" if own(right) => value(left).map(Atom::MoreThan),
            "in" if own(left) => values(right).map(Atom::OneOf),
            "not" if own(left) => match right {
                [word, list @ ..] if word.is("in") => values(list).map(Atom::NoneOf),
                _ => None,
            },
            "between" if own(left) => {
                let ends = split(right, "and");
                return match ends.as_slice() {
                    [low, high] => value(low)
                        .zip(value(high))
                        .map(|(low, high)| vec![Atom::AtLeast(low), Atom::AtMost(high)])
                        .unwrap_or_default(),
                    _ => Vec::new(),
                };
            }
            "is" if own(left) => match right {
                [null] if null.is("null") => Some(Atom::IsNull),
                [not, null] if not.is("not") && null.is("null") => Some(Atom::NotNull),
                _ => None,
            },
            _ => None,
        };
        if let Some(found) = found {
            return vec![found];
        }
    }
    Vec::new()
}

/// The values of `ANY (ARRAY[…])`, as servers print `IN`.
fn any_of(words: &[Word]) -> Option<Vec<Value>> {
    let [any, rest @ ..] = words else { return None };
    let [array, list @ ..] = expression::bare(rest) else {
        return None;
    };
    let end = list.iter().position(|word| word.is("]"))?;
    let inner = list.get(1..end)?;
    (any.is("any") && array.is("array"))
        .then(|| split(inner, ",").into_iter().map(value).collect())
        .flatten()
}

/// A list of values in parentheses.
fn values(words: &[Word]) -> Option<Vec<Value>> {
    split(expression::bare(words), ",")
        .into_iter()
        .map(value)
        .collect()
}

/// A constant, without the type that it is written with.
fn value(words: &[Word]) -> Option<Value> {
    let words = expression::bare(words);
    let words = match words {
        [is_type, text]
            if matches!(is_type.text.as_str(), "date" | "timestamp" | "timestamptz") =>
        {
            std::slice::from_ref(text)
        }
        _ => words,
    };
    let cast = words
        .iter()
        .position(|word| word.text == "::" || word.text == ":");
    let words = expression::bare(&words[..cast.unwrap_or(words.len())]);
    let (sign, word) = match words {
        [word] => (1.0, word),
        [minus, word] if minus.is("-") => (-1.0, word),
        _ => return None,
    };
    if word.is("null") {
        return Some(Value::Null);
    }
    if let Ok(number) = word.text.parse::<f64>() {
        return Some(Value::Number(sign * number));
    }
    let text = word.text.strip_prefix('\'')?.strip_suffix('\'')?;
    if let Ok(number) = text.parse::<f64>() {
        return Some(Value::Number(number));
    }
    let is_time = text.len() >= 10
        && text.chars().enumerate().take(10).all(|(at, c)| match at {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        })
        && text[10..]
            .chars()
            .all(|c| c.is_ascii_digit() || " :.".contains(c));
    Some(if is_time {
        Value::Time(text.to_owned())
    } else {
        Value::Text(text.replace("''", "'"))
    })
}

#[cfg(test)]
mod tests;
