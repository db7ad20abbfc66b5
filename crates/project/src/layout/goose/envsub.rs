//! `-- +goose ENVSUB ON`: variables of the environment in a line of SQL.
//!
//! Source: mfridman/interpolate 0.0.2 (`parser.go`, `interpolate.go`), which goose uses line by line.

use std::ops::Range;

/// What a line has become.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The line with values in it.
    pub(super) text: String,
    /// Where values stand in it that came from the environment.
    pub(super) values: Vec<Range<usize>>,
    /// Variables that are not set, and have no default: nothing stands in their place.
    pub(super) unset: Vec<String>,
}

/// The environment.
pub(super) type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Puts variables into a line.
///
/// # Errors
/// What goose's parser does not understand, and `${NAME?message}` without the variable.
pub(super) fn expand(line: &str, variable: Variable<'_>) -> Result<Expanded, String> {
    let mut parser = Parser { text: line, at: 0 };
    let items = parser.items(None)?;
    let mut expanded = Expanded::default();
    expanded.add(&items, variable)?;
    Ok(expanded)
}

enum Item {
    Text(String),
    Variable(String, Otherwise),
}

/// What `${NAME…}` says beside the name.
enum Otherwise {
    /// `$NAME`, `${NAME}`
    Nothing,
    /// `${NAME:-default}`: also where it is set and empty.
    IfEmpty(Vec<Item>),
    /// `${NAME-default}`
    IfUnset(Vec<Item>),
    /// `${NAME:offset}`, `${NAME:offset:length}`, in bytes; negative ones count from the end.
    Slice(i64, Option<i64>),
    /// `${NAME?message}`
    Required(Vec<Item>),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn until(&mut self, is_end: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(is_end).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn items(&mut self, stop: Option<char>) -> Result<Vec<Item>, String> {
        /// What stands for itself or for something shorter, and what that is.
        const PLAIN: [(&str, &str); 4] =
            [("\\\\", "\\\\"), ("\\$", "$"), ("$$", "$"), ("$(", "$(")];
        let mut items = Vec::new();
        while let Some(next) = self.peek().filter(|next| Some(*next) != stop) {
            let rest = self.rest();
            if let Some((found, text)) = PLAIN.iter().find(|(found, _)| rest.starts_with(found)) {
                self.at += found.len();
                items.push(Item::Text((*text).to_owned()));
            } else if next == '$' && rest.len() > 1 {
                items.push(self.variable()?);
            } else {
                let start = self.at;
                self.next();
                self.until(|c| matches!(c, '$' | '\\') || Some(c) == stop);
                items.push(Item::Text(self.text[start..self.at].to_owned()));
            }
        }
        Ok(items)
    }

    fn variable(&mut self) -> Result<Item, String> {
        self.next();
        if self.peek() != Some('{') {
            return Ok(Item::Variable(self.name()?, Otherwise::Nothing));
        }
        self.next();
        let name = self.name()?;
        let otherwise = match self.next() {
            Some('}') => return Ok(Item::Variable(name, Otherwise::Nothing)),
            Some(':') if self.peek() == Some('-') => {
                self.next();
                Otherwise::IfEmpty(self.items(Some('}'))?)
            }
            Some(':') => self.slice()?,
            Some('-') => Otherwise::IfUnset(self.items(Some('}'))?),
            Some('?') => Otherwise::Required(self.items(Some('}'))?),
            _ => return Err(format!("`${{{name}` is not closed with a `}}`")),
        };
        if self.next() != Some('}') {
            return Err(format!("`${{{name}` is not closed with a `}}`"));
        }
        Ok(Item::Variable(name, otherwise))
    }

    fn name(&mut self) -> Result<String, String> {
        if self.peek().is_none_or(|c| !c.is_alphabetic()) {
            return Err("behind `$` goose wants the name of a variable, or another `$`".to_owned());
        }
        let name = self.until(|c| !c.is_alphanumeric() && c != '_');
        Ok(name.to_owned())
    }

    fn slice(&mut self) -> Result<Otherwise, String> {
        let offset = number(self.until(|c| matches!(c, ':' | '}')))?;
        if self.peek() != Some(':') {
            return Ok(Otherwise::Slice(offset, None));
        }
        self.next();
        let length = number(self.until(|c| c == '}'))?;
        Ok(Otherwise::Slice(offset, Some(length)))
    }
}

fn number(text: &str) -> Result<i64, String> {
    let number = text.trim();
    number
        .parse()
        .map_err(|_| format!("`{number}` is no number: goose knows ${{NAME:offset:length}} here"))
}

impl Expanded {
    fn add(&mut self, items: &[Item], variable: Variable<'_>) -> Result<(), String> {
        for item in items {
            match item {
                Item::Text(text) => self.text.push_str(text),
                Item::Variable(name, otherwise) => self.value(name, otherwise, variable)?,
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        name: &str,
        otherwise: &Otherwise,
        variable: Variable<'_>,
    ) -> Result<(), String> {
        let value = variable(name);
        match (otherwise, value) {
            (Otherwise::IfEmpty(default), value) if value.as_deref().is_none_or(str::is_empty) => {
                return self.add(default, variable);
            }
            (Otherwise::IfUnset(default), None) => return self.add(default, variable),
            (Otherwise::Required(message), None) => {
                let mut said = Self::default();
                said.add(message, variable)?;
                let message = if said.text.is_empty() {
                    "not set"
                } else {
                    &said.text
                };
                return Err(format!("${name}: {message}"));
            }
            (Otherwise::Slice(offset, length), Some(value)) => {
                self.push(&slice(&value, *offset, *length));
            }
            (_, Some(value)) => self.push(&value),
            (_, None) => self.unset.push(name.to_owned()),
        }
        Ok(())
    }

    fn push(&mut self, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        self.values.push(start..self.text.len());
    }
}

/// Go's slices of bytes, cut to what is there.
fn slice(value: &str, offset: i64, length: Option<i64>) -> String {
    let size = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let from_end = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let from = from_end(offset).clamp(0, size);
    let to = match length {
        None => size,
        Some(length) if length < 0 => from_end(length).max(from),
        Some(length) => from.saturating_add(length).min(size),
    };
    let place = |at: i64| usize::try_from(at).unwrap_or_default();
    String::from_utf8_lossy(&value.as_bytes()[place(from)..place(to)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn variable(name: &str) -> Option<String> {
        match name {
            "NAME" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[track_caller]
    fn becomes(line: &str, wanted: &str) {
        assert_eq!(
            expand(line, &variable).expect("good").text,
            wanted,
            "{line}"
        );
    }

    #[test]
    fn every_form_of_the_library_is_known() {
        becomes("a $NAME b ${NAME}c $NAME.x", "a value b valuec value.x");
        becomes("[$NONE][${NONE}]", "[][]");
        becomes("${NONE:-x}${EMPTY:-y}${NAME:-z}", "xyvalue");
        becomes("${NONE-x}[${EMPTY-y}]${NAME-z}", "x[]value");
        becomes("${NONE:-a ${NONE-$NAME}}", "a value");
        becomes(
            "${NAME:1}|${NAME: -2}|${NAME:1:2}|${NAME:0:-1}|${NAME:9}",
            "alue|ue|al|valu|",
        );
        becomes("${NAME?must be set}", "value");
        becomes(
            r"\$NAME $$NAME \\ \x $(NAME) costs 5$",
            r"$NAME $NAME \\ \x $(NAME) costs 5$",
        );
    }

    #[test]
    fn what_the_library_refuses_is_refused() {
        let refused = |line: &str| expand(line, &variable).expect_err("refused");
        assert_eq!(refused("${NONE?must be set}"), "$NONE: must be set");
        assert_eq!(refused("${NONE?}"), "$NONE: not set");
        assert!(refused("costs $5").contains("the name of a variable"));
        assert!(refused("${NAME").contains("not closed"));
        assert!(refused("${NAME:-x").contains("not closed"));
        assert!(refused("${NAME:?x}").contains("no number"));
    }

    #[test]
    fn values_and_what_is_missing_are_told() {
        let expanded = expand("a $NAME, $NONE, ${NONE:-x}", &variable).expect("good");
        assert_eq!(expanded.values.first(), Some(&(2..7)));
        assert_eq!(expanded.unset, ["NONE"]);
    }
}
