//! `segue.toml`, `.env`, and where the database's URL comes from.
//!
//! Owns: the keys of `segue.toml` and what they mean, `${VAR}` in its values, `[env.NAME]` sections,
//! reading `.env`, and the order in which a URL is looked for, down to the config files of Prisma
//! and Drizzle. Does not own: the process environment (passed in as [`Vars`]), flags, defaults of
//! settings, which layout a folder has, or what a URL means (crate `db`).
//! Reads next: `keys.rs`, `settings.rs`, then `url.rs`.

mod bytes;
mod command;
mod desired;
mod direct;
mod dotenv;
mod expression;
mod keys;
mod lint;
mod mask;
mod projects;
mod script;
mod secret;
mod seed;
mod settings;
mod template;
mod tool;
mod url;
mod vars;
mod webhooks;

use std::{
    collections::BTreeSet,
    fs,
    ops::Range,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use segue_sql::{Problem, Source};

pub use bytes::bytes as parse_bytes;
pub use command::CommandLine;
pub use desired::{Desired, desired_of_tool};
pub use dotenv::DotEnv;
pub use lint::{Lint, Named};
pub use mask::Mask;
pub use secret::Secret;
pub use seed::{Seed, prisma_seed};
pub use segue_sql::parse_duration;
pub use settings::{Setting, Settings};
pub use tool::tool_configs;
pub use url::{Found, Given, Place, Resolution, UrlInputs, UrlNote, resolve_url, url_variables};
pub use vars::Vars;
pub use webhooks::{Occasion, Shape, Webhook};

use keys::Document;

/// The name of the file.
pub const FILE_NAME: &str = "segue.toml";

/// A `segue.toml` whose keys and types are right; variables in its values are not looked up yet.
#[derive(Debug, Clone)]
pub struct Config {
    /// The text that problems point into, with the passwords of URLs masked.
    source: Arc<Source>,
    /// The folder that relative paths in the file start from.
    folder: PathBuf,
    document: Document,
    /// The project whose keys count, of those in the document.
    chosen: Option<usize>,
}

impl Default for Config {
    /// The configuration of a project that has no `segue.toml`: nothing is set.
    fn default() -> Self {
        Self {
            source: Source::new(FILE_NAME, ""),
            folder: PathBuf::new(),
            document: Document::default(),
            chosen: None,
        }
    }
}

impl Config {
    /// Reads the text of a `segue.toml`. Its name must be its path: relative paths in it start
    /// from that path's folder.
    ///
    /// # Errors
    /// Everything that is wrong at once, in the order of the text: syntax, unknown keys, wrong
    /// types, malformed durations and `${…}`.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let shown = Source::new(source.name.clone(), secret::masked(&source.text));
        let document = keys::read(&source.text, &shown)?;
        Ok(Self {
            source: shown,
            folder: Path::new(&source.name)
                .parent()
                .map(Path::to_path_buf)
                .unwrap_or_default(),
            document,
            chosen: None,
        })
    }

    /// Reads a `segue.toml` from disk.
    ///
    /// # Errors
    /// Those of [`Config::parse`], and a file that cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Vec<Problem>> {
        let text = read_text(path).map_err(|problem| vec![problem])?;
        Self::parse(&Source::new(path.display().to_string(), text))
    }

    /// The settings as they are under `--env` / `SEGUE_ENV`, and for the chosen project. What counts, in this
    /// order: `[project.env.NAME]`, `[env.NAME]`, `[[project]]`, the top. An environment goes before a
    /// project, because `--env production` must not deploy to the development database that a project
    /// names. An empty name picks none, because CI systems set variables that they know nothing about to
    /// the empty string.
    ///
    /// # Errors
    /// No section has that name; the problem lists those that there are.
    pub fn select<'a>(&'a self, env: Option<&str>) -> Result<Settings<'a>, Problem> {
        let document = &self.document;
        let project = self.chosen.map(|at| &document.projects[at]);
        let of_project = project.map(|project| &project.section);
        let Some(wanted) = env.filter(|name| !name.is_empty()) else {
            return Ok(Settings::new(self, None, [None, None, of_project]));
        };
        let inner = project.and_then(|project| project.environments.get_key_value(wanted));
        let outer = document.environments.get_key_value(wanted);
        let Some((name, _)) = inner.or(outer) else {
            return Err(self.unknown_environment(wanted));
        };
        let layers = [
            inner.map(|(_, section)| section),
            outer.map(|(_, section)| section),
            of_project,
        ];
        Ok(Settings::new(self, Some(name), layers))
    }

    /// The names of the `[env.NAME]` sections, and of those of the chosen project; sorted.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        let project = self.chosen.map(|at| &self.document.projects[at]);
        let of_project = project.into_iter().flat_map(|p| p.environments.keys());
        let names: BTreeSet<&str> = self
            .document
            .environments
            .keys()
            .chain(of_project)
            .map(String::as_str)
            .collect();
        names.into_iter()
    }

    fn unknown_environment(&self, wanted: &str) -> Problem {
        let names: Vec<&str> = self.environments().collect();
        let problem = Problem::new(format!(
            "there is no section [env.{wanted}] in {}",
            self.source.name
        ));
        if names.is_empty() {
            return problem.help(format!(
                "add a section [env.{wanted}] to it, or leave out --env and SEGUE_ENV"
            ));
        }
        let problem = problem.note(format!("it has: {}", names.join(", ")));
        match segue_sql::nearest(wanted, names.iter().copied()) {
            Some(name) => problem.help(format!("did you mean --env {name}?")),
            None => problem.help("pick one of these by --env or SEGUE_ENV"),
        }
    }

    fn problem(&self, span: &Range<usize>, message: String, label: &str) -> Problem {
        Problem::new(message).at(&self.source, span.clone(), label)
    }

    /// How the product says where a value came from: `segue.toml:3`.
    fn origin(&self, span: &Range<usize>) -> String {
        let (line, _) = segue_sql::line_column(&self.source.text, span.start);
        format!("{}:{line}", self.source.name)
    }
}

/// The folders in which a project's files are looked for, nearest first: `start` and those above
/// it, up to the root of the repository (it has `.git`, a folder or, in a worktree, a file).
/// Outside of a repository, for example in a container's image, the last folder is `current`, the
/// current folder; and `start` alone when it is not below that: a `segue.toml` or `.env` that
/// somebody else left in `/tmp` or `/` must not count.
pub fn folders_up(start: &Path, current: &Path) -> Vec<PathBuf> {
    let mut start = current.join(start);
    // `a/..` has the parent `a`: only a resolved path can be walked up.
    if start.components().any(|part| part == Component::ParentDir) {
        start = fs::canonicalize(&start).unwrap_or(start);
    }
    let chain: Vec<&Path> = start.ancestors().collect();
    let last = chain
        .iter()
        .position(|folder| folder.join(".git").exists())
        .or_else(|| chain.iter().position(|folder| *folder == current))
        .unwrap_or(0);
    chain[..=last]
        .iter()
        .map(|folder| folder.to_path_buf())
        .collect()
}

/// The nearest `segue.toml` in the folders of [`folders_up`].
pub fn find(folders: &[PathBuf]) -> Option<PathBuf> {
    find_file(folders, FILE_NAME)
}

fn find_file(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// A file's text. Never says what is in it: it may hold secrets.
fn read_text(path: &Path) -> Result<String, Problem> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|error| {
        Problem::new(format!("cannot read {name}: {error}"))
            .help("check that the file exists and that this user may read it")
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1;
        Problem::new(format!(
            "{name} is not UTF-8: line {line} has a byte that cannot be read"
        ))
        .help("save the file in the encoding UTF-8")
    })
}
