//! The record of a rule: all that is known of a hazard, in one place. What `segue explain` says, the pages of
//! `docs/rules/`, JSON and SARIF are made of it.

use serde::Serialize;

use crate::{Level, Moment, Report, Severity};

/// What kind of harm a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A lock, and how long it is held: it vanishes on tables that are empty, small, or new.
    Cost,
    /// The app that runs now, or the one that comes, breaks: it vanishes only for what is new.
    Compatibility,
    /// The statement fails, or does not do what it says.
    Correctness,
    /// How migrations are written and kept.
    Process,
    /// What some teams like or forbid, and others do not: not asked unless the policy raises it.
    Style,
}

/// A schema, and a statement against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The schema that is there; tables that it fills by INSERT count as large and in use.
    pub schema: &'static str,
    /// The migration.
    pub sql: &'static str,
}

/// A rule, with all that is known of it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rule {
    /// Its name, in kebab case: never changed once released.
    pub id: &'static str,
    /// What it is about, in one line.
    pub title: &'static str,
    /// What kind of harm.
    pub class: Class,
    /// How bad its findings are, unless the policy says otherwise; see [`Rule::level`].
    pub severity: Severity,
    /// What triggers it, and what does not.
    pub trigger: &'static str,
    /// What it locks or breaks, and for how long.
    pub harm: &'static str,
    /// What to do instead.
    pub remedy: &'static str,
    /// Where PostgreSQL's documentation or source says so.
    pub sources: &'static [&'static str],
    /// The first major version it is true of, where not of all.
    pub since: Option<u16>,
    /// The last major version it is true of.
    pub until: Option<u16>,
    /// What it finds.
    pub bad: Example,
    /// The safe way, in which it finds nothing.
    pub good: Example,
    /// What judges.
    #[serde(skip)]
    pub judge: Judge,
}

/// What judges: a statement at its moment, or each whole script.
#[derive(Debug, Clone, Copy)]
pub enum Judge {
    /// Called for every statement.
    Statement(fn(&Moment<'_>, &mut Report<'_>)),
    /// Called once for each script, at its last statement.
    Script(fn(&Moment<'_>, &mut Report<'_>)),
    /// Not asked: `acknowledge.rs` finds it.
    Acknowledgements,
    /// Not asked: a server shows it, see `traced.rs`.
    Trace,
    /// This rule of `squawk-linter` is asked about each whole script, see `style.rs`.
    Style(squawk_linter::Rule),
}

impl Rule {
    /// What it is where the policy says nothing of it: rules of style are off.
    pub fn level(&self) -> Level {
        match self.class {
            Class::Style => Level::Off,
            _ => Level::At(self.severity),
        }
    }

    /// Whether it is true of a server of this major version.
    pub fn applies_to(&self, major: u16) -> bool {
        self.since.is_none_or(|since| major >= since)
            && self.until.is_none_or(|until| major <= until)
    }
}
