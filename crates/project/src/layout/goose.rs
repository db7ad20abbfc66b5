//! goose: `<version>_<name>.sql` with `-- +goose Up` and `-- +goose Down`, and `.go` files.
//!
//! Source: goose 3.26 (`migration.go`, `migrate.go`, `provider_collect.go`, `create.go`).

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::Timestamp;
use segue_sql::{Problem, Source};

use super::{Context, Layout, NewFile, Reading, numbered::next_version, slug};
use crate::{Folder, Migration, Note, Script, folder::Entry, go_mod::names_module};

mod annotations;
mod envsub;

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "goose",
    title: "goose",
    usual_folders: &["migrations", "db/migrations", "sql/migrations"],
    fits,
    evidence,
    read,
    same: |_, _| true,
    create,
};

/// A file that goose would run.
struct Name<'a> {
    version: i64,
    /// The version as it is written.
    digits: &'a str,
    is_code: bool,
}

/// `NumericComponent`; `None`: goose passes over the file, or is told to stop at it.
fn parse(file: &str) -> Option<Name<'_>> {
    let (_, ending) = file.rsplit_once('.')?;
    if !matches!(ending, "sql" | "go") || file.ends_with("_test.go") {
        return None;
    }
    let (digits, _) = file.split_once('_')?;
    let version = digits.parse().ok().filter(|version| *version >= 1)?;
    Some(Name {
        version,
        digits,
        is_code: ending == "go",
    })
}

fn numbered(folder: &Folder) -> impl Iterator<Item = (&Entry, Name<'_>)> {
    folder
        .files()
        .filter_map(|entry| Some((entry, parse(&entry.name)?)))
}

/// The first file with SQL speaks for all; where there is only code, that will do.
fn fits(folder: &Folder) -> bool {
    match numbered(folder).find(|(_, name)| !name.is_code) {
        Some((entry, _)) => is_annotated(folder, &entry.name),
        None => numbered(folder).next().is_some(),
    }
}

fn is_annotated(folder: &Folder, file: &str) -> bool {
    folder
        .text(file)
        .is_ok_and(|text| text.raw.lines().any(annotations::is_annotation))
}

fn evidence(folder: &Folder) -> Option<String> {
    let annotated = numbered(folder).find(|(_, name)| !name.is_code);
    if annotated.is_some_and(|(entry, _)| is_annotated(folder, &entry.name)) {
        return Some("the lines `-- +goose` in its files".to_owned());
    }
    names_module(folder, "github.com/pressly/goose").then(|| "go.mod names goose".to_owned())
}

fn read(folder: &Folder, context: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    let mut migrations: BTreeMap<i64, Migration> = BTreeMap::new();
    for entry in folder.entries.iter().filter(|e| !e.name.starts_with('.')) {
        let Some(name) = parse(&entry.name).filter(|_| !entry.is_dir) else {
            reading.notes.push(unused(entry));
            continue;
        };
        let migration = match read_file(folder, &entry.name, &name, context, &mut reading.notes) {
            Ok(migration) => migration,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        if let Some(other) = migrations.insert(name.version, migration) {
            problems.push(
                Problem::new(format!(
                    "`{}` and `{}` have the same version, {}",
                    other.name, entry.name, name.version
                ))
                .help("rename the newer one; goose stops at them too"),
            );
        }
    }
    reading.migrations = migrations.into_values().collect();
    if problems.is_empty() {
        Ok(reading)
    } else {
        Err(problems)
    }
}

fn unused(entry: &Entry) -> Note {
    let text = if entry.is_dir {
        "a folder: goose does not look into it"
    } else if entry.name.ends_with("_test.go") {
        "a test in Go, not a migration"
    } else if entry.name.ends_with(".sql") {
        "not a migration: goose wants a version from 1 on and `_` in front of the name"
    } else {
        "not a migration: goose passes over it"
    };
    Note {
        path: entry.name.clone(),
        text: text.to_owned(),
    }
}

fn read_file(
    folder: &Folder,
    file: &str,
    name: &Name<'_>,
    context: &Context<'_>,
    notes: &mut Vec<Note>,
) -> Result<Migration, Problem> {
    let path = folder.path.join(file);
    let source = folder.source(file)?;
    let mut migration = empty(file, name, Source::new(source.name.clone(), ""), &path);
    if name.is_code {
        return Ok(migration);
    }
    match annotations::parse(&source, context.variable) {
        Ok(parsed) => {
            notes.extend(parsed.unset.iter().map(|variable| Note {
                path: file.to_owned(),
                text: format!(
                    "the variable {variable} is not set: nothing stands in its place, as in goose"
                ),
            }));
            migration.transactional = !parsed.no_transaction;
            (migration.up, migration.down) = scripts(parsed, &source, &path);
        }
        // goose reads a file only when it is to be run: one that is applied may be as it likes.
        Err(problem) => migration.up.problems.push(problem),
    }
    Ok(migration)
}

/// A migration with nothing to run for segue.
fn empty(file: &str, name: &Name<'_>, source: Arc<Source>, path: &Path) -> Migration {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    Migration {
        name: stem.to_owned(),
        key: name.version.to_string(),
        description: String::new(),
        checksum: None,
        up: Script::whole(path.to_owned(), source),
        down: None,
        transactional: true,
        repeatable: false,
        transform: None,
        run_by: name
            .is_code
            .then(|| format!("goose up-to {}", name.version)),
    }
}

fn scripts(
    parsed: annotations::Parsed,
    file: &Arc<Source>,
    path: &Path,
) -> (Script, Option<Script>) {
    let masked = (!parsed.values.is_empty()).then(|| {
        let mut bytes = parsed.text.clone().into_bytes();
        for byte in parsed.values.iter().flat_map(Clone::clone) {
            // The ends of lines stay, so that lines keep their numbers.
            if bytes[byte] != b'\n' {
                bytes[byte] = b'*';
            }
        }
        let text = String::from_utf8(bytes).expect("whole values are replaced");
        Source::new(file.name.clone(), text)
    });
    let source = if parsed.text == file.text {
        Arc::clone(file)
    } else {
        Source::new(file.name.clone(), parsed.text)
    };
    let script = |pieces| {
        let mut script = Script::cut(path.to_owned(), Arc::clone(&source), pieces);
        script.masked.clone_from(&masked);
        script
    };
    (
        script(parsed.up),
        parsed.has_down.then(|| script(parsed.down)),
    )
}

/// Goes on as the folder has begun, counted or by time (`goose create`, `goose -s create`).
fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let last = numbered(folder)
        .map(|(_, name)| name)
        .max_by_key(|name| name.version);
    let version = next_version(last.map(|name| name.digits), None, now);
    Ok(vec![NewFile::new(
        format!("{version}_{}.sql", slug(name)),
        "-- +goose Up\n\n\n-- +goose Down\n",
    )])
}

#[cfg(test)]
#[path = "goose/goose_tests.rs"]
mod tests;
