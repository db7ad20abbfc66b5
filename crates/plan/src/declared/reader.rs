//! The keys of `transform.toml`, and reading a text against them.

use std::{ops::Range, sync::Arc, time::Duration};

use segue_sql::{Problem, Source, duration, nearest};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Declared, Selected, Word};

/// How long the program may take for the rows that it is given at once.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How many rows it is given at once.
const ROWS: u32 = 2000;
/// The most rows at once, and the most programs side by side: each of them has a connection of its own.
const MOST: (u32, u32) = (100_000, 64);

/// The keys, with a value each.
const KEYS: [(&str, &str); 15] = [
    ("table", r#""users""#),
    ("key", r#""id""#),
    ("select", r#"["name"]"#),
    ("where", r#""slug IS NULL""#),
    ("program", r#"["./slugify.py"]"#),
    ("function", r#""slugify""#),
    ("write", r#"["slug"]"#),
    ("rows", "2000"),
    ("parallel", "2"),
    ("timeout", r#""60s""#),
    ("bad_rows", r#""stop" or "continue""#),
    ("unchanged", "true"),
    ("delete", "true"),
    ("keep", r#""none""#),
    ("environment", r#"["API_KEY"]"#),
];

/// Reads a text.
pub(super) fn read(source: &Arc<Source>) -> Result<Declared, Vec<Problem>> {
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    let mut reader = Reader {
        source,
        problems: errors.iter().map(|error| syntax(source, error)).collect(),
    };
    // after a syntax error the rest is a guess
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let declared = reader.all(document.get_ref());
    match declared {
        Some(declared) if reader.problems.is_empty() => Ok(declared),
        _ => {
            let of = |problem: &Problem| problem.place.as_ref().map_or(0, |at| at.span.start);
            reader.problems.sort_by_key(of);
            Err(reader.problems)
        }
    }
}

fn syntax(source: &Arc<Source>, error: &toml::de::Error) -> Problem {
    let end = source.text.len();
    let span = error.span().unwrap_or(end..end);
    Problem::new(format!("not valid TOML: {}", error.message()))
        .at(source, span, "here")
        .help("strings need quotes; see https://toml.io for the syntax")
}

type Value<'a> = Spanned<DeValue<'a>>;

struct Reader<'a> {
    source: &'a Arc<Source>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn all(&mut self, table: &DeTable<'_>) -> Option<Declared> {
        for name in table.keys() {
            self.known(name);
        }
        let select = match self.needed(table, "select") {
            Some(value) if matches!(value.get_ref(), DeValue::String(_)) => {
                self.text("select", value).map(Selected::Query)
            }
            Some(value) => self.words("select", value).map(Selected::Columns),
            None => None,
        };
        let delete = self.flag(table, "delete");
        let write = match table.get("write") {
            // there is nothing to write where rows only go
            None if delete => Some(Vec::new()),
            _ => self
                .needed(table, "write")
                .and_then(|value| self.words("write", value)),
        };
        let is_function = table.contains_key("function");
        let program = match table.get("function") {
            Some(value) => self.function(table, value),
            None => self
                .needed(table, "program")
                .and_then(|value| self.words("program", value)),
        };
        let key = table.get("key").map(|value| match value.get_ref() {
            DeValue::String(_) => self.text("key", value).map(|only| vec![only]),
            _ => self.words("key", value),
        });
        // each is read before any is missed: all that is wrong is said at once
        let table_name = self
            .needed(table, "table")
            .and_then(|value| self.text("table", value));
        let condition = table.get("where").map(|value| self.text("where", value));
        let rows = self.number(table, "rows", (ROWS, MOST.0));
        let parallel = self.number(table, "parallel", (1, MOST.1));
        let (timeout, stops) = (self.timeout(table), self.stops(table));
        let unchanged = self.flag(table, "unchanged");
        let keeps = self.keeps(table);
        let environment = table
            .get("environment")
            .map(|value| self.words("environment", value));
        Some(Declared {
            source: Arc::clone(self.source),
            table: table_name?,
            key: key.unwrap_or_else(|| Some(Vec::new()))?,
            select: select?,
            condition: match condition {
                Some(condition) => Some(condition?),
                None => None,
            },
            program: program?,
            is_function,
            write: write?,
            rows: rows?,
            parallel: parallel?,
            timeout: timeout?,
            stops: stops?,
            unchanged,
            delete,
            keeps: keeps?,
            environment: environment.unwrap_or_else(|| Some(Vec::new()))?,
        })
    }

    /// The name of a function, which there is in the place of a program.
    fn function(&mut self, table: &DeTable<'_>, value: &Value<'_>) -> Option<Vec<Word>> {
        if table.contains_key("program") {
            let message = "both `program` and `function` are set".to_owned();
            let help = "keep the one that rows are to go through".to_owned();
            self.report(value.span(), message, "the other one", help);
        }
        self.text("function", value).map(|name| vec![name])
    }

    fn report(&mut self, span: Range<usize>, message: String, label: &str, help: String) {
        let problem = Problem::new(message).at(self.source, span, label);
        self.problems.push(problem.help(help));
    }

    fn known(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>) {
        let found = name.get_ref().as_ref();
        let names = || KEYS.iter().map(|(name, _)| *name);
        if names().any(|known| known == found) {
            return;
        }
        let help = match nearest(found, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        self.report(
            name.span(),
            format!("unknown key `{found}`"),
            "no such key",
            help,
        );
    }

    fn needed<'t, 'v>(&mut self, table: &'t DeTable<'v>, key: &str) -> Option<&'t Value<'v>> {
        let value = table.get(key);
        if value.is_none() {
            let help = format!("for example: {key} = {}", example(key));
            let end = self.source.text.trim_end().len();
            self.report(
                end..end,
                format!("`{key}` is missing"),
                "it is not in this file",
                help,
            );
        }
        value
    }

    fn wrong(&mut self, key: &str, value: &Value<'_>, expected: &str) {
        let message = format!("`{key}` must be {expected}");
        let help = format!("for example: {key} = {}", example(key));
        self.report(value.span(), message, "this is not", help);
    }

    fn text(&mut self, key: &str, value: &Value<'_>) -> Option<Word> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(Word {
                text: text.to_string(),
                span: value.span(),
            }),
            _ => {
                self.wrong(key, value, "a string that is not empty");
                None
            }
        }
    }

    fn words(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<Word>> {
        let DeValue::Array(all) = value.get_ref() else {
            self.wrong(key, value, "a list of strings");
            return None;
        };
        if all.is_empty() {
            self.wrong(key, value, "a list of at least one string");
            return None;
        }
        let words = all.iter().map(|one| match (key, one.get_ref()) {
            // an argument may be empty
            ("program", DeValue::String(text)) => Some(Word {
                text: text.to_string(),
                span: one.span(),
            }),
            _ => self.text(key, one),
        });
        words.collect::<Vec<_>>().into_iter().collect()
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &str) -> bool {
        match table.get(key).map(|value| (value, value.get_ref())) {
            None => false,
            Some((_, DeValue::Boolean(flag))) => *flag,
            Some((value, _)) => {
                self.wrong(key, value, "true or false");
                false
            }
        }
    }

    fn number(&mut self, table: &DeTable<'_>, key: &str, (usual, most): (u32, u32)) -> Option<u32> {
        let Some(value) = table.get(key) else {
            return Some(usual);
        };
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (1..=most).contains(number));
        if number.is_none() {
            self.wrong(key, value, &format!("a number from 1 to {most}"));
        }
        number
    }

    fn timeout(&mut self, table: &DeTable<'_>) -> Option<Duration> {
        let Some(value) = table.get("timeout") else {
            return Some(TIMEOUT);
        };
        let time = match value.get_ref() {
            DeValue::String(text) => duration::parse_duration(text),
            _ => None,
        };
        let time = time.filter(|time| !time.is_zero());
        if time.is_none() {
            let expected = "a duration in quotes that is more than nothing";
            self.wrong("timeout", value, expected);
        }
        time
    }

    fn keeps(&mut self, table: &DeTable<'_>) -> Option<bool> {
        let Some(value) = table.get("keep") else {
            return Some(true);
        };
        match value.get_ref() {
            DeValue::String(text) if text == "none" => Some(false),
            _ => {
                self.wrong("keep", value, "none");
                None
            }
        }
    }

    fn stops(&mut self, table: &DeTable<'_>) -> Option<bool> {
        let Some(value) = table.get("bad_rows") else {
            return Some(true);
        };
        match value.get_ref() {
            DeValue::String(text) if text == "stop" => Some(true),
            DeValue::String(text) if text == "continue" => Some(false),
            _ => {
                self.wrong("bad_rows", value, "one of stop, continue");
                None
            }
        }
    }
}

fn example(key: &str) -> &'static str {
    let found = KEYS.iter().find(|(name, _)| *name == key);
    found.map_or("", |(_, example)| example)
}
