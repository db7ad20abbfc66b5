//! Reading shared by the layouts that give each migration a folder of its own.

use segue_sql::Problem;

use super::{Reading, duplicate_keys};
use crate::{
    Folder, Migration, Note, Script, at_once,
    folder::{Entry, unreadable},
    script::{Cut, whole},
    transform,
};

/// What `segue test` runs beside a migration; no tool does.
const OF_TESTS: [&str; 2] = ["test.sql", "seed.sql"];

/// What a folder-per-migration layout expects.
pub(crate) struct Shape {
    /// The file that is run.
    pub(crate) up: &'static str,
    /// The file that takes it back, if the layout has one.
    pub(crate) down: Option<&'static str>,
    /// Files that belong to the layout and hold no SQL, beside the migrations or inside them.
    pub(crate) known: &'static [&'static str],
    /// Whether a symbolic link to a folder counts as one, as the layout's tool has it.
    pub(crate) follows_links: bool,
    /// The history's name for a folder.
    pub(crate) key: fn(&str) -> String,
    /// The tool's checksum of the text as it lies on disk.
    pub(crate) checksum: fn(&str) -> Option<String>,
    /// What cuts the text beside semicolons.
    pub(crate) pieces: Cut,
}

/// Reads every folder as a migration, in the order of their names in bytes.
pub(crate) fn read_folders(folder: &Folder, shape: &Shape) -> Result<Reading, Vec<Problem>> {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    let read = at_once::map(&folder.entries, |entry| {
        let mut notes = Vec::new();
        (read_entry(folder, entry, shape, &mut notes), notes)
    });
    for (entry, notes) in read {
        reading.notes.extend(notes);
        match entry {
            Ok(migration) => reading.migrations.extend(migration),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(duplicate_keys(&reading.migrations));
    if problems.is_empty() {
        Ok(reading)
    } else {
        Err(problems)
    }
}

fn read_entry(
    folder: &Folder,
    entry: &Entry,
    shape: &Shape,
    notes: &mut Vec<Note>,
) -> Result<Option<Migration>, Problem> {
    let note = |text: &str| Note {
        path: entry.name.clone(),
        text: text.to_owned(),
    };
    if !entry.is_dir {
        if entry.is_link && shape.follows_links {
            let path = folder.path.join(&entry.name);
            std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
        }
        if !shape.known.contains(&entry.name.as_str()) && !entry.name.starts_with('.') {
            notes.push(note("not a migration: its tool runs folders only"));
        }
        return Ok(None);
    }
    if entry.name.starts_with('.') {
        return Ok(None);
    }
    if entry.is_link && !shape.follows_links {
        notes.push(note("a symbolic link, which its tool does not follow"));
        return Ok(None);
    }
    read_migration(folder, entry, shape, notes).map(Some)
}

fn read_migration(
    folder: &Folder,
    entry: &Entry,
    shape: &Shape,
    notes: &mut Vec<Note>,
) -> Result<Migration, Problem> {
    let inside = folder.below(&entry.name)?;
    if !inside.has(shape.up) {
        return Err(
            Problem::new(format!("`{}` holds no {}", inside.path.display(), shape.up))
                .help("add the file, or remove the folder if a branch switch left it behind empty"),
        );
    }
    // what is beside the declaration of a program is the program's
    if !inside.has(transform::FILE) {
        note_the_rest(&inside, entry, shape, notes);
    }
    let text = inside.text(shape.up)?;
    let checksum = (shape.checksum)(&text.raw);
    if text.has_mark {
        notes.push(Note {
            path: format!("{}/{}", entry.name, shape.up),
            text: "starts with a byte-order mark, which is not sent to the server".to_owned(),
        });
    }
    let down = match shape.down.filter(|name| inside.has(name)) {
        Some(name) => Some(Script::of_file(inside.text(name)?, whole)),
        None => None,
    };
    Ok(Migration {
        name: entry.name.clone(),
        key: (shape.key)(&entry.name),
        description: String::new(),
        checksum,
        up: Script::of_file(text, shape.pieces),
        down,
        transactional: true,
        repeatable: false,
        run_by: None,
        transform: None,
    })
}

fn note_the_rest(inside: &Folder, entry: &Entry, shape: &Shape, notes: &mut Vec<Note>) {
    for other in inside.entries.iter() {
        let name = other.name.as_str();
        let is_for_tests = OF_TESTS.contains(&name);
        let used = name == shape.up
            || Some(name) == shape.down
            || shape.known.contains(&name)
            || is_for_tests;
        if !used && !name.starts_with('.') {
            notes.push(Note {
                path: format!("{}/{name}", entry.name),
                text: format!("not run: only {} is", shape.up),
            });
        }
    }
}
