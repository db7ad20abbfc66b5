//! What a statement does to a schema, with every name resolved: the language between SQL and the model.
//!
//! A change is complete in itself: names that the server would choose are chosen, types and tables have their
//! schemas. `lower` makes changes from statements, `apply` says what they lead to; planning reads them.
//!
//! Here is what is the same for every kind of object, and what a session does. What is created is in
//! `change/object.rs`, the actions of `ALTER TABLE`, `INDEX`, `VIEW` and `TYPE` each in a file of their own.

mod index;
mod object;
mod table;
mod types;
mod view;

use serde::Serialize;

pub use self::{
    index::IndexChange, object::Object, table::TableChange, types::TypeChange, view::ViewChange,
};
use crate::{
    DefaultPrivilegesKey, Name, ObjectRef, OpaqueId, QName, RoutineId,
    model::{Policy, Publication, Routine, Sequence},
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
    /// `SET TIME ZONE`; `None`: the one that the session began with, or one that is not known.
    TimeZone(Option<String>),
    /// `SET LOCAL`: until the transaction ends.
    Local(Box<SessionChange>),
    /// A transaction begins.
    Begin,
    /// The transaction ends, and what was set in it stays.
    Commit,
    /// The transaction ends, and what was set in it is taken back.
    Rollback,
}
