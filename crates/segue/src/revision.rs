//! Files as they were at a revision of git.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::Problem;

/// A file at a revision.
pub(crate) struct Old {
    /// Its path below the one that was asked for; empty where that is the file itself.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The files at and below a path, as a revision has them.
///
/// # Errors
/// No git, no repository, no such revision, or nothing there.
pub(crate) fn files(revision: &str, path: &Path) -> Result<Vec<Old>, Failure> {
    let At { root, inside } = at(revision, path)?;
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

/// A path in a repository.
struct At {
    /// The repository's folder.
    root: PathBuf,
    /// The path below that, as git writes it.
    inside: String,
}

/// Where a path is in its repository, which knows the revision.
fn at(revision: &str, path: &Path) -> Result<At, Failure> {
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
            .help("name a commit, a branch or a tag, such as main or HEAD~1")
    })?;
    Ok(At { root, inside })
}

/// A file that is not what it was at a revision.
pub(crate) struct Touched {
    pub(crate) path: PathBuf,
    /// Whether the revision has it, otherwise than it is now.
    pub(crate) is_changed: bool,
}

impl Touched {
    /// The one that is the file of a path.
    pub(crate) fn find<'a>(all: &'a [Self], path: &Path) -> Option<&'a Self> {
        let path = real(path);
        all.iter().find(|file| real(&file.path) == path)
    }
}

/// The path that the system knows a file by.
pub(crate) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The files at and below a path that were added or changed since a revision; those that git does not know of yet
/// count as added.
///
/// # Errors
/// No git, no repository, no such revision.
pub(crate) fn touched(revision: &str, path: &Path) -> Result<Vec<Touched>, Failure> {
    let At { root, inside } = at(revision, path)?;
    let spec = match inside.is_empty() {
        true => ".",
        false => inside.as_str(),
    };
    let of = [
        "--no-renames",
        "-z",
        "--diff-filter=AMT",
        revision,
        "--",
        spec,
    ];
    let changed = git(&root, &[&["diff", "--name-status"], &of[..]].concat())?;
    let changed = String::from_utf8_lossy(&changed).into_owned();
    let mut words = changed.split('\0').filter(|word| !word.is_empty());
    let mut touched = Vec::new();
    while let (Some(status), Some(name)) = (words.next(), words.next()) {
        touched.push(Touched {
            path: root.join(name),
            is_changed: status != "A",
        });
    }
    let others = ["ls-files", "--others", "-z", "--", spec];
    let others = git(&root, &others)?;
    let others = String::from_utf8_lossy(&others).into_owned();
    let others = others.split('\0').filter(|name| !name.is_empty());
    touched.extend(others.map(|name| Touched {
        path: root.join(name),
        is_changed: false,
    }));
    Ok(touched)
}

/// What git says of a file that is not committed as it is; none where it is, or there is no git that tells.
pub(crate) fn uncommitted(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let name = path.file_name()?.to_str()?;
    let told = git(folder, &["status", "--porcelain", "--", name]).ok()?;
    let told = String::from_utf8_lossy(&told).into_owned();
    let mark = told.get(..2)?;
    let shown = shown_path(path);
    Some(match mark {
        "??" => format!("git: `{shown}` is not in the repository yet"),
        _ => format!("git: `{shown}` has changes that are not committed"),
    })
}

/// The nearest folder that is there now.
pub(crate) fn existing(path: &Path) -> PathBuf {
    let mut levels = path.ancestors();
    let found = levels.find(|level| level.is_dir());
    found.unwrap_or(Path::new(".")).to_owned()
}

/// What git prints.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
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
