//! What is being told: a statement with the schema around it, and what is known of its effect so far.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;
use segue_catalog::{
    Catalog, Change, QName,
    model::{Table, TableKind},
};
use squawk_syntax::ast::{self, AstNode};

use super::{Effect, WorkKind, relations, relatives::Children};
use crate::{Line, LockMode};

/// A statement whose effect is being told.
pub(super) struct Telling<'a> {
    pub(super) line: &'a Line,
    pub(super) statement: Option<&'a ast::Stmt>,
    /// The schema before it.
    pub(super) before: &'a Catalog,
    /// The schema behind it.
    pub(super) after: &'a Catalog,
    /// The tables whose rows it writes anew: their checks are made on the way, and their indexes are built with them.
    pub(super) rewritten: FxHashSet<QName>,
    children: OnceCell<Children<'a>>,
    pub(super) effect: Effect,
}

impl<'a> Telling<'a> {
    pub(super) fn new(line: &'a Line, statement: Option<&'a ast::Stmt>) -> Self {
        Self {
            line,
            statement,
            before: &line.before,
            after: &line.after,
            rewritten: FxHashSet::default(),
            children: OnceCell::new(),
            effect: Effect {
                unknown: line.unknown.clone(),
                ..Effect::default()
            },
        }
    }

    /// Adds a lock on what was there before the statement.
    pub(super) fn lock(&mut self, relation: &QName, mode: LockMode) {
        let known = self.effect.locks.contains_key(relation);
        if known || self.before.relation(relation).is_some() {
            self.effect.lock(relation, mode);
        }
    }

    /// Adds locks.
    pub(super) fn lock_all<'q>(
        &mut self,
        relations: impl IntoIterator<Item = &'q QName>,
        mode: LockMode,
    ) {
        for relation in relations {
            self.lock(relation, mode);
        }
    }

    /// Adds work on the rows of a table that was there before.
    pub(super) fn works(&mut self, kind: WorkKind, table: &QName, reason: impl Into<String>) {
        let there = self.before.tables.contains_key(table) || self.before.views.contains_key(table);
        if there {
            self.effect.works(kind, table, reason);
        }
    }

    /// The table all of whose rows are written anew, and with them its indexes.
    pub(super) fn rewrites(&mut self, table: &QName, reason: impl Into<String>) {
        self.works(WorkKind::Rewrite, table, reason);
        self.rewritten.insert(table.clone());
        for index in relations::indexes_of(self.before, table) {
            self.lock(&index, LockMode::AccessExclusive);
        }
    }

    /// What it does to the schema.
    pub(super) fn changes(&self) -> &'a [Change] {
        &self.line.changes
    }

    /// Whether it may have changed what tables are like.
    pub(super) fn has_changes(&self) -> bool {
        let quiet = |change: &Change| {
            matches!(
                change,
                Change::Nothing | Change::Data { .. } | Change::Session(_)
            )
        };
        !self.changes().iter().all(quiet)
    }

    /// Whether something has another name afterwards, so that names do not tell what is the same.
    pub(super) fn has_renames(&self) -> bool {
        let renames =
            |change: &Change| matches!(change, Change::Rename { .. } | Change::SetSchema { .. });
        self.changes().iter().any(renames)
    }

    /// A table before the statement.
    pub(super) fn table(&self, name: &QName) -> Option<&'a Table> {
        self.before.tables.get(name).map(std::sync::Arc::as_ref)
    }

    /// A table behind the statement.
    pub(super) fn table_after(&self, name: &QName) -> Option<&'a Table> {
        self.after.tables.get(name).map(std::sync::Arc::as_ref)
    }

    /// The relation that a node of the syntax tree names.
    pub(super) fn resolve(&self, node: &impl AstNode) -> Option<QName> {
        crate::written::any_relation(self.before, &self.line.session, node)
    }

    /// The partitions and children of a table, and theirs.
    pub(super) fn descendants(&self, table: &QName) -> Vec<QName> {
        self.children().descendants(table)
    }

    /// A table with all that is below it.
    pub(super) fn family(&self, table: &QName) -> Vec<QName> {
        let mut all = vec![table.clone()];
        all.extend(self.descendants(table));
        all
    }

    /// A table with its partitions, if it has any; not with what merely inherits from it.
    pub(super) fn partitions(&self, table: &QName) -> Vec<QName> {
        let partitioned = self
            .table(table)
            .is_some_and(|own| matches!(own.kind, TableKind::Partitioned(_)));
        if partitioned {
            self.family(table)
        } else {
            vec![table.clone()]
        }
    }

    /// The default partition of a table.
    pub(super) fn default_partition(&self, parent: &QName) -> Option<QName> {
        let children = self.children().of(parent);
        let default = |child: &&&QName| {
            let table = self.table(child);
            let partition = table.and_then(|table| table.partition_of.as_ref());
            partition.is_some_and(|own| own.bound.text.eq_ignore_ascii_case("default"))
        };
        children.iter().find(default).map(|name| (*name).clone())
    }

    fn children(&self) -> &Children<'a> {
        self.children.get_or_init(|| Children::of_all(self.before))
    }
}
