//! Prisma Migrate: `migrations/<UTC time>_<name>/migration.sql` beside a `schema.prisma`.
//!
//! Sources: prisma-engines (`schema-engine/connectors/schema-connector/src/migrations_directory.rs`,
//! checksums in `checksum.rs`) and the listing of the CLI 7.10.1.

use icu_collator::{Collator, CollatorPreferences, options::CollatorOptions};
use jiff::Timestamp;
use segue_sql::Problem;

use super::{
    Context, Layout, NewFile, Reading, check_dialect,
    folders::{Shape, read_folders},
    slug,
    times::time,
};
use crate::{Folder, Migration, Note, digest::sha256_hex, script::whole};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "prisma",
    title: "Prisma Migrate",
    usual_folders: &["prisma/migrations", "migrations"],
    fits,
    evidence,
    read,
    same,
    create,
};

const LOCK_FILE: &str = "migration_lock.toml";

fn fits(folder: &Folder) -> bool {
    folder.has(LOCK_FILE)
        || folder
            .folders()
            .any(|entry| folder.has_file(format!("{}/migration.sql", entry.name)))
}

fn evidence(folder: &Folder) -> Option<String> {
    if folder.has(LOCK_FILE) {
        return Some(LOCK_FILE.to_owned());
    }
    if folder.has("schema.prisma") {
        return Some("schema.prisma".to_owned());
    }
    if let Some(config) = folder.file_with_stem("prisma.config") {
        return Some(config.to_owned());
    }
    ["schema", "prisma", "prisma/schema"]
        .into_iter()
        .find(|below| holds_prisma_files(folder, below))
        .map(|below| format!("{below}/*.prisma"))
}

fn holds_prisma_files(folder: &Folder, below: &str) -> bool {
    folder
        .below(below)
        .is_ok_and(|folder| folder.files().any(|entry| entry.name.ends_with(".prisma")))
}

const SHAPE: Shape = Shape {
    up: "migration.sql",
    down: Some("down.sql"),
    known: &[LOCK_FILE],
    follows_links: false,
    key: str::to_owned,
    checksum: |text| Some(sha256_hex(text)),
    pieces: whole,
};

fn read(folder: &Folder, context: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut reading = read_folders(folder, &SHAPE)?;
    check_provider(folder, context, &mut reading.notes).map_err(|problem| vec![problem])?;
    sort_by_locale(&mut reading.migrations);
    Ok(reading)
}

/// The CLI sorts by `a.localeCompare(b)`: the root collation, not bytes. For names that start with
/// different times both orders are the same, and the collation's data need not be loaded.
pub(crate) fn sort_by_locale(migrations: &mut [Migration]) {
    migrations.sort_by(|a, b| a.name.cmp(&b.name));
    let time = |m: &Migration| m.name.get(..14).map(str::to_owned);
    let is_time = |time: &Option<String>| {
        time.as_deref()
            .is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()))
    };
    let settled = migrations.iter().map(time).all(|t| is_time(&t))
        && migrations
            .windows(2)
            .all(|pair| time(&pair[0]) != time(&pair[1]));
    if settled {
        return;
    }
    let collator = Collator::try_new(CollatorPreferences::default(), CollatorOptions::default())
        .expect("the root collation is compiled in");
    migrations.sort_by(|a, b| collator.compare(&a.name, &b.name));
}

/// As the engine reads the lock file: the first line that starts with `provider`, no TOML parser.
fn check_provider(
    folder: &Folder,
    context: &Context<'_>,
    notes: &mut Vec<Note>,
) -> Result<(), Problem> {
    if !folder.has(LOCK_FILE) {
        return Ok(());
    }
    let source = folder.source(LOCK_FILE)?;
    let Some(line) = source.text.lines().find(|l| l.starts_with("provider")) else {
        notes.push(Note {
            path: LOCK_FILE.to_owned(),
            text: "names no provider".to_owned(),
        });
        return Ok(());
    };
    let provider = line.trim_start_matches("provider = ").trim_matches('"');
    let start = source.text.find(line).unwrap_or_default();
    check_dialect(context, provider, &source, start..start + line.len())
}

/// The engine accepts the text with either kind of line end (`checksum.rs`).
fn same(migration: &Migration, stored: &str) -> bool {
    if super::same_checksum(migration, stored) {
        return true;
    }
    // What cannot be read any more is not the same.
    let Ok(source) = migration.up.source() else {
        return false;
    };
    let unix = source.text.replace("\r\n", "\n");
    sha256_hex(&unix) == stored || sha256_hex(&unix.replace('\n', "\r\n")) == stored
}

fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let folder = format!(
        "{}_{}",
        time(folder.folders().map(|entry| &entry.name), now),
        slug(name)
    );
    if folder.len() > 200 {
        return Err(
            Problem::new("the name is too long for Prisma: over 200 bytes")
                .help("give a shorter name"),
        );
    }
    Ok(vec![NewFile::new(
        format!("{folder}/migration.sql"),
        "-- This is an empty migration.\n",
    )])
}
