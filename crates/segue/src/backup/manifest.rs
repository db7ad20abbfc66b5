//! What stands beside a backup: what it is of, and what a restore has to give.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::Path,
};

use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{refused, sizes::Table};

/// The archive: a folder of `pg_dump`'s.
pub(super) const ARCHIVE: &str = "dump";
/// The list of what is restored of it.
pub(super) const LIST: &str = "restore.list";
/// A copy of SQLite's file.
pub(super) const COPY: &str = "backup.db";
const MANIFEST: &str = "backup.json";
const SCHEMA: &str = "schema.json";

/// What a backup is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of this form: 1.
    pub(super) segue_backup: u32,
    /// Of the segue that has made it.
    pub(super) version: String,
    pub(super) name: String,
    pub(super) dialect: String,
    pub(super) database: String,
    /// As in `server_version_num`; 0 of SQLite.
    pub(super) server_version: u32,
    pub(super) before: String,
    /// Those whose rows are in it, with their numbers.
    pub(super) tables: Vec<Table>,
    /// Those of which nothing is in it.
    pub(super) unread: Vec<String>,
    /// The roles of the server, which own things and are granted rights.
    pub(super) roles: Vec<String>,
    /// Foreign keys that are not restored, by table and name: the rows that they refer to are not in it.
    pub(super) left_out: Vec<(String, String)>,
    /// How many processes write and read it.
    pub(super) jobs: usize,
}

impl Manifest {
    /// All rows in it.
    pub(super) fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Writes it, and the schema, so that they are there when the folder gets its name.
    pub(super) fn write(&self, folder: &Path, schema: &Value) -> Result<(), Failure> {
        let lost = |error: std::io::Error| {
            refused(Problem::new(format!(
                "the backup cannot be written: {error}"
            )))
        };
        let manifest = serde_json::to_value(self).map_err(|error| {
            refused(Problem::new(format!(
                "the backup cannot be described: {error}"
            )))
        })?;
        for (name, value) in [(MANIFEST, &manifest), (SCHEMA, schema)] {
            let mut file = File::create(folder.join(name)).map_err(lost)?;
            file.write_all(format!("{value:#}\n").as_bytes())
                .map_err(lost)?;
            file.sync_all().map_err(lost)?;
        }
        Ok(())
    }

    /// Reads it, and the schema.
    pub(super) fn read(folder: &Path) -> Result<(Self, Value), Failure> {
        let shown = shown_path(folder);
        let none = |why: String| {
            let problem = Problem::new(format!("there is no backup in {shown}: {why}"));
            Failure::from(problem.help("`segue restore` lists those that the database knows of; what is called `unfinished-…` is none"))
        };
        let text = |name: &str| {
            fs::read_to_string(folder.join(name)).map_err(|error| none(format!("{name}: {error}")))
        };
        let manifest: Self = serde_json::from_str(&text(MANIFEST)?)
            .map_err(|error| none(format!("{MANIFEST}: {error}")))?;
        let schema = serde_json::from_str(&text(SCHEMA)?)
            .map_err(|error| none(format!("{SCHEMA}: {error}")))?;
        Ok((manifest, schema))
    }
}

/// All bytes of a folder.
pub(super) fn bytes_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(it) if it.is_dir() => bytes_of(&entry.path()),
        Ok(it) => it.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// In what two documents differ, each with its place: `tables.public.users.columns.2.name: "a", and "b" is there`.
pub(super) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut told = Vec::new();
    compare(expected, found, "", &mut told);
    told
}

fn compare(expected: &Value, found: &Value, at: &str, told: &mut Vec<String>) {
    let inner = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeMap<&String, ()> = one
                .keys()
                .chain(other.keys())
                .map(|name| (name, ()))
                .collect();
            for name in names.into_keys() {
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => compare(one, other, &inner(name), told),
                    (Some(_), None) => told.push(format!("{} is missing", inner(name))),
                    (None, _) => told.push(format!("{} is too much", inner(name))),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                compare(one, other, &inner(&number.to_string()), told);
            }
        }
        (one, other) if one == other => {}
        (one, other) => told.push(format!("{at}: {one} was backed up, {other} is there")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_told_with_their_places() {
        let one = json!({"tables": {"a": {"columns": [{"name": "x"}, {"name": "y"}]}, "b": {}}});
        let other = json!({"tables": {"a": {"columns": [{"name": "x"}, {"name": "z"}]}, "c": {}}});
        assert_eq!(
            differences(&one, &other),
            [
                "tables.a.columns.1.name: \"y\" was backed up, \"z\" is there",
                "tables.b is missing",
                "tables.c is too much"
            ]
        );
        assert!(differences(&one, &one).is_empty());
    }
}
