//! The settings of `segue.toml` as they are for one deploy: the chosen environment over the top.
//! A value's variables are looked up when the value is asked for, so that a variable which only
//! production sets is not missed elsewhere.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use segue_sql::{Place, Problem};

use super::{
    CommandLine, Config, Secret, Vars,
    keys::{self, Entry, Section, Value},
    template::{Template, Unfilled},
};
use crate::{quiet::Quiet, windows::Windows};

mod backup;
mod hooks;
mod programs;
mod url;

/// A value and where it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Its place as the product prints it: `segue.toml:3`.
    pub origin: String,
}

impl<T> Setting<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> Setting<U> {
        Setting {
            value: f(self.value),
            origin: self.origin,
        }
    }
}

/// What a getter gives: `None` when the key is not set.
type Found<T> = Result<Option<Setting<T>>, Problem>;

/// The merged view of a [`Config`].
///
/// # Errors
/// Every getter that takes [`Vars`] fails, with a place in the file, when a variable without a
/// default is not set, when the value ends up empty, or when it is not of the key's kind.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    config: &'a Config,
    environment: Option<&'a str>,
    /// What goes over the top, first come first served.
    chosen: [Option<&'a Section>; 3],
}

impl<'a> Settings<'a> {
    pub(super) fn new(
        config: &'a Config,
        environment: Option<&'a str>,
        chosen: [Option<&'a Section>; 3],
    ) -> Self {
        Self {
            config,
            environment,
            chosen,
        }
    }

    /// All that counts, first come first served.
    fn layers(&self) -> impl Iterator<Item = &'a Section> {
        let top = &self.config.document.top;
        self.chosen.into_iter().flatten().chain([top])
    }

    /// The name of the chosen `[env.NAME]`.
    pub fn environment(&self) -> Option<&'a str> {
        self.environment
    }

    /// The shadow database's URL.
    pub fn shadow_url(&self, vars: &Vars<'_>) -> Found<Secret> {
        Ok(self.text("shadow_url", vars)?.map(|s| s.map(Secret::new)))
    }

    /// The URL of the database that rows are sampled from.
    pub fn sample_url(&self, vars: &Vars<'_>) -> Found<Secret> {
        Ok(self.text("sample_url", vars)?.map(|s| s.map(Secret::new)))
    }

    /// The folder of migrations; relative to `segue.toml` in the file, joined to its folder here.
    pub fn dir(&self, vars: &Vars<'_>) -> Found<PathBuf> {
        let folder: &Path = &self.config.folder;
        let found = self.text("dir", vars)?;
        Ok(found.map(|setting| setting.map(|dir| folder.join(dir))))
    }

    /// The layout, one of `known`.
    pub fn layout(&self, vars: &Vars<'_>, known: &[&str]) -> Found<String> {
        let Some(setting) = self.text("layout", vars)? else {
            return Ok(None);
        };
        if known.contains(&setting.value.as_str()) {
            return Ok(Some(setting));
        }
        let help = match segue_sql::nearest(&setting.value, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "use one of these, or leave it out: it is found by looking".to_owned(),
        };
        Err(self
            .wrong("layout", "segue knows no such layout", "not a layout")
            .note(format!("layouts: {}", known.join(", ")))
            .help(help))
    }

    /// The default schema, put first into the search path.
    pub fn schema(&self, vars: &Vars<'_>) -> Found<String> {
        self.text("schema", vars)
    }

    /// The role that a deploy switches to by `SET ROLE`.
    pub fn role(&self, vars: &Vars<'_>) -> Found<String> {
        self.text("role", vars)
    }

    /// How long one try waits for a lock; zero is no limit.
    pub fn lock_timeout(&self, vars: &Vars<'_>) -> Found<Duration> {
        self.duration("lock_timeout", vars)
    }

    /// How long all tries of one step may take together; zero is a single try.
    pub fn lock_budget(&self, vars: &Vars<'_>) -> Found<Duration> {
        self.duration("lock_budget", vars)
    }

    /// How long connecting is tried again; zero is a single try.
    pub fn connect_timeout(&self, vars: &Vars<'_>) -> Found<Duration> {
        self.duration("connect_timeout", vars)
    }

    /// How long one statement may run; zero is no limit.
    pub fn statement_timeout(&self, vars: &Vars<'_>) -> Found<Duration> {
        self.duration("statement_timeout", vars)
    }

    /// How many times as long as before a deploy the app's statements may take while rows are written; 0: however long.
    pub fn max_slowdown(&self) -> Option<f64> {
        let key = "backfill.max_slowdown";
        match self.section_with(key)?.get(key)?.value {
            Value::Factor(factor) => Some(factor),
            _ => None,
        }
    }

    /// Whether batches go in slices where an app is at work; so they do where nothing is said.
    pub fn slices(&self) -> bool {
        let key = "backfill.slices";
        self.section_with(key).is_none() || self.flag(key)
    }

    /// When rows may be written in batches; not set: when large steps may run.
    pub fn windows(&self) -> Option<Setting<Windows>> {
        self.windows_of("windows.backfill")
            .or_else(|| self.large_windows())
    }

    /// When large steps of a plan may run; not set: at any time.
    pub fn large_windows(&self) -> Option<Setting<Windows>> {
        self.windows_of("windows.large")
    }

    /// Where they stand.
    pub fn large_windows_place(&self) -> Option<Place> {
        let key = "windows.large";
        let entry = self.section_with(key)?.get(key)?;
        Some(Place {
            source: Arc::clone(&self.config.source),
            span: entry.span.clone(),
            label: "none of these is as long".into(),
        })
    }

    /// How quiet the database has to be for both.
    pub fn quiet(&self) -> Option<Quiet> {
        let key = "windows.quiet";
        match self.section_with(key)?.get(key)?.value {
            Value::Quiet(quiet) => quiet,
            _ => None,
        }
    }

    fn windows_of(&self, key: &str) -> Option<Setting<Windows>> {
        let entry = self.section_with(key)?.get(key)?;
        let Value::Windows(windows) = &entry.value else {
            return None;
        };
        Some(Setting {
            value: windows.clone(),
            origin: self.config.origin(&entry.span),
        })
    }

    /// The table of the migration tool's history, where that tool lets it be configured.
    pub fn history_table(&self, vars: &Vars<'_>) -> Found<String> {
        self.text("history.table", vars)
    }

    /// The schema of that table.
    pub fn history_schema(&self, vars: &Vars<'_>) -> Found<String> {
        self.text("history.schema", vars)
    }

    /// Whether an app is running while migrations are deployed: `online` or `direct`.
    pub fn strategy(&self, vars: &Vars<'_>) -> Found<String> {
        self.text("strategy", vars)
    }

    /// For how long the statements that run are watched before something is taken away from them: a time, `auto` or `none`.
    pub fn contract_observe(&self, vars: &Vars<'_>) -> Found<String> {
        self.text("contract.observe", vars)
    }

    /// Whether only reviewed plans are deployed, and migrations out of order are refused.
    pub fn strict(&self) -> bool {
        self.flag("strict")
    }

    /// Where that stands, if it is so.
    pub fn strict_origin(&self) -> Option<String> {
        let entry = self.section_with("strict")?.get("strict")?;
        self.strict().then(|| self.config.origin(&entry.span))
    }

    /// Whether this is a production database, where what destroys data asks first.
    pub fn production(&self) -> bool {
        self.flag("production")
    }

    /// The section that decides about a key.
    fn section_with(&self, key: &str) -> Option<&'a Section> {
        self.layers().find(|section| section.contains_key(key))
    }

    fn flag(&self, key: &str) -> bool {
        let entry = self.section_with(key).and_then(|section| section.get(key));
        matches!(
            entry,
            Some(Entry {
                value: Value::Flag(true),
                ..
            })
        )
    }

    fn text(&self, key: &str, vars: &Vars<'_>) -> Found<String> {
        match self.section_with(key) {
            Some(section) => self.text_in(section, key, vars),
            None => Ok(None),
        }
    }

    fn text_in(&self, section: &Section, key: &str, vars: &Vars<'_>) -> Found<String> {
        let Some(Entry {
            value: Value::Text(template),
            span,
        }) = section.get(key)
        else {
            return Ok(None);
        };
        let value = self.fill(template, span, key, vars)?;
        if value.trim().is_empty() {
            let message = format!("`{key}` is empty");
            let problem = self.config.problem(span, message, "nothing is left here");
            return Err(problem.help("give it a value, or remove the line"));
        }
        Ok(Some(Setting {
            value,
            origin: self.config.origin(span),
        }))
    }

    fn command_in(
        &self,
        section: &Section,
        key: &'static str,
        vars: &Vars<'_>,
    ) -> Found<CommandLine> {
        let Some(Entry {
            value: Value::Words(words),
            span,
        }) = section.get(key)
        else {
            return Ok(None);
        };
        let words = words.iter().map(|word| self.fill(word, span, key, vars));
        let words = words.collect::<Result<Vec<_>, _>>()?;
        if words
            .first()
            .is_none_or(|program| program.trim().is_empty())
        {
            let message = format!("the program of `{key}` is empty");
            let problem = self.config.problem(span, message, "the first of these");
            return Err(problem.help("give its name or its path, or remove the line"));
        }
        let origin = self.config.origin(span);
        let command = CommandLine::new(key, words, &self.config.folder, origin.clone());
        Ok(command.map(|command| Setting {
            origin: format!("{origin}, printed by {}", command.name()),
            value: command,
        }))
    }

    fn fill(
        &self,
        template: &Template,
        span: &std::ops::Range<usize>,
        key: &str,
        vars: &Vars<'_>,
    ) -> Result<String, Problem> {
        template.fill(vars).map_err(|unfilled| match unfilled {
            Unfilled::Missing(name) => {
                let written = format!("${{{name}}}");
                let at = keys::place_of(&self.config.source.text, span, &written);
                self.config
                    .problem(&at, format!("the variable {name} is not set"), "used here")
                    .note(format!("it is needed for `{key}`"))
                    .help(format!(
                        "set {name} in the environment or in .env, or give a default: ${{{name}:-…}}"
                    ))
            }
            Unfilled::Unreadable(problem) => *problem,
        })
    }

    fn duration(&self, key: &'static str, vars: &Vars<'_>) -> Found<Duration> {
        let Some(setting) = self.text(key, vars)? else {
            return Ok(None);
        };
        match segue_sql::parse_duration(&setting.value) {
            Some(value) => Ok(Some(setting.map(|_| value))),
            None => {
                let span = self.span(key);
                Err(keys::not_a_duration(&self.config.source, &span, key))
            }
        }
    }

    fn wrong(&self, key: &str, message: &str, label: &str) -> Problem {
        let span = self.span(key);
        self.config.problem(&span, message.to_owned(), label)
    }

    fn span(&self, key: &str) -> std::ops::Range<usize> {
        self.section_with(key)
            .and_then(|section| section.get(key))
            .map_or(0..0, |entry| entry.span.clone())
    }
}
