//! Where a project is in its repository, and by which options a command that runs in the repository's root finds it.

use std::path::{Path, PathBuf};

use segue_db::sqlite;
use segue_engine::Failure;
use segue_project::{
    Folder,
    config::{Found, Given},
    shown_path,
};
use segue_sql::Problem;

use super::text::shell;
use crate::{
    Migrator,
    revision::{existing, git},
    workplace::Workplace,
};

/// A project in a repository. Paths are below its root, with `/`.
pub(super) struct Site {
    /// The repository's folder.
    pub(super) root: PathBuf,
    /// What the pipeline is called: `segue`, and what tells this project from others of the repository.
    pub(super) name: String,
    /// The branch that is deployed.
    pub(super) branch: String,
    /// The folder of migrations.
    migrations: String,
    /// `segue.toml`, where it is in the repository.
    config: Option<String>,
    /// The options, with their values.
    options: Vec<(&'static str, String)>,
    /// `--env` of what touches the database.
    environment: Option<String>,
    pub(super) notes: Vec<String>,
}

impl Site {
    pub(super) fn of(migrator: &Migrator) -> Result<Self, Failure> {
        let workplace = Workplace::of(migrator)?;
        let folder = workplace.folder(migrator)?;
        refuse_sqlite(migrator, &workplace, &folder)?;
        let path = std::path::absolute(&folder.path).unwrap_or_else(|_| folder.path.clone());
        let root = repository(&path)?;
        let mut notes = Vec::new();
        let branch = branch(&root, &mut notes);
        let migrations = below(&root, &path)?;
        let config = config_file(migrator, &workplace)
            .map(|file| below(&root, &file))
            .transpose()?;
        let home = match (&workplace.config_folder, &migrator.dir) {
            (Some(folder), _) => below(&root, folder)?,
            (None, Some(_)) => migrations.clone(),
            (None, None) => below(&root, &workplace.current)?,
        };
        let project = workplace.config.project().map(str::to_owned);
        let mut site = Self {
            name: name(project.as_deref(), &home),
            branch,
            options: Vec::new(),
            environment: migrator.env.clone(),
            root,
            migrations,
            config,
            notes,
        };
        site.find_by(migrator, project, &home);
        site.refuse_names()?;
        Ok(site)
    }

    /// Commands run in the repository's root, so that what they say of files is said as the CI system knows them.
    fn find_by(&mut self, migrator: &Migrator, project: Option<String>, home: &str) {
        let is_found_by_itself = home.is_empty() && migrator.dir.is_none();
        if migrator.config.is_some() || (project.is_some() && !home.is_empty()) {
            let config = self.config.clone();
            self.options.extend(config.map(|file| ("--config", file)));
        }
        match project {
            Some(name) => self.options.push(("--project", name)),
            None if is_found_by_itself => {}
            None if self.migrations.is_empty() => self.options.push(("--dir", ".".to_owned())),
            None => self.options.push(("--dir", self.migrations.clone())),
        }
        let layout = migrator.layout.clone();
        self.options.extend(layout.map(|name| ("--layout", name)));
    }

    /// The options of a command that reads migrations, each with a blank before it.
    pub(super) fn options(&self) -> String {
        let options = self.options.iter();
        options
            .map(|(name, value)| format!(" {name} {}", shell(value)))
            .collect()
    }

    /// The options of a command that touches the database.
    pub(super) fn production(&self) -> String {
        let environment = self.environment.iter();
        let environment = environment.map(|name| format!(" --env {}", shell(name)));
        self.options() + &environment.collect::<String>()
    }

    /// What a change has to touch so that the pipeline runs, `itself` among it; the stars stand for themselves.
    pub(super) fn globs(&self, itself: &str) -> impl Iterator<Item = Touched> {
        let files = self.config.clone().into_iter().chain([itself.to_owned()]);
        let files = files.map(Touched::File).collect::<Vec<_>>();
        [Touched::Below(self.migrations.clone())]
            .into_iter()
            .chain(files)
    }

    fn refuse_names(&self) -> Result<(), Problem> {
        let values = self.options.iter().map(|(_, value)| value);
        let all = values.chain([&self.migrations, &self.branch]);
        let all = all.chain(&self.environment).chain(&self.config);
        match all
            .into_iter()
            .find(|name| name.chars().any(char::is_control))
        {
            None => Ok(()),
            Some(name) => Err(Problem::new(format!(
                "`{}` has characters that cannot stand in a pipeline",
                name.escape_debug()
            ))
            .help("give it a name without line breaks and other control characters")),
        }
    }
}

/// What a pipeline watches.
pub(super) enum Touched {
    File(String),
    /// All files below a folder.
    Below(String),
}

/// Lint, plans and tests are for PostgreSQL.
fn refuse_sqlite(
    migrator: &Migrator,
    workplace: &Workplace,
    folder: &Folder,
) -> Result<(), Failure> {
    // A URL that cannot be learned here is the business of the command that needs it.
    let resolution = workplace.url(migrator.url.as_ref(), folder).ok();
    let found = resolution.and_then(|resolution| resolution.found);
    match found {
        Some(Found {
            given: Given::Url(url),
            origin,
            ..
        }) if sqlite::is_ours(url.expose()) => Err(Problem::new(
            "this project's database is a file of SQLite's, and the pipelines are for PostgreSQL",
        )
        .note(format!("by {origin}"))
        .help("run `segue deploy` where the file is, before the app starts")
        .into()),
        _ => Ok(()),
    }
}

/// The folder of the repository that a path is in.
fn repository(path: &Path) -> Result<PathBuf, Problem> {
    let folder = existing(path);
    let found = git(&folder, &["rev-parse", "--show-toplevel"]).map_err(|problem| {
        if problem.message.contains("not a git repository") {
            Problem::new(format!("`{}` is in no git repository", shown_path(&folder)))
                .note("a pipeline is a part of a repository, and runs on its pull requests and pushes")
                .help("`git init` in the folder that is to be the repository, then the same command again")
        } else {
            problem
        }
    })?;
    let found = PathBuf::from(String::from_utf8_lossy(&found).trim_end_matches(['\n', '\r']));
    Ok(found.canonicalize().unwrap_or(found))
}

/// The branch that the remote's clones begin with, else the one that is checked out.
fn branch(root: &Path, notes: &mut Vec<String>) -> String {
    let ask = |arguments: &[&str]| {
        let said = git(root, arguments).ok()?;
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        (!said.is_empty()).then_some(said)
    };
    let of_remote = ask(&[
        "symbolic-ref",
        "--quiet",
        "--short",
        "refs/remotes/origin/HEAD",
    ]);
    if let Some(name) = of_remote {
        return name.trim_start_matches("origin/").to_owned();
    }
    let current = ask(&["symbolic-ref", "--quiet", "--short", "HEAD"]);
    let branch = current.unwrap_or_else(|| "main".to_owned());
    let why = match ask(&["remote"]) {
        None => "this repository has no remote yet: nothing runs before it is pushed to one",
        Some(_) => {
            "git does not know the default branch of its remote (`git remote set-head origin --auto`)"
        }
    };
    notes.push(format!(
        "{why}; deploys are made from `{branch}`, which is checked out here"
    ));
    branch
}

/// A path below the repository's root, as git writes it.
fn below(root: &Path, path: &Path) -> Result<String, Problem> {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let Ok(inside) = full.strip_prefix(root) else {
        return Err(Problem::new(format!(
            "`{}` is outside of the repository `{}`",
            shown_path(path),
            shown_path(root)
        ))
        .help("a pipeline has only what is in its repository"));
    };
    match inside.to_str() {
        Some(inside) => Ok(inside.replace(std::path::MAIN_SEPARATOR, "/")),
        None => Err(Problem::new(format!("`{}` is not UTF-8", shown_path(path)))
            .help("give the folder another name")),
    }
}

fn config_file(migrator: &Migrator, workplace: &Workplace) -> Option<PathBuf> {
    let beside = |folder: &PathBuf| folder.join("segue.toml");
    migrator
        .config
        .clone()
        .or_else(|| workplace.config_folder.as_ref().map(beside))
}

/// What tells the pipeline of a project from those of others: the project's name, or where it is.
fn name(project: Option<&str>, home: &str) -> String {
    let own = project.unwrap_or(home);
    let keep = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => '-',
    };
    let own: String = own.chars().map(keep).collect();
    let words = own.split('-').filter(|word| !word.is_empty());
    ["segue"]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join("-")
}
