//! One parameter of a connection string, and the kinds of values that parameters have.
//!
//! Owns: turning a value's text into numbers, durations and flags, or into a problem at its place.

use std::{net::IpAddr, ops::Range, time::Duration};

use segue_sql::Problem;

use super::text::Text;

/// Where a value stands.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub(super) text: &'a Text<'a>,
    pub(super) span: Range<usize>,
}

impl Place<'_> {
    /// A problem of that value.
    pub(super) fn problem(&self, message: impl Into<String>, label: &str) -> Problem {
        self.text.problem(message, self.span.clone(), label)
    }
}

/// A parameter, decoded and unquoted.
pub(super) struct Setting {
    /// Its name.
    pub(super) name: String,
    /// Its value; only a password need not be UTF-8.
    pub(super) value: Vec<u8>,
    /// Where the value is in the original string, before decoding.
    pub(super) span: Range<usize>,
}

impl Setting {
    /// A setting whose value stands at the span.
    pub(super) fn new(name: impl Into<String>, value: Vec<u8>, span: Range<usize>) -> Self {
        Self {
            name: name.into(),
            value,
            span,
        }
    }

    /// The value as text.
    pub(super) fn text(&self, text: &Text<'_>) -> Result<&str, Problem> {
        std::str::from_utf8(&self.value).map_err(|_| {
            let message = format!("the value of `{}` is not UTF-8", self.name.escape_debug());
            text.problem(message, self.span.clone(), "this value")
                .help("write other characters than ASCII as the `%XX` of their UTF-8 bytes")
        })
    }

    /// A whole number; where libpq takes a negative one as "none", so do we.
    pub(super) fn number(&self, text: &Text<'_>) -> Result<Option<u64>, Problem> {
        let number = self.text(text)?.trim().parse::<i64>().map_err(|_| {
            self.wrong(text, "a whole number")
                .help("write digits only, with no unit")
        })?;
        Ok(u64::try_from(number).ok().filter(|number| *number > 0))
    }

    /// Seconds; zero, negative: none, that is, for ever.
    pub(super) fn seconds(&self, text: &Text<'_>) -> Result<Option<Duration>, Problem> {
        Ok(self.number(text)?.map(Duration::from_secs))
    }

    /// One of several words, each with what it means.
    pub(super) fn choice<T: Copy>(
        &self,
        text: &Text<'_>,
        choices: &[(&str, T)],
    ) -> Result<T, Problem> {
        let value = self.text(text)?;
        if let Some((_, meaning)) = choices.iter().find(|(word, _)| *word == value) {
            return Ok(*meaning);
        }
        let words: Vec<_> = choices
            .iter()
            .map(|(word, _)| format!("`{word}`"))
            .collect();
        let message = format!("unknown value of `{}`", self.name);
        Err(text
            .problem(message, self.span.clone(), "not known")
            .help(format!("write one of {}", words.join(", "))))
    }

    /// A switch, in the spellings of libpq (`1`, `0`) and of Prisma (`true`, `false`).
    pub(super) fn switch(&self, text: &Text<'_>) -> Result<bool, Problem> {
        self.choice(
            text,
            &[("true", true), ("false", false), ("1", true), ("0", false)],
        )
    }

    /// The elements of a comma-separated list, each with its place where that is known exactly.
    pub(super) fn list(&self, text: &Text<'_>) -> Result<Vec<(String, Range<usize>)>, Problem> {
        let value = self.text(text)?;
        let is_literal = text.original.get(self.span.clone()) == Some(value);
        let mut start = self.span.start;
        let elements = value.split(',').map(|element| {
            let span = start..start + element.len();
            start = span.end + 1;
            let span = if is_literal { span } else { self.span.clone() };
            (element.to_owned(), span)
        });
        Ok(elements.collect())
    }

    /// The problem of a value that is not of its kind.
    pub(super) fn wrong(&self, text: &Text<'_>, kind: &str) -> Problem {
        let message = format!("the value of `{}` is not {kind}", self.name);
        text.problem(message, self.span.clone(), format!("not {kind}"))
    }
}

/// Reads a port.
///
/// # Errors
/// Anything but 1 to 65535. What is no number at all may be a password and is never repeated.
pub(super) fn port(text: &Text<'_>, port: &str, span: Range<usize>) -> Result<u16, Problem> {
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(text
            .problem("the port is not a number", span, "a port must stand here")
            .help(
                "a port is a number from 1 to 65535; if this is a password, then `@host` is \
                 missing after it",
            ));
    }
    match port.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(text
            .problem("the port is out of range", span, "not from 1 to 65535")
            .help("PostgreSQL's own port is 5432")),
    }
}

/// Reads a list of addresses; an empty one is to be looked up.
pub(super) fn addresses(
    text: &Text<'_>,
    setting: &Setting,
) -> Result<Vec<Option<IpAddr>>, Problem> {
    let parse = |(element, span): (String, Range<usize>)| {
        if element.is_empty() {
            return Ok(None);
        }
        element.parse().map(Some).map_err(|_| {
            text.problem("`hostaddr` is not an IP address", span, "this one")
                .help("put names into `host`; `hostaddr` takes addresses such as `192.0.2.7`")
        })
    };
    setting.list(text)?.into_iter().map(parse).collect()
}

/// Reads a list of ports; an empty one is the default.
pub(super) fn ports(text: &Text<'_>, setting: &Setting) -> Result<Vec<Option<u16>>, Problem> {
    let parse = |(element, span): (String, Range<usize>)| match element.as_str() {
        "" => Ok(None),
        element => port(text, element, span).map(Some),
    };
    setting.list(text)?.into_iter().map(parse).collect()
}
