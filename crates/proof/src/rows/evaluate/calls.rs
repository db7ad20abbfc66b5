//! Functions of the server's.

use crate::rows::{calendar, value::Value};

/// What a function gives for its arguments.
pub(crate) fn apply(name: &str, arguments: &[Value]) -> Value {
    if let Some(found) = of_nulls(name, arguments) {
        return found;
    }
    if arguments.contains(&Value::Null) {
        return Value::Null;
    }
    if arguments.contains(&Value::Unknown) {
        return Value::Unknown;
    }
    of_texts(name, arguments)
        .or_else(|| of_numbers(name, arguments))
        .or_else(|| of_documents(name, arguments))
        .or_else(|| of_times(name, arguments))
        .unwrap_or(Value::Unknown)
}

/// Those that look at NULLs.
fn of_nulls(name: &str, arguments: &[Value]) -> Option<Value> {
    let unknown = arguments.contains(&Value::Unknown);
    let nulls = arguments.iter().filter(|one| **one == Value::Null).count();
    Some(match name {
        "num_nulls" | "num_nonnulls" if unknown => Value::Unknown,
        "num_nulls" => Value::count(nulls),
        "num_nonnulls" => Value::count(arguments.len() - nulls),
        "coalesce" => {
            let first = arguments.iter().find(|one| **one != Value::Null);
            first.cloned().unwrap_or(Value::Null)
        }
        "greatest" | "least" => extreme(name == "greatest", arguments),
        "nullif" => match arguments {
            [one, Value::Null] => one.clone(),
            [one, other] => match one.equals(other) {
                Some(true) => Value::Null,
                Some(false) => one.clone(),
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        },
        "now" | "statement_timestamp" | "transaction_timestamp" | "clock_timestamp" => Value::Now,
        _ => return None,
    })
}

fn extreme(greatest: bool, arguments: &[Value]) -> Value {
    let mut found = Value::Null;
    for one in arguments.iter().filter(|one| **one != Value::Null) {
        if found == Value::Null {
            found = one.clone();
            continue;
        }
        match one.compare(&found) {
            Some(order) if order.is_gt() == greatest && order.is_ne() => found = one.clone(),
            Some(_) => {}
            None => return Value::Unknown,
        }
    }
    found
}

fn of_texts(name: &str, arguments: &[Value]) -> Option<Value> {
    let text = |number: usize| match arguments.get(number) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    if let Some(Value::Bytes(bytes)) = arguments.first() {
        return matches!(name, "length" | "octet_length").then(|| Value::count(bytes.len()));
    }
    let first = text(0)?;
    let spaces = |cut: fn(&str) -> &str| (arguments.len() == 1).then(|| Value::text(cut(first)));
    Some(match name {
        "length" | "char_length" | "character_length" => Value::count(first.chars().count()),
        "octet_length" => Value::count(first.len()),
        "lower" => Value::text(first.to_lowercase()),
        "upper" => Value::text(first.to_uppercase()),
        "btrim" | "trim" => spaces(|text| text.trim_matches(' '))?,
        "ltrim" => spaces(|text| text.trim_start_matches(' '))?,
        "rtrim" => spaces(|text| text.trim_end_matches(' '))?,
        "starts_with" => Value::Bool(first.starts_with(text(1)?)),
        "strpos" | "position" => {
            let at = first.find(text(1)?);
            Value::count(at.map_or(0, |at| first[..at].chars().count() + 1))
        }
        "replace" => Value::text(first.replace(text(1)?, text(2)?)),
        "reverse" => Value::text(first.chars().rev().collect::<String>()),
        "left" => Value::text(
            first
                .chars()
                .take(number(arguments.get(1)?)?)
                .collect::<String>(),
        ),
        _ => return None,
    })
}

/// A number of things.
pub(crate) fn number(value: &Value) -> Option<usize> {
    match value {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Value::Number(number) if *number >= 0.0 && *number < 1e9 => Some(*number as usize),
        _ => None,
    }
}

fn of_numbers(name: &str, arguments: &[Value]) -> Option<Value> {
    let [Value::Number(one)] = arguments else {
        return None;
    };
    Some(Value::Number(match name {
        "abs" => one.abs(),
        "floor" => one.floor(),
        "ceil" | "ceiling" => one.ceil(),
        "sign" => f64::from(i8::from(*one > 0.0) - i8::from(*one < 0.0)),
        _ => return None,
    }))
}

fn of_documents(name: &str, arguments: &[Value]) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match (name, arguments) {
        ("jsonb_typeof" | "json_typeof", [Value::Json(document)]) => Value::text(match document {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }),
        ("jsonb_array_length" | "json_array_length", [Value::Json(Json::Array(all))]) => {
            Value::count(all.len())
        }
        ("cardinality", [Value::Array(all)]) => Value::count(all.len()),
        ("array_length", [Value::Array(all), Value::Number(1.0)]) => match all.len() {
            0 => Value::Null,
            many => Value::count(many),
        },
        _ => return None,
    })
}

fn of_times(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("date_trunc", [Value::Text(unit), Value::Moment(at)]) => {
            calendar::truncated(unit, *at).map(Value::Moment)
        }
        _ => None,
    }
}
