//! Types that hold less than others: what a change of a column's type can lose.

use segue_catalog::{DataType, Name, TableChange};

use crate::Moment;

/// A type that becomes one that holds less.
pub(crate) struct Narrowing<'a> {
    pub(crate) from: &'a DataType,
    pub(crate) to: &'a DataType,
    /// Whether values are rounded where they do not fit, rather than refused.
    pub(crate) rounds: bool,
}

/// What a statement narrows of a column.
pub(crate) fn of<'a>(moment: &Moment<'a>, column: &Name) -> Option<Narrowing<'a>> {
    let retyped = moment
        .table_changes()
        .find_map(|(table, change)| match change {
            TableChange::SetType {
                column: of,
                data_type,
                using,
                ..
            } if of == column
                && using
                    .as_ref()
                    .is_none_or(|using| casts(&using.text, column)) =>
            {
                Some((table, data_type))
            }
            _ => None,
        });
    let (table, to) = retyped?;
    let from = &moment.before().tables.get(table)?.column(column)?.data_type;
    let rounds = narrows(from, to)?;
    Some(Narrowing { from, to, rounds })
}

/// Whether a USING only casts the column.
fn casts(using: &str, column: &Name) -> bool {
    let cast = using.trim().split_once("::");
    cast.is_some_and(|(of, to)| {
        of.trim().trim_matches('"').eq_ignore_ascii_case(column) && !to.contains("::")
    })
}

/// Whether a type holds less than another one of its kind; and then whether values are rounded to fit.
fn narrows(from: &DataType, to: &DataType) -> Option<bool> {
    if !from.is_builtin() || !to.is_builtin() || from.array != to.array {
        return None;
    }
    let (old, new) = (from.name.name.as_str(), to.name.name.as_str());
    let is_shorter = |limit: Option<u32>| match (limit, length(to)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(old), Some(new)) => new < old,
    };
    match (old, new) {
        ("text" | "character varying" | "character", "character varying" | "character") => {
            is_shorter(length(from)).then_some(false)
        }
        ("bit varying", "bit varying") => is_shorter(length(from)).then_some(false),
        ("numeric", "numeric") => numeric(from, to),
        _ if integer(old).is_some() && integer(new).is_some() => {
            (integer(new) < integer(old)).then_some(false)
        }
        ("numeric" | "double precision", new) if integer(new).is_some() => Some(true),
        ("double precision", "real") => Some(true),
        _ if old == new && has_fraction(old) => {
            let digits = |of: &DataType| precision(of).unwrap_or(6);
            (digits(to) < digits(from)).then_some(true)
        }
        _ => None,
    }
}

fn integer(name: &str) -> Option<u32> {
    Some(match name {
        "smallint" => 2,
        "integer" => 4,
        "bigint" => 8,
        _ => return None,
    })
}

fn has_fraction(name: &str) -> bool {
    name.starts_with("timestamp") || name.starts_with("time ") || name == "interval"
}

/// `char` without a length is `char(1)`.
fn length(of: &DataType) -> Option<u32> {
    match &of.modifier {
        Some(modifier) => modifier.trim().parse().ok(),
        None => (of.name.name == "character").then_some(1),
    }
}

/// The digits behind the point of a second: `day to second(3)` has them at its end.
fn precision(of: &DataType) -> Option<u32> {
    let modifier = of.modifier.as_deref()?;
    let digits: String = modifier.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// How many digits a `numeric` has at most, and how many of them behind the point (datatype-numeric.html).
pub(crate) fn digits(of: &DataType) -> Option<(i32, i32)> {
    let modifier = of.modifier.as_deref()?;
    let mut parts = modifier.split(',').map(|part| part.trim().parse().ok());
    let precision = parts.next()??;
    Some((precision, parts.next().flatten().unwrap_or(0)))
}

/// Digits before the point that go are refused, those behind it are rounded.
fn numeric(from: &DataType, to: &DataType) -> Option<bool> {
    let (precision, scale) = digits(to)?;
    let Some((old_precision, old_scale)) = digits(from) else {
        return Some(false);
    };
    if precision - scale < old_precision - old_scale {
        Some(false)
    } else {
        (scale < old_scale).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, modifier: &str) -> DataType {
        let plain = DataType::builtin(name);
        if modifier.is_empty() {
            plain
        } else {
            plain.with_modifier(modifier)
        }
    }

    #[test]
    fn what_no_longer_fits_is_refused_or_rounded() {
        let varchar = "character varying";
        assert_eq!(narrows(&of(varchar, "50"), &of(varchar, "20")), Some(false));
        assert_eq!(narrows(&of("text", ""), &of(varchar, "20")), Some(false));
        assert_eq!(narrows(&of("bigint", ""), &of("integer", "")), Some(false));
        let numeric = "numeric";
        assert_eq!(
            narrows(&of(numeric, "10,2"), &of(numeric, "8,2")),
            Some(false)
        );
        assert_eq!(
            narrows(&of(numeric, "10,2"), &of(numeric, "10,1")),
            Some(true)
        );
        let stamp = "timestamp without time zone";
        assert_eq!(narrows(&of(stamp, ""), &of(stamp, "3")), Some(true));
    }

    #[test]
    fn what_still_fits_is_no_narrowing() {
        let varchar = "character varying";
        assert_eq!(narrows(&of(varchar, "20"), &of(varchar, "50")), None);
        assert_eq!(narrows(&of(varchar, "20"), &of("text", "")), None);
        assert_eq!(narrows(&of("integer", ""), &of("bigint", "")), None);
        let numeric = "numeric";
        assert_eq!(narrows(&of(numeric, "8,2"), &of(numeric, "")), None);
        assert_eq!(narrows(&of(numeric, "8,2"), &of(numeric, "12,4")), None);
    }
}
