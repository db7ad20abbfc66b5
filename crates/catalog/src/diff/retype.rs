//! How values of a column become values of another type, and which of them are lost.

use crate::{DataType, Name, model::Column};

/// The expression for `USING`, where the server has no assignment cast of its own (sql-createcast.html): without one
/// the statement would be refused, with one an explicit cast would cut values off in silence.
pub(super) fn using(column: &Name, from: &DataType, to: &DataType) -> Option<String> {
    if is_assignable(from, to) {
        return None;
    }
    let has_cast = is_text(from) || is_text(to) || has_explicit_cast(from, to);
    Some(if !has_cast || from.array != to.array {
        let text = if to.array || from.array {
            "text[]"
        } else {
            "text"
        };
        format!("{column}::{text}::{to}")
    } else {
        format!("{column}::{to}")
    })
}

/// Whether more than the modifier of a column's type changes, or its collation: then its default goes first, and so do
/// keys to it and from it.
pub(super) fn is_another_type(first: &Column, second: &Column) -> bool {
    first.data_type.name != second.data_type.name || first.data_type.array != second.data_type.array
}

/// Whether values are assigned without a word: within one family of types, and anything to a text.
fn is_assignable(from: &DataType, to: &DataType) -> bool {
    if from.array != to.array {
        return false;
    }
    if from.name == to.name {
        return true;
    }
    is_text(to) && !from.array || family(from).is_some_and(|of| family(to) == Some(of))
}

fn is_text(of: &DataType) -> bool {
    family(of) == Some(Family::Text)
}

/// Casts between types of the server that have to be written (`pg_cast`). Where there is none, a value goes through its
/// text: what does not fit fails then, and is not made up.
fn has_explicit_cast(from: &DataType, to: &DataType) -> bool {
    let whole = |of: &DataType| of.is("integer");
    let truth = |of: &DataType| of.is("boolean");
    whole(from) && truth(to) || truth(from) && whole(to)
}

/// Types with assignment or implicit casts among each other (`pg_cast`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Moment,
    Document,
    Bits,
    Network,
}

fn family(of: &DataType) -> Option<Family> {
    if of.name.schema != "pg_catalog" {
        return None;
    }
    Some(match of.name.name.as_str() {
        "text" | "character varying" | "character" | "name" | "\"char\"" => Family::Text,
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
            Family::Number
        }
        "date" | "timestamp without time zone" | "timestamp with time zone" => Family::Moment,
        "json" | "jsonb" => Family::Document,
        "bit" | "bit varying" => Family::Bits,
        "inet" | "cidr" => Family::Network,
        _ => return None,
    })
}

/// What of the values is lost when a column gets another type, for people; `None` where each stays what it is, or the
/// statement fails on those that do not fit.
pub(super) fn loses(from: &DataType, to: &DataType) -> Option<&'static str> {
    let name = |of: &DataType| of.name.name.as_str().to_owned();
    let whole = ["smallint", "integer", "bigint"];
    match (family(from), family(to)) {
        (Some(Family::Number), Some(Family::Number)) => {
            let fraction = !whole.contains(&name(from).as_str());
            let exact = !whole.contains(&name(to).as_str());
            let fewer =
                from.name == to.name && from.modifier != to.modifier && to.modifier.is_some();
            if fraction && !exact {
                Some("what stands behind the decimal point")
            } else if name(to) == "real" && name(from) != "real" && name(from) != "smallint"
                || name(to) == "double precision"
                    && ["bigint", "numeric"].contains(&name(from).as_str())
            {
                Some("digits that the new type does not hold")
            } else if fewer {
                Some("digits behind the decimal point, where the new type holds fewer")
            } else {
                None
            }
        }
        (Some(Family::Moment), Some(Family::Moment)) if name(to) == "date" => {
            Some("the time of day")
        }
        (Some(Family::Moment), Some(Family::Moment))
            if name(from) == "timestamp with time zone" && name(to) != name(from) =>
        {
            Some("the time zone")
        }
        _ => None,
    }
}

/// The storage of a type, where it is known: what `SET STORAGE` goes back to.
pub(super) fn storage(of: &DataType) -> Option<&'static str> {
    if of.array {
        return Some("extended");
    }
    if of.name.schema != "pg_catalog" {
        return None;
    }
    Some(match of.name.name.as_str() {
        "text" | "character varying" | "character" | "bytea" | "json" | "jsonb" | "xml" | "bit"
        | "bit varying" | "tsvector" | "polygon" | "path" => "extended",
        "numeric" | "inet" | "cidr" => "main",
        _ => "plain",
    })
}
