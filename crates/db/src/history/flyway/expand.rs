//! What the rows of Flyway's history say together: a baseline stands for what is below it, a later row takes
//! an earlier one back, and a repeatable migration has a row for every run.

use std::collections::BTreeMap;

use segue_project::{
    Migration,
    layout::flyway::{Version, repeatable_key},
};

use crate::history::{Record, State};

/// Between the parts of a row's key.
const UNIT: char = '\u{1f}';

/// What a row says beside its checksum, as the key of a record.
pub(super) struct Row<'a> {
    pub(super) rank: &'a str,
    pub(super) kind: &'a str,
    /// `None` for repeatable migrations, and for Flyway's own rows.
    pub(super) version: Option<&'a str>,
    pub(super) description: &'a str,
}

impl<'a> Row<'a> {
    pub(super) fn to_key(&self) -> String {
        let version = self.version.unwrap_or_default();
        [self.rank, self.kind, version, self.description].join(&UNIT.to_string())
    }

    fn of_key(key: &'a str) -> Self {
        let mut parts = key
            .splitn(4, UNIT)
            .map(|part| (!part.is_empty()).then_some(part));
        let mut part = || parts.next().flatten();
        Self {
            rank: part().unwrap_or_default(),
            kind: part().unwrap_or_default(),
            version: part(),
            description: part().unwrap_or_default(),
        }
    }

    /// `BASELINE`, and what the rows of `B…` files have.
    fn is_baseline(&self) -> bool {
        self.kind == "BASELINE" || self.kind.ends_with("_BASELINE")
    }

    /// `repair` writes DELETE for a migration that is not there any more.
    fn takes_back(&self) -> bool {
        self.kind == "DELETE" || self.kind.starts_with("UNDO_")
    }
}

/// See the module; rows come in the order of their ranks.
pub(super) fn expand(migrations: &[Migration], rows: Vec<Record>) -> Vec<Record> {
    let mut baseline: Option<Version> = None;
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    let has_rows = !rows.is_empty();
    for record in rows {
        let row = Row::of_key(&record.key);
        if row.is_baseline() {
            baseline = baseline.max(row.version.and_then(Version::parse));
        }
        if row.is_baseline() || row.kind == "SCHEMA" {
            // They show that there is a history, and are no migration's.
            records.insert(row.kind.to_owned(), taken_back(row.kind.to_owned()));
            continue;
        }
        let migration = migrations.iter().find(|migration| is_of(&row, migration));
        let key = match (migration, row.version) {
            (Some(migration), _) => migration.key.clone(),
            (None, Some(version)) => version.to_owned(),
            (None, None) => repeatable_key(row.description),
        };
        let record = if row.takes_back() {
            taken_back(key.clone())
        } else {
            Record {
                key: key.clone(),
                checksum: checksum(&record, &row, migration),
                ..record.clone()
            }
        };
        records.insert(key, record);
    }
    for migration in migrations.iter().filter(|_| has_rows) {
        let stands = records.get(&migration.key).map(|record| record.state);
        if is_covered(migration, baseline.as_ref()) && stands != Some(State::Failed) {
            records.insert(migration.key.clone(), covered(migration, &records));
        }
    }
    records.into_values().collect()
}

fn is_of(row: &Row<'_>, migration: &Migration) -> bool {
    match row.version {
        None => migration.repeatable && migration.description == row.description,
        Some(version) => {
            !migration.repeatable
                && Version::parse(version).is_some_and(|version| {
                    Version::parse(&migration.key).as_ref() == Some(&version)
                })
        }
    }
}

/// Flyway compares descriptions too, so another one makes a checksum that nothing is the same as.
fn checksum(record: &Record, row: &Row<'_>, migration: Option<&Migration>) -> Option<String> {
    let is_same = migration.is_none_or(|migration| {
        let kept = row
            .description
            .strip_suffix("...")
            .unwrap_or(row.description);
        migration.description == row.description
            || row.description.chars().count() == 200 && migration.description.starts_with(kept)
    });
    if is_same {
        record.checksum.clone()
    } else {
        Some(format!("of `{}`", row.description))
    }
}

/// A baseline counts for every version up to it; on a database with a history a `B…` file counts for nothing.
fn is_covered(migration: &Migration, baseline: Option<&Version>) -> bool {
    if migration.repeatable {
        return false;
    }
    match Version::parse(&migration.key) {
        Some(version) => baseline.is_some_and(|baseline| version <= *baseline),
        None => true,
    }
}

fn covered(migration: &Migration, records: &BTreeMap<String, Record>) -> Record {
    Record {
        key: migration.key.clone(),
        state: State::Applied,
        checksum: None,
        at: records
            .get(&migration.key)
            .and_then(|record| record.at.clone()),
    }
}

fn taken_back(key: String) -> Record {
    Record {
        key,
        state: State::RolledBack,
        checksum: None,
        at: None,
    }
}
