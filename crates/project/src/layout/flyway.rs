//! Flyway: `V<version>__<description>.sql`, `R__<description>.sql` that run again when they change, and what
//! else it looks for beside them.
//!
//! Source: flyway-core 8.5 and 13.0 (`ResourceNameParser`, `SqlMigrationResolver`, `ChecksumCalculator`,
//! `SqlScriptMetadata`, `Event`).

use std::path::{Path, PathBuf};

use segue_sql::Problem;

use super::{Context, Layout, Reading};
use crate::{Folder, Migration, Note};

mod config_file;
mod create;
mod names;
mod placeholders;
mod properties;
mod resolve;
mod scan;
mod settings;
mod version;

use settings::Settings;
pub use version::Version;

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "flyway",
    title: "Flyway",
    usual_folders: &[
        "src/main/resources/db/migration",
        "db/migration",
        "sql",
        "migrations",
    ],
    fits,
    evidence,
    read,
    same,
    create: create::create,
};

/// Whether a history names a repeatable migration so.
pub fn is_repeatable(key: &str) -> bool {
    key.starts_with("R__")
}

/// How a history names a repeatable migration of this description.
pub fn repeatable_key(description: &str) -> String {
    format!("R__{description}")
}

/// The checksum as the history holds it. A repeatable migration with placeholders has a second one behind
/// it, of the text before they were filled in, which Flyway accepts too.
pub fn stored_checksum(migration: &Migration) -> Option<&str> {
    migration.checksum.as_deref()?.split(' ').next()
}

/// The file relative to its location, as the history names it.
pub fn script(migration: &Migration) -> String {
    let file = migration.up.path.file_name().unwrap_or_default();
    let file = file.to_string_lossy();
    match migration.name.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{file}"),
        None => file.into_owned(),
    }
}

/// Folders that hold nothing but folders of migrations have these names.
const CONTAINERS: &[&str] = &["migration", "migrations", "sql", "flyway"];

/// Names in the folder itself; or below it, where its own name says that it is one of migrations. Deeper
/// than that a project would be taken for the folder in it.
fn fits(folder: &Folder) -> bool {
    let holds = |folder: &Folder| folder.files().any(|entry| is_ours(&entry.name));
    let is_container = |path: &Path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| CONTAINERS.contains(&name))
    };
    holds(folder)
        || is_container(&folder.path)
            && folder.folders().any(|entry| {
                folder.below(&entry.name).is_ok_and(|below| {
                    holds(&below)
                        || below
                            .folders()
                            .any(|entry| below.below(&entry.name).is_ok_and(|deep| holds(&deep)))
                })
            })
}

/// `V1__x.sql`, `R__x.sql` and the like, with Flyway's usual prefixes.
fn is_ours(file: &str) -> bool {
    use names::Kind;
    file.contains("__")
        && matches!(
            names::parse(file, &Settings::default()),
            Some(Ok(names::Name {
                kind: Kind::Versioned(..) | Kind::Repeatable | Kind::Undo(_) | Kind::Baseline(..),
                ..
            }))
        )
}

fn evidence(folder: &Folder) -> Option<String> {
    for name in [
        "flyway.toml",
        "flyway.conf",
        "flyway.properties",
        "flyway.user.toml",
    ] {
        if folder.has(name) {
            return Some(name.to_owned());
        }
    }
    for path in ["conf/flyway.toml", "conf/flyway.conf"] {
        if folder.has_file(path) {
            return Some(path.to_owned());
        }
    }
    let builds = [
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "gradle/libs.versions.toml",
    ];
    for name in builds {
        if folder.has_file(name)
            && folder
                .text(name)
                .is_ok_and(|text| text.raw.contains("flyway"))
        {
            return Some(format!("{name} names flyway"));
        }
    }
    config_file::at(folder, &Context::NOWHERE)
        .ok()
        .flatten()
        .map(|file| format!("{} has settings of flyway", file.name))
}

/// The folders that Flyway's own configuration in a project names, those that are there. None, where one of
/// them is outside of the project: from there the configuration would not be found again.
pub(crate) fn locations(project: &Folder) -> Vec<PathBuf> {
    let Ok(Some(file)) = config_file::at(project, &Context::NOWHERE) else {
        return Vec::new();
    };
    let full = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let root = full(&project.path);
    let mut locations = Settings::new(Some(&file), &Context::NOWHERE).locations;
    locations.retain(|path| Folder::list(path).is_ok());
    if locations.iter().all(|path| full(path).starts_with(&root)) {
        locations
    } else {
        Vec::new()
    }
}

fn read(folder: &Folder, context: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut settings = Settings::of(folder, context)?;
    let mut notes: Vec<Note> = Vec::new();
    let roots = scan::roots(folder, &settings, &mut notes);
    let found = scan::files(&roots, &settings, &mut notes)?;
    let refusals = std::mem::take(&mut settings.refusals);
    let mut reading = resolve::resolve(found, &settings, context)?;
    reading.notes.splice(0..0, notes);
    reading.refusals.splice(0..0, refusals);
    reading.history_schema.clone_from(&settings.schema);
    reading.history_table.clone_from(&settings.table);
    Ok(reading)
}

/// Flyway takes the text of a repeatable migration with its placeholders or without them
/// (`getEquivalentChecksum`); what code has for a checksum is not known here.
fn same(migration: &Migration, stored: &str) -> bool {
    migration.run_by.is_some()
        || migration
            .checksum
            .as_deref()
            .is_none_or(|checksums| checksums.split(' ').any(|checksum| checksum == stored))
}
