//! What a statement makes a server do: which locks it takes, and what it reads, checks, builds or writes anew while it
//! holds them. The one place that says so: hazards are judged by it, and a trace compares it with a real server.
//!
//! Three things tell: the statement itself, where it says what no change of the schema does (`families.rs`, and from there
//! `maintenance.rs`, `data.rs`, `index.rs`, `alter_table.rs`); each change that it makes (`changes.rs`, with `partition.rs` and
//! `types.rs`); and the schema before and after it (`aftermath.rs`, with `rewrite.rs`, `not_null.rs`, `constraint.rs`,
//! `gone.rs`), which knows whatever a change took along.

use std::collections::BTreeMap;

use segue_catalog::{Catalog, Name, QName, Session};
use serde::{Deserialize, Serialize};
use squawk_syntax::ast;

pub(crate) use column_type::{Kind, Link};
use telling::Telling;

use crate::{Line, LockMode};

mod aftermath;
mod alter_table;
mod changes;
mod column_type;
mod constraint;
mod data;
mod default;
mod expression;
mod families;
mod gone;
mod index;
mod maintenance;
mod not_null;
mod partition;
mod partition_proof;
mod proof;
mod relations;
mod relatives;
mod rewrite;
mod telling;
mod types;
mod volatile;

/// What one statement makes a server do, beside changing its catalogs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Effect {
    /// The strongest lock on each table, view, index or sequence that was there before the statement. A concurrent build
    /// takes stronger ones for moments; this is what it holds while it works.
    pub locks: BTreeMap<QName, LockMode>,
    /// Work that grows with a table.
    pub work: Vec<Work>,
    /// Why it is not known what it does: `a DO block`. Locks and work are then what is known of it.
    pub unknown: Option<String>,
}

/// Work that grows with a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Work {
    /// What is done.
    pub kind: WorkKind,
    /// The table whose rows are gone through; of a partitioned one, every partition with rows of its own is named.
    pub table: QName,
    /// What it is done for: the constraint, column or index.
    pub reason: String,
}

/// What is done to a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// All rows are written to a new file, and all indexes are built anew.
    Rewrite,
    /// All rows are read, and checked.
    Scan,
    /// An index is built from all rows.
    Build,
    /// An index is built while others go on writing.
    ConcurrentBuild,
    /// The rows are joined with those of the table they refer to.
    ForeignKeyCheck,
    /// Rows are written by a statement that says which.
    Write,
}

impl Effect {
    /// Adds a lock, if it is stronger than what is there.
    pub fn lock(&mut self, relation: &QName, mode: LockMode) {
        let held = self.locks.entry(relation.clone()).or_insert(mode);
        *held = (*held).max(mode);
    }

    /// Adds work.
    pub fn works(&mut self, kind: WorkKind, table: &QName, reason: impl Into<String>) {
        self.work.push(Work {
            kind,
            table: table.clone(),
            reason: reason.into(),
        });
    }

    /// The lock on a relation.
    pub fn lock_on(&self, relation: &QName) -> Option<LockMode> {
        self.locks.get(relation).copied()
    }

    /// The work of a kind.
    pub fn work_of(&self, kind: WorkKind) -> impl Iterator<Item = &Work> {
        self.work.iter().filter(move |work| work.kind == kind)
    }
}

/// What a statement makes a server do. Of what the model refuses, and so the server would, that is nothing.
pub fn of(line: &Line, statement: Option<&ast::Stmt>) -> Effect {
    let mut telling = Telling::new(line, statement);
    if line.refused.is_empty() {
        if let Some(statement) = statement {
            families::tell(&mut telling, statement);
        }
        changes::tell(&mut telling);
        aftermath::tell(&mut telling);
    }
    telling.effect
}

/// Whether an expression calls a function that gives another value each time.
pub(crate) fn calls_volatile(catalog: &Catalog, session: &Session, expression: &str) -> bool {
    default::volatile_call(catalog, session, expression).is_some()
}

/// What an expression does to a column, if that is nothing but casts and time zones.
pub(crate) fn links(expression: &str, column: &str) -> Option<Vec<Link>> {
    column_type::links(expression, column)
}

/// Whether the clocks of a time zone never change, as far as its name tells.
pub(crate) fn is_steady(zone: &str) -> bool {
    column_type::is_steady(zone)
}

/// Whether an expression names a column of a table that it calls by one of these names.
pub(crate) fn names_column(text: &str, called: &[&str], column: &str) -> bool {
    expression::names_column(text, called, column)
}

/// An expression in which columns of a table are called by the table's name alone.
pub(crate) fn without_schema(text: &str, table: &QName) -> String {
    expression::without_schema(text, table)
}

/// Whether a query within a text reads from a table of this name.
pub(crate) fn reads_from(text: &str, table: &str) -> bool {
    expression::reads_from(text, table)
}

/// The columns of two tables, called so, by which a condition joins them, if it does nothing else.
pub(crate) fn joined(condition: &str, one: &str, other: &str) -> Option<Vec<(Name, Name)>> {
    expression::joined(condition, one, other)
}

/// Whether an expression over a column gives the same when it is applied to what it has given.
pub(crate) fn is_repeatable(text: &str, column: &str) -> bool {
    expression::is_repeatable(text, column)
}

/// Whether a condition holds for rows only in which a column is NULL.
pub(crate) fn demands_null(condition: &str, column: &str) -> bool {
    expression::demands_null(condition, column)
}

/// Whether a text has a word that may be the name of a column or table.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    expression::mentions(text, name)
}
