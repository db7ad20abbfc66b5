//! What a SQLite schema is made of.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Serialize, Serializer};

use crate::model::json::is_default;

use super::{Object, Text};

/// A name. SQLite takes ASCII letters in either case for the same (lang_keywords.html), and keeps what was written.
#[derive(Clone)]
pub struct Name(Box<str>);

impl Name {
    /// A name, without quotes.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    /// The name, without quotes, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| byte.hash(state));
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The schema of a SQLite database; SQLite's own tables (`sqlite_…`) and the shadow tables of virtual ones are
/// not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Catalog {
    /// Tables, virtual ones included.
    pub tables: BTreeMap<Name, Table>,
    /// Indexes that are not those of constraints.
    pub indexes: BTreeMap<Name, Index>,
    /// Views.
    pub views: BTreeMap<Name, View>,
    /// Triggers.
    pub triggers: BTreeMap<Name, Trigger>,
    /// All statements that make it, in the order in which it came to be.
    #[serde(skip)]
    pub statements: Vec<Statement>,
}

/// The statement that makes an object, as SQLite keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it makes: never a column.
    pub object: Object,
    /// Its text, without a semicolon.
    pub text: Text,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Plain or virtual.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its constraints, those that were written with a column included; `NOT NULL` is with its column.
    #[serde(skip_serializing_if = "is_default")]
    pub constraints: Vec<Constraint>,
    /// `STRICT`.
    #[serde(skip_serializing_if = "is_default")]
    pub strict: bool,
    /// `WITHOUT ROWID`.
    #[serde(skip_serializing_if = "is_default")]
    pub without_rowid: bool,
    /// The whole statement, where it could not be taken apart: what pragmas do not tell is only in here.
    #[serde(skip_serializing_if = "is_default")]
    pub unparsed: Option<Text>,
}

/// Plain or virtual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// With rows of its own.
    Plain,
    /// `CREATE VIRTUAL TABLE`: what stands behind `USING`.
    Virtual(Text),
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Its declared type, as written; empty where it has none.
    pub data_type: String,
    /// `NOT NULL`.
    #[serde(skip_serializing_if = "is_default")]
    pub not_null: bool,
    /// Its default.
    #[serde(skip_serializing_if = "is_default")]
    pub default: Option<Text>,
    /// `COLLATE`.
    #[serde(skip_serializing_if = "is_default")]
    pub collation: Option<Name>,
    /// `GENERATED ALWAYS AS`.
    #[serde(skip_serializing_if = "is_default")]
    pub generated: Option<Generated>,
    /// `AUTOINCREMENT`.
    #[serde(skip_serializing_if = "is_default")]
    pub autoincrement: bool,
}

/// How a generated column comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generated {
    /// What it is computed from; `None` where the statement could not be taken apart.
    #[serde(skip_serializing_if = "is_default")]
    pub expression: Option<Text>,
    /// `STORED` rather than `VIRTUAL`.
    pub stored: bool,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Constraint {
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<Name>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// `ON CONFLICT`, in upper case.
    #[serde(skip_serializing_if = "is_default")]
    pub on_conflict: Option<String>,
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey(Vec<IndexKey>),
    /// `UNIQUE`.
    Unique(Vec<IndexKey>),
    /// `CHECK`.
    Check(Text),
    /// `FOREIGN KEY`.
    ForeignKey(Reference),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The referencing columns.
    pub columns: Vec<Name>,
    /// The table that is referred to.
    pub table: Name,
    /// The referenced columns; empty: the primary key.
    #[serde(skip_serializing_if = "is_default")]
    pub referenced: Vec<Name>,
    /// `ON UPDATE`, in upper case.
    pub on_update: String,
    /// `ON DELETE`, in upper case.
    pub on_delete: String,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    #[serde(skip_serializing_if = "is_default")]
    pub deferred: bool,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Index {
    /// The table.
    pub table: Name,
    /// `UNIQUE`.
    #[serde(skip_serializing_if = "is_default")]
    pub unique: bool,
    /// What it is over.
    pub keys: Vec<IndexKey>,
    /// The whole statement where it has expressions or a `WHERE`, which pragmas do not tell.
    #[serde(skip_serializing_if = "is_default")]
    pub definition: Option<Text>,
}

/// One key of an index or constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexKey {
    /// The column; `None`: an expression.
    #[serde(skip_serializing_if = "is_default")]
    pub column: Option<Name>,
    /// The collation, where it is not `BINARY`.
    #[serde(skip_serializing_if = "is_default")]
    pub collation: Option<Name>,
    /// `DESC`.
    #[serde(skip_serializing_if = "is_default")]
    pub descending: bool,
}

impl IndexKey {
    /// A column, ascending, by the collation that it has.
    pub fn column(name: impl AsRef<str>) -> Self {
        Self {
            column: Some(Name::new(name)),
            collation: None,
            descending: false,
        }
    }
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its columns.
    pub columns: Vec<Name>,
    /// The whole statement.
    pub definition: Text,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// The table or view.
    pub table: Name,
    /// The whole statement.
    pub definition: Text,
}
