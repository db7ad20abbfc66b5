//! A scenario: a file with sections, each below a line `=== name`.
//!
//! ```text
//! What it shows, in words.
//! === versions                    only from this major on (`16-`) or below (`-17`)
//! === server                      what the superuser does before: roles, and who may act for them
//! === schema                      what is there before, with its rows
//! === migration                   as many as there are to be deployed together
//! === sessions                    what an app says once on each connection
//! === old app                     what an app that knows the old schema does all the time, a statement a line
//! === new app                     the same of one that knows the new schema: from the end of expand on
//! === may fail                    parts of errors that an app may meet by nature
//! === inserted                    a query for the numbers (:n) of the rows that the apps have inserted and not deleted; or
//! === inserted, behind contract   one for each end, and
//! === inserted, behind rollback
//! === holds                       queries that are true at every moment between expand and contract
//! === in the end                  queries that are true behind contract
//! === taken back                  queries that are true behind a rollback
//! === no way back                 what a rollback is refused with, where there is none
//! === refused                     instead: what the plan is refused with
//! === fails                       instead: what expand stops with, while the old app goes on; then all is taken back
//! ```
//!
//! In statements `:n` is another number each time, from a million on, and `:r` one of the first hundred by chance.
//! A statement behind a `~` inserts or deletes rows that are not counted.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A scenario, read.
pub(crate) struct Scenario {
    pub(crate) name: String,
    sections: Vec<(String, String)>,
}

impl Scenario {
    /// All scenarios of the repository, in order.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
        let entries = fs::read_dir(folder).expect("the folder of scenarios");
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a scenario");
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            match (line.strip_prefix("=== "), sections.last_mut()) {
                (Some(name), _) => sections.push((name.trim().to_owned(), String::new())),
                (None, Some((_, body))) => {
                    body.push_str(line);
                    body.push('\n');
                }
                (None, None) => {}
            }
        }
        let name = path.file_stem().expect("a name").to_string_lossy();
        Self {
            name: name.into_owned(),
            sections,
        }
    }

    /// Whether it is one for a server of this major version.
    pub(crate) fn is_for(&self, major: u32) -> bool {
        let Some(range) = self.text("versions") else {
            return true;
        };
        let (first, last) = range.trim().split_once('-').expect("a range of versions");
        let first = first.parse().unwrap_or(0);
        let last = last.parse().unwrap_or(u32::MAX);
        (first..=last).contains(&major)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.sections.iter().find(|(section, _)| section == name);
        found.map(|(_, body)| body.as_str())
    }

    /// The lines of a section.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.text(name).unwrap_or_default().lines();
        lines
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(crate) fn migrations(&self) -> Vec<&str> {
        let sections = self.sections.iter();
        let migrations = sections.filter(|(name, _)| name == "migration");
        migrations.map(|(_, body)| body.as_str()).collect()
    }
}
