//! What `ALTER TABLE` does: its actions, one change each.

use serde::Serialize;

use crate::{
    DataType, Expr, Name, QName,
    model::{
        Column, Constraint, Deferral, Enabled, Generated, Identity, NotNull, Parameters,
        Persistence, ReplicaIdentity,
    },
};

/// One action of `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableChange {
    /// `ADD COLUMN`. Constraints that stand with the column are changes of their own.
    AddColumn(Box<Column>),
    /// `DROP COLUMN`.
    DropColumn {
        /// The column.
        name: Name,
        /// Whether what depends on it goes too.
        cascade: bool,
    },
    /// `ADD CONSTRAINT`.
    AddConstraint {
        /// Its name, also where the server chose it.
        name: Name,
        /// What it is.
        constraint: Box<Constraint>,
        /// `USING INDEX`: this index becomes the constraint's.
        using_index: Option<Name>,
    },
    /// `DROP CONSTRAINT`, of any kind but NOT NULL.
    DropConstraint {
        /// The constraint.
        name: Name,
        /// Whether what depends on it goes too.
        cascade: bool,
    },
    /// `ALTER CONSTRAINT`.
    AlterConstraint {
        /// The constraint.
        name: Name,
        /// When it is checked, where that changes.
        deferral: Option<Deferral>,
        /// `ENFORCED` or not, where that changes (PostgreSQL 18).
        enforced: Option<bool>,
        /// `INHERIT` (`false`) or `NO INHERIT` of a NOT NULL, where that changes (PostgreSQL 18).
        no_inherit: Option<bool>,
    },
    /// `VALIDATE CONSTRAINT`, also of a NOT NULL.
    ValidateConstraint(Name),
    /// `ALTER COLUMN … TYPE`.
    SetType {
        /// The column.
        column: Name,
        /// The new type.
        data_type: DataType,
        /// The new collation, where it is not the type's.
        collation: Option<QName>,
        /// How values are converted, if the statement says.
        using: Option<Expr>,
    },
    /// `SET DEFAULT` or `DROP DEFAULT`.
    SetDefault {
        /// The column, also one of a view.
        column: Name,
        /// The default.
        default: Option<Expr>,
    },
    /// `SET NOT NULL`, or a NOT NULL constraint that is added.
    SetNotNull {
        /// The column.
        column: Name,
        /// The constraint.
        not_null: NotNull,
    },
    /// `DROP NOT NULL`, or `DROP CONSTRAINT` of one.
    DropNotNull(Name),
    /// `SET EXPRESSION` (PostgreSQL 17) or, with `None`, `DROP EXPRESSION`.
    SetGenerated {
        /// The column.
        column: Name,
        /// What it is computed from.
        generated: Option<Generated>,
    },
    /// `ADD GENERATED … AS IDENTITY`, `SET GENERATED`, `RESTART`… or, with `None`, `DROP IDENTITY`.
    SetIdentity {
        /// The column.
        column: Name,
        /// The identity as it is afterwards.
        identity: Option<Box<Identity>>,
    },
    /// `SET STORAGE`; `None`: as the type has it.
    SetStorage {
        /// The column.
        column: Name,
        /// The storage, in lower case.
        storage: Option<String>,
    },
    /// `SET COMPRESSION`; `None`: the default.
    SetCompression {
        /// The column.
        column: Name,
        /// The method.
        compression: Option<String>,
    },
    /// `SET STATISTICS`; `None`: the default.
    SetStatistics {
        /// The column.
        column: Name,
        /// The target.
        target: Option<i32>,
    },
    /// `SET (option = value)` and `RESET (option)` of a column.
    SetColumnOptions {
        /// The column.
        column: Name,
        /// Options that are set.
        set: Parameters,
        /// Options that are reset.
        reset: Vec<String>,
    },
    /// `ENABLE`, `DISABLE` of a trigger.
    EnableTrigger {
        /// The trigger; `None`: all of them.
        trigger: Option<Name>,
        /// When it fires from now on.
        enabled: Enabled,
    },
    /// `ENABLE`, `DISABLE` of a rule.
    EnableRule {
        /// The rule.
        rule: Name,
        /// When it is in force from now on.
        enabled: Enabled,
    },
    /// `ENABLE` or `DISABLE ROW LEVEL SECURITY`.
    EnableRowSecurity(bool),
    /// `FORCE` or `NO FORCE ROW LEVEL SECURITY`.
    ForceRowSecurity(bool),
    /// `REPLICA IDENTITY`.
    ReplicaIdentity(ReplicaIdentity),
    /// `CLUSTER ON` or, with `None`, `SET WITHOUT CLUSTER`.
    ClusterOn(Option<Name>),
    /// `SET LOGGED` or `UNLOGGED`; its sequences follow.
    SetPersistence(Persistence),
    /// `SET ACCESS METHOD`; `None`: the default.
    SetAccessMethod(Option<Name>),
    /// `SET TABLESPACE`; `None`: the default.
    SetTablespace(Option<Name>),
    /// `SET (parameter = value)` and `RESET (parameter)`.
    SetParameters {
        /// Parameters that are set.
        set: Parameters,
        /// Parameters that are reset.
        reset: Vec<String>,
    },
    /// `INHERIT parent`.
    Inherit(QName),
    /// `NO INHERIT parent`.
    NoInherit(QName),
    /// `ATTACH PARTITION`.
    AttachPartition {
        /// The partition.
        partition: QName,
        /// Its bound, as SQL.
        bound: Expr,
    },
    /// `DETACH PARTITION`.
    DetachPartition(QName),
    /// `OF type` or, with `None`, `NOT OF`.
    OfType(Option<QName>),
    /// `OPTIONS (…)` of a foreign table, or of one of its columns: as they are afterwards.
    SetForeignOptions {
        /// The column; `None`: the table's own.
        column: Option<Name>,
        /// The options.
        options: Parameters,
    },
}
