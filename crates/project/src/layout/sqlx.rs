//! sqlx: `migrations/<version>_<description>.sql`, or `.up.sql` and `.down.sql` in pairs.
//!
//! Source: sqlx-core 0.8 (`migrate/source.rs`, `migration_type.rs`, `migrator.rs`).

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::Timestamp;
use segue_sql::Problem;

use super::{
    Context, Layout, NewFile, Reading, same_checksum, slug,
    times::{of_clock, time_behind},
};
use crate::{
    Folder, Migration, Note, Script, at_once, cargo::names_dependency, digest::sha384_hex,
    script::whole,
};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "sqlx",
    title: "sqlx",
    usual_folders: &["migrations"],
    fits,
    evidence,
    read,
    same: same_checksum,
    create,
};

/// The marker that `Migration::new` looks for at the very start of a file.
const NO_TRANSACTION: &str = "-- no-transaction";

fn fits(folder: &Folder) -> bool {
    folder
        .files()
        .any(|entry| matches!(parse(&entry.name), Some(Ok(_))))
}

fn evidence(folder: &Folder) -> Option<String> {
    for marker in [".sqlx", "sqlx.toml", "sqlx-data.json"] {
        if folder.has(marker) {
            return Some(marker.to_owned());
        }
    }
    names_dependency(folder, "sqlx").then(|| "Cargo.toml names sqlx".to_owned())
}

/// A file name taken apart.
struct Name<'a> {
    version: i64,
    description: &'a str,
    direction: Direction,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Simple,
    Up,
    Down,
}

/// `None`: not one of sqlx's names, which it passes over in silence. An error: it stops at this one.
fn parse(file: &str) -> Option<Result<Name<'_>, Problem>> {
    let (version, rest) = file.split_once('_')?;
    if !rest.ends_with(".sql") {
        return None;
    }
    let Ok(version) = version.parse() else {
        return Some(Err(Problem::new(format!(
            "`{file}` does not start with a version number"
        ))
        .help(
            "sqlx takes the part before the first underscore for the version: give it a number, \
               or move the file out of the folder",
        )));
    };
    let (description, direction) = if let Some(description) = rest.strip_suffix(".up.sql") {
        (description, Direction::Up)
    } else if let Some(description) = rest.strip_suffix(".down.sql") {
        (description, Direction::Down)
    } else {
        (without(rest, ".sql"), Direction::Simple)
    };
    Some(Ok(Name {
        version,
        description,
        direction,
    }))
}

/// As `trim_end_matches`, which makes ready for a long text first.
fn without<'a>(mut name: &'a str, ending: &str) -> &'a str {
    while let Some(rest) = name.strip_suffix(ending) {
        name = rest;
    }
    name
}

fn read(folder: &Folder, _: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut notes = Vec::new();
    let mut problems = Vec::new();
    let mut files = Vec::new();
    for entry in folder.entries.iter().filter(|e| !e.name.starts_with('.')) {
        match parse(&entry.name).filter(|_| !entry.is_dir) {
            Some(Ok(name)) => files.push((entry.name.as_str(), name)),
            Some(Err(problem)) => problems.push(problem),
            None => notes.push(Note {
                path: entry.name.clone(),
                text: "not a migration: sqlx passes over it".to_owned(),
            }),
        }
    }
    let texts = at_once::map(&files, |(file, _)| Text::read(folder, file));
    let mut migrations = Versions::default();
    let mut downs: BTreeMap<i64, Script> = BTreeMap::new();
    for ((file, name), text) in files.iter().zip(texts) {
        let added = text.and_then(|text| add(file, name, text, &mut migrations, &mut downs));
        problems.extend(added.err());
    }
    for (version, down) in downs {
        match migrations.of(version) {
            Some(migration) => migration.down = Some(down),
            None => problems.push(
                Problem::new(format!("`{}` has no .up.sql", down.path.display()))
                    .help("add the file that it takes back, or remove it"),
            ),
        }
    }
    if problems.is_empty() {
        let migrations = migrations.in_order();
        Ok(Reading {
            migrations,
            notes,
            ..Reading::default()
        })
    } else {
        Err(problems)
    }
}

/// What is in a file.
struct Text {
    checksum: String,
    transactional: bool,
    script: Script,
}

impl Text {
    fn read(folder: &Folder, file: &str) -> Result<Self, Problem> {
        let text = folder.text(file)?;
        Ok(Self {
            checksum: sha384_hex(&text.raw),
            transactional: !text.raw.starts_with(NO_TRANSACTION),
            script: Script::of_file(text, whole),
        })
    }
}

fn add(
    file: &str,
    name: &Name<'_>,
    text: Text,
    migrations: &mut Versions,
    downs: &mut BTreeMap<i64, Script>,
) -> Result<(), Problem> {
    if name.direction == Direction::Down {
        downs.insert(name.version, text.script);
        return Ok(());
    }
    let migration = Migration {
        name: without(without(file, ".sql"), ".up").to_owned(),
        key: name.version.to_string(),
        description: name.description.replace('_', " "),
        checksum: Some(text.checksum),
        up: text.script,
        down: None,
        transactional: text.transactional,
        repeatable: false,
        run_by: None,
        transform: None,
    };
    match migrations.add(name.version, migration) {
        Ok(()) => Ok(()),
        Err(other) => Err(Problem::new(format!(
            "`{}` and `{file}` have the same version, {}",
            other.up.path.file_name().unwrap_or_default().display(),
            name.version
        ))
        .help("rename the newer one; the history could hold just one of them")),
    }
}

/// The migrations as they were read, and where in that order each version is.
#[derive(Default)]
struct Versions {
    read: Vec<Migration>,
    places: BTreeMap<i64, usize>,
}

impl Versions {
    /// Adds one; an error is the one that has its version already.
    fn add(&mut self, version: i64, migration: Migration) -> Result<(), &Migration> {
        match self.places.entry(version) {
            Entry::Vacant(place) => {
                place.insert(self.read.len());
                self.read.push(migration);
                Ok(())
            }
            Entry::Occupied(place) => Err(&self.read[*place.get()]),
        }
    }

    fn of(&mut self, version: i64) -> Option<&mut Migration> {
        let place = *self.places.get(&version)?;
        Some(&mut self.read[place])
    }

    /// By version. Mostly the names are in that order already, and then nothing is moved.
    fn in_order(self) -> Vec<Migration> {
        if self.places.values().is_sorted() {
            return self.read;
        }
        let mut read: Vec<_> = self.read.into_iter().map(Some).collect();
        let places = self.places.into_values();
        places.filter_map(|place| read[place].take()).collect()
    }
}

/// Goes on as the folder has begun: reversible or not, counted or timed (`sqlx migrate add`).
fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let names: Vec<Name<'_>> = folder
        .files()
        .filter_map(|entry| parse(&entry.name)?.ok())
        .collect();
    let last = names.iter().map(|name| name.version).max();
    let version = match last {
        Some(last) if last < 19_700_101_000_000 => format!("{:04}", last + 1),
        Some(last) => time_behind(&last.to_string(), now),
        None => of_clock(now),
    };
    let stem = format!("{version}_{}", slug(name));
    let reversible = names.iter().any(|name| name.direction == Direction::Up);
    Ok(if reversible {
        vec![
            NewFile::new(
                format!("{stem}.up.sql"),
                "-- Add up migration script here\n",
            ),
            NewFile::new(
                format!("{stem}.down.sql"),
                "-- Add down migration script here\n",
            ),
        ]
    } else {
        vec![NewFile::new(
            format!("{stem}.sql"),
            "-- Add migration script here\n",
        )]
    })
}
