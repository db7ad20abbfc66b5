//! dbmate: `<version>_<name>.sql` with `-- migrate:up` and `-- migrate:down`.
//!
//! Source: dbmate 2.36 (`pkg/dbmate/migration.go`, `db.go`).

use std::{ops::Range, sync::Arc};

use jiff::Timestamp;
use segue_sql::{Problem, Source};

use super::{Context, Layout, NewFile, Reading, duplicate_keys, numbered::next_version, slug};
use crate::{Folder, Migration, Note, Script, package::names_package};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "dbmate",
    title: "dbmate",
    usual_folders: &["db/migrations"],
    fits,
    evidence,
    read,
    same: |_, _| true,
    create,
};

/// `^(\d+).*\.sql$`: the digits.
fn version(file: &str) -> Option<&str> {
    let end = file.find(|c: char| !c.is_ascii_digit())?;
    (end > 0 && file[end..].ends_with(".sql")).then_some(&file[..end])
}

/// The first file speaks for all.
fn fits(folder: &Folder) -> bool {
    let first = folder.files().find(|entry| version(&entry.name).is_some());
    first
        .and_then(|entry| folder.text(&entry.name).ok())
        .is_some_and(|text| text.raw.lines().any(|line| options(line, "up").is_some()))
}

fn evidence(folder: &Folder) -> Option<String> {
    if fits(folder) {
        return Some("the lines `-- migrate:up` in its files".to_owned());
    }
    names_package(folder, "dbmate").then(|| "package.json names dbmate".to_owned())
}

fn read(folder: &Folder, _: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut reading = Reading::default();
    let mut problems = Vec::new();
    for entry in folder.entries.iter().filter(|e| !e.name.starts_with('.')) {
        let Some(version) = version(&entry.name).filter(|_| !entry.is_dir) else {
            reading.notes.push(Note {
                path: entry.name.clone(),
                text: "not a migration: dbmate passes over it".to_owned(),
            });
            continue;
        };
        match read_file(folder, &entry.name, version, &mut reading.notes) {
            Ok(migration) => reading.migrations.push(migration),
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

fn read_file(
    folder: &Folder,
    file: &str,
    version: &str,
    notes: &mut Vec<Note>,
) -> Result<Migration, Problem> {
    let path = folder.path.join(file);
    let source = folder.source(file)?;
    let mut migration = Migration {
        name: file.trim_end_matches(".sql").to_owned(),
        key: version.to_owned(),
        description: String::new(),
        checksum: None,
        up: Script::whole(path.clone(), source.clone()),
        down: None,
        transactional: true,
        repeatable: false,
        run_by: None,
        transform: None,
    };
    match parse(&source) {
        Ok(blocks) => {
            migration.transactional = blocks.transactional;
            migration.up = Script::cut(path.clone(), source.clone(), vec![blocks.up]);
            // a migration that takes this one back has no use for the mark
            let down = blocks.down.map(|piece| behind_first_line(&source, piece));
            migration.down = down.map(|piece| Script::cut(path, source, vec![piece]));
            if migration.down.is_none() {
                notes.push(Note {
                    path: file.to_owned(),
                    text: "has no `-- migrate:down`, without which dbmate would refuse it"
                        .to_owned(),
                });
            }
        }
        // dbmate reads a file only when it is to be run: one that is applied may be as it likes.
        Err(problem) => migration.up.problems.push(problem),
    }
    Ok(migration)
}

fn behind_first_line(source: &Source, piece: Range<usize>) -> Range<usize> {
    let line = source.text[piece.clone()].find('\n');
    line.map_or(piece.end, |end| piece.start + end + 1)..piece.end
}

/// Where the parts of a file are.
#[derive(Debug, PartialEq, Eq)]
struct Blocks {
    up: Range<usize>,
    down: Option<Range<usize>>,
    transactional: bool,
}

fn parse(source: &Arc<Source>) -> Result<Blocks, Problem> {
    let text = &source.text;
    let mut up = None;
    let mut down = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let place = at..at + line.trim_end().len();
        at += line.len();
        if let Some((message, help)) = misplaced(line, up.is_some(), down.is_some()) {
            return Err(Problem::new(message)
                .at(source, place, "dbmate stops here")
                .help(help));
        }
        if let Some(options) = options(line, "up") {
            up = Some((place.start, options));
        } else if options(line, "down").is_some() {
            down = Some(place.start);
        }
    }
    let Some((start, options)) = up else {
        let first = 0..text.lines().next().map_or(0, str::len);
        return Err(Problem::new("the file has no `-- migrate:up`")
            .at(source, first, "should begin with it")
            .help("begin the file with `-- migrate:up`"));
    };
    Ok(Blocks {
        up: start..down.unwrap_or(text.len()),
        down: down.map(|down| down..text.len()),
        transactional: !options.contains(&("transaction", "false")),
    })
}

/// What is wrong with a line in its place, and what to do; `None`: nothing.
fn misplaced(line: &str, has_up: bool, has_down: bool) -> Option<(&'static str, &'static str)> {
    let is_up = options(line, "up").is_some();
    let is_down = options(line, "down").is_some();
    let is_sql = !line.trim().is_empty() && !line.trim_start().starts_with("--");
    if is_up && has_up {
        Some((
            "a second `-- migrate:up`",
            "dbmate commits the first one, records the version, and fails at recording it again: \
             make the rest a migration of its own",
        ))
    } else if is_down && !has_up {
        Some((
            "`-- migrate:down` comes before `-- migrate:up`",
            "put `up` first",
        ))
    } else if is_down && has_down {
        Some(("a second `-- migrate:down`", "join the two"))
    } else if is_sql && !has_up {
        Some((
            "there is SQL before `-- migrate:up`",
            "put `-- migrate:up` in front of it",
        ))
    } else {
        None
    }
}

/// The options of a line `-- migrate:up key:value`, if it is one. A later one of the same key wins.
fn options<'a>(line: &'a str, direction: &str) -> Option<Vec<(&'a str, &'a str)>> {
    let rest = line.strip_prefix("--")?.trim_start();
    let rest = rest.strip_prefix("migrate:")?.strip_prefix(direction)?;
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let mut options: Vec<(&str, &str)> = Vec::new();
    for pair in rest.split_whitespace() {
        if let [key, value] = pair.split(':').collect::<Vec<_>>().as_slice() {
            options.retain(|(other, _)| other != key);
            options.push((key, value));
        }
    }
    Some(options)
}

/// As `dbmate new`, but with a version that goes on as the folder has begun.
fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let last = folder
        .files()
        .filter_map(|entry| version(&entry.name))
        .last();
    let version = next_version(last, None, now);
    Ok(vec![NewFile::new(
        format!("{version}_{}.sql", slug(name)),
        "-- migrate:up\n\n\n-- migrate:down\n\n",
    )])
}

#[cfg(test)]
mod tests {
    use segue_sql::Source;

    use super::{parse, version};

    #[track_caller]
    fn blocks(text: &str) -> (String, Option<String>, bool) {
        let source = Source::new("1_one.sql", text);
        let blocks = parse(&source).expect("a good file");
        let part = |range: std::ops::Range<usize>| text[range].to_owned();
        (part(blocks.up), blocks.down.map(part), blocks.transactional)
    }

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let source = Source::new("1_one.sql", text);
        let problem = parse(&source).expect_err("a bad file").to_string();
        assert!(problem.contains(words), "{problem}");
    }

    #[test]
    fn a_version_is_the_digits_in_front() {
        assert_eq!(version("20240101000000_one.sql"), Some("20240101000000"));
        assert_eq!(version("001.sql"), Some("001"));
        assert_eq!(version("1-one.two.sql"), Some("1"));
        assert_eq!(version("one.sql"), None);
        assert_eq!(version("1_one.sql.orig"), None);
        assert_eq!(version("1"), None);
    }

    #[test]
    fn the_blocks_are_cut_as_dbmate_cuts_them() {
        let (up, down, transactional) =
            blocks("-- a comment\n\n--migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n");
        assert_eq!(up, "--migrate:up\nSELECT 1;\n");
        assert_eq!(down.as_deref(), Some("-- migrate:down\nSELECT 2;\n"));
        assert!(transactional);
        let (up, down, transactional) = blocks("-- migrate:up transaction:false\r\nSELECT 1;\r\n");
        assert_eq!(up, "-- migrate:up transaction:false\r\nSELECT 1;\r\n");
        assert_eq!((down, transactional), (None, false));
    }

    #[test]
    fn options_are_pairs_and_the_last_one_wins() {
        assert!(!blocks("-- migrate:up foo transaction:false a:b:c\n").2);
        assert!(blocks("-- migrate:up transaction:false transaction:true\n").2);
        assert!(blocks("-- migrate:up transaction: false\n").2);
    }

    #[test]
    fn what_dbmate_stops_at_is_refused() {
        refused("SELECT 1;\n-- migrate:up\n", "SQL before");
        refused("-- migrate:down\n-- migrate:up\n", "comes before");
        refused("-- migrate:upper\n", "has no `-- migrate:up`");
        refused("  -- migrate:up\n", "has no `-- migrate:up`");
        refused(
            "-- migrate:up\n-- migrate:down\n-- migrate:down\n",
            "second `-- migrate:down`",
        );
        refused(
            "-- migrate:up\n-- migrate:down\n-- migrate:up\n",
            "second `-- migrate:up`",
        );
    }
}
