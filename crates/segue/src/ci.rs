//! Pipelines: the files by which a CI system checks migrations that are proposed, deploys them, and contracts by hand.
//!
//! Owns: which files there are for a system, and that none of somebody else's is overwritten.
//! Does not own: where the project is in its repository (`ci/site.rs`), how texts are put into YAML and into shells
//! (`ci/text.rs`); what the pipelines do stands in `ci/templates`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::Problem;

use crate::{
    Migrator,
    scaffold::{failed, make_folder, replace},
};

mod site;
mod text;

pub(crate) use text::shell as shell_word;

use site::Site;

/// A system that runs pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CiSystem {
    /// GitHub Actions
    Github,
    /// GitLab CI/CD
    Gitlab,
}

/// Which pipeline is to be written.
#[derive(Debug, Clone)]
pub struct PipelineOptions {
    /// For which system.
    pub system: CiSystem,
    /// The name of the secret that holds the URL of the database; `None`: `DATABASE_URL`.
    pub secret: Option<String>,
    /// Whether files of the same name that say something else are overwritten.
    pub force: bool,
}

/// A pipeline that was written.
#[derive(Debug)]
pub struct Pipeline {
    /// The files that were written.
    pub made: Vec<PathBuf>,
    /// The files that were there already, as they would have been written.
    pub unchanged: Vec<PathBuf>,
    /// What has to be set in the repository, by name, and what for.
    pub needs: Vec<(String, String)>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// A file of a pipeline, below the repository's root.
struct File {
    path: String,
    text: String,
}

const COMMIT: &str =
    "a commit of it, to build and to cache by (may be left out: that of the default branch)";

impl Migrator {
    /// Writes a pipeline for the project into the repository that it is in.
    ///
    /// # Errors
    /// No git, no repository; no folder of migrations, or one outside of the repository; names that cannot stand in a
    /// pipeline; files that are there and say something else, without [`PipelineOptions::force`].
    pub fn pipeline(&self, options: &PipelineOptions) -> Result<Pipeline, Failure> {
        let secret = options.secret.as_deref().unwrap_or("DATABASE_URL");
        refuse_secret(secret)?;
        let mut site = Site::of(self)?;
        let files = match options.system {
            CiSystem::Github => github(&site, secret)?,
            CiSystem::Gitlab => gitlab(&mut site, secret)?,
        };
        let (made, unchanged) = write(&site.root, files, options.force)?;
        Ok(Pipeline {
            made,
            unchanged,
            needs: needs(options.system, secret),
            notes: site.notes,
        })
    }
}

/// The names of GitHub's secrets and of GitLab's variables: letters, digits and `_`, no digit first; GitHub keeps names that
/// begin with `GITHUB_` to itself.
fn refuse_secret(name: &str) -> Result<(), Problem> {
    let is_right = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.to_ascii_uppercase().starts_with("GITHUB_");
    if is_right {
        return Ok(());
    }
    Err(Problem::new("this is no name of a secret").help(
        "give the name and not the value, in letters, digits and _: --secret PRODUCTION_DATABASE_URL",
    ))
}

fn github(site: &Site, secret: &str) -> Result<Vec<File>, Problem> {
    let path = format!(".github/workflows/{}.yml", site.name);
    let globs = site
        .globs(&path)
        .map(|path| text::glob(&path, text::github_name));
    let (options, production) = (site.options(), site.production());
    let workflow = text::filled(
        include_str!("ci/templates/github.yml"),
        &[
            ("name", &site.name),
            ("secret", secret),
            ("branch", &text::yaml(&text::github_name(&site.branch))),
            ("paths", &text::list(globs, "\n      - ")),
            ("options", &text::in_github(&options)?),
            ("production", &text::in_github(&production)?),
        ],
    );
    let install = include_str!("ci/templates/github_install.yml");
    Ok(vec![
        File {
            path,
            text: workflow,
        },
        File {
            path: ".github/actions/install-segue/action.yml".to_owned(),
            text: install.to_owned(),
        },
    ])
}

/// GitLab has one file of its own; ours is included by it. One that is there is the user's, and is left to them.
fn gitlab(site: &mut Site, secret: &str) -> Result<Vec<File>, Problem> {
    let path = format!(".gitlab/{}.yml", site.name);
    let globs = site
        .globs(&path)
        .map(|path| text::glob(&path, text::gitlab_name));
    let (options, production) = (site.options(), site.production());
    // A variable that names itself is none.
    let database = match secret {
        "DATABASE_URL" => String::new(),
        _ => format!("  variables:\n    DATABASE_URL: ${secret}\n"),
    };
    let text = text::filled(
        include_str!("ci/templates/gitlab.yml"),
        &[
            ("name", &site.name),
            ("secret", secret),
            ("database", &database),
            ("paths", &text::list(globs, "\n          - ")),
            ("options", &options),
            ("production", &production),
        ],
    );
    let include = format!("include:\n  - local: {path}\n");
    let mut files = vec![File {
        path: path.clone(),
        text,
    }];
    let own = site.root.join(".gitlab-ci.yml");
    match fs::read_to_string(&own) {
        Ok(there) if there.contains(&path) => {}
        Ok(_) => site.notes.push(format!(
            "`{}` is yours and was left as it is: add `- local: {path}` to its `include`",
            shown_path(&own)
        )),
        Err(_) if own.exists() => return Err(failed_reading(&own)),
        Err(_) => files.push(File {
            path: ".gitlab-ci.yml".to_owned(),
            text: include,
        }),
    }
    Ok(files)
}

fn failed_reading(path: &Path) -> Problem {
    Problem::new(format!("cannot read `{}` as text", shown_path(path)))
        .help("mend it, or move it away")
}

fn needs(system: CiSystem, secret: &str) -> Vec<(String, String)> {
    let url = "the URL of the database: its own, not that of a pooler";
    let git = "the git repository that segue is built from, until there are releases to download";
    let need = |kind: &str, name: &str, what: &str| (format!("{kind} {name}"), what.to_owned());
    match system {
        CiSystem::Github => vec![
            need("secret", secret, url),
            need("variable", "SEGUE_GIT", git),
            need("variable", "SEGUE_REV", COMMIT),
            need(
                "environment",
                "production",
                "who has to agree to a deploy, if anybody",
            ),
        ],
        CiSystem::Gitlab => vec![
            need("variable", secret, &format!("{url}; masked and protected")),
            need("variable", "SEGUE_GIT", git),
            need("variable", "SEGUE_REV", COMMIT),
            need(
                "variable",
                "SEGUE_COMMENT_TOKEN",
                "a project access token with the scope `api`, for the comment on merge requests (may be left out)",
            ),
        ],
    }
}

/// Writes all files, or none: one that is there and says something else is not ours to overwrite.
fn write(
    root: &Path,
    files: Vec<File>,
    force: bool,
) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let (mut wanted, mut unchanged, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        let path = root.join(&file.path);
        match fs::read(&path) {
            Ok(there) if there == file.text.as_bytes() => unchanged.push(path),
            Ok(_) if !force => taken.push(path),
            // What cannot be read as a file is told of by writing it.
            Ok(_) | Err(_) => wanted.push((path, file.text)),
        }
    }
    if !taken.is_empty() {
        let say = |path: &PathBuf| {
            Problem::new(format!(
                "`{}` is there already, and says something else",
                shown_path(path)
            ))
            .help("compare the two, then overwrite it with --force; nothing was written")
        };
        return Err(taken.iter().map(say).collect::<Vec<_>>().into());
    }
    let mut made = Vec::new();
    for (path, text) in wanted {
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        if path.is_dir() {
            return Err(failed(&path, &std::io::ErrorKind::IsADirectory.into()));
        }
        replace(&path, &text)?;
        made.push(path);
    }
    Ok((made, unchanged))
}
