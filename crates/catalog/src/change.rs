//! What a statement does to a schema, with every name resolved: the language between SQL and the model.
//!
//! A change is complete in itself: names that the server would choose are chosen, types and tables have their
//! schemas. `lower` makes changes from statements, `apply` says what they lead to; planning reads them.

use serde::Serialize;

use crate::{
    DataType, DefaultPrivilegesKey, Expr, Name, ObjectRef, OpaqueId, QName, RoutineId,
    model::{
        Attribute, Column, Constraint, Deferral, DomainConstraint, Enabled, Extension, Generated,
        Identity, Index, NotNull, Opaque, Parameters, Persistence, Policy, Publication,
        ReplicaIdentity, Routine, Rule, Schema, Sequence, Statistics, Table, Trigger, Type, View,
    },
    privileges::{Grantee, Privilege},
};

/// One effect of a statement. A statement can have several, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A new object, whole: a table comes with its columns and constraints.
    Create(Box<Object>),
    /// `CREATE OR REPLACE` of an object that is there. Owner, privileges and comment of the old one stay.
    Replace(Box<Object>),
    /// `DROP`, also of a trigger, rule or policy. Columns and constraints: see [`TableChange`].
    Drop {
        /// What goes.
        object: ObjectRef,
        /// Whether what depends on it goes too.
        cascade: bool,
    },
    /// `RENAME`, of any object, columns and constraints included.
    Rename {
        /// What is renamed.
        object: ObjectRef,
        /// Its new name.
        to: Name,
    },
    /// `SET SCHEMA`.
    SetSchema {
        /// What moves.
        object: ObjectRef,
        /// Where to.
        schema: Name,
    },
    /// `OWNER TO`.
    SetOwner {
        /// Whose owner.
        object: ObjectRef,
        /// The new owner; `None`: the role that deploys.
        owner: Option<Name>,
    },
    /// `COMMENT ON`.
    Comment {
        /// What is commented.
        object: ObjectRef,
        /// The comment; `None` takes it away.
        text: Option<String>,
    },
    /// `GRANT` or `REVOKE` on one object.
    Privileges {
        /// On what.
        object: ObjectRef,
        /// What changes.
        change: PrivilegesChange,
    },
    /// `ALTER DEFAULT PRIVILEGES`.
    DefaultPrivileges {
        /// Of whom, where, for which kind.
        key: DefaultPrivilegesKey,
        /// What changes.
        change: PrivilegesChange,
    },
    /// `ALTER TABLE`, one action of it.
    Table {
        /// The table.
        table: QName,
        /// The action.
        change: TableChange,
    },
    /// `ALTER INDEX`, one action of it; also what `CREATE INDEX` on a partitioned table does elsewhere.
    Index {
        /// The index, also one of a constraint.
        index: QName,
        /// The action.
        change: IndexChange,
    },
    /// `ALTER SEQUENCE`, also of the sequence of an identity column.
    Sequence {
        /// The sequence.
        sequence: QName,
        /// The sequence as it is afterwards; its owner, privileges and comment as they were.
        after: Box<Sequence>,
    },
    /// `ALTER VIEW` or `ALTER MATERIALIZED VIEW`, one action of it.
    View {
        /// The view.
        view: QName,
        /// The action.
        change: ViewChange,
    },
    /// `ALTER TYPE` or `ALTER DOMAIN`, one action of it.
    Type {
        /// The type.
        name: QName,
        /// The action.
        change: TypeChange,
    },
    /// `ALTER FUNCTION`, `PROCEDURE` and the like: the routine as it is afterwards.
    Routine {
        /// The routine.
        id: RoutineId,
        /// What it is afterwards.
        after: Box<Routine>,
    },
    /// `ALTER POLICY`: the policy as it is afterwards.
    Policy {
        /// The table.
        table: QName,
        /// The policy.
        name: Name,
        /// What it is afterwards.
        after: Box<Policy>,
    },
    /// `ALTER PUBLICATION`: the publication as it is afterwards.
    Publication {
        /// The publication.
        name: Name,
        /// What it is afterwards.
        after: Box<Publication>,
    },
    /// `ALTER STATISTICS … SET STATISTICS`.
    StatisticsTarget {
        /// The statistics.
        statistics: QName,
        /// The target; `None`: the default.
        target: Option<i32>,
    },
    /// `ALTER EXTENSION … UPDATE`.
    ExtensionVersion {
        /// The extension.
        extension: Name,
        /// The version; `None`: the server's newest.
        version: Option<String>,
    },
    /// Of an object whose parts the model does not know: altered in some way.
    AlterOpaque(OpaqueId),
    /// `SET`, `RESET`, `SET ROLE`…: what names mean from here on.
    Session(SessionChange),
    /// Rows change, or are read; the schema stays.
    Data {
        /// The statement's first words, in upper case: `INSERT`, `UPDATE`, `COPY`…
        statement: &'static str,
        /// The table it writes, if it writes one that is known.
        table: Option<QName>,
    },
    /// Nothing of the schema: `VACUUM`, `LOCK`, `BEGIN`…; also what `IF NOT EXISTS` makes of a statement.
    Nothing,
    /// What it does to the schema is not known without running it.
    Unknown {
        /// Why, for people: `a DO block`, `a call of app.migrate()`.
        reason: String,
    },
}

/// A whole object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// A schema.
    Schema(Name, Schema),
    /// An extension.
    Extension(Name, Extension),
    /// A type.
    Type(QName, Type),
    /// A sequence.
    Sequence(QName, Sequence),
    /// A table.
    Table(QName, Table),
    /// An index.
    Index(QName, Index),
    /// A view.
    View(QName, View),
    /// A routine.
    Routine(RoutineId, Routine),
    /// A trigger of a table or view.
    Trigger(QName, Name, Trigger),
    /// A rule of a table or view.
    Rule(QName, Name, Rule),
    /// A policy of a table.
    Policy(QName, Name, Policy),
    /// Extended statistics.
    Statistics(QName, Statistics),
    /// A publication.
    Publication(Name, Publication),
    /// What the model does not know the parts of.
    Opaque(OpaqueId, Opaque),
}

impl Object {
    /// What it is called.
    pub fn reference(&self) -> ObjectRef {
        match self {
            Self::Schema(name, _) => ObjectRef::Schema(name.clone()),
            Self::Extension(name, _) => ObjectRef::Extension(name.clone()),
            Self::Type(name, _) => ObjectRef::Type(name.clone()),
            Self::Sequence(name, _) => ObjectRef::Sequence(name.clone()),
            Self::Table(name, _) => ObjectRef::Table(name.clone()),
            Self::Index(name, _) => ObjectRef::Index(name.clone()),
            Self::View(name, _) => ObjectRef::View(name.clone()),
            Self::Routine(id, _) => ObjectRef::Routine(id.clone()),
            Self::Trigger(of, name, _) => ObjectRef::Trigger(of.clone(), name.clone()),
            Self::Rule(of, name, _) => ObjectRef::Rule(of.clone(), name.clone()),
            Self::Policy(of, name, _) => ObjectRef::Policy(of.clone(), name.clone()),
            Self::Statistics(name, _) => ObjectRef::Statistics(name.clone()),
            Self::Publication(name, _) => ObjectRef::Publication(name.clone()),
            Self::Opaque(id, _) => ObjectRef::Opaque(id.clone()),
        }
    }
}

/// `GRANT` or `REVOKE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrivilegesChange {
    /// `GRANT` rather than `REVOKE`.
    pub grant: bool,
    /// What is granted or revoked; `ALL` is spelled out.
    pub privileges: Vec<Privilege>,
    /// To or from whom.
    pub grantees: Vec<Grantee>,
    /// `WITH GRANT OPTION`; of a REVOKE: only the `GRANT OPTION FOR`.
    pub grant_option: bool,
}

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

/// One action of `ALTER INDEX`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexChange {
    /// `SET (parameter = value)` and `RESET (parameter)`.
    SetParameters {
        /// Parameters that are set.
        set: Parameters,
        /// Parameters that are reset.
        reset: Vec<String>,
    },
    /// `SET TABLESPACE`; `None`: the default.
    SetTablespace(Option<Name>),
    /// `ATTACH PARTITION` index.
    Attach(QName),
    /// `ALTER COLUMN n SET STATISTICS`; `None`: the default.
    SetStatistics {
        /// The key's number, from 1.
        key: u16,
        /// The target.
        target: Option<i32>,
    },
}

/// One action of `ALTER VIEW` or `ALTER MATERIALIZED VIEW`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewChange {
    /// `ALTER COLUMN … SET DEFAULT` or `DROP DEFAULT`.
    SetDefault {
        /// The column.
        column: Name,
        /// The default.
        default: Option<Expr>,
    },
    /// `SET (option)` and `RESET (option)`; `check_option` is one of them.
    SetParameters {
        /// Options that are set.
        set: Parameters,
        /// Options that are reset.
        reset: Vec<String>,
    },
    /// `SET TABLESPACE` of a materialized view; `None`: the default.
    SetTablespace(Option<Name>),
    /// `SET ACCESS METHOD` of a materialized view; `None`: the default.
    SetAccessMethod(Option<Name>),
    /// `CLUSTER ON` of a materialized view, and what else of it is like a table's; the model does not keep it.
    SetStatistics {
        /// The column.
        column: Name,
        /// The target; `None`: the default.
        target: Option<i32>,
    },
    /// `REFRESH MATERIALIZED VIEW`, with or without data.
    Refresh {
        /// Whether it can be read afterwards.
        populated: bool,
    },
}

/// One action of `ALTER TYPE` or `ALTER DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeChange {
    /// `ADD VALUE`.
    AddValue {
        /// The new value.
        value: String,
        /// Where in the list it stands (from 0).
        at: usize,
    },
    /// `RENAME VALUE`.
    RenameValue {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// `ADD ATTRIBUTE`.
    AddAttribute(Attribute),
    /// `DROP ATTRIBUTE`.
    DropAttribute(Name),
    /// `ALTER ATTRIBUTE … TYPE`.
    SetAttributeType {
        /// The attribute.
        attribute: Name,
        /// The new type.
        data_type: DataType,
        /// The new collation, where it is not the type's.
        collation: Option<QName>,
    },
    /// `SET DEFAULT` or `DROP DEFAULT` of a domain.
    SetDefault(Option<Expr>),
    /// `SET NOT NULL` or `DROP NOT NULL` of a domain.
    SetNotNull(Option<NotNull>),
    /// `ADD CONSTRAINT` of a domain.
    AddConstraint {
        /// Its name, also where the server chose it.
        name: Name,
        /// What it is.
        constraint: DomainConstraint,
    },
    /// `DROP CONSTRAINT` of a domain.
    DropConstraint(Name),
    /// `VALIDATE CONSTRAINT` of a domain.
    ValidateConstraint(Name),
}

/// What changes for the statements that follow in the same session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionChange {
    /// `SET search_path`; `None`: back to what the session began with.
    SearchPath(Option<Vec<Name>>),
    /// `SET ROLE` or `SESSION AUTHORIZATION`; `None`: back to the role that deploys.
    Role(Option<Name>),
    /// `SET default_tablespace`; `None`: the database's.
    DefaultTablespace(Option<Name>),
    /// `SET default_table_access_method`; `None`: `heap`.
    DefaultAccessMethod(Option<Name>),
    /// `SET LOCAL`: until the transaction ends.
    Local(Box<SessionChange>),
    /// A transaction begins.
    Begin,
    /// The transaction ends, and what was set in it stays.
    Commit,
    /// The transaction ends, and what was set in it is taken back.
    Rollback,
}
