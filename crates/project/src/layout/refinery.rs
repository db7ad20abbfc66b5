//! refinery: `V<version>__<name>.sql`, and `U<version>__<name>.sql` for what may come late.
//!
//! Source: refinery_core 0.8 and 0.9 (`util.rs`, `runner.rs`, `traits/mod.rs`).

use std::hash::{Hash, Hasher};

use jiff::Timestamp;
use segue_sql::{Problem, Source};
use siphasher::sip::SipHasher13;

use super::{Context, Layout, NewFile, Reading, slug, times::time_behind};
use crate::{
    Folder, Migration, Note, Script, cargo::names_dependency, folder::shown_path, locate::upward,
    script::whole,
};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "refinery",
    title: "refinery",
    usual_folders: &["migrations", "src/migrations"],
    fits: |folder| folder.files().any(|entry| parse(&entry.name).is_some()),
    evidence,
    read,
    same,
    create,
};

const CONFIG: &str = "refinery.toml";

/// Deeper than any project; a link to a folder above ends here.
const DEPTH: usize = 16;

fn evidence(folder: &Folder) -> Option<String> {
    if folder.has(CONFIG) {
        return Some(CONFIG.to_owned());
    }
    ["refinery", "refinery-core", "refinery_core"]
        .into_iter()
        .find(|name| names_dependency(folder, name))
        .map(|name| format!("Cargo.toml names {name}"))
}

/// A file name taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    version: i64,
    name: &'a str,
    is_code: bool,
}

/// `^([U|V])(\d+(?:\.\d+)?)__(\w+)\.(rs|sql)$`; a version with a point cannot be parsed after that. The
/// tool's other build has 32 bits for versions: the table tells which it is.
fn parse(file: &str) -> Option<Name<'_>> {
    let (stem, is_code) = match (file.strip_suffix(".sql"), file.strip_suffix(".rs")) {
        (Some(stem), _) => (stem, false),
        (None, Some(stem)) => (stem, true),
        (None, None) => return None,
    };
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_word) || !version.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    Some(Name {
        version: version.parse().ok()?,
        name,
        is_code,
    })
}

fn read(folder: &Folder, _: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut reader = Reader {
        is_long: builds_long(folder),
        ..Reader::default()
    };
    reader.folder(folder, "", DEPTH);
    reader.migrations.sort_by_key(|(version, _)| *version);
    for pair in reader.migrations.windows(2) {
        if pair[0].0 == pair[1].0 {
            reader.problems.push(
                Problem::new(format!(
                    "`{}` and `{}` have the same version, {}",
                    pair[0].1.name, pair[1].1.name, pair[0].0
                ))
                .help("rename the newer one; the history could hold just one of them"),
            );
        }
    }
    if reader.problems.is_empty() {
        reader.settle_width();
        Ok(Reading {
            migrations: reader.migrations.into_iter().map(|(_, m)| m).collect(),
            notes: reader.notes,
            ..Reading::default()
        })
    } else {
        Err(reader.problems)
    }
}

/// Whether the program that embeds the folder has versions of 64 bits (the feature `int8-versions`).
fn builds_long(folder: &Folder) -> bool {
    upward(&folder.path)
        .iter()
        .filter_map(|level| Folder::list(level).ok()?.text("Cargo.toml").ok())
        .any(|manifest| manifest.raw.contains("int8-versions"))
}

#[derive(Default)]
struct Reader {
    is_long: bool,
    migrations: Vec<(i64, Migration)>,
    notes: Vec<Note>,
    problems: Vec<Problem>,
}

impl Reader {
    fn folder(&mut self, folder: &Folder, prefix: &str, depth: usize) {
        for entry in folder.entries.iter().filter(|e| !e.name.starts_with('.')) {
            let path = format!("{prefix}{}", entry.name);
            if !entry.is_dir {
                self.file(folder, &entry.name, path);
            } else if depth == 0 {
                self.note(path, "too deep: not looked into");
            } else {
                match folder.below(&entry.name) {
                    Ok(below) => self.folder(&below, &format!("{path}/"), depth - 1),
                    Err(problem) => self.problems.push(problem),
                }
            }
        }
    }

    fn file(&mut self, folder: &Folder, file: &str, path: String) {
        let Some(name) = parse(file) else {
            // `mod.rs` holds the macro that embeds the folder, the other one the tool's settings.
            if !["mod.rs", CONFIG].contains(&file) {
                self.note(path, "not a migration: refinery passes over it");
            }
            return;
        };
        match migration(folder, file, &path, &name) {
            Ok(migration) => self.migrations.push((name.version, migration)),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// One version that needs 64 bits makes them all that long.
    fn settle_width(&mut self) {
        let longest = self.migrations.last().map_or(0, |(version, _)| *version);
        if self.is_long || longest > i64::from(i32::MAX) {
            for (_, migration) in &mut self.migrations {
                migration.checksum = migration
                    .checksum
                    .take()
                    .map(|both| format!("{both} {LONG}"));
            }
        }
    }

    fn note(&mut self, path: String, text: &str) {
        self.notes.push(Note {
            path,
            text: text.to_owned(),
        });
    }
}

fn migration(
    folder: &Folder,
    file: &str,
    path: &str,
    name: &Name<'_>,
) -> Result<Migration, Problem> {
    let (up, checksum) = if name.is_code {
        let full = folder.path.join(file);
        let source = Source::new(shown_path(&full), "");
        (Script::whole(full, source), None)
    } else {
        let text = folder.text(file)?;
        let checksum = format!(
            "{} {}",
            checksum(name.name, Version::Usual(name.version), &text.raw),
            checksum(name.name, Version::Long(name.version), &text.raw)
        );
        (Script::of_file(text, whole), Some(checksum))
    };
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    Ok(Migration {
        name: stem.to_owned(),
        key: name.version.to_string(),
        description: name.name.to_owned(),
        checksum,
        up,
        down: None,
        transactional: true,
        repeatable: false,
        transform: None,
        run_by: name
            .is_code
            .then(|| "refinery in your own program".to_owned()),
    })
}

/// What refinery hashes a version as: four bytes, or eight in a build with `int8-versions`.
enum Version {
    Usual(i64),
    Long(i64),
}

/// SipHash-1-3 without a key, over what Rust's `Hash` feeds it: the name, the version, the text.
fn checksum(name: &str, version: Version, text: &str) -> String {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    match version {
        Version::Usual(version) => i32::try_from(version).unwrap_or(i32::MAX).hash(&mut hasher),
        Version::Long(version) => version.hash(&mut hasher),
    }
    text.hash(&mut hasher);
    hasher.finish().to_string()
}

/// Behind the checksums of a folder whose versions need 64 bits.
const LONG: &str = "int8";

/// The checksums that the two builds of refinery would store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksums<'a> {
    /// With versions of 32 bits.
    pub usual: &'a str,
    /// With versions of 64 bits.
    pub long: &'a str,
    /// Whether the project is known to have versions of 64 bits; else the history's table tells.
    pub is_long: bool,
}

impl<'a> Checksums<'a> {
    /// Those of a migration; `None` where it is code.
    pub fn of(migration: &'a Migration) -> Option<Self> {
        let mut words = migration.checksum.as_deref()?.split(' ');
        Some(Self {
            usual: words.next()?,
            long: words.next()?,
            is_long: words.next() == Some(LONG),
        })
    }
}

/// What code hashes to is not known here.
fn same(migration: &Migration, stored: &str) -> bool {
    Checksums::of(migration)
        .is_none_or(|sums| (stored == sums.usual && !sums.is_long) || stored == sums.long)
}

/// The next number, as wide as the last one; a time where the folder counts by time.
fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let names = folder.files().filter_map(|entry| {
        let version = parse(&entry.name)?.version;
        let (written, _) = entry.name.split_once("__")?;
        Some((version, written.trim_start_matches(['V', 'U']).to_owned()))
    });
    let version = match names.max() {
        Some((_, written)) if written.len() >= 12 => time_behind(&written, now),
        Some((last, written)) => format!("{:0width$}", last + 1, width = written.len()),
        None => "1".to_owned(),
    };
    Ok(vec![NewFile::new(
        format!("V{version}__{}.sql", slug(name)),
        "",
    )])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_refinery_reads_them() {
        let name = parse("V12__add_cars_2.sql").unwrap();
        assert_eq!(
            (name.version, name.name, name.is_code),
            (12, "add_cars_2", false)
        );
        assert!(parse("U0__merge.rs").unwrap().is_code);
        for other in [
            "V1_x.sql",
            "V1.2__x.sql",
            "V1__a-b.sql",
            "V1__.sql",
            "R__x.sql",
            "V1__x.txt",
            "V__x.sql",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
