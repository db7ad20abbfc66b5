//! The keys of `segue.toml`, and reading its text against them.
//! A new key is one line in [`KEYS`] and a getter in `settings.rs`.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use segue_sql::{Problem, Source, duration, nearest};
use toml::de::{DeTable, DeValue};

use super::{
    lint::{LINT, Lint},
    mask::{MASK, Mask},
    projects::Project,
    template::Template,
    webhooks::{self, Hook},
};
use crate::{quiet, quiet::Quiet, windows::Windows};

#[cfg(test)]
mod documented;
mod values;

/// The values of the top, of one `[[project]]` or of one `[env.NAME]`, by the full name of their key.
pub(super) type Section = BTreeMap<&'static str, Entry>;

/// Sections by the NAME in `[env.NAME]`.
pub(super) type Environments = BTreeMap<String, Section>;

/// A whole file.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    pub(super) top: Section,
    pub(super) environments: Environments,
    /// In the order of the file.
    pub(super) projects: Vec<Project>,
    pub(super) lint: Lint,
    /// Those of `[env.NAME]`, by the NAME.
    pub(super) lints: BTreeMap<String, Lint>,
    pub(super) mask: Mask,
}

/// A value that stands in the file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) value: Value,
    /// Of the value, with its quotes.
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(Template),
    Flag(bool),
    /// For the shell. Not a [`Template`]: `$` in it is the shell's.
    Line(String),
    /// A program and its arguments; not empty.
    Words(Vec<Template>),
    Windows(Windows),
    /// None: at any time.
    Quiet(Option<Quiet>),
    /// From 1.
    Number(u64),
    /// 0, or more than 1.
    Factor(f64),
    Webhooks(Vec<Hook>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Duration,
    Flag,
    Words,
    /// [`Kind::Words`], or a line for the shell.
    Command,
    /// A list of windows.
    Windows,
    /// How quiet a database has to be.
    Quiet,
    /// A whole number from 1.
    Number,
    /// How many times as much: more than 1, or 0 for any.
    Factor,
    /// A list of sections.
    Webhooks,
}

struct Key {
    /// With the table it is in: `history.table`.
    name: &'static str,
    kind: Kind,
    /// A value as it is written in the file.
    example: &'static str,
}

const fn key(name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key {
        name,
        kind,
        example,
    }
}

const KEYS: [Key; 39] = [
    key("url", Kind::Text, r#""${DATABASE_URL}""#),
    key("url_file", Kind::Text, r#""/run/secrets/url""#),
    key("url_command", Kind::Words, r#"["vault-url", "app"]"#),
    key("direct_url", Kind::Text, r#""${DIRECT_URL}""#),
    key(
        "password_command",
        Kind::Words,
        r#"["aws", "rds", "generate-db-auth-token"]"#,
    ),
    key("command_timeout", Kind::Duration, r#""30s""#),
    key("shadow_url", Kind::Text, r#""${SHADOW_DATABASE_URL}""#),
    key("sample_url", Kind::Text, r#""${REPLICA_URL}""#),
    key("dir", Kind::Text, r#""migrations""#),
    key("layout", Kind::Text, r#""prisma""#),
    key("schema", Kind::Text, r#""app""#),
    key("schema_path", Kind::Text, r#""schema.sql""#),
    key("schema_command", Kind::Words, r#"["print-schema"]"#),
    key("role", Kind::Text, r#""owner""#),
    key("lock_timeout", Kind::Duration, r#""100ms""#),
    key("lock_budget", Kind::Duration, r#""60s""#),
    key("connect_timeout", Kind::Duration, r#""30s""#),
    key("statement_timeout", Kind::Duration, r#""0""#),
    key("strategy", Kind::Text, r#""online""#),
    key("strict", Kind::Flag, "true"),
    key("production", Kind::Flag, "true"),
    key("history.table", Kind::Text, r#""__drizzle_migrations""#),
    key("history.schema", Kind::Text, r#""drizzle""#),
    key("backfill.max_slowdown", Kind::Factor, "5"),
    key("backfill.slices", Kind::Flag, "false"),
    key("contract.observe", Kind::Text, r#""60s""#),
    key("backup.what", Kind::Text, r#""tables""#),
    key(
        "backup.command",
        Kind::Words,
        r#"["./snapshot", "production"]"#,
    ),
    key("backup.restore_point", Kind::Flag, "true"),
    key("backup.folder", Kind::Text, r#"".segue/backups""#),
    key("backup.jobs", Kind::Number, "2"),
    key("backup.compress", Kind::Text, r#""zstd:3""#),
    key(
        "backup.bin_dir",
        Kind::Text,
        r#""/usr/lib/postgresql/18/bin""#,
    ),
    key("seed.command", Kind::Command, r#""node seed.js""#),
    key("seed.file", Kind::Text, r#""seed.sql""#),
    key(
        "windows.backfill",
        Kind::Windows,
        r#"["Mon-Fri 22:00-06:00 Europe/Berlin"]"#,
    ),
    key(
        "windows.large",
        Kind::Windows,
        r#"["Sat,Sun 00:00-24:00 Europe/Berlin"]"#,
    ),
    key("windows.quiet", Kind::Quiet, quiet::EXAMPLE_IN_FILE),
    key("webhook", Kind::Webhooks, webhooks::EXAMPLE),
];

/// The keys that lead to the database's URL: one setting, of which a section has one at most.
pub(super) const URLS: [&str; 3] = ["url", "url_file", "url_command"];

/// Of the keys of a group only one can be set in a section.
const RIVALS: [(&[&str], &str); 4] = [
    (
        &["backup.what", "backup.command"],
        "keep one of them: the command makes the whole backup",
    ),
    (
        &["schema_path", "schema_command"],
        "keep the one that has the desired schema",
    ),
    (&URLS, "keep the one that leads to the database's URL"),
    (
        &["seed.command", "seed.file"],
        "keep one of them, or let the command run the file too",
    ),
];

/// The table of environments: at the top and in a project.
pub(super) const ENVIRONMENTS: &str = "env";
/// The projects; only at the top.
pub(super) const PROJECTS: &str = "project";
/// What a project is called.
pub(super) const NAME: &str = "name";

/// Where a table stands in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Top,
    Project,
    Environment,
    /// A table of a key such as `history`.
    Inner,
}

impl Level {
    /// The keys that are here beside [`KEYS`].
    fn others(self) -> &'static [&'static str] {
        match self {
            Self::Top => &[ENVIRONMENTS, PROJECTS, LINT, MASK],
            Self::Project => &[NAME, ENVIRONMENTS, LINT],
            Self::Environment => &[LINT],
            Self::Inner => &[],
        }
    }
}

/// Reads a text. Problems point into `shown`, which has the same offsets.
pub(super) fn read(text: &str, shown: &Arc<Source>) -> Result<Document, Vec<Problem>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        text,
        shown,
        problems: errors.iter().map(|e| syntax(shown, e)).collect(),
    };
    // After a syntax error the rest is a guess, and would give problems that are none.
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let document = document.get_ref();
    let read = Document {
        top: reader.section(document, Level::Top),
        environments: reader.environments(document),
        projects: reader.projects(document),
        lint: reader.lint(document),
        lints: reader.lints(document),
        mask: reader.mask(document),
    };
    reader.refuse_shared_dir(&read);
    if reader.problems.is_empty() {
        return Ok(read);
    }
    reader
        .problems
        .sort_by_key(|problem| problem.place.as_ref().map_or(0, |place| place.span.start));
    Err(reader.problems)
}

fn syntax(shown: &Arc<Source>, error: &toml::de::Error) -> Problem {
    let end = shown.text.len();
    let span = error.span().unwrap_or(end..end);
    Problem::new(format!("not valid TOML: {}", error.message()))
        .at(shown, span, "here")
        .help("strings need quotes; see https://toml.io for the syntax")
}

pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) shown: &'a Arc<Source>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn report(
        &mut self,
        span: Range<usize>,
        message: String,
        label: &str,
        help: String,
    ) {
        self.problems
            .push(Problem::new(message).at(self.shown, span, label).help(help));
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn section(&mut self, table: &DeTable<'_>, level: Level) -> Section {
        let mut section = Section::new();
        self.table(table, "", level, &mut section);
        for (group, help) in RIVALS {
            let mut set: Vec<_> = group
                .iter()
                .filter_map(|key| Some((*key, section.get(key)?.span.clone())))
                .collect();
            set.sort_by_key(|(_, span)| span.start);
            if let [(first, _), (second, span), ..] = set.as_slice() {
                self.report(
                    span.clone(),
                    format!("both `{first}` and `{second}` are set"),
                    "the second of the two",
                    help.to_owned(),
                );
            }
        }
        section
    }

    fn table(&mut self, table: &DeTable<'_>, prefix: &str, level: Level, section: &mut Section) {
        for (name, value) in table {
            if level.others().contains(&name.get_ref().as_ref()) {
                continue;
            }
            let full = format!("{prefix}{}", name.get_ref());
            let inner = format!("{full}.");
            if let Some(key) = KEYS.iter().find(|key| key.name == full) {
                if let Some(entry) = self.entry(key, value) {
                    section.insert(key.name, entry);
                }
            } else if KEYS.iter().any(|key| key.name.starts_with(&inner)) {
                match value.get_ref() {
                    DeValue::Table(table) => self.table(table, &inner, Level::Inner, section),
                    other => self.not_a_table(&full, &value.span(), other.type_str()),
                }
            } else {
                self.unknown_key(name.get_ref(), &name.span(), prefix, level);
            }
        }
    }

    pub(super) fn environments(&mut self, table: &DeTable<'_>) -> Environments {
        let mut environments = Environments::new();
        let Some(value) = table.get(ENVIRONMENTS) else {
            return environments;
        };
        let DeValue::Table(table) = value.get_ref() else {
            self.not_a_table("env.NAME", &value.span(), value.get_ref().type_str());
            return environments;
        };
        for (name, value) in table {
            match value.get_ref() {
                DeValue::Table(table) => {
                    let section = self.section(table, Level::Environment);
                    environments.insert(name.get_ref().to_string(), section);
                }
                other => {
                    let full = format!("{ENVIRONMENTS}.{}", name.get_ref());
                    self.not_a_table(&full, &value.span(), other.type_str());
                }
            }
        }
        environments
    }

    pub(super) fn not_a_table(&mut self, name: &str, span: &Range<usize>, found: &str) {
        self.report(
            span.clone(),
            format!("`{name}` must be a section"),
            &format!("this is {}", with_article(found)),
            format!("write [{name}] on a line of its own, and its keys below"),
        );
    }

    fn unknown_key(&mut self, name: &str, span: &Range<usize>, prefix: &str, level: Level) {
        let mut known: Vec<&str> = KEYS
            .iter()
            .filter_map(|key| key.name.strip_prefix(prefix))
            .map(|rest| rest.split('.').next().unwrap_or(rest))
            .collect();
        if prefix.is_empty() {
            known.extend(level.others());
        }
        known.dedup();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are: {}", known.join(", ")),
        };
        let message = format!("unknown key `{prefix}{name}`");
        self.report(span.clone(), message, "not a key of segue.toml", help);
    }
}

/// A text that should have been a duration. It is not repeated: it may come from a variable.
pub(super) fn not_a_duration(shown: &Arc<Source>, span: &Range<usize>, name: &str) -> Problem {
    Problem::new(format!("`{name}` is not a duration"))
        .at(shown, span.clone(), "a whole number and its unit")
        .help(format!("durations look like {}", duration::EXAMPLES))
}

/// Where in a value's source a part of it stands. The whole value when it is written with escapes.
pub(super) fn place_of(text: &str, value: &Range<usize>, part: &str) -> Range<usize> {
    match text.get(value.clone()).and_then(|raw| raw.find(part)) {
        Some(at) => value.start + at..value.start + at + part.len(),
        None => value.clone(),
    }
}

pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
