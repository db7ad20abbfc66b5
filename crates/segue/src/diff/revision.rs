//! Files as they were at a revision of git.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::Problem;

/// A file at a revision.
pub(super) struct Old {
    /// Its path below the one that was asked for; empty where that is the file itself.
    pub(super) path: String,
    pub(super) text: String,
}

/// The files at and below a path, as a revision has them.
///
/// # Errors
/// No git, no repository, no such revision, or nothing there.
pub(super) fn files(revision: &str, path: &Path) -> Result<Vec<Old>, Failure> {
    let full = std::path::absolute(path).map_err(|error| Problem::new(error.to_string()))?;
    let folder = existing(&full);
    let root = git(&folder, &["rev-parse", "--show-toplevel"])?;
    let root = PathBuf::from(String::from_utf8_lossy(&root).trim_end());
    let canonical = folder.canonicalize().unwrap_or(folder.clone());
    let rest = full.strip_prefix(&folder).unwrap_or(Path::new(""));
    let inside = canonical.join(rest);
    let inside = inside.strip_prefix(&root).unwrap_or(&inside);
    let inside = inside.to_string_lossy().replace('\\', "/");
    let commit = format!("{revision}^{{commit}}");
    git(
        &root,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ],
    )
    .map_err(|_| {
        Problem::new(format!("git knows no revision `{revision}`"))
            .note(format!("in the repository {}", shown_path(&root)))
            .help("name a commit, a branch or a tag: git:main, git:HEAD~1:migrations")
    })?;
    let spec = match inside.is_empty() {
        true => ".",
        false => inside.as_str(),
    };
    let list = ["ls-tree", "-r", "-z", "--name-only", revision, "--", spec];
    let names = git(&root, &list)?;
    let names = String::from_utf8_lossy(&names).into_owned();
    let mut files = Vec::new();
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let text = git(&root, &["cat-file", "blob", &format!("{revision}:{name}")])?;
        let below = name.strip_prefix(&inside).unwrap_or(name);
        let Ok(text) = String::from_utf8(text) else {
            continue;
        };
        files.push(Old {
            path: below.trim_start_matches('/').to_owned(),
            text,
        });
    }
    if files.is_empty() {
        return Err(Problem::new(format!(
            "the revision `{revision}` has nothing in `{}`",
            shown_path(path)
        ))
        .help("name another path behind the revision: git:REVISION:PATH")
        .into());
    }
    Ok(files)
}

/// The nearest folder that is there now.
fn existing(path: &Path) -> PathBuf {
    let mut levels = path.ancestors();
    let found = levels.find(|level| level.is_dir());
    found.unwrap_or(Path::new(".")).to_owned()
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .map_err(|error| {
            Problem::new(format!("git cannot be run: {error}"))
                .help("install git, or name a file or folder on disk")
        })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default().to_owned();
    Err(Problem::new(format!("git refuses: {said}")))
}
