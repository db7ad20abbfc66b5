//! Values that columns are known to hold, and whether a constraint can hold for them.

use std::collections::BTreeMap;

use segue_catalog::{
    Name, QName,
    model::{Constraint, ConstraintKind},
};

use super::Facts;

/// What a column is known to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Some of its values.
    pub values: Vec<Value>,
    /// Whether it holds no other ones.
    pub all: bool,
}

/// Values that a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// Every whole number from the first to the last.
    Numbers(i64, i64),
    /// A text.
    Text(String),
}

/// What the columns of a table are known to hold.
pub(super) type Columns = BTreeMap<Name, Held>;

impl Facts {
    /// Whether rows of a table are known that a constraint forbids. What is not known forbids nothing.
    pub(crate) fn violate(&self, table: &QName, constraint: &Constraint) -> bool {
        let Some(facts) = self.tables.get(table) else {
            return false;
        };
        match &constraint.kind {
            ConstraintKind::Check { expression, .. } => forbids(&expression.text, &facts.held),
            ConstraintKind::ForeignKey(key) => {
                let ([column], [referenced]) =
                    (key.columns.as_slice(), key.referenced_columns.as_slice())
                else {
                    return false;
                };
                let referring = facts.held.get(column);
                let there = self.tables.get(&key.references);
                let there = there.and_then(|facts| facts.held.get(referenced));
                match (referring, there) {
                    (Some(referring), Some(there)) => dangles(referring, there),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

/// Whether a value refers to one that is not there.
fn dangles(referring: &Held, there: &Held) -> bool {
    let is_there = |number: i64| {
        let mut values = there.values.iter();
        values.any(
            |value| matches!(value, Value::Numbers(from, to) if (*from..=*to).contains(&number)),
        )
    };
    there.all
        && referring.values.iter().any(|value| match value {
            Value::Numbers(from, to) => !is_there(*from) || !is_there(*to),
            Value::Text(text) => !there.values.contains(&Value::Text(text.clone())),
            Value::Null => false,
        })
}

/// Whether a condition is false for one of the values: a comparison of a column with a constant, or several joined by AND.
fn forbids(condition: &str, columns: &Columns) -> bool {
    let lower = condition.to_ascii_lowercase();
    if [" or ", "case ", "between "]
        .iter()
        .any(|word| lower.contains(word))
    {
        return false;
    }
    let mut parts = Vec::new();
    let mut rest = 0;
    for (at, word) in lower.match_indices(" and ") {
        parts.push(&condition[rest..at]);
        rest = at + word.len();
    }
    parts.push(&condition[rest..]);
    parts.into_iter().any(|part| is_false(part, columns))
}

fn is_false(comparison: &str, columns: &Columns) -> bool {
    let comparison = comparison
        .trim()
        .trim_start_matches('(')
        .trim_end_matches(')');
    let held = |name: &str| {
        let name = name.trim().trim_matches('"');
        columns.get(name).map(|held| held.values.as_slice())
    };
    let lower = comparison.to_ascii_lowercase();
    if let Some(column) = lower.strip_suffix(" is not null") {
        let values = held(&comparison[..column.len()]);
        return values.is_some_and(|values| values.contains(&Value::Null));
    }
    for operator in ["<=", ">=", "<>", "!=", "<", ">", "="] {
        let Some((column, constant)) = comparison.split_once(operator) else {
            continue;
        };
        let Some(values) = held(column) else {
            return false;
        };
        let constant = constant.trim();
        return values.iter().any(|value| match value {
            Value::Null => false,
            Value::Numbers(from, to) => constant
                .parse()
                .is_ok_and(|constant| !all(operator, *from, *to, constant)),
            Value::Text(text) => quoted(constant).is_some_and(|constant| match operator {
                "=" => *text != constant,
                "<>" | "!=" => *text == constant,
                _ => false,
            }),
        });
    }
    false
}

/// Whether a comparison is true of all whole numbers from the first to the last.
fn all(operator: &str, from: i64, to: i64, constant: i64) -> bool {
    match operator {
        "<" => to < constant,
        "<=" => to <= constant,
        ">" => from > constant,
        ">=" => from >= constant,
        "=" => from == constant && to == constant,
        _ => !(from..=to).contains(&constant),
    }
}

/// What a string constant says, a cast behind it left aside.
fn quoted(constant: &str) -> Option<String> {
    let text = constant.strip_prefix('\'')?;
    let (text, _) = text.rsplit_once('\'')?;
    Some(text.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        let held = |value: Value| Held {
            values: vec![value],
            all: true,
        };
        Columns::from([
            (Name::stored("score"), held(Value::Numbers(1, 200))),
            (Name::stored("nick"), held(Value::Text(String::new()))),
            (Name::stored("email"), held(Value::Null)),
        ])
    }

    #[test]
    fn what_is_known_to_be_false_is_forbidden() {
        for condition in [
            "score < 200",
            "score > 0 AND score <= 100",
            "(score <> 7)",
            "nick <> ''",
            "nick <> ''::text",
            "email IS NOT NULL",
        ] {
            assert!(forbids(condition, &columns()), "{condition}");
        }
    }

    #[test]
    fn what_is_true_or_not_known_is_not() {
        for condition in [
            "score > 0",
            "score < 100 OR nick = ''",
            "email <> ''",
            "other > 0",
            "length(nick) > 0",
            "score BETWEEN 5 AND 6",
        ] {
            assert!(!forbids(condition, &columns()), "{condition}");
        }
    }
}
