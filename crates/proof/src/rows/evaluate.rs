//! What an expression is worth for a row, as far as that can be told without a server.

pub(crate) mod calls;
pub(crate) mod operators;

use segue_catalog::{
    Catalog, DataType, Name,
    normal::{Head, Tree},
};

use super::{kind::Kind, value::Value};

/// What columns are worth.
pub(crate) type Columns<'a> = &'a dyn Fn(&[Name]) -> Value;

/// What an expression is worth.
pub(crate) fn evaluate(tree: &Tree, columns: Columns<'_>) -> Value {
    let all = || tree.parts.iter().map(|part| evaluate(part, columns));
    match &tree.head {
        Head::Null => Value::Null,
        Head::Bool(truth) => Value::Bool(*truth),
        Head::Text(text) => Value::text(text),
        Head::Number(digits) => digits.parse().map_or(Value::Unknown, Value::Number),
        Head::Column(name) => columns(name),
        Head::Word(word) => of_word(word),
        Head::And => connected(all(), false),
        Head::Or => connected(all(), true),
        Head::Not => match tree.parts.first().map(|part| evaluate(part, columns)) {
            Some(Value::Bool(truth)) => Value::Bool(!truth),
            Some(Value::Null) => Value::Null,
            _ => Value::Unknown,
        },
        Head::Is(what) => match tree.parts.first() {
            Some(part) => is(&evaluate(part, columns), what),
            None => Value::Unknown,
        },
        Head::Cast(to) => match tree.parts.first() {
            Some(part) => cast(evaluate(part, columns), to),
            None => Value::Unknown,
        },
        Head::Collate(_) => all().next().unwrap_or(Value::Unknown),
        Head::Array => Value::Array(all().collect()),
        Head::Operator(symbol) => operators::apply(symbol, &all().collect::<Vec<_>>()),
        Head::Quantified { symbol, all: every } => {
            let values: Vec<Value> = all().collect();
            quantified(symbol, *every, &values)
        }
        Head::Call(_) => match tree.called() {
            Some(name) => calls::apply(name, &all().collect::<Vec<_>>()),
            None => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// AND, or OR: one value decides, whatever the others are.
fn connected(values: impl Iterator<Item = Value>, decides: bool) -> Value {
    let mut found = Value::Bool(!decides);
    for value in values {
        match value {
            Value::Bool(truth) if truth == decides => return Value::Bool(decides),
            Value::Bool(_) => {}
            Value::Null if found != Value::Unknown => found = Value::Null,
            Value::Null => {}
            _ => found = Value::Unknown,
        }
    }
    found
}

fn is(value: &Value, what: &str) -> Value {
    if *value == Value::Unknown {
        return Value::Unknown;
    }
    let (negated, what) = match what.strip_prefix("not ") {
        Some(what) => (true, what),
        None => (false, what),
    };
    let found = match what {
        "null" | "unknown" => *value == Value::Null,
        "true" => *value == Value::Bool(true),
        "false" => *value == Value::Bool(false),
        _ => return Value::Unknown,
    };
    Value::Bool(found != negated)
}

fn of_word(word: &str) -> Value {
    match word {
        "current_timestamp" | "current_date" | "localtimestamp" => Value::Now,
        _ => Value::Unknown,
    }
}

/// `value operator ANY (array)`, and `ALL`.
fn quantified(symbol: &str, every: bool, values: &[Value]) -> Value {
    match values {
        [_, Value::Null] => Value::Null,
        [left, Value::Array(elements)] => {
            let each = elements
                .iter()
                .map(|element| operators::apply(symbol, &[left.clone(), element.clone()]));
            connected(each, !every)
        }
        _ => Value::Unknown,
    }
}

/// A value as one of another type.
fn cast(value: Value, to: &DataType) -> Value {
    let kind = Kind::of(&Catalog::bare(0), to);
    match (&kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::Text { longest: None, .. }, Value::Bool(truth)) => Value::text(truth.to_string()),
        (Kind::Text { longest, .. }, Value::Text(text)) => Value::Text(match longest {
            Some(longest) => text.chars().take(*longest).collect(),
            None => text,
        }),
        // an enum, a uuid
        (Kind::Unknown(_), value @ Value::Text(_)) => value,
        (Kind::Array(_), value @ Value::Array(_)) => value,
        (Kind::Array(element), Value::Text(text)) if matches!(**element, Kind::Unknown(_)) => {
            texts(&text)
        }
        (kind, Value::Text(text)) => kind.read(text.trim()),
        (Kind::Whole(..), Value::Number(number)) => Value::Number(number.round()),
        (Kind::Decimal { .. } | Kind::Float { .. }, value @ Value::Number(_)) => value,
        (Kind::Whole(..), Value::Bool(truth)) => Value::Number(f64::from(u8::from(truth))),
        (Kind::Date, Value::Moment(at)) => {
            Value::Moment(at.div_euclid(super::calendar::DAY) * super::calendar::DAY)
        }
        (Kind::Stamp { .. }, value @ Value::Moment(_)) => value,
        (Kind::Date | Kind::Stamp { .. }, Value::Now) => Value::Now,
        (Kind::Json, value @ Value::Json(_)) => value,
        _ => Value::Unknown,
    }
}

fn texts(array: &str) -> Value {
    match super::values::elements(array) {
        Some(all) => {
            let values = all
                .into_iter()
                .map(|one| one.map_or(Value::Null, Value::Text));
            Value::Array(values.collect())
        }
        None => Value::Unknown,
    }
}

#[cfg(test)]
mod tests;
