//! Operators.

use std::cmp::Ordering;

use crate::rows::{pattern, value::Value};

/// What an operator gives for its operands.
pub(crate) fn apply(symbol: &str, operands: &[Value]) -> Value {
    match operands {
        [only] => alone(symbol, only),
        [left, right] => between(symbol, left, right),
        _ => Value::Unknown,
    }
}

fn alone(symbol: &str, value: &Value) -> Value {
    match (symbol, value) {
        (_, Value::Null) => Value::Null,
        ("-", Value::Number(number)) => Value::Number(-number),
        ("-", Value::Span(span)) => Value::Span(-span),
        ("+", value) => value.clone(),
        _ => Value::Unknown,
    }
}

fn between(symbol: &str, left: &Value, right: &Value) -> Value {
    if symbol == "is distinct from" {
        return match (left, right) {
            (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
            (Value::Null, Value::Null) => Value::Bool(false),
            (Value::Null, _) | (_, Value::Null) => Value::Bool(true),
            _ => known(left.equals(right).map(|same| !same)),
        };
    }
    if *left == Value::Null || *right == Value::Null {
        return Value::Null;
    }
    let order = |is: fn(Ordering) -> bool| known(left.compare(right).map(is));
    match symbol {
        "=" => known(left.equals(right)),
        "<>" | "!=" => known(left.equals(right).map(|same| !same)),
        "<" => order(Ordering::is_lt),
        "<=" => order(Ordering::is_le),
        ">" => order(Ordering::is_gt),
        ">=" => order(Ordering::is_ge),
        "~~" | "!~~" | "~~*" | "!~~*" | "~" | "!~" | "~*" | "!~*" => matched(symbol, left, right),
        "||" => match (left, right) {
            (Value::Text(left), Value::Text(right)) => Value::Text(format!("{left}{right}")),
            _ => Value::Unknown,
        },
        "->" | "->>" | "?" => within(symbol, left, right),
        _ => arithmetic(symbol, left, right),
    }
}

fn known(truth: Option<bool>) -> Value {
    truth.map_or(Value::Unknown, Value::Bool)
}

fn matched(symbol: &str, left: &Value, right: &Value) -> Value {
    let (Value::Text(text), Value::Text(pattern)) = (left, right) else {
        return Value::Unknown;
    };
    let folded = symbol.ends_with('*');
    let found = if symbol.contains("~~") {
        pattern::like(pattern, folded).map(|found| found.is_match(text))
    } else {
        pattern::regular(pattern, folded).map(|found| found.is_match(text))
    };
    known(found.map(|found| found != symbol.starts_with('!')))
}

/// A part of a document.
fn within(symbol: &str, left: &Value, right: &Value) -> Value {
    let Value::Json(document) = left else {
        return Value::Unknown;
    };
    let part = match right {
        Value::Text(key) => document.get(key),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Value::Number(place) if *place >= 0.0 => document.get(*place as usize),
        _ => return Value::Unknown,
    };
    match (symbol, part) {
        ("?", part) => match (document, right) {
            (serde_json::Value::Object(_), Value::Text(_)) => Value::Bool(part.is_some()),
            (serde_json::Value::Array(all), Value::Text(key)) => {
                Value::Bool(all.iter().any(|one| one.as_str() == Some(key)))
            }
            (scalar, Value::Text(key)) => Value::Bool(scalar.as_str() == Some(key)),
            _ => Value::Unknown,
        },
        (_, None) => Value::Null,
        ("->", Some(part)) => Value::Json(part.clone()),
        (_, Some(serde_json::Value::Null)) => Value::Null,
        (_, Some(serde_json::Value::String(text))) => Value::text(text),
        (_, Some(part)) => Value::text(part.to_string()),
    }
}

fn arithmetic(symbol: &str, left: &Value, right: &Value) -> Value {
    match (symbol, left, right) {
        ("+", Value::Number(left), Value::Number(right)) => Value::Number(left + right),
        ("-", Value::Number(left), Value::Number(right)) => Value::Number(left - right),
        ("*", Value::Number(left), Value::Number(right)) => Value::Number(left * right),
        // whole numbers are divided without a rest; which they are is not known
        ("/", Value::Number(left), Value::Number(right)) if left % right == 0.0 => {
            Value::Number(left / right)
        }
        ("%", Value::Number(left), Value::Number(right)) if *right != 0.0 => {
            Value::Number(left % right)
        }
        ("+", Value::Moment(at), Value::Span(span))
        | ("+", Value::Span(span), Value::Moment(at)) => {
            at.checked_add(*span).map_or(Value::Unknown, Value::Moment)
        }
        ("-", Value::Moment(at), Value::Span(span)) => {
            at.checked_sub(*span).map_or(Value::Unknown, Value::Moment)
        }
        _ => Value::Unknown,
    }
}
