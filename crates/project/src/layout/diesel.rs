//! Diesel: `migrations/<version>_<name>/{up.sql,down.sql,metadata.toml}`.
//!
//! Source: diesel_migrations 2.3.0 (`file_based_migrations.rs`), migrations_internals 2.3.0 (`lib.rs`).

use jiff::Timestamp;
use segue_sql::Problem;
use serde::Deserialize;

use super::{
    Context, Layout, NewFile, Reading,
    folders::{Shape, read_folders},
    slug,
    times::time,
};
use crate::{Folder, Migration, cargo::names_dependency, script::whole};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "diesel",
    title: "Diesel",
    usual_folders: &["migrations"],
    fits,
    evidence,
    read,
    same: |_, _| true,
    create,
};

const METADATA: &str = "metadata.toml";

const SHAPE: Shape = Shape {
    up: "up.sql",
    down: Some("down.sql"),
    known: &[METADATA],
    follows_links: true,
    key: version,
    checksum: |_| None,
    pieces: whole,
};

/// `metadata.toml`; a file without the key means `false`, no file at all means `true`: that is how
/// `TomlMetadata` is derived.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    run_in_transaction: bool,
}

/// `version_from_string`: the text before the first underscore, without its dashes.
fn version(folder: &str) -> String {
    folder
        .split('_')
        .next()
        .unwrap_or_default()
        .replace('-', "")
}

fn fits(folder: &Folder) -> bool {
    folder
        .folders()
        .any(|entry| folder.has_file(format!("{}/{}", entry.name, SHAPE.up)))
}

fn evidence(folder: &Folder) -> Option<String> {
    if folder.has("diesel.toml") {
        return Some("diesel.toml".to_owned());
    }
    names_dependency(folder, "diesel").then(|| "Cargo.toml names diesel".to_owned())
}

fn read(folder: &Folder, _: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut reading = read_folders(folder, &SHAPE)?;
    let mut problems = Vec::new();
    for migration in &mut reading.migrations {
        match check(folder, migration) {
            Ok(transactional) => migration.transactional = transactional,
            Err(problem) => problems.push(problem),
        }
    }
    reading.migrations.sort_by(|a, b| a.key.cmp(&b.key));
    if problems.is_empty() {
        Ok(reading)
    } else {
        Err(problems)
    }
}

/// Whether the migration runs in a transaction; an empty file is refused, as Diesel does.
fn check(folder: &Folder, migration: &Migration) -> Result<bool, Problem> {
    if migration.up.is_empty() {
        return Err(
            Problem::new(format!("`{}` is empty", migration.up.path.display()))
                .help("Diesel refuses an empty migration: write a comment or a statement into it"),
        );
    }
    let path = format!("{}/{METADATA}", migration.name);
    if !folder.has_file(&path) {
        return Ok(true);
    }
    let source = folder.source(&path)?;
    toml::from_str::<Metadata>(&source.text)
        .map(|metadata| metadata.run_in_transaction)
        .map_err(|error| {
            Problem::new(format!("`{}` is broken", source.name))
                .at(&source, error.span().unwrap_or(0..0), error.message())
                .help(
                    "Diesel would pass over this file and use a transaction; mend it or remove it",
                )
        })
}

fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let time = time(folder.folders().map(|entry| version(&entry.name)), now);
    let (date, second) = time.split_at(8);
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    let folder = format!("{year}-{month}-{day}-{second}-0000_{}", slug(name));
    Ok(vec![
        NewFile::new(format!("{folder}/up.sql"), "-- Your SQL goes here\n"),
        NewFile::new(
            format!("{folder}/down.sql"),
            "-- This file should undo anything in `up.sql`\n",
        ),
    ])
}
