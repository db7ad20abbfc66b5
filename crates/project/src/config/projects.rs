//! `[[project]]`: several projects in one repository, each with the keys that a file may have at its top.

use std::{
    collections::BTreeMap,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use segue_sql::Problem;
use toml::de::{DeTable, DeValue};

use super::{
    Config,
    keys::{self, Document, Entry, Environments, Level, NAME, PROJECTS, Reader, Section, Value},
    lint::Lint,
};

/// One `[[project]]`.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) name: String,
    /// As it stands in the file.
    dir: PathBuf,
    pub(super) section: Section,
    pub(super) environments: Environments,
    pub(super) lint: Lint,
    /// Those of `[project.env.NAME]`, by the NAME.
    pub(super) lints: BTreeMap<String, Lint>,
}

impl Reader<'_> {
    pub(super) fn projects(&mut self, document: &DeTable<'_>) -> Vec<Project> {
        let Some(value) = document.get(PROJECTS) else {
            return Vec::new();
        };
        let tables = match value.get_ref() {
            DeValue::Array(tables) => tables,
            other => {
                self.not_a_list(&value.span(), other.type_str());
                return Vec::new();
            }
        };
        let mut projects: Vec<Project> = Vec::new();
        for value in tables {
            let DeValue::Table(table) = value.get_ref() else {
                self.not_a_list(&value.span(), value.get_ref().type_str());
                continue;
            };
            // The span of a table is that of its header.
            if let Some(project) = self.project(table, &value.span(), &projects) {
                projects.push(project);
            }
        }
        projects
    }

    /// Beside projects a folder for all of them would send each to the files of the others.
    pub(super) fn refuse_shared_dir(&mut self, document: &Document) {
        if document.projects.is_empty() {
            return;
        }
        let sections = [&document.top]
            .into_iter()
            .chain(document.environments.values());
        for entry in sections.filter_map(|section| section.get("dir")) {
            self.report(
                entry.span.clone(),
                "`dir` is for one project, and the file has several".to_owned(),
                "outside of [[project]]",
                "move it into the [[project]] that it belongs to".to_owned(),
            );
        }
    }

    fn not_a_list(&mut self, span: &Range<usize>, found: &str) {
        self.report(
            span.clone(),
            "projects are a list of sections".to_owned(),
            &format!("this is {}", keys::with_article(found)),
            "write [[project]] on a line of its own for each of them, and its keys below"
                .to_owned(),
        );
    }

    fn project(
        &mut self,
        table: &DeTable<'_>,
        header: &Range<usize>,
        earlier: &[Project],
    ) -> Option<Project> {
        let section = self.section(table, Level::Project);
        let environments = self.environments(table);
        let name = self.name(table, header, earlier);
        let dir = self.dir(&section, header);
        let lint = self.lint(table);
        let lints = self.lints(table);
        Some(Project {
            name: name?,
            dir: dir?,
            section,
            environments,
            lint,
            lints,
        })
    }

    fn name(
        &mut self,
        table: &DeTable<'_>,
        header: &Range<usize>,
        earlier: &[Project],
    ) -> Option<String> {
        let Some(value) = table.get(NAME) else {
            self.lacks(NAME, header, "name = \"shop\"");
            return None;
        };
        let span = value.span();
        let DeValue::String(name) = value.get_ref() else {
            let label = format!("this is {}", keys::with_article(value.get_ref().type_str()));
            let message = "the name of a project must be a string".to_owned();
            self.report(
                span,
                message,
                &label,
                "for example: name = \"shop\"".to_owned(),
            );
            return None;
        };
        let wrong = if name.trim().is_empty() {
            Some("the name of a project is empty".to_owned())
        } else if earlier.iter().any(|project| project.name == name.as_ref()) {
            Some(format!("two projects have the name `{name}`"))
        } else {
            None
        };
        match wrong {
            None => Some(name.to_string()),
            Some(message) => {
                let help = "give it a name of its own: --project chooses by it".to_owned();
                self.report(span, message, "here", help);
                None
            }
        }
    }

    /// The folder must be known without any variable: the current folder is compared with it.
    fn dir(&mut self, section: &Section, header: &Range<usize>) -> Option<PathBuf> {
        let Some(Entry {
            value: Value::Text(template),
            span,
        }) = section.get("dir")
        else {
            self.lacks("dir", header, "dir = \"apps/shop/migrations\"");
            return None;
        };
        let Some(dir) = template.constant().filter(|dir| !dir.trim().is_empty()) else {
            self.report(
                span.clone(),
                "the folder of a project must be a plain path".to_owned(),
                "not empty, and without variables",
                "for example: dir = \"apps/shop/migrations\"".to_owned(),
            );
            return None;
        };
        Some(PathBuf::from(dir))
    }

    fn lacks(&mut self, key: &str, header: &Range<usize>, example: &str) {
        self.report(
            header.clone(),
            format!("a project needs `{key}`"),
            "this one has none",
            format!("for example: {example}"),
        );
    }
}

impl Config {
    /// The names of the projects, in the order of the file.
    pub fn projects(&self) -> impl Iterator<Item = &str> {
        self.document.projects.iter().map(|p| p.name.as_str())
    }

    /// The project that was chosen by [`of_project`](Self::of_project).
    pub fn project(&self) -> Option<&str> {
        self.chosen
            .map(|at| self.document.projects[at].name.as_str())
    }

    /// The folder of the chosen project, joined to that of the file.
    pub fn project_dir(&self) -> Option<PathBuf> {
        let project = &self.document.projects[self.chosen?];
        Some(self.folder.join(&project.dir))
    }

    /// The same file with a project chosen: its keys stand over those at the top.
    ///
    /// # Errors
    /// No project has that name; the problem lists those that there are.
    pub fn of_project(&self, name: &str) -> Result<Self, Problem> {
        let found = self.projects().position(|known| known == name);
        let Some(at) = found else {
            return Err(self.unknown_project(name));
        };
        Ok(Self {
            chosen: Some(at),
            ..self.clone()
        })
    }

    /// The project whose folder this one is in: the innermost, where one project is inside of another.
    pub fn project_at(&self, folder: &Path) -> Option<&str> {
        let folder = real(folder);
        let projects = self.document.projects.iter();
        projects
            .map(|project| (real(&self.folder.join(&project.dir)), project))
            .filter(|(dir, _)| folder.starts_with(dir))
            .max_by_key(|(dir, _)| dir.components().count())
            .map(|(_, project)| project.name.as_str())
    }

    fn unknown_project(&self, wanted: &str) -> Problem {
        let names: Vec<&str> = self.projects().collect();
        let file = &self.source.name;
        let problem = Problem::new(format!("there is no project `{wanted}` in {file}"));
        if names.is_empty() {
            return problem
                .help("add a [[project]] to it, or leave out --project and SEGUE_PROJECT");
        }
        let problem = problem.note(format!("it has: {}", names.join(", ")));
        match segue_sql::nearest(wanted, names.iter().copied()) {
            Some(name) => problem.help(format!("did you mean --project {name}?")),
            None => problem.help("pick one of these by --project or SEGUE_PROJECT"),
        }
    }
}

/// A folder that is not there yet is compared as it is written.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
