//! Facts in a file: what `segue facts` prints.

use std::collections::BTreeMap;

use segue_catalog::{Name, QName};
use serde::{Deserialize, Serialize};

use super::{ExtensionFacts, Facts, IndexFacts, TableFacts};

/// The version of the form. What is added does not change it.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    taken_at: Option<String>,
    server_version: Option<u32>,
    #[serde(default)]
    tables: Vec<SavedTable>,
    #[serde(default)]
    indexes: Vec<SavedIndex>,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    extensions: Vec<SavedExtension>,
}

#[derive(Serialize, Deserialize)]
struct SavedTable {
    schema: String,
    name: String,
    rows: Option<u64>,
    bytes: Option<u64>,
    reads: Option<u64>,
    writes: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct SavedIndex {
    schema: String,
    name: String,
    #[serde(default)]
    invalid: bool,
    scans: Option<u64>,
    bytes: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct SavedExtension {
    name: String,
    version: Option<String>,
    newest: Option<String>,
}

impl Facts {
    /// Facts as they are kept in a file.
    pub fn saved(&self) -> serde_json::Value {
        let tables = self.tables.iter().map(|(name, table)| SavedTable {
            schema: name.schema.as_str().to_owned(),
            name: name.name.as_str().to_owned(),
            rows: table.rows,
            bytes: table.bytes,
            reads: table.reads,
            writes: table.writes,
        });
        let indexes = self.indexes.iter().map(|(name, index)| SavedIndex {
            schema: name.schema.as_str().to_owned(),
            name: name.name.as_str().to_owned(),
            invalid: index.invalid,
            scans: index.scans,
            bytes: index.bytes,
        });
        let extensions = self.extensions.iter().map(|(name, one)| SavedExtension {
            name: name.as_str().to_owned(),
            version: one.version.clone(),
            newest: one.newest.clone(),
        });
        let saved = Saved {
            version: VERSION,
            taken_at: self.taken_at.clone(),
            server_version: self.server_version,
            tables: tables.collect(),
            indexes: indexes.collect(),
            settings: self.settings.clone(),
            extensions: extensions.collect(),
        };
        serde_json::to_value(saved).expect("plain data are JSON")
    }

    /// Reads what [`saved`](Self::saved) has made.
    ///
    /// # Errors
    /// A text that is no JSON, or not of that form; the form of a later version.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let saved: Saved = serde_json::from_str(text)?;
        if saved.version != VERSION {
            let message = format!("facts of version {} are not known here", saved.version);
            return Err(serde::de::Error::custom(message));
        }
        let name = |schema: &str, name: &str| QName::new(Name::stored(schema), Name::stored(name));
        let tables = saved.tables.into_iter().map(|table| {
            let facts = TableFacts {
                rows: table.rows,
                bytes: table.bytes,
                reads: table.reads,
                writes: table.writes,
                ..TableFacts::default()
            };
            (name(&table.schema, &table.name), facts)
        });
        let indexes = saved.indexes.into_iter().map(|index| {
            let facts = IndexFacts {
                invalid: index.invalid,
                scans: index.scans,
                bytes: index.bytes,
            };
            (name(&index.schema, &index.name), facts)
        });
        let extensions = saved.extensions.into_iter().map(|one| {
            let facts = ExtensionFacts {
                version: one.version,
                newest: one.newest,
            };
            (Name::stored(&one.name), facts)
        });
        Ok(Self {
            taken_at: saved.taken_at,
            server_version: saved.server_version,
            tables: tables.collect(),
            indexes: indexes.collect(),
            settings: saved.settings,
            extensions: extensions.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_read_again() {
        let mut facts = Facts {
            taken_at: Some("2026-01-01T00:00:00Z".to_owned()),
            server_version: Some(150_018),
            ..Facts::default()
        };
        let name = QName::new(Name::stored("App"), Name::stored("users"));
        let table = TableFacts {
            rows: Some(7),
            writes: Some(0),
            ..TableFacts::default()
        };
        facts.tables.insert(name.clone(), table);
        let index = IndexFacts {
            invalid: true,
            ..IndexFacts::default()
        };
        facts.indexes.insert(name, index);
        facts
            .settings
            .insert("wal_level".to_owned(), "replica".to_owned());
        facts
            .extensions
            .insert(Name::stored("citext"), ExtensionFacts::default());
        assert_eq!(
            Facts::read(&facts.saved().to_string()).expect("facts"),
            facts
        );
    }

    #[test]
    fn another_version_is_refused() {
        let error = Facts::read("{\"version\": 2}").expect_err("a later one");
        assert!(error.to_string().contains("version 2"), "{error}");
    }
}
