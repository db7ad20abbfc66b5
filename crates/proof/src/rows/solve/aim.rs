//! Giving an expression a value by changing the columns in it.

use segue_catalog::normal::{Head, Tree};

use super::{Site, worth};
use crate::rows::{
    calendar::{self, DAY},
    evaluate,
    kind::Kind,
    pattern as patterns,
    value::{FUTURE, PAST, Value},
    values,
};

/// Changes columns so that an expression has a value. `false`: it is not known how.
pub(super) fn aim(tree: &Tree, target: &Value, site: &mut dyn Site) -> bool {
    match &tree.head {
        Head::Column(name) => {
            let as_its_kind = match (site.kind(name).map(Kind::base), target) {
                (Some(Kind::Text { .. }), Value::Number(number)) => Value::text(number.to_string()),
                (Some(kind), Value::Text(text)) => match kind.read(text) {
                    Value::Unknown => target.clone(),
                    read => read,
                },
                _ => target.clone(),
            };
            site.put(name, &as_its_kind)
        }
        Head::Cast(_) | Head::Collate(_) => tree
            .parts
            .first()
            .is_some_and(|part| aim(part, target, site)),
        Head::Call(_) => tree
            .called()
            .is_some_and(|name| call(name, &tree.parts, target, site)),
        Head::Operator(symbol) => match tree.parts.as_slice() {
            [left, right] => operator(symbol, left, right, target, site),
            _ => false,
        },
        _ => match target {
            Value::Bool(wanted) => super::make(tree, *wanted, site),
            _ => false,
        },
    }
}

/// Changes columns so that an expression is beside a value: greater, less, equal…
pub(super) fn beside(tree: &Tree, symbol: &str, other: &Value, site: &mut dyn Site) -> bool {
    let step = step(tree, site);
    let far = site.chance().between(1, 20);
    let near = site.chance().once_in(2);
    let other = &typed(tree, other, site);
    let target = match (symbol, other) {
        (_, Value::Null | Value::Unknown) => return false,
        ("=", other) => other.clone(),
        (_, Value::Now) => match symbol {
            "<" | "<=" => Value::Moment(PAST - far * DAY),
            _ => Value::Moment(FUTURE + far * DAY),
        },
        ("<>" | "!=" | "is distinct from", Value::Text(text)) => {
            let word = values::word(site.chance());
            let differs = if word == text { "other" } else { word };
            Value::text(differs)
        }
        (">" | ">=", Value::Text(text)) if text.is_empty() => {
            Value::text(values::word(site.chance()))
        }
        ("<>" | "!=" | "is distinct from", Value::Bool(truth)) => Value::Bool(!truth),
        (_, Value::Number(number)) => {
            let away = if near { step } else { step * f64_of(far) };
            match moved(symbol, *number, away, near) {
                Some(number) => Value::Number(number),
                None => return false,
            }
        }
        (_, Value::Moment(at)) => {
            let unit = if step >= 1.0 && is_date(tree, site) {
                DAY
            } else {
                1_000_000
            };
            Value::Moment(match symbol {
                "<" => at.saturating_sub(unit * far),
                "<=" | ">=" if near => *at,
                "<=" => at.saturating_sub(unit * far),
                _ => at.saturating_add(unit * far),
            })
        }
        _ => return false,
    };
    aim(tree, &target, site)
}

/// A constant as what it is compared with: its type follows from that.
fn typed(tree: &Tree, other: &Value, site: &dyn Site) -> Value {
    match (worth(tree, site), other) {
        (Value::Moment(_), Value::Text(text)) => {
            calendar::read(text).map_or(Value::Unknown, Value::Moment)
        }
        (Value::Number(_), Value::Text(text)) => text.parse().map_or(Value::Unknown, Value::Number),
        _ => other.clone(),
    }
}

/// A number on the right side of another.
fn moved(symbol: &str, number: f64, away: f64, near: bool) -> Option<f64> {
    // of a fraction, the next whole number is meant where the step is one
    let below = (number / away.max(1e-9)).ceil() * away.max(1e-9) - away;
    let whole = away >= 1.0;
    Some(match symbol {
        "<" if whole && number.fract() != 0.0 => number.floor(),
        "<" => {
            if whole {
                number - away
            } else {
                below.min(number - away)
            }
        }
        "<=" if near => {
            if whole {
                number.floor()
            } else {
                number
            }
        }
        "<=" => (number - away).floor(),
        ">=" if near => {
            if whole {
                number.ceil()
            } else {
                number
            }
        }
        ">=" => (number + away).ceil(),
        ">" if whole => (number + away).floor(),
        ">" | "<>" | "!=" | "is distinct from" => number + away,
        _ => return None,
    })
}

#[allow(clippy::cast_precision_loss)]
fn f64_of(number: i64) -> f64 {
    number as f64
}

/// The least difference of the values of an expression: that of its first column.
fn step(tree: &Tree, site: &dyn Site) -> f64 {
    match &tree.head {
        Head::Column(name) => site.kind(name).map_or(1.0, Kind::step),
        Head::Call(_) => 1.0,
        _ => tree.parts.first().map_or(1.0, |part| step(part, site)),
    }
}

fn is_date(tree: &Tree, site: &dyn Site) -> bool {
    match &tree.head {
        Head::Column(name) => matches!(site.kind(name).map(Kind::base), Some(Kind::Date)),
        _ => tree.parts.first().is_some_and(|part| is_date(part, site)),
    }
}

/// `left + right` and the like become a value where one side does.
fn operator(symbol: &str, left: &Tree, right: &Tree, target: &Value, site: &mut dyn Site) -> bool {
    if matches!(symbol, "->" | "->>") {
        return member(left, &worth(right, site), target, site);
    }
    if let Value::Bool(wanted) = target
        && let Some(symbol) = super::wished(symbol, *wanted)
        && matches!(symbol.as_str(), "=" | "<>" | "<" | "<=" | ">" | ">=")
    {
        return super::compare(&symbol, left, right, site);
    }
    let inverse = |one: &str, values: [Value; 2]| evaluate::operators::apply(one, &values);
    let (first, second) = (worth(left, site), worth(right, site));
    let for_left = match symbol {
        "+" => inverse("-", [target.clone(), second.clone()]),
        "-" => inverse("+", [target.clone(), second.clone()]),
        "*" => inverse("/", [target.clone(), second.clone()]),
        _ => return false,
    };
    let for_right = match symbol {
        "+" => inverse("-", [target.clone(), first]),
        "-" => inverse("-", [first, target.clone()]),
        _ => inverse("/", [target.clone(), first]),
    };
    let mut ways = [(left, for_left), (right, for_right)];
    if site.chance().once_in(2) {
        ways.reverse();
    }
    ways.iter()
        .any(|(side, value)| *value != Value::Unknown && aim(side, value, site))
}

/// Gives a document a member.
fn member(document: &Tree, key: &Value, target: &Value, site: &mut dyn Site) -> bool {
    use serde_json::Value as Json;
    let Value::Text(key) = key else { return false };
    let member = match target {
        Value::Text(text) => Json::String(text.clone()),
        Value::Json(json) => json.clone(),
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Number(number) => Json::String(number.to_string()),
        _ => return false,
    };
    let mut whole = match worth(document, site) {
        Value::Json(Json::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    whole.insert(key.clone(), member);
    aim(document, &Value::Json(Json::Object(whole)), site)
}

/// Gives a document a key.
pub(super) fn key(document: &Tree, key: &Value, site: &mut dyn Site) -> bool {
    member(document, key, &Value::text("value"), site)
}

/// Makes a call give a value.
fn call(name: &str, arguments: &[Tree], target: &Value, site: &mut dyn Site) -> bool {
    let Some(first) = arguments.first() else {
        return false;
    };
    match name {
        "num_nonnulls" | "num_nulls" => {
            let Some(many) = evaluate::calls::number(target) else {
                return false;
            };
            let filled = if name == "num_nulls" {
                arguments.len().checked_sub(many)
            } else {
                Some(many)
            };
            filled.is_some_and(|filled| with_values(arguments, filled, site))
        }
        "lower" | "upper" | "btrim" | "trim" | "ltrim" | "rtrim" | "coalesce" | "abs" | "floor"
        | "ceil" | "greatest" | "least" | "round" | "nullif" => aim(first, target, site),
        "length" | "char_length" | "character_length" | "octet_length" => {
            let Some(many) = evaluate::calls::number(target) else {
                return false;
            };
            sized(first, many, site)
        }
        "cardinality" | "array_length" => {
            let Some(many) = evaluate::calls::number(target) else {
                return false;
            };
            elements(first, many, site)
        }
        "jsonb_typeof" | "json_typeof" => match target {
            Value::Text(what) => of_type(what).is_some_and(|json| aim(first, &json, site)),
            _ => false,
        },
        "jsonb_array_length" | "json_array_length" => {
            let many = evaluate::calls::number(target).map(|many| vec![serde_json::json!(1); many]);
            many.is_some_and(|all| aim(first, &Value::Json(all.into()), site))
        }
        "date_trunc" => arguments
            .get(1)
            .is_some_and(|moment| aim(moment, target, site)),
        "starts_with" => match (arguments.get(1).map(|one| worth(one, site)), target) {
            (Some(Value::Text(start)), Value::Bool(true)) => {
                let rest = values::word(site.chance());
                aim(first, &Value::Text(start + rest), site)
            }
            _ => false,
        },
        _ => false,
    }
}

/// So many of the arguments have values, and the others none.
fn with_values(arguments: &[Tree], filled: usize, site: &mut dyn Site) -> bool {
    let first = site.chance().place(arguments.len());
    let turn = arguments[first..].iter().chain(&arguments[..first]);
    let mut done = filled <= arguments.len();
    for (number, argument) in turn.enumerate() {
        let has = worth(argument, site) != Value::Null;
        done &= match (number < filled, has) {
            (true, false) => super::renew(argument, site),
            (false, true) => aim(argument, &Value::Null, site),
            _ => true,
        };
    }
    done
}

/// A text, bytes or bits of so many characters.
fn sized(tree: &Tree, many: usize, site: &mut dyn Site) -> bool {
    if many > 100_000 {
        return false;
    }
    let Head::Column(name) = &tree.uncast().head else {
        let text = values::long(many, site.chance());
        return aim(tree, &Value::Text(text), site);
    };
    let text = values::long(many, site.chance());
    site.put(name, &Value::Text(text))
}

fn elements(tree: &Tree, many: usize, site: &mut dyn Site) -> bool {
    let Head::Column(name) = &tree.uncast().head else {
        return false;
    };
    let Some(Kind::Array(element)) = site.kind(name).map(Kind::base).cloned() else {
        return false;
    };
    let made = (0..many.min(1000)).map(|_| {
        let text = values::any(&element, "", values::Mood::Tame, site.chance())?;
        Some(element.read(&text))
    });
    let Some(made) = made.collect::<Option<Vec<_>>>() else {
        return false;
    };
    site.put(name, &Value::Array(made))
}

/// A document of a type, as `jsonb_typeof` names them.
fn of_type(what: &str) -> Option<Value> {
    Some(Value::Json(match what {
        "object" => serde_json::json!({"key": "value"}),
        "array" => serde_json::json!(["value", 2]),
        "string" => serde_json::json!("value"),
        "number" => serde_json::json!(7),
        "boolean" => serde_json::json!(true),
        "null" => serde_json::Value::Null,
        _ => return None,
    }))
}

/// Makes a text fit a pattern, or not.
pub(super) fn pattern(symbol: &str, tree: &Tree, pattern: &str, site: &mut dyn Site) -> bool {
    if symbol.starts_with('!') {
        let word = values::word(site.chance());
        return aim(tree, &Value::text(word), site);
    }
    let regular = if symbol.contains("~~") {
        patterns::of_like(pattern)
    } else {
        pattern.to_owned()
    };
    match patterns::fitting(&regular, site.chance()) {
        Some(text) => aim(tree, &Value::Text(text), site),
        None => false,
    }
}
