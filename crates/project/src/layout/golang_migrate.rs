//! golang-migrate: `<version>_<title>.up.sql` and `.down.sql`.
//!
//! Source: golang-migrate 4.19 (`source/parse.go`, `source/iofs/iofs.go`, `source/migration.go`, `migrate.go`,
//! `internal/cli/commands.go`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use segue_sql::{Problem, Source};

use super::{Context, Layout, NewFile, Reading, numbered::next_version, slug};
use crate::{
    Folder, Migration, Note, Script, folder::Entry, go_mod::names_module, script::whole, shown_path,
};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "golang-migrate",
    title: "golang-migrate",
    usual_folders: &["migrations", "db/migrations"],
    fits,
    evidence,
    read,
    same: |_, _| true,
    create,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// A file name taken apart.
struct Name<'a> {
    version: u64,
    /// The version as it is written.
    digits: &'a str,
    /// Up to the direction.
    stem: &'a str,
    direction: Direction,
}

/// `^([0-9]+)_(.*)\.(down|up)\.(.*)$`, in which the last `.up.` or `.down.` counts, whatever follows it.
fn parse(file: &str) -> Option<Name<'_>> {
    let (digits, rest) = file.split_once('_')?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let version = digits.parse().ok()?;
    let (at, direction) = [(".up.", Direction::Up), (".down.", Direction::Down)]
        .into_iter()
        .filter_map(|(mark, direction)| Some((last(rest, mark)?, direction)))
        .max_by_key(|(at, _)| *at)?;
    Some(Name {
        version,
        digits,
        stem: &file[..digits.len() + 1 + at],
        direction,
    })
}

/// As `rfind`, which makes ready for a long text first: thousands of names are asked, whosever they are.
fn last(name: &str, mark: &str) -> Option<usize> {
    let mut places = name.as_bytes().windows(mark.len());
    places.rposition(|place| place == mark.as_bytes())
}

/// Only SQL can be ours; the tool itself takes any ending.
fn fits(folder: &Folder) -> bool {
    folder
        .files()
        .any(|entry| entry.name.ends_with(".sql") && parse(&entry.name).is_some())
}

fn evidence(folder: &Folder) -> Option<String> {
    names_module(folder, "github.com/golang-migrate/migrate")
        .then(|| "go.mod names golang-migrate".to_owned())
}

#[derive(Default)]
struct Version {
    stem: String,
    up: Option<Script>,
    down: Option<Script>,
}

fn read(folder: &Folder, _: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut notes = Vec::new();
    let mut problems = Vec::new();
    let mut versions: BTreeMap<u64, Version> = BTreeMap::new();
    for entry in folder.entries.iter().filter(|e| !e.name.starts_with('.')) {
        match parse(&entry.name).filter(|_| !entry.is_dir) {
            Some(name) => problems.extend(add(folder, entry, &name, &mut versions).err()),
            None => notes.push(Note {
                path: entry.name.clone(),
                text: "not a migration: golang-migrate passes over it".to_owned(),
            }),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut migrations: Vec<Migration> = Vec::new();
    for (version, files) in versions {
        let before = migrations.last().map(|m| m.key.clone());
        migrations.push(migration(folder, version, files, before, &mut notes));
    }
    Ok(Reading {
        migrations,
        notes,
        ..Reading::default()
    })
}

fn add(
    folder: &Folder,
    entry: &Entry,
    name: &Name<'_>,
    versions: &mut BTreeMap<u64, Version>,
) -> Result<(), Problem> {
    if i64::try_from(name.version).is_err() {
        return Err(Problem::new(format!(
            "the version of `{}` is too large for the history",
            entry.name
        ))
        .help("its column is a bigint: give the file a smaller number, or a time"));
    }
    let script = Script::of_file(folder.text(&entry.name)?, whole);
    let version = versions.entry(name.version).or_default();
    let place = match name.direction {
        Direction::Up => &mut version.up,
        Direction::Down => &mut version.down,
    };
    if let Some(other) = place.replace(script) {
        return Err(Problem::new(format!(
            "`{}` and `{}` have the same version, {}",
            other.path.file_name().unwrap_or_default().display(),
            entry.name,
            name.version
        ))
        .help("rename the newer one; golang-migrate stops at them too"));
    }
    if version.stem.is_empty() || name.direction == Direction::Up {
        name.stem.clone_into(&mut version.stem);
    }
    Ok(())
}

/// A version that only has a `.down` file counts, and has nothing to run.
fn migration(
    folder: &Folder,
    version: u64,
    files: Version,
    before: Option<String>,
    notes: &mut Vec<Note>,
) -> Migration {
    let up = files.up.unwrap_or_else(|| {
        notes.push(Note {
            path: files.stem.clone(),
            text: "has no .up file: golang-migrate records it and runs nothing".to_owned(),
        });
        let path = folder.path.join(format!("{}.up.sql", files.stem));
        Script::whole(path.clone(), Source::new(shown_path(&path), ""))
    });
    Migration {
        name: files.stem,
        key: version.to_string(),
        description: before.unwrap_or_default(),
        checksum: None,
        up,
        down: files.down,
        transactional: true,
        repeatable: false,
        run_by: None,
        transform: None,
    }
}

/// Goes on as the folder has begun: counted or by time (`migrate create`, with and without `-seq`).
fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let last = folder
        .files()
        .filter_map(|entry| parse(&entry.name))
        .max_by_key(|name| name.version);
    let version = next_version(last.map(|name| name.digits), None, now);
    let stem = format!("{version}_{}", slug(name));
    Ok(vec![
        NewFile::new(format!("{stem}.up.sql"), ""),
        NewFile::new(format!("{stem}.down.sql"), ""),
    ])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Direction, LAYOUT, parse};
    use crate::{Context, Folder};

    #[test]
    fn files_are_paired_in_the_order_of_their_versions() {
        let place = tempfile::tempdir().expect("a folder");
        let names = [
            "10_ten.up.sql",
            "9_nine.up.pgsql",
            "9_nine.down.sql",
            "11_gone.down.sql",
            "README.md",
        ];
        for name in names {
            fs::write(place.path().join(name), name).expect("written");
        }
        let folder = Folder::list(place.path()).expect("listed");
        assert!((LAYOUT.fits)(&folder));
        let reading = (LAYOUT.read)(&folder, &Context::NOWHERE).expect("read");
        let seen: Vec<_> = reading
            .migrations
            .iter()
            .map(|m| (m.name.as_str(), m.description.as_str(), m.down.is_some()))
            .collect();
        assert_eq!(
            seen,
            [
                ("9_nine", "", true),
                ("10_ten", "9", false),
                ("11_gone", "10", true)
            ]
        );
        let text = |index: usize| {
            let source = reading.migrations[index].up.source();
            source.expect("read").text.clone()
        };
        assert_eq!(text(0), "9_nine.up.pgsql");
        assert_eq!(text(2), "");
        let notes: Vec<_> = reading.notes.iter().map(|n| n.path.as_str()).collect();
        assert_eq!(notes, ["README.md", "11_gone"]);
    }

    #[track_caller]
    fn is(file: &str, version: u64, stem: &str, is_up: bool) {
        let name = parse(file).expect("a migration");
        assert_eq!((name.version, name.stem), (version, stem));
        assert_eq!(name.direction == Direction::Up, is_up, "{file}");
    }

    #[test]
    fn names_are_taken_apart_as_the_tools_pattern_does() {
        is("1_foobar.up.sql", 1, "1_foobar", true);
        is("000002_a_b.down.sql", 2, "000002_a_b", false);
        is("1485949617_x.up.pgsql", 1_485_949_617, "1485949617_x", true);
        is("3_.up.sql", 3, "3_", true);
        is("4_a.up.b.down.sql", 4, "4_a.up.b", false);
        is("5_a.down.b.up.", 5, "5_a.down.b", true);
        for other in [
            "-1_foobar.up.sql",
            "foobar.up.sql",
            "1.up.sql",
            "1_foobar.sql",
            "1_foobar.up",
            "1_up.sql",
            "99999999999999999999_x.up.sql",
            "",
        ] {
            assert!(parse(other).is_none(), "{other}");
        }
    }
}
