//! `[lint]` of `segue.toml`: what the team holds to be large, slow and forbidden. Which rules there are is not known
//! here: their names come with their places.

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use segue_sql::{Place, Problem, nearest};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Config,
    bytes::bytes,
    keys::{ENVIRONMENTS, Reader, with_article},
};

/// The name of the section, at the top and in a project.
pub(super) const LINT: &str = "lint";

/// The keys of the section, with a value each.
const KEYS: [(&str, &str); 6] = [
    ("large_rows", "10000"),
    ("large_bytes", r#""100MB""#),
    ("longest_blocking", r#""500ms""#),
    ("fail_on", r#""error""#),
    ("rules", "a section: [lint.rules]"),
    ("tables", "a section: [lint.tables]"),
];

/// How bad a rule's findings may be said to be.
const LEVELS: [&str; 4] = ["off", "info", "warning", "error"];

/// What `[lint]` says.
#[derive(Debug, Clone, Default)]
pub struct Lint {
    /// A table with more rows is large.
    pub large_rows: Option<u64>,
    /// A table of more bytes is large.
    pub large_bytes: Option<u64>,
    /// The longest time for which a statement may keep others waiting.
    pub longest_blocking: Option<Duration>,
    /// `error`, `warning` or `never`: what makes lint fail.
    pub fail_on: Option<String>,
    /// `[lint.rules]`: a rule's id, and one of `off`, `info`, `warning`, `error`.
    pub rules: Vec<(Named, String)>,
    /// `[lint.tables]`: a table's name, and how many rows it has.
    pub tables: Vec<(Named, u64)>,
}

/// A name, and where it stands.
#[derive(Debug, Clone)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where.
    pub place: Place,
}

impl Named {
    /// A problem with it.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        let Place {
            source,
            span,
            label,
        } = &self.place;
        Problem::new(message).at(source, span.clone(), label.clone())
    }
}

impl Lint {
    /// What is said here, over what is said there.
    fn over(&self, other: &Self) -> Self {
        let fail_on = self.fail_on.as_ref().or(other.fail_on.as_ref());
        Self {
            large_rows: self.large_rows.or(other.large_rows),
            large_bytes: self.large_bytes.or(other.large_bytes),
            longest_blocking: self.longest_blocking.or(other.longest_blocking),
            fail_on: fail_on.cloned(),
            // Whoever reads them takes the last one of a name.
            rules: [&other.rules[..], &self.rules].concat(),
            tables: [&other.tables[..], &self.tables].concat(),
        }
    }
}

impl Config {
    /// What `[lint]` says, in this environment: in the order in which [`select`](Self::select) takes settings.
    pub fn lint(&self, environment: Option<&str>) -> Lint {
        let document = &self.document;
        let project = self.chosen.map(|at| &document.projects[at]);
        let of = |lints: &BTreeMap<String, Lint>| lints.get(environment?).cloned();
        let layers = [
            project.map(|project| project.lint.clone()),
            of(&document.lints),
            project.and_then(|project| of(&project.lints)),
        ];
        let layers = layers.into_iter().flatten();
        layers.fold(document.lint.clone(), |below, layer| layer.over(&below))
    }
}

impl Reader<'_> {
    /// Reads the section of a table.
    pub(super) fn lint(&mut self, table: &DeTable<'_>) -> Lint {
        let mut lint = Lint::default();
        let Some(value) = table.get(LINT) else {
            return lint;
        };
        let Some(section) = self.inner(LINT, value) else {
            return lint;
        };
        for (name, value) in section {
            match name.get_ref().as_ref() {
                "large_rows" => lint.large_rows = self.number("large_rows", value),
                "large_bytes" => lint.large_bytes = self.bytes(value),
                "longest_blocking" => lint.longest_blocking = self.time(value),
                "fail_on" => {
                    lint.fail_on = self.word("fail_on", &["error", "warning", "never"], value);
                }
                "rules" => lint.rules = self.rules(value),
                "tables" => lint.tables = self.tables(value),
                other => self.unknown_key_of_lint(other, name.span()),
            }
        }
        lint
    }

    /// Those of the environments of a table.
    pub(super) fn lints(&mut self, table: &DeTable<'_>) -> BTreeMap<String, Lint> {
        // that something else is no table is said where the environments are read
        let environments = match table.get(ENVIRONMENTS).map(Spanned::get_ref) {
            Some(DeValue::Table(environments)) => environments,
            _ => return BTreeMap::new(),
        };
        let mut lints = BTreeMap::new();
        for (name, value) in environments {
            if let DeValue::Table(table) = value.get_ref() {
                lints.insert(name.get_ref().to_string(), self.lint(table));
            }
        }
        lints
    }

    pub(super) fn inner<'t, 'v>(
        &mut self,
        name: &str,
        value: &'t Spanned<DeValue<'v>>,
    ) -> Option<&'t DeTable<'v>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            other => {
                self.not_a_table(name, &value.span(), other.type_str());
                None
            }
        }
    }

    fn rules(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(Named, String)> {
        let mut rules = Vec::new();
        for (name, value) in self.inner("lint.rules", value).into_iter().flatten() {
            let level = self.word(&format!("lint.rules.{}", name.get_ref()), &LEVELS, value);
            let named = self.named(name.get_ref(), name.span(), "no rule of this name");
            rules.extend(level.map(|level| (named, level)));
        }
        rules
    }

    fn tables(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(Named, u64)> {
        let mut tables = Vec::new();
        for (name, value) in self.inner("lint.tables", value).into_iter().flatten() {
            let rows = self.number(&format!("lint.tables.{}", name.get_ref()), value);
            let named = self.named(name.get_ref(), name.span(), "no table of this name");
            tables.extend(rows.map(|rows| (named, rows)));
        }
        tables
    }

    pub(super) fn named(&self, name: &str, span: Range<usize>, label: &str) -> Named {
        Named {
            name: name.to_owned(),
            place: Place {
                source: Arc::clone(self.shown),
                span,
                label: label.into(),
            },
        }
    }

    pub(super) fn word(
        &mut self,
        name: &str,
        words: &[&str],
        value: &Spanned<DeValue<'_>>,
    ) -> Option<String> {
        if let DeValue::String(text) = value.get_ref()
            && words.contains(&text.as_ref())
        {
            return Some(text.to_string());
        }
        self.report(
            value.span(),
            format!("`{name}` must be one of {}", words.join(", ")),
            "here",
            format!("for example: {name} = \"{}\"", words[words.len() - 2]),
        );
        None
    }

    fn number(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<u64> {
        if let DeValue::Integer(number) = value.get_ref()
            && let Ok(number) = u64::from_str_radix(number.as_str(), number.radix())
        {
            return Some(number);
        }
        self.wrong(name, "a number of rows", "10000", value);
        None
    }

    fn bytes(&mut self, value: &Spanned<DeValue<'_>>) -> Option<u64> {
        let bytes = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            DeValue::String(text) => bytes(text),
            _ => None,
        };
        if bytes.is_none() {
            self.wrong(
                "large_bytes",
                "a number of bytes, or one with its unit",
                r#""100MB""#,
                value,
            );
        }
        bytes
    }

    fn time(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Duration> {
        let time = match value.get_ref() {
            DeValue::String(text) => segue_sql::parse_duration(text),
            _ => None,
        };
        if time.is_none() {
            self.wrong(
                "longest_blocking",
                "a duration in quotes",
                r#""500ms""#,
                value,
            );
        }
        time
    }

    fn wrong(&mut self, name: &str, expected: &str, example: &str, value: &Spanned<DeValue<'_>>) {
        let key = name.rsplit('.').next().unwrap_or(name);
        self.report(
            value.span(),
            format!("`{name}` must be {expected}"),
            &format!("this is {}", with_article(value.get_ref().type_str())),
            format!("for example: {key} = {example}"),
        );
    }

    fn unknown_key_of_lint(&mut self, name: &str, span: Range<usize>) {
        let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are: {}", known.join(", ")),
        };
        let message = format!("unknown key `lint.{name}`");
        self.report(span, message, "not a key of segue.toml", help);
    }
}

#[cfg(test)]
mod tests {
    use segue_sql::Source;

    use super::*;

    fn read(text: &str) -> Result<Lint, Vec<String>> {
        let source = Source::new("segue.toml", text);
        match Config::parse(&source) {
            Ok(config) => Ok(config.lint(None)),
            Err(problems) => Err(problems
                .iter()
                .map(|problem| {
                    format!(
                        "{problem} | {}",
                        problem.help.as_deref().unwrap_or_default()
                    )
                })
                .collect()),
        }
    }

    #[test]
    fn the_section_is_read() {
        let text = "[lint]\nlarge_rows = 5_000\nlarge_bytes = \"2GB\"\nlongest_blocking = \"1s\"\nfail_on = \"warning\"\n\
                    [lint.rules]\ndrop-column = \"off\"\n[lint.tables]\n\"app.users\" = 7\n";
        let lint = read(text).expect("it is right");
        assert_eq!(
            (lint.large_rows, lint.large_bytes),
            (Some(5000), Some(2 << 30))
        );
        assert_eq!(lint.longest_blocking, Some(Duration::from_secs(1)));
        assert_eq!(lint.fail_on.as_deref(), Some("warning"));
        let (rule, level) = &lint.rules[0];
        assert_eq!((rule.name.as_str(), level.as_str()), ("drop-column", "off"));
        assert_eq!(&text[rule.place.span.clone()], "drop-column");
        let (table, rows) = &lint.tables[0];
        assert_eq!((table.name.as_str(), *rows), ("app.users", 7));
    }

    #[test]
    fn an_environment_goes_over_the_project_and_that_over_the_top() {
        let text = "[lint]\nlarge_rows = 1\nlarge_bytes = 1\nfail_on = \"error\"\nlongest_blocking = \"1s\"\n\
                    [lint.rules]\na = \"off\"\n\
                    [env.production.lint]\nlarge_bytes = 2\n[env.production.lint.rules]\na = \"error\"\n\
                    [[project]]\nname = \"shop\"\ndir = \"shop\"\nlint.large_rows = 3\nlint.large_bytes = 3\n\
                    env.production.lint.fail_on = \"warning\"\n";
        let config = Config::parse(&Source::new("segue.toml", text)).expect("it is right");
        let numbers = |lint: &Lint| (lint.large_rows, lint.large_bytes, lint.fail_on.clone());
        let word = |word: &str| Some(word.to_owned());
        let top = config.lint(None);
        assert_eq!(numbers(&top), (Some(1), Some(1), word("error")));
        let there = config.lint(Some("production"));
        assert_eq!(numbers(&there), (Some(1), Some(2), word("error")));
        // of a name the last one counts
        let levels: Vec<&str> = there
            .rules
            .iter()
            .map(|(_, level)| level.as_str())
            .collect();
        assert_eq!(levels, ["off", "error"]);
        let shop = Config {
            chosen: Some(0),
            ..config
        };
        assert_eq!(numbers(&shop.lint(None)), (Some(3), Some(3), word("error")));
        let there = shop.lint(Some("production"));
        assert_eq!(numbers(&there), (Some(3), Some(2), word("warning")));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, problem, help) in [
            ("lint = 1", "`lint` must be a section", "[lint]"),
            (
                "[lint]\nlarge_row = 1",
                "2:1: unknown key `lint.large_row`",
                "did you mean `large_rows`?",
            ),
            (
                "[lint]\nlarge_rows = \"x\"",
                "2:14: `large_rows` must be a number of rows",
                "large_rows = 10000",
            ),
            (
                "[lint]\nlarge_rows = -1",
                "must be a number of rows",
                "10000",
            ),
            (
                "[lint]\nlarge_bytes = \"5XB\"",
                "`large_bytes` must be",
                "100MB",
            ),
            (
                "[lint]\nlongest_blocking = 5",
                "`longest_blocking` must be",
                "500ms",
            ),
            (
                "[lint]\nfail_on = \"info\"",
                "must be one of error, warning, never",
                "fail_on =",
            ),
            (
                "[env.a.lint]\nlarge_row = 1",
                "2:1: unknown key `lint.large_row`",
                "did you mean `large_rows`?",
            ),
            (
                "[lint.rules]\na = \"bad\"",
                "`lint.rules.a` must be one of off, info, warning, error",
                "warning",
            ),
        ] {
            let problems = read(text).expect_err(text);
            assert!(problems[0].contains(problem), "{text}: {problems:?}");
            assert!(problems[0].contains(help), "{text}: {problems:?}");
        }
    }
}
