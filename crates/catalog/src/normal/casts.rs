//! Casts that the server adds so that an operator or function fits (`parse_oper.c`, `parse_coerce.c`,
//! `parse_func.c`). They are added here where the types are known and leave no choice; elsewhere nothing is done,
//! and a cast on one side only makes a comparison unclear.

use super::{
    context::Side,
    inference::{self, type_of, wider},
    tree::{Head, Tree},
};
use crate::DataType;

const TEXT: &str = "text";
const VARCHAR: &str = "character varying";

/// Types of the server's with comparison operators of their own, so that an open constant becomes one of them.
const COMPARABLE: &[&str] = &[
    TEXT,
    "bigint",
    "boolean",
    "bpchar",
    "bytea",
    "date",
    "double precision",
    "inet",
    "integer",
    "interval",
    "jsonb",
    "macaddr",
    "name",
    "numeric",
    "real",
    "smallint",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "uuid",
];

/// Adds the casts of an operator's operands, and of the branches of a `CASE`.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    match &tree.head {
        Head::Operator(symbol) if tree.parts.len() == 2 => match symbol.as_str() {
            "="
            | "<>"
            | "!="
            | "<"
            | ">"
            | "<="
            | ">="
            | "is distinct from"
            | "is not distinct from" => compared(&mut tree.parts, side),
            "~~" | "~~*" | "!~~" | "!~~*" | "~" | "~*" | "!~" | "!~*" => {
                matched(&mut tree.parts, side);
            }
            "||" => joined(&mut tree.parts, side),
            "->" | "->>" | "?" => within_json(&mut tree.parts, DataType::builtin(TEXT), side),
            "#>" | "#>>" | "?|" | "?&" => {
                within_json(&mut tree.parts, DataType::builtin(TEXT).array_of(), side);
            }
            "@>" | "<@" => contained(&mut tree.parts, side),
            "+" | "-" | "*" | "/" | "%" => {
                let sum = symbol == "+";
                widened(&mut tree.parts, sum, side);
            }
            "^" => raised(&mut tree.parts, side),
            _ => {}
        },
        Head::Quantified { .. } => quantified(&mut tree.parts, side),
        Head::Array => alike(&mut tree.parts, side),
        _ => {}
    }
}

/// The type that a constant gets: `character(3)` is printed as `bpchar` there.
pub(super) fn of_constants(data_type: DataType) -> DataType {
    if data_type.is("character") {
        DataType::builtin("bpchar")
    } else {
        data_type
    }
}

/// Gives an open constant a type.
pub(super) fn open_to(tree: &mut Tree, builtin: &str) {
    open_as(tree, &DataType::builtin(builtin));
}

fn open_as(tree: &mut Tree, data_type: &DataType) {
    if matches!(tree.head, Head::Collate(_)) {
        tree.parts
            .iter_mut()
            .for_each(|part| open_as(part, data_type));
    } else if tree.is_open() {
        *tree = tree.take().cast(of_constants(data_type.clone()));
    }
}

/// Casts something whose type is known to be another.
fn known_to(tree: &mut Tree, has: &DataType, wanted: &DataType) {
    if has != wanted {
        *tree = tree.take().cast(wanted.clone());
    }
}

/// An argument of a function that takes nothing but this type; with `~` in front, others of the same name take types
/// that are no kind of text.
pub(super) fn argument(tree: &mut Tree, wanted: &str, side: &Side<'_>) {
    let (wanted, only_varying) = match wanted.strip_prefix('~') {
        Some(wanted) => (wanted, true),
        None => (wanted, false),
    };
    open_to(tree, wanted);
    let becomes_text = |has: DataType| has.is(VARCHAR) || (has.is("character") && !only_varying);
    if wanted == TEXT && type_of(tree, side).is_some_and(becomes_text) {
        *tree = tree.take().cast(DataType::builtin(TEXT));
    }
}

/// The operands of a comparison.
pub(super) fn compared(operands: &mut [Tree], side: &Side<'_>) {
    let [left, right] = operands else { return };
    let text = DataType::builtin(TEXT);
    match (type_of(left, side), type_of(right, side)) {
        (None, None) if left.is_open() && right.is_open() => {
            open_as(left, &text);
            open_as(right, &text);
        }
        (Some(known), None) if right.is_open() => constant_beside(left, &known, right, side),
        (None, Some(known)) if left.is_open() => constant_beside(right, &known, left, side),
        (Some(first), Some(second)) => both_known(left, &first, right, &second),
        _ => {}
    }
}

/// An open constant becomes what the other operand is; there is no comparison of `character varying`.
fn constant_beside(other: &mut Tree, known: &DataType, open: &mut Tree, side: &Side<'_>) {
    let text = DataType::builtin(TEXT);
    let known = of_constants(known.clone());
    if known.is(VARCHAR) {
        known_to(other, &known, &text);
        open_as(open, &text);
    } else if is_comparable(&known, side)
        || (known.array && known.is_builtin() && COMPARABLE.contains(&known.name.name.as_str()))
    {
        open_as(open, &known);
    }
}

/// Whether an open constant beside something of this type becomes one too.
fn is_comparable(known: &DataType, side: &Side<'_>) -> bool {
    COMPARABLE.iter().any(|name| known.is(name)) || side.is_enum(known) || is_citext(known)
}

fn is_citext(data_type: &DataType) -> bool {
    !data_type.array && data_type.name.name == *"citext"
}

fn both_known(left: &mut Tree, first: &DataType, right: &mut Tree, second: &DataType) {
    let text = DataType::builtin(TEXT);
    let textual = |one: &DataType| one.is(TEXT) || one.is(VARCHAR);
    if textual(first) && textual(second) {
        known_to(left, first, &text);
        known_to(right, second, &text);
        return;
    }
    // There are comparisons among the whole numbers and among the floating ones; else both become the wider type,
    // and a `real` beside another number is compared with a `double precision`.
    let whole = |one: &DataType| one.is("smallint") || one.is("integer") || one.is("bigint");
    let floating = |one: &DataType| one.is("real") || one.is("double precision");
    if (whole(first) && whole(second)) || (floating(first) && floating(second)) {
        return;
    }
    let Some(mut wide) = wider(first, second) else {
        return;
    };
    if wide.is("real") {
        wide = DataType::builtin("double precision");
    }
    if !floating(first) {
        known_to(left, first, &wide);
    }
    if !floating(second) {
        known_to(right, second, &wide);
    }
}

/// `LIKE` and regular expressions.
fn matched(operands: &mut [Tree], side: &Side<'_>) {
    let [left, right] = operands else { return };
    let Some(known) = type_of(left, side) else {
        return;
    };
    if known.is(TEXT) || known.is(VARCHAR) {
        known_to(left, &known, &DataType::builtin(TEXT));
        argument(right, TEXT, side);
    } else if known.is("character") || known.is("bpchar") || known.is("name") {
        open_to(right, TEXT);
    } else if is_citext(&known) {
        open_as(right, &known);
    }
}

/// `||` of texts.
fn joined(operands: &mut [Tree], side: &Side<'_>) {
    let [left, right] = operands else { return };
    let textual = |one: &Option<DataType>| {
        one.as_ref()
            .is_some_and(|one| one.is(TEXT) || one.is(VARCHAR))
    };
    let (first, second) = (type_of(left, side), type_of(right, side));
    let json = |one: &Option<DataType>| one.as_ref().is_some_and(|one| one.is("jsonb"));
    if json(&first) && right.is_open() {
        open_to(right, "jsonb");
    } else if (textual(&first) || left.is_open()) && (textual(&second) || right.is_open()) {
        argument(left, TEXT, side);
        argument(right, TEXT, side);
    }
}

/// Operators that take json on the left and this type on the right.
fn within_json(operands: &mut [Tree], right_type: DataType, side: &Side<'_>) {
    let [left, right] = operands else { return };
    let known = type_of(left, side);
    if known.is_some_and(|known| known.is("json") || known.is("jsonb")) {
        open_as(right, &right_type);
    }
}

/// `@>` of values of one type.
fn contained(operands: &mut [Tree], side: &Side<'_>) {
    let [left, right] = operands else { return };
    let known = |one: Option<DataType>| {
        one.filter(|one| one.is("jsonb") || (one.array && !one.name.name.starts_with("character")))
    };
    if let Some(known) = known(type_of(left, side)) {
        open_as(right, &known);
    } else if let Some(known) = known(type_of(right, side)) {
        open_as(left, &known);
    }
}

/// Arithmetic of numbers: as in comparisons, both become the wider type. To a time only an interval can be added.
fn widened(operands: &mut [Tree], sum: bool, side: &Side<'_>) {
    let [left, right] = operands else { return };
    let number = |one: &DataType| wider(one, one).is_some();
    match (type_of(left, side), type_of(right, side)) {
        (Some(first), Some(second)) if number(&first) && number(&second) => {
            both_known(left, &first, right, &second);
        }
        (Some(known), None) if number(&known) => open_as(right, &known),
        (Some(known), None) if sum && known.name.name.starts_with("timestamp") => {
            open_to(right, "interval");
        }
        (None, Some(known)) if number(&known) => open_as(left, &known),
        _ => {}
    }
}

/// A power: of `numeric`, or else of `double precision`.
fn raised(operands: &mut [Tree], side: &Side<'_>) {
    let [left, right] = operands else { return };
    let (Some(first), Some(second)) = (type_of(left, side), type_of(right, side)) else {
        return;
    };
    let Some(wide) = wider(&first, &second) else {
        return;
    };
    let wide = if wide.is("numeric") {
        wide
    } else {
        DataType::builtin("double precision")
    };
    known_to(left, &first, &wide);
    known_to(right, &second, &wide);
}

/// `left = ANY (ARRAY[…])`.
fn quantified(operands: &mut [Tree], side: &Side<'_>) {
    let [left, right] = operands else { return };
    let text = DataType::builtin(TEXT);
    if right.is_open() {
        let known = type_of(left, side).map(of_constants);
        let known = known.filter(|known| is_comparable(known, side) && !is_citext(known));
        if let Some(known) = known {
            open_as(right, &known.array_of());
        }
        return;
    }
    if right.head != Head::Array {
        if let Some(of) = type_of(right, side)
            && of.array
        {
            let element = DataType { array: false, ..of };
            if !element.is(VARCHAR) {
                open_as(left, &element);
            }
        }
        return;
    }
    let Some(known) = type_of(left, side).map(of_constants) else {
        return;
    };
    let textual = |one: &DataType| one.is(TEXT) || one.is(VARCHAR);
    if textual(&known) {
        let elements_fit = right
            .parts
            .iter()
            .all(|one| one.is_open() || type_of(one, side).is_some_and(|has| textual(&has)));
        if elements_fit {
            known_to(left, &known, &text);
            for element in &mut right.parts {
                argument(element, TEXT, side);
            }
        }
    } else if is_comparable(&known, side) {
        right.parts.iter_mut().for_each(|one| open_as(one, &known));
    }
}

/// The values of an `IN` list, which become of one type with what is on their left before they are compared.
pub(super) fn listed(left: &Tree, values: Vec<Tree>, side: &Side<'_>) -> Vec<Tree> {
    let mut values = values;
    let beside = type_of(left, side).map(of_constants);
    if let Some(known) = beside.filter(|known| is_comparable(known, side)) {
        values.iter_mut().for_each(|value| open_as(value, &known));
    }
    let common = inference::common(std::iter::once(left).chain(&values), side);
    let Some(common) = common.filter(|one| wider(one, one).is_some()) else {
        return values;
    };
    let cast = values.into_iter().map(|value| match type_of(&value, side) {
        Some(has) if has != common => value.cast(common.clone()),
        _ => value,
    });
    cast.collect()
}

/// Values that become of one type: `COALESCE`, `ARRAY`, the branches of a `CASE`.
pub(super) fn alike(values: &mut [Tree], side: &Side<'_>) {
    if !values.is_empty() && values.iter().all(Tree::is_open) {
        values.iter_mut().for_each(|value| open_to(value, TEXT));
        return;
    }
    let Some(common) = inference::common(values.iter(), side) else {
        return;
    };
    for value in values {
        open_as(value, &common);
        if let Some(has) = type_of(value, side)
            && wider(&has, &common).is_some()
        {
            known_to(value, &has, &common);
        }
    }
}
