//! Tables: plain, partitioned and foreign.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Expr, Name, Privileges, QName,
    model::{Column, Constraint, IndexKey, Parameters, Policy, Rule, Trigger, json::is_default},
};

/// A table: plain, partitioned or foreign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Plain, partitioned, foreign.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its constraints by name.
    #[serde(skip_serializing_if = "is_default")]
    pub constraints: BTreeMap<Name, Constraint>,
    /// Its triggers by name; those that the server makes for foreign keys are not here.
    #[serde(skip_serializing_if = "is_default")]
    pub triggers: BTreeMap<Name, Trigger>,
    /// Its rewrite rules by name.
    #[serde(skip_serializing_if = "is_default")]
    pub rules: BTreeMap<Name, Rule>,
    /// Its policies by name.
    #[serde(skip_serializing_if = "is_default")]
    pub policies: BTreeMap<Name, Policy>,
    /// Whether policies are in force.
    #[serde(skip_serializing_if = "is_default")]
    pub row_security: RowSecurity,
    /// Logged, unlogged or temporary.
    #[serde(skip_serializing_if = "is_default")]
    pub persistence: Persistence,
    /// The tables it inherits from (`INHERITS`), in order; not for partitions.
    #[serde(skip_serializing_if = "is_default")]
    pub inherits: Vec<QName>,
    /// The partitioned table that it is a partition of.
    #[serde(skip_serializing_if = "is_default")]
    pub partition_of: Option<Partition>,
    /// The composite type that it is of (`OF type`).
    #[serde(skip_serializing_if = "is_default")]
    pub of_type: Option<QName>,
    /// The access method, where it is not `heap`.
    #[serde(skip_serializing_if = "is_default")]
    pub access_method: Option<Name>,
    /// The tablespace, where it is not the default.
    #[serde(skip_serializing_if = "is_default")]
    pub tablespace: Option<Name>,
    /// Storage parameters; those of its TOAST table with `toast.` in front.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: Parameters,
    /// Which old values logical replication gets.
    #[serde(skip_serializing_if = "is_default")]
    pub replica_identity: ReplicaIdentity,
    /// The index that `CLUSTER` uses.
    #[serde(skip_serializing_if = "is_default")]
    pub cluster_on: Option<Name>,
    /// Its owner; `None`: the role that deploys.
    #[serde(skip_serializing_if = "is_default")]
    pub owner: Option<Name>,
    /// Privileges beyond the default.
    #[serde(skip_serializing_if = "is_default")]
    pub privileges: Privileges,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

impl Table {
    /// A plain table with these columns.
    pub fn new(columns: Vec<Column>) -> Self {
        Self {
            kind: TableKind::Plain,
            columns,
            constraints: BTreeMap::new(),
            triggers: BTreeMap::new(),
            rules: BTreeMap::new(),
            policies: BTreeMap::new(),
            row_security: RowSecurity::default(),
            persistence: Persistence::Permanent,
            inherits: Vec::new(),
            partition_of: None,
            of_type: None,
            access_method: None,
            tablespace: None,
            parameters: Parameters::new(),
            replica_identity: ReplicaIdentity::Default,
            cluster_on: None,
            owner: None,
            privileges: Privileges::default(),
            comment: None,
        }
    }

    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// A column by its name, to be changed.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == *name)
    }

    /// The columns of the primary key; empty where there is none.
    pub fn primary_key(&self) -> &[Name] {
        self.constraints
            .values()
            .find_map(|constraint| match &constraint.kind {
                crate::model::ConstraintKind::PrimaryKey(key) => Some(key.columns.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }
}

/// What kind of table it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// With rows of its own.
    Plain,
    /// `PARTITION BY`.
    Partitioned(PartitionBy),
    /// `CREATE FOREIGN TABLE`.
    Foreign(ForeignTable),
}

/// `PARTITION BY strategy (keys)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartitionBy {
    /// How rows are told apart.
    pub strategy: PartitionStrategy,
    /// By what.
    pub keys: Vec<IndexKey>,
}

/// How rows are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionStrategy {
    /// By ranges.
    Range,
    /// By lists of values.
    List,
    /// By remainders of a hash.
    Hash,
}

/// A partition's place in its parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// The partitioned table.
    pub parent: QName,
    /// `FOR VALUES …` or `DEFAULT`, as SQL.
    pub bound: Expr,
}

/// The server and options of a foreign table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignTable {
    /// The foreign server.
    pub server: Name,
    /// Its options.
    #[serde(skip_serializing_if = "is_default")]
    pub options: Parameters,
}

/// Whether a table survives a crash, or a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// It does.
    #[default]
    Permanent,
    /// `UNLOGGED`: empty after a crash.
    Unlogged,
    /// `TEMPORARY`: gone with its session. Such a table is in the schema `pg_temp` of the model, and in no
    /// comparison.
    Temporary,
}

/// Row security of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RowSecurity {
    /// `ENABLE ROW LEVEL SECURITY`.
    #[serde(skip_serializing_if = "is_default")]
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`: for the owner too.
    #[serde(skip_serializing_if = "is_default")]
    pub forced: bool,
}

/// Which old values an UPDATE or DELETE gives to logical replication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// Those of the primary key.
    #[default]
    Default,
    /// All.
    Full,
    /// None.
    Nothing,
    /// Those of an index.
    Index(Name),
}
