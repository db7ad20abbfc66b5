//! Drizzle 0.x: `<tag>.sql` files in the order of `meta/_journal.json`.
//!
//! Source: drizzle-orm 0.45 (`migrator.ts`, `pg-core/dialect.ts`), drizzle-kit 0.31 (`generate --custom`).

use std::{collections::HashSet, ops::Range, sync::Arc};

use jiff::Timestamp;
use segue_sql::{Problem, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Context, Layout, NewFile, Reading, check_dialect, duplicate_keys, same_checksum, slug,
    times::time,
};
use crate::{Folder, Migration, Note, Script, digest::sha256_hex};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "drizzle",
    title: "Drizzle",
    usual_folders: &["drizzle", "migrations", "src/db/migrations"],
    fits: |folder| folder.has_file(JOURNAL),
    evidence,
    read,
    same: same_checksum,
    create,
};

const JOURNAL: &str = "meta/_journal.json";
const BREAKPOINT: &str = "--> statement-breakpoint";

#[derive(Serialize, Deserialize)]
struct Journal {
    version: String,
    dialect: String,
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    idx: u64,
    version: String,
    /// Milliseconds since 1970; the history's `created_at`.
    when: i64,
    tag: String,
    breakpoints: bool,
}

/// A marker of either of Drizzle's layouts.
pub(crate) fn evidence(folder: &Folder) -> Option<String> {
    if folder.has_file(JOURNAL) {
        return Some(JOURNAL.to_owned());
    }
    folder.file_with_stem("drizzle.config").map(str::to_owned)
}

fn read(folder: &Folder, context: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let (source, journal) = read_journal(folder, context).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    let mut migrations = Vec::new();
    for entry in &journal.entries {
        match read_entry(folder, &source, entry) {
            Ok(migration) => migrations.push(migration),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(duplicate_keys(&migrations));
    if problems.is_empty() {
        let notes = unused(folder, &migrations);
        Ok(Reading {
            migrations,
            notes,
            ..Reading::default()
        })
    } else {
        Err(problems)
    }
}

fn read_journal(folder: &Folder, context: &Context<'_>) -> Result<(Arc<Source>, Journal), Problem> {
    if !folder.has_file(JOURNAL) {
        return Err(
            Problem::new(format!("`{}` has no {JOURNAL}", folder.path.display()))
                .help("start the folder with `drizzle-kit generate`, or use another layout"),
        );
    }
    let source = folder.source(JOURNAL)?;
    let journal: Journal = serde_json::from_str(&source.text).map_err(|error| {
        let at = offset(&source.text, error.line(), error.column());
        Problem::new("the journal of Drizzle is broken")
            .at(&source, at..at, error.to_string())
            .help("restore it from version control; a merge may have left both sides in it")
    })?;
    let at = source.text.find("\"dialect\"").unwrap_or_default();
    let written = at..at + "\"dialect\"".len();
    check_dialect(context, &journal.dialect, &source, written)?;
    Ok((source, journal))
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (start + column.saturating_sub(1)).min(text.len());
    (0..=at)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0)
}

fn read_entry(folder: &Folder, journal: &Arc<Source>, entry: &Entry) -> Result<Migration, Problem> {
    let file = format!("{}.sql", entry.tag);
    if !folder.has_file(&file) {
        let tag = format!("\"{}\"", entry.tag);
        let at = journal.text.find(&tag).unwrap_or_default();
        return Err(
            Problem::new(format!("`{file}` is in the journal, but not in the folder"))
                .at(journal, at..at + tag.len(), "named here")
                .help("restore the file from version control; Drizzle too stops without it"),
        );
    }
    let text = folder.text(&file)?;
    let checksum = sha256_hex(&text.raw);
    Ok(Migration {
        name: entry.tag.clone(),
        key: entry.when.to_string(),
        description: String::new(),
        checksum: Some(checksum),
        up: Script::of_file(text, pieces),
        down: None,
        transactional: true,
        repeatable: false,
        run_by: None,
        transform: None,
    })
}

/// Cuts at the marker wherever it stands, as the migrator does (`query.split('--> statement-breakpoint')`).
pub(crate) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut pieces = Vec::new();
    for (at, _) in text.match_indices(BREAKPOINT) {
        pieces.push(start..at);
        start = at + BREAKPOINT.len();
    }
    pieces.push(start..text.len());
    pieces
}

fn unused(folder: &Folder, migrations: &[Migration]) -> Vec<Note> {
    let tags: HashSet<&str> = migrations.iter().map(|m| m.name.as_str()).collect();
    let used = |name: &str| {
        name.strip_suffix(".sql")
            .is_some_and(|tag| tags.contains(tag))
    };
    folder
        .entries
        .iter()
        .filter(|entry| !entry.name.starts_with('.') && !used(&entry.name))
        // What takes migrations back is segue's, and for people.
        .filter(|entry| !["meta", "down"].contains(&entry.name.as_str()))
        .map(|entry| Note {
            path: entry.name.clone(),
            text: if entry.name.ends_with(".sql") {
                "not run: the journal does not name it".to_owned()
            } else {
                "not a migration".to_owned()
            },
        })
        .collect()
}

/// Like `drizzle-kit generate --custom`: a file, its journal entry, and a copy of the last snapshot.
fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let (_, mut journal) = read_journal(folder, &Context::NOWHERE)?;
    let last = journal.entries.last();
    let idx = last.map_or(0, |entry| entry.idx + 1);
    let timed =
        last.is_some_and(|entry| entry.tag.split('_').next().is_some_and(|p| p.len() == 14));
    let prefix = if timed {
        time(journal.entries.iter().map(|entry| &entry.tag), now)
    } else {
        format!("{idx:04}")
    };
    let tag = format!("{prefix}_{}", slug(name));
    let mut files = vec![NewFile::new(
        format!("{tag}.sql"),
        "-- Custom SQL migration file, put your code below! --",
    )];
    files.extend(next_snapshot(folder, last, &prefix)?);
    // The migrator runs only what is newer than its newest row: never go back in time.
    let newest = journal.entries.iter().map(|entry| entry.when).max();
    let when = now.as_millisecond().max(newest.map_or(0, |when| when + 1));
    journal.entries.push(Entry {
        idx,
        version: journal.version.clone(),
        when,
        tag,
        breakpoints: true,
    });
    let text = serde_json::to_string_pretty(&journal).expect("a journal is plain data");
    files.push(NewFile {
        path: JOURNAL.into(),
        text,
        replaces: true,
    });
    Ok(files)
}

fn next_snapshot(
    folder: &Folder,
    last: Option<&Entry>,
    prefix: &str,
) -> Result<Option<NewFile>, Problem> {
    let Some(last_prefix) = last.and_then(|entry| entry.tag.split('_').next()) else {
        return Ok(None);
    };
    let path = format!("meta/{last_prefix}_snapshot.json");
    if !folder.has_file(&path) {
        return Ok(None);
    }
    let text = folder.text(&path)?.raw;
    let mut snapshot: Value = serde_json::from_str(&text).map_err(|error| {
        Problem::new(format!("`{path}` is broken: {error}")).help("restore it from version control")
    })?;
    snapshot["prevId"] = snapshot["id"].clone();
    snapshot["id"] = Value::String(Uuid::new_v4().to_string());
    let text = serde_json::to_string_pretty(&snapshot).expect("a snapshot is plain data");
    Ok(Some(NewFile::new(
        format!("meta/{prefix}_snapshot.json"),
        text,
    )))
}
