//! Every file in the folders that Flyway looks through, sub-folders included.

use std::{collections::BTreeSet, path::Path};

use segue_sql::Problem;

use super::{
    config_file::FLYWAY_FILES,
    names::{self, Name},
    settings::Settings,
};
use crate::{Folder, Note, folder::shown_path};

/// A file with one of Flyway's names.
pub(super) struct Found {
    pub(super) folder: Folder,
    pub(super) file: String,
    /// Relative to the location, with `/`.
    pub(super) path: String,
    pub(super) name: Name,
    /// Whether `<file>.conf` is beside it.
    pub(super) has_config: bool,
}

/// Deeper than any project; a link to a folder above ends here.
const DEPTH: usize = 16;

/// The folders to look through: those that the configuration names, if the chosen one is among them; else
/// the chosen one alone.
pub(super) fn roots(folder: &Folder, settings: &Settings, notes: &mut Vec<Note>) -> Vec<Folder> {
    notes.extend(settings.missing.iter().map(|location| Note {
        path: settings.origin.clone(),
        text: format!("its location {location} is not there"),
    }));
    let full = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let chosen = full(&folder.path);
    let configured: BTreeSet<_> = settings.locations.iter().map(|path| full(path)).collect();
    if !configured.contains(&chosen) {
        if !configured.is_empty() {
            let named: Vec<String> = configured.iter().map(|path| shown_path(path)).collect();
            notes.push(Note {
                path: settings.origin.clone(),
                text: format!("its locations are not used: {}", named.join(", ")),
            });
        }
        return vec![folder.clone()];
    }
    let mut roots = vec![folder.clone()];
    for path in &configured {
        // What is below another location is found there.
        let is_below = configured
            .iter()
            .any(|other| other != path && path.starts_with(other));
        if *path == chosen || is_below {
            continue;
        }
        match Folder::list(path) {
            Ok(root) => roots.push(root),
            Err(_) => notes.push(Note {
                path: settings.origin.clone(),
                text: format!("its location {} is not there", shown_path(path)),
            }),
        }
    }
    roots
}

/// The files of all folders; what is not Flyway's is noted.
pub(super) fn files(
    roots: &[Folder],
    settings: &Settings,
    notes: &mut Vec<Note>,
) -> Result<Vec<Found>, Vec<Problem>> {
    let mut scan = Scan {
        settings,
        notes,
        found: Vec::new(),
        problems: Vec::new(),
    };
    for root in roots {
        scan.folder(root, "", DEPTH);
    }
    if scan.problems.is_empty() {
        Ok(scan.found)
    } else {
        Err(scan.problems)
    }
}

struct Scan<'a> {
    settings: &'a Settings,
    notes: &'a mut Vec<Note>,
    found: Vec<Found>,
    problems: Vec<Problem>,
}

impl Scan<'_> {
    fn folder(&mut self, folder: &Folder, prefix: &str, depth: usize) {
        for entry in folder.entries.iter().filter(|e| !e.name.starts_with('.')) {
            let path = format!("{prefix}{}", entry.name);
            if !entry.is_dir {
                self.file(folder, &entry.name, path);
            } else if depth == 0 {
                self.note(path, "too deep: not looked into");
            } else {
                match folder.below(&entry.name) {
                    Ok(below) => self.folder(&below, &format!("{path}/"), depth - 1),
                    Err(problem) => self.problems.push(problem),
                }
            }
        }
    }

    fn file(&mut self, folder: &Folder, file: &str, path: String) {
        let config = format!("{file}.conf");
        match names::parse(file, self.settings) {
            Some(Ok(name)) => self.found.push(Found {
                folder: folder.clone(),
                file: file.to_owned(),
                path,
                name,
                has_config: folder.has(&config),
            }),
            Some(Err(why)) if self.settings.strict_names && is_sql(file, self.settings) => {
                self.problems.push(
                    Problem::new(format!(
                        "`{path}` is not named as Flyway's files are: {why}"
                    ))
                    .help(
                        "rename it; or turn `validateMigrationNaming` off, and it is passed over",
                    ),
                );
            }
            Some(Err(why)) => self.note(
                path,
                &format!("not run: Flyway passes over it, since {why}"),
            ),
            None if is_config(folder, file, self.settings) || is_settings(file) => {}
            None => self.note(path, "not a migration"),
        }
    }

    fn note(&mut self, path: String, text: &str) {
        self.notes.push(Note {
            path,
            text: text.to_owned(),
        });
    }
}

fn is_sql(file: &str, settings: &Settings) -> bool {
    matches!(names::body(file, settings), Some((_, names::Body::Sql)))
}

/// `V1__x.sql.conf` beside `V1__x.sql`: read with it.
fn is_config(folder: &Folder, file: &str, settings: &Settings) -> bool {
    file.strip_suffix(".conf")
        .is_some_and(|of| folder.has(of) && matches!(names::parse(of, settings), Some(Ok(_))))
}

/// Settings may lie among the migrations, and are read there.
fn is_settings(file: &str) -> bool {
    FLYWAY_FILES
        .iter()
        .any(|(name, second)| *name == file || *second == Some(file))
}
