//! Texts within SQL: dollar quotes, lists of names and of parameters.

use std::{borrow::Cow, fmt::Display};

pub(crate) use crate::quote::literal;
use crate::{Name, model::Parameters};

/// A text between dollar quotes whose tag does not occur in it.
pub fn dollar_quoted(text: &str) -> String {
    let tag = dollar_tag(text);
    format!("{tag}{text}{tag}")
}

fn dollar_tag(text: &str) -> String {
    if !text.contains("$$") && !text.ends_with('$') {
        return "$$".to_owned();
    }
    let mut word = String::from("$body");
    while text.contains(&word) {
        word.push('_');
    }
    word.push('$');
    word
}

/// Things with a separator between them.
pub(crate) fn join<T: Display>(items: impl IntoIterator<Item = T>, separator: &str) -> String {
    let mut text = String::new();
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            text.push_str(separator);
        }
        text.push_str(&item.to_string());
    }
    text
}

/// Names in parentheses.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    format!("({})", join(names, ", "))
}

/// `(name = value, …)` of storage parameters.
pub(crate) fn parameters(parameters: &Parameters) -> String {
    let each = parameters
        .iter()
        .map(|(name, value)| format!("{} = {}", parameter_name(name), parameter_value(value)));
    format!("({})", join(each, ", "))
}

/// ` WITH (…)`, or nothing.
pub(crate) fn with(parameters_: &Parameters) -> String {
    if parameters_.is_empty() {
        String::new()
    } else {
        format!(" WITH {}", parameters(parameters_))
    }
}

/// `(name 'value', …)` of a foreign table or its columns.
pub(crate) fn foreign_options(options: &Parameters) -> String {
    let each = options
        .iter()
        .map(|(name, value)| format!("{} {}", Name::stored(name), literal(value)));
    format!("OPTIONS ({})", join(each, ", "))
}

/// A parameter's name; `toast.` and the like stand in front of a name of their own.
fn parameter_name(name: &str) -> String {
    join(name.split('.').map(Name::stored), ".")
}

/// Numbers and words stand bare, as they are usually written; the grammar's `def_arg` takes both.
fn parameter_value(value: &str) -> Cow<'_, str> {
    let number = value.parse::<f64>().is_ok() && value.starts_with(|c: char| c.is_ascii_digit());
    let word = matches!(value, "true" | "false" | "on" | "off");
    let bare = !Name::stored(value).to_string().starts_with('"');
    if number || word || bare {
        value.into()
    } else {
        literal(value).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_a_dollar_quote_does_not_occur_in_the_text() {
        assert_eq!(dollar_quoted("select 1"), "$$select 1$$");
        assert_eq!(dollar_quoted("a $$ b"), "$body$a $$ b$body$");
        assert_eq!(dollar_quoted("cost$"), "$body$cost$$body$");
        assert_eq!(dollar_quoted("$$ $body"), "$body_$$$ $body$body_$");
    }

    #[test]
    fn parameters_are_bare_where_they_may_be() {
        let given = [
            ("fillfactor", "70"),
            ("toast.autovacuum_enabled", "false"),
            ("x", "Big Word"),
        ];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            with(&given.into_iter().collect()),
            " WITH (fillfactor = 70, toast.autovacuum_enabled = false, x = 'Big Word')"
        );
    }
}
