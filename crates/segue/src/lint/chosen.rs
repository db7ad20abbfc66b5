//! Which migrations are judged, and what runs before them.

use std::path::{Path, PathBuf};

use segue_engine::{Failure, replay::Part};
use segue_project::{Migration, Project, shown_path};
use segue_sql::Problem;

use super::{LintOptions, standing::Standings};
use crate::revision::{Touched, real, touched};

/// Migrations in the order in which they run, and which of them are judged.
#[derive(Default)]
pub(super) struct Chosen<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// The numbers of those that are judged.
    pub(super) judged: Vec<usize>,
    /// Files that are no migrations: they meet the schema that all parts make.
    pub(super) loose: Vec<PathBuf>,
    pub(super) notes: Vec<String>,
}

impl<'a> Chosen<'a> {
    /// What the caller names; else what the database has not, or else all.
    pub(super) fn of(
        options: &LintOptions,
        project: &'a Project,
        standings: &Standings,
    ) -> Result<Self, Failure> {
        let mut chosen = match (&options.since, options.files.is_empty()) {
            (Some(revision), _) => Self::since(revision, project)?,
            (None, false) => Self::named(&options.files, project)?,
            (None, true) => Self::pending(project, standings),
        };
        chosen.leave_out_code();
        Ok(chosen)
    }

    /// All of a project in the order of the disk; those are judged of which `is_judged` says so.
    fn by(project: &'a Project, mut is_judged: impl FnMut(&Migration) -> bool) -> Self {
        let mut chosen = Self::default();
        for (number, migration) in project.migrations.iter().enumerate() {
            chosen.parts.push(migration.into());
            if is_judged(migration) {
                chosen.judged.push(number);
            }
        }
        chosen
    }

    fn since(revision: &str, project: &'a Project) -> Result<Self, Failure> {
        let touched = touched(revision, &project.folder.path)?;
        let mut notes = Vec::new();
        let mut chosen = Self::by(project, |migration| {
            let Some(file) = Touched::find(&touched, &migration.up.path) else {
                return false;
            };
            if file.is_changed {
                notes.push(format!(
                    "`{}` was there at {revision} already: a database that has applied it will not run it again",
                    migration.name
                ));
            }
            true
        });
        chosen.notes = notes;
        chosen.end_with_the_last_judged();
        Ok(chosen)
    }

    fn named(files: &[PathBuf], project: &'a Project) -> Result<Self, Failure> {
        let paths: Vec<PathBuf> = project
            .migrations
            .iter()
            .map(|migration| real(&migration.up.path))
            .collect();
        let mut wanted = vec![false; paths.len()];
        let (mut loose, mut problems) = (Vec::new(), Vec::new());
        for file in files {
            let there = real(file);
            let mut is_ours = false;
            for (path, wanted) in paths.iter().zip(&mut wanted) {
                if path.starts_with(&there) {
                    *wanted = true;
                    is_ours = true;
                }
            }
            match is_ours {
                true => {}
                false => match not_a_migration(file, &there, project) {
                    Some(problem) => problems.push(problem),
                    None => loose.push(file.clone()),
                },
            }
        }
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let mut wanted = wanted.into_iter();
        let mut chosen = Self::by(project, |_| wanted.next().unwrap_or(false));
        match loose.is_empty() {
            true => chosen.end_with_the_last_judged(),
            false => chosen.loose = loose,
        }
        Ok(chosen)
    }

    /// What a database has runs first, as it has; what was changed since is said of it.
    fn pending(project: &'a Project, standings: &Standings) -> Self {
        let parts = project.migrations.iter().map(Part::from);
        let of = |part: &Part<'_>| standings.applied(&part.migration.key);
        let (mut parts, later): (Vec<_>, Vec<_>) = parts.partition(|part| of(part).is_some());
        let edited = (0..parts.len()).filter(|number| of(&parts[*number]) == Some(false));
        let mut judged: Vec<usize> = edited.collect();
        judged.extend(parts.len()..parts.len() + later.len());
        parts.extend(later);
        Self {
            parts,
            judged,
            ..Self::default()
        }
    }

    /// What runs behind those that are judged does not matter.
    fn end_with_the_last_judged(&mut self) {
        let end = self.judged.last().map_or(0, |last| last + 1);
        self.parts.truncate(end);
    }

    /// Code has no statements to look at.
    fn leave_out_code(&mut self) {
        let is_code: Vec<bool> = self
            .parts
            .iter()
            .map(|part| part.migration.run_by.is_some())
            .collect();
        for (part, _) in self.parts.iter().zip(&is_code).filter(|(_, code)| **code) {
            self.notes.push(format!(
                "`{}` is code: what it does is not known",
                part.migration.name
            ));
        }
        let before = |number: usize| is_code[..number].iter().filter(|code| **code).count();
        let judged = self.judged.iter().filter(|number| !is_code[**number]);
        self.judged = judged.map(|number| number - before(*number)).collect();
        self.parts.retain(|part| part.migration.run_by.is_none());
    }
}

/// What is wrong with a file that is no migration; nothing where it lies outside of their folder.
fn not_a_migration(file: &Path, there: &Path, project: &Project) -> Option<Problem> {
    let shown = shown_path(file);
    if !there.exists() {
        return Some(
            Problem::new(format!("there is no `{shown}`"))
                .help("name a migration by its path, or another file of SQL"),
        );
    }
    if there.is_dir() {
        return Some(
            Problem::new(format!("no migration is in `{shown}`"))
                .help("name a file, or the folder of a migration"),
        );
    }
    let folder = real(&project.folder.path);
    let below = there.strip_prefix(&folder).ok()?;
    let is_down = |migration: &&Migration| {
        let down = migration.down.as_ref();
        down.is_some_and(|down| real(&down.path) == there)
    };
    if let Some(migration) = project.migrations.iter().find(is_down) {
        return Some(
            Problem::new(format!("`{shown}` takes `{}` back", migration.name))
                .help("what counts is what a deploy runs; name the way forward"),
        );
    }
    let below = below.to_string_lossy().replace('\\', "/");
    let note = project.notes.iter().find(|note| note.path == below);
    let problem = Problem::new(format!("`{shown}` is none of the project's migrations"));
    Some(match note {
        Some(note) => problem.note(note.text.clone()),
        None => problem.note(format!(
            "it lies in their folder, and {} does not run it",
            project.choice.layout.title
        )),
    })
}
