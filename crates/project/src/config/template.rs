//! `${VAR}` and `${VAR:-default}` in the values of `segue.toml`, with the rules of a POSIX shell
//! (the default also stands in for an empty variable, and may hold references itself) and the
//! escape of Docker Compose: `$$` is one dollar. A dollar before anything else is itself.

use std::fmt;

use segue_sql::Problem;

use super::vars::Vars;

/// A value with its references found but not looked up.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

impl fmt::Debug for Template {
    /// Without the text, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({} parts)", self.0.len())
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Reference {
        name: String,
        default: Option<Template>,
    },
}

/// A malformed reference.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) message: String,
    /// The reference as written, to be found in the source.
    pub(super) written: String,
}

/// Why a value could not be had.
pub(super) enum Unfilled {
    /// A variable without a default that is not set.
    Missing(String),
    /// `.env` has the variable on a line that cannot be read.
    Unreadable(Box<Problem>),
}

impl Template {
    /// Finds the references.
    pub(super) fn parse(text: &str) -> Result<Self, Malformed> {
        let (template, rest) = parts(text, false)?;
        debug_assert!(rest.is_empty());
        Ok(template)
    }

    /// The value, if it does not depend on any variable.
    pub(super) fn constant(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The variable that it is, if it is nothing else.
    pub(super) fn sole_variable(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Reference { name, .. }] => Some(name),
            _ => None,
        }
    }

    /// Looks the variables up: in the environment, then in `.env`.
    pub(super) fn fill(&self, vars: &Vars<'_>) -> Result<String, Unfilled> {
        let mut output = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => output.push_str(text),
                Part::Reference { name, default } => {
                    output.push_str(&look_up(name, default.as_ref(), vars)?);
                }
            }
        }
        Ok(output)
    }
}

fn look_up(name: &str, default: Option<&Template>, vars: &Vars<'_>) -> Result<String, Unfilled> {
    let found = vars
        .get(name)
        .map_err(|problem| Unfilled::Unreadable(Box::new(problem)))?
        .map(|setting| setting.value);
    match (found, default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => default.fill(vars),
        (None, None) => Err(Unfilled::Missing(name.to_owned())),
    }
}

/// Reads up to the end, or inside of a default up to the brace that closes it; gives what is left.
fn parts(text: &str, in_default: bool) -> Result<(Template, &str), Malformed> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if in_default && character == '}' {
            break;
        }
        if rest.starts_with("$$") {
            plain.push('$');
            rest = &rest[2..];
        } else if rest.starts_with("${") {
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let (reference, after) = reference(rest)?;
            parts.push(reference);
            rest = after;
        } else {
            plain.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok((Template(parts), rest))
}

/// Reads one reference; `text` begins with its dollar.
fn reference(text: &str) -> Result<(Part, &str), Malformed> {
    let body = &text[2..];
    let length = body
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(body.len());
    let (name, rest) = body.split_at(length);
    let malformed = |message: &str| Malformed {
        message: message.to_owned(),
        written: text[..2 + length].to_owned(),
    };
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(malformed("a variable's name stands after `${`"));
    }
    let name = name.to_owned();
    if let Some(rest) = rest.strip_prefix('}') {
        return Ok((
            Part::Reference {
                name,
                default: None,
            },
            rest,
        ));
    }
    if let Some(rest) = rest.strip_prefix(":-") {
        let (default, rest) = parts(rest, true)?;
        let rest = rest
            .strip_prefix('}')
            .ok_or_else(|| malformed("this `${` is not closed by `}`"))?;
        let default = Some(default);
        return Ok((Part::Reference { name, default }, rest));
    }
    if rest.is_empty() {
        return Err(malformed("this `${` is not closed by `}`"));
    }
    Err(malformed(
        "only `${NAME}` and `${NAME:-default}` can be written",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let process = |name: &str| match name {
            "A" => Some("a".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let template = Template::parse(text).map_err(|malformed| malformed.written)?;
        template
            .fill(&Vars::new(&process))
            .map_err(|unfilled| match unfilled {
                Unfilled::Missing(name) => name,
                Unfilled::Unreadable(problem) => problem.to_string(),
            })
    }

    #[test]
    fn references_are_filled_as_a_shell_would() {
        let cases = [
            ("", Ok("")),
            ("x${A}y${A}", Ok("xaya")),
            ("${EMPTY}", Ok("")),
            ("${EMPTY:-d}", Ok("d")),
            ("${B:-}", Ok("")),
            ("${B:-postgres://u:p@h:1/d}", Ok("postgres://u:p@h:1/d")),
            ("${B:-${A}/${C:-c}}!", Ok("a/c!")),
            ("$A $ 5$", Ok("$A $ 5$")),
            ("$${A} $$", Ok("${A} $")),
            ("$$${A}", Ok("$a")),
            ("}{", Ok("}{")),
            ("${B}", Err("B")),
            ("${B:-${C}}", Err("C")),
            ("${", Err("${")),
            ("${}", Err("${")),
            ("${1A}", Err("${1A")),
            ("x${A", Err("${A")),
            ("${A:-x", Err("${A")),
            ("${A?oops}", Err("${A")),
            ("${ž}", Err("${")),
        ];
        for (text, expected) in cases {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(filled(text), expected, "{text}");
        }
    }
}
