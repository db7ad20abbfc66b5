//! Constants: `'t'::boolean` is `true`, `'-1'::integer` is `-1`, and a cast to the type that something has anyway is
//! none (`ruleutils.c`, `get_const_expr`; `parse_coerce.c`).

use super::{
    context::Side,
    inference,
    tree::{Head, Tree},
};
use crate::DataType;

/// Gives constants their plain form, and takes casts away that do nothing.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    match &tree.head {
        Head::Operator(symbol) if symbol == "-" && tree.parts.len() == 1 => negative(tree),
        Head::Number(digits) if digits.starts_with('.') => {
            tree.head = Head::Number(format!("0{digits}"));
        }
        Head::Cast(to) => {
            let to = to.clone();
            constant(tree, &to);
            idle(tree, side);
        }
        _ => {}
    }
}

/// A minus in front of a number belongs to it (`gram.y`, `doNegate`).
fn negative(tree: &mut Tree) {
    if let Head::Number(digits) = &tree.parts[0].head
        && is_plain(digits)
        && !digits.starts_with('-')
    {
        let digits = if digits.starts_with('.') {
            format!("-0{digits}")
        } else {
            format!("-{digits}")
        };
        *tree = Tree::leaf(Head::Number(digits));
    }
}

/// A number in decimal digits as the server prints one: no exponent, no other base, no idle zeros in front.
fn is_plain(digits: &str) -> bool {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && all_digits(fraction)
        && !fraction.is_empty()
        && (whole.len() < 2 || !whole.starts_with('0'))
        && (!whole.is_empty() || unsigned.contains('.'))
        && digits != "-0"
}

/// The type that the grammar gives a number (`parse_node.c`, `make_const`).
pub(super) fn natural(digits: &str) -> &'static str {
    if digits.parse::<i32>().is_ok() {
        "integer"
    } else if digits.parse::<i64>().is_ok() {
        "bigint"
    } else {
        "numeric"
    }
}

/// A text or number that is cast to a type whose constants the server prints in another way.
fn constant(tree: &mut Tree, to: &DataType) {
    if to.array || to.modifier.is_some() || !to.is_builtin() {
        return;
    }
    let Some(inner) = tree.parts.first() else {
        return;
    };
    let (Head::Text(text) | Head::Number(text)) = &inner.head else {
        return;
    };
    match to.name.name.as_str() {
        "boolean" if matches!(inner.head, Head::Text(_)) => {
            if let Some(value) = truth(text) {
                *tree = Tree::leaf(Head::Bool(value));
            }
        }
        "uuid" => tree.parts[0].head = Head::Text(text.to_ascii_lowercase()),
        name @ ("smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision")
            if is_plain(text) && fits(text, name) =>
        {
            let number = Tree::leaf(Head::Number(text.clone()));
            *tree = if natural(text) == name {
                number
            } else {
                number.cast(to.clone())
            };
        }
        _ => {}
    }
}

/// Whether a number is one of a type without being rounded.
fn fits(digits: &str, name: &str) -> bool {
    match name {
        "smallint" => digits.parse::<i16>().is_ok(),
        "integer" => digits.parse::<i32>().is_ok(),
        "bigint" => digits.parse::<i64>().is_ok(),
        _ => true,
    }
}

/// What `boolin` takes, as far as it is written out.
fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// A cast to the type that its operand has, or on the way to another of the same texts.
fn idle(tree: &mut Tree, side: &Side<'_>) {
    let Head::Cast(to) = &tree.head else { return };
    let to = to.clone();
    let Some(inner) = tree.parts.first_mut() else {
        return;
    };
    if to.modifier.is_none() && inference::type_of(inner, side).is_some_and(|has| has == to) {
        let same_modifier = match &inner.head {
            Head::Cast(has) => has.modifier.is_none(),
            _ => true,
        };
        if same_modifier {
            *tree = inner.take();
            return;
        }
    }
    let is_text = to.name == DataType::builtin("text").name && to.modifier.is_none();
    if let Head::Cast(between) = &inner.head
        && is_text
        && between.array == to.array
        && between.modifier.is_none()
        && between.name == DataType::builtin("character varying").name
        && let Some(value) = inner.parts.first_mut()
    {
        *inner = value.take();
    }
}
