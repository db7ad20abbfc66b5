//! `transform.toml`: beside the SQL of a migration, it declares a program that rows go through. What it says is read in crate
//! `plan`; here it is found.

use std::{path::PathBuf, sync::Arc};

use segue_sql::{Problem, Source};

use crate::{Folder, layout::Reading, sha256_hex};

/// Its name in the folder of a migration; where migrations are files, it has the name of one of them in front, and a point.
pub(crate) const FILE: &str = "transform.toml";

/// The declaration of a program that rows go through.
#[derive(Debug, Clone)]
pub struct Transform {
    /// Its text.
    pub source: Arc<Source>,
    /// The folder that it is in, from which the program is found; none for a program that carries its migrations in itself, where
    /// there is no such folder.
    pub folder: Option<PathBuf>,
    /// The SHA-256 of its text.
    pub checksum: String,
}

/// Finds those of all migrations.
pub(crate) fn find(folder: &Folder, reading: &mut Reading) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for migration in &mut reading.migrations {
        let own = migration.up.path.parent();
        let own = own.and_then(|own| own.strip_prefix(&folder.path).ok());
        let Some(own) = own else {
            continue;
        };
        let is_flat = own.file_name().is_none_or(|own| *own != *migration.name);
        let relative = match is_flat {
            true => own.join(format!("{}.{FILE}", migration.name)),
            false => own.join(FILE),
        };
        if !folder.has_file(&relative) {
            continue;
        }
        match folder.source(&relative) {
            Ok(source) => {
                let path = folder.path.join(&relative);
                migration.transform = Some(Arc::new(Transform {
                    checksum: sha256_hex(&source.text),
                    source,
                    folder: path
                        .parent()
                        .filter(|_| folder.is_on_disk())
                        .map(PathBuf::from),
                }));
                found.push(relative.display().to_string());
            }
            Err(problem) => problems.push(problem),
        }
    }
    reading.notes.retain(|note| !found.contains(&note.path));
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choice, Content, Context, Project, layout};

    fn read(layout: &str, files: &[&str]) -> Project {
        let files = files.iter().map(|file| (*file, Content::Text("x = 1")));
        let folder = Folder::in_memory("migrations", files);
        let choice = Choice {
            layout: layout::by_name(layout).expect("a layout"),
            reason: String::new(),
            explicit: true,
        };
        Project::read(folder, choice, &Context::NOWHERE).expect("it is read")
    }

    #[test]
    fn it_is_in_the_folder_of_the_migration_or_has_its_name_in_front() {
        let files = ["1_a/migration.sql", "1_a/transform.toml", "1_a/slug.py"];
        let in_folder = read("segue", &[&files[..], &["2_b/migration.sql"]].concat());
        let has: Vec<bool> = (in_folder.migrations.iter())
            .map(|migration| migration.transform.is_some())
            .collect();
        assert_eq!(has, [true, false]);
        assert!(in_folder.notes.is_empty(), "{:?}", in_folder.notes);
        let flat = read("sqlx", &["1_a.sql", "2_b.sql", "2_b.transform.toml"]);
        let found = flat.migrations[1].transform.as_ref().expect("it is found");
        assert_eq!(found.source.name, "migrations/2_b.transform.toml");
        assert!(flat.migrations[0].transform.is_none() && flat.notes.is_empty());
    }

    #[test]
    fn one_of_no_migration_is_said_to_be_unused() {
        let flat = read("sqlx", &["1_a.sql", "9_typo.transform.toml"]);
        assert_eq!(flat.notes.len(), 1, "{:?}", flat.notes);
    }
}
