use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Expr, Name, Privileges, QName,
    model::{Column, Constraint, IndexKey, Parameters, Policy, Rule, Trigger},
};

/// A table: plain, partitioned or foreign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Plain, partitioned, foreign.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its constraints by name.
    pub constraints: BTreeMap<Name, Constraint>,
    /// Its triggers by name; those that the server makes for foreign keys are not here.
    pub triggers: BTreeMap<Name, Trigger>,
    /// Its rewrite rules by name.
    pub rules: BTreeMap<Name, Rule>,
    /// Its policies by name.
    pub policies: BTreeMap<Name, Policy>,
    /// Whether policies are in force.
    pub row_security: RowSecurity,
    /// Logged, unlogged or temporary.
    pub persistence: Persistence,
    /// The tables it inherits from (`INHERITS`), in order; not for partitions.
    pub inherits: Vec<QName>,
    /// The partitioned table that it is a partition of.
    pub partition_of: Option<Partition>,
    /// The composite type that it is of (`OF type`).
    pub of_type: Option<QName>,
    /// The access method, where it is not `heap`.
    pub access_method: Option<Name>,
    /// The tablespace, where it is not the default.
    pub tablespace: Option<Name>,
    /// Storage parameters; those of its TOAST table with `toast.` in front.
    pub parameters: Parameters,
    /// Which old values logical replication gets.
    pub replica_identity: ReplicaIdentity,
    /// The index that `CLUSTER` uses.
    pub cluster_on: Option<Name>,
    /// Its owner; `None`: the role that deploys.
    pub owner: Option<Name>,
    /// Privileges beyond the default.
    pub privileges: Privileges,
    /// Its comment.
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
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`: for the owner too.
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
