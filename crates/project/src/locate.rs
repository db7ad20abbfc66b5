//! Where the folder of migrations is, given a project folder, the folder itself, or nothing at all.

use std::path::{Path, PathBuf};

use segue_sql::Problem;

use crate::{
    Folder,
    folder::shown_path,
    layout::{LAYOUTS, flyway},
    text_file::TextFile,
    tool_config,
};

/// Finds the folder of migrations.
///
/// `given` is the user's `--dir` or the `dir` of `segue.toml`: the folder itself, or a project folder
/// in which it is found. Without it the search starts at `current` and goes up to the repository's root.
///
/// # Errors
/// Nothing there, or more than one folder that could be meant.
pub fn locate(given: Option<&Path>, current: &Path) -> Result<Folder, Problem> {
    if let Some(given) = given {
        let folder = Folder::list(given)?;
        return Ok(inside(&folder)?.unwrap_or(folder));
    }
    for level in upward(current) {
        if let Some(found) = inside(&Folder::list(&level)?)? {
            return Ok(below_current(found));
        }
    }
    Err(Problem::new(format!(
        "no folder of migrations here, in `{}`, or above it",
        shown_path(current)
    ))
    .help("start one with `segue init`, or name it with --dir"))
}

/// The folder by its path from the current one, as a user would name it.
fn below_current(mut folder: Folder) -> Folder {
    if let Ok(current) = std::env::current_dir()
        && let Ok(rest) = folder.path.strip_prefix(current)
        && !rest.as_os_str().is_empty()
    {
        folder.path = rest.to_owned();
    }
    folder
}

/// A folder and those above it, up to the repository's root; outside of a repository two levels up.
pub(crate) fn upward(from: &Path) -> Vec<PathBuf> {
    let from = from.canonicalize().unwrap_or_else(|_| from.to_owned());
    let levels: Vec<&Path> = from.ancestors().collect();
    let last = levels
        .iter()
        .position(|level| level.join(".git").exists())
        .unwrap_or(2);
    levels
        .iter()
        .take(last + 1)
        .map(|l| (*l).to_owned())
        .collect()
}

fn fits_any(folder: &Folder) -> bool {
    LAYOUTS.iter().any(|layout| (layout.fits)(folder))
}

/// The folder of migrations in a project folder; `None` where there is none.
fn inside(project: &Folder) -> Result<Option<Folder>, Problem> {
    if fits_any(project) {
        return Ok(Some(project.clone()));
    }
    let locations = flyway::locations(project);
    let mut below: Vec<PathBuf> = tool_config::migration_folders(project)
        .into_iter()
        .chain(locations.first().cloned())
        .chain(
            LAYOUTS
                .iter()
                .flat_map(|layout| layout.usual_folders)
                .map(PathBuf::from),
        )
        .map(|relative| project.path.join(relative))
        .filter(|path| path.is_dir() && !is_of_another(path, &locations))
        .collect();
    let full = |path: &mut PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    below.sort();
    below.dedup_by_key(full);
    let folders: Vec<Folder> = below
        .iter()
        .map(|path| match path.strip_prefix(&project.path) {
            // Mostly listed already, to see what it is.
            Ok(relative) => project.below(relative),
            Err(_) => Folder::list(path),
        })
        .collect::<Result<_, _>>()?;
    let (mut full, empty): (Vec<_>, Vec<_>) = folders.into_iter().partition(fits_any);
    match full.len() {
        0 => Ok(empty.into_iter().next()),
        1 => Ok(full.pop()),
        _ => Err(several(&full)),
    }
}

/// Flyway's locations are read together, from the first of them; and where it has been told to look below
/// a folder, it does not look into the folder itself.
fn is_of_another(path: &Path, locations: &[PathBuf]) -> bool {
    locations.iter().enumerate().any(|(place, location)| {
        let is_same = path == location;
        (is_same && place > 0) || (!is_same && location.starts_with(path))
    })
}

fn several(folders: &[Folder]) -> Problem {
    let list: Vec<String> = folders
        .iter()
        .map(|folder| format!("`{}`", shown_path(&folder.path)))
        .collect();
    Problem::new(format!(
        "more than one folder of migrations: {}",
        list.join(", ")
    ))
    .help("say which one with --dir, or with `dir` in segue.toml")
}

/// Why a folder holds no migrations, and where some are.
pub(crate) fn nothing_in(folder: &Folder) -> Problem {
    let below: Vec<String> = folder
        .folders()
        .filter(|entry| folder.below(&entry.name).is_ok_and(|f| fits_any(&f)))
        .map(|entry| folder.path.join(&entry.name))
        .map(|path| format!("`{}`", shown_path(&path)))
        .collect();
    let problem = Problem::new(format!("no migrations in `{}`", shown_path(&folder.path)));
    if below.is_empty() {
        problem.help("write the first one with `segue new NAME`, or name another folder with --dir")
    } else {
        problem.help(format!(
            "there are migrations in {}: name one of them with --dir",
            below.join(", ")
        ))
    }
}

/// Reads a small text file next to the project, if it is there and readable.
pub(crate) fn read_if_there(path: &Path) -> Option<String> {
    path.is_file()
        .then(|| TextFile::read(path.to_owned()).ok())
        .flatten()
        .map(|text| text.raw)
}
