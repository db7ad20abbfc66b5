//! `${name}` in a file: filled in before anything else is made of it, in comments and strings too
//! (`PlaceholderReplacingReader`, flyway-core 8–13).

use std::{borrow::Cow, ops::Range, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};
use segue_sql::{Problem, Source};

use super::settings::Settings;
use crate::layout::Context;

/// What placeholders of one file stand for.
pub(super) struct Values<'a> {
    pub(super) settings: &'a Settings,
    pub(super) context: &'a Context<'a>,
    /// Of the file, without folders.
    pub(super) file: &'a str,
}

impl Values<'_> {
    /// The text with everything filled in.
    ///
    /// # Errors
    /// Placeholders that have no value, all of them.
    pub(super) fn fill<'t>(&self, source: &'t Arc<Source>) -> Result<Cow<'t, str>, Vec<Problem>> {
        let (prefix, suffix) = (
            self.settings.placeholder_prefix.as_str(),
            self.settings.placeholder_suffix.as_str(),
        );
        let text = source.text.as_str();
        if prefix.is_empty() || !text.contains(prefix) {
            return Ok(Cow::Borrowed(text));
        }
        let mut filled = String::new();
        let mut problems = Vec::new();
        let mut at = 0;
        while let Some(found) = text[at..].find(prefix) {
            let start = at + found;
            let inside = start + prefix.len();
            filled.push_str(&text[at..start]);
            let Some(length) = text[inside..].find(suffix) else {
                problems.push(self.never_closed(source, start..inside));
                at = text.len();
                break;
            };
            let name = &text[inside..inside + length];
            at = inside + length + suffix.len();
            match self.value(name) {
                Some(value) => filled.push_str(&value),
                None => problems.push(self.unset(source, name, start..at)),
            }
        }
        filled.push_str(&text[at..]);
        if problems.is_empty() {
            Ok(Cow::Owned(filled))
        } else {
            Err(problems)
        }
    }

    /// The environment over the configuration; names know no case.
    fn value(&self, name: &str) -> Option<String> {
        if let Some(name) = self.own(name) {
            return self.own_value(name);
        }
        let variable = |name: &str| (self.context.variable)(&format!("FLYWAY_PLACEHOLDERS_{name}"));
        variable(&name.to_uppercase())
            .or_else(|| variable(name))
            .or_else(|| {
                self.settings
                    .placeholders
                    .get(&name.to_lowercase())
                    .cloned()
            })
    }

    /// The name of one of Flyway's own placeholders: `flyway:table`.
    fn own<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (tool, name) = name.split_once(self.settings.placeholder_separator.as_str())?;
        tool.eq_ignore_ascii_case("flyway").then_some(name)
    }

    /// Those that can be told without the database (`ParsingContext`).
    fn own_value(&self, name: &str) -> Option<String> {
        match name.to_lowercase().as_str() {
            "defaultschema" => match self.context.dialect {
                Some(segue_sql::Dialect::Sqlite) => Some("main".to_owned()),
                _ => self.settings.schema.clone(),
            },
            "table" => Some(
                self.settings
                    .table
                    .clone()
                    .unwrap_or_else(|| "flyway_schema_history".to_owned()),
            ),
            "filename" => Some(self.file.to_owned()),
            "timestamp" => Some(
                Timestamp::now()
                    .to_zoned(TimeZone::system())
                    .strftime("%Y-%m-%d %H:%M:%S")
                    .to_string(),
            ),
            _ => None,
        }
    }

    fn unset(&self, source: &Arc<Source>, name: &str, place: Range<usize>) -> Problem {
        if let Some(own) = self.own(name) {
            let problem = Problem::new(format!(
                "only Flyway knows the value of its placeholder `{own}`"
            ));
            let problem = problem.at(source, place, "no value");
            return if own.eq_ignore_ascii_case("defaultSchema") {
                problem.help(
                    "name the schema: `defaultSchema` in flyway.toml, or FLYWAY_DEFAULT_SCHEMA",
                )
            } else {
                problem.help("run this migration with `flyway migrate`, then go on here")
            };
        }
        Problem::new(format!("the placeholder `{name}` has no value"))
            .at(source, place, "no value")
            .help(format!(
                "give it one: FLYWAY_PLACEHOLDERS_{} in the environment, or `placeholders` in flyway.toml",
                name.to_uppercase()
            ))
    }

    fn never_closed(&self, source: &Arc<Source>, place: Range<usize>) -> Problem {
        Problem::new("this placeholder is never closed")
            .at(source, place, "opened here")
            .help(format!(
                "close it with `{}`; a file without placeholders can say so with `placeholderReplacement=false` in its .conf",
                self.settings.placeholder_suffix
            ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fill(text: &str, settings: &Settings) -> Result<String, Vec<String>> {
        let context = Context {
            dialect: None,
            variable: &|name| (name == "FLYWAY_PLACEHOLDERS_OWNER").then(|| "env".to_owned()),
        };
        let values = Values {
            settings,
            context: &context,
            file: "V1__x.sql",
        };
        values
            .fill(&Source::new("V1__x.sql", text))
            .map(Cow::into_owned)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    fn settings() -> Settings {
        let pairs = [("name", "one"), ("empty", ""), ("owner", "file")];
        Settings {
            placeholders: pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            schema: Some("app".to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn values_come_from_the_environment_then_the_configuration() {
        let text =
            "a ${NAME} '${owner}' -- ${empty}${flyway:defaultSchema}/${flyway:filename} $$ $x {}";
        let filled = "a one 'env' -- app/V1__x.sql $$ $x {}";
        assert_eq!(fill(text, &settings()), Ok(filled.to_owned()));
    }

    #[test]
    fn what_has_no_value_is_told_with_its_place() {
        let problems = fill("x\n ${nope} ${flyway:user} ${", &settings()).unwrap_err();
        let expected = [
            "V1__x.sql:2:2: the placeholder `nope` has no value",
            "V1__x.sql:2:10: only Flyway knows the value of its placeholder `user`",
            "V1__x.sql:2:25: this placeholder is never closed",
        ];
        assert_eq!(problems, expected);
    }
}
