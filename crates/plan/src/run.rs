//! What a run has done by a moment: what it has made itself, which no app can use yet, and what it has filled.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use segue_catalog::{Change, Object, ObjectRef, QName, TableChange};
use squawk_syntax::ast::{self, AstNode};

use crate::{Effect, Line, LockMode};

/// What the scripts have done so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// What they have made.
    pub(crate) born: Born,
    /// The tables that they have filled from a query or a file: nobody knows how large those are.
    pub(crate) filled: FxHashSet<QName>,
    /// The tables among those that they have made which get what an app writes to another one.
    pub(crate) fed: FxHashSet<QName>,
    /// The tables that were there before, and that they have given these names.
    pub(crate) renamed: FxHashSet<QName>,
    /// The tables that were there before, and whose columns they change otherwise than by adding some.
    pub(crate) moved: FxHashSet<QName>,
    /// The strongest locks that the transaction which is open has taken so far.
    pub(crate) held: BTreeMap<QName, LockMode>,
    transaction: Option<usize>,
}

impl Run {
    /// A statement of this transaction comes next; locks do not outlive theirs.
    pub(crate) fn enter(&mut self, transaction: Option<usize>) {
        if transaction.is_none() || transaction != self.transaction {
            self.held.clear();
        }
        self.transaction = transaction;
    }

    /// Takes notice of a statement.
    pub(crate) fn apply(&mut self, line: &Line, statement: Option<&ast::Stmt>, effect: &Effect) {
        for (relation, mode) in &effect.locks {
            let held = self.held.entry(relation.clone()).or_insert(*mode);
            *held = (*held).max(*mode);
        }
        for change in &line.changes {
            if let Some(table) = moves_columns(change)
                && !self.born.has_relation(table)
            {
                self.moved.insert(table.clone());
            }
            if let Change::Drop {
                object: ObjectRef::Table(table),
                ..
            } = change
            {
                self.moved.remove(table);
                self.renamed.remove(table);
            }
            self.follow_name(change);
            self.born.apply(change);
            let Some(table) = written(change) else {
                continue;
            };
            if statement.is_some_and(fills) {
                self.filled.insert(table.clone());
            } else if matches!(change, Change::Create(_)) {
                self.filled.remove(table);
            }
        }
    }

    /// A table has another name from here on, and is locked and filled by that.
    fn follow_name(&mut self, change: &Change) {
        let (old, new) = match change {
            Change::Rename {
                object: ObjectRef::Table(old),
                to,
            } => (old, old.sibling(to.clone())),
            Change::SetSchema {
                object: ObjectRef::Table(old),
                schema,
            } => (old, QName::new(schema.clone(), old.name.clone())),
            _ => return,
        };
        self.renamed.remove(old);
        if !self.born.has_relation(old) {
            self.renamed.insert(new.clone());
        }
        if let Some(mode) = self.held.remove(old) {
            self.held.insert(new.clone(), mode);
        }
        if self.filled.remove(old) {
            self.filled.insert(new.clone());
        }
        if self.moved.remove(old) {
            self.moved.insert(new);
        }
    }
}

/// The table whose columns are in other places until what a change does is finished.
fn moves_columns(change: &Change) -> Option<&QName> {
    match change {
        Change::Table {
            table,
            change: TableChange::DropColumn { .. } | TableChange::SetType { .. },
        }
        | Change::Rename {
            object: ObjectRef::Column(table, _),
            ..
        } => Some(table),
        _ => None,
    }
}

/// The table that a change writes rows into.
fn written(change: &Change) -> Option<&QName> {
    match change {
        Change::Data { table, .. } => table.as_ref(),
        Change::Create(object) => match &**object {
            Object::Table(name, _) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a statement writes as many rows as another table or a file has.
fn fills(statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Insert(insert) => insert
            .syntax()
            .descendants()
            .any(|node| ast::FromClause::can_cast(node.kind())),
        ast::Stmt::Copy(_) | ast::Stmt::CreateTableAs(_) | ast::Stmt::SelectInto(_) => true,
        _ => false,
    }
}

/// What the scripts have made so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Born {
    objects: FxHashSet<ObjectRef>,
}

impl Born {
    /// Whether this run has made the object, or the table that it is of.
    pub(crate) fn has(&self, object: &ObjectRef) -> bool {
        if self.objects.contains(object) {
            return true;
        }
        object.part_of().is_some_and(|of| self.has_relation(of))
    }

    /// Whether this run has made the table, view, index or sequence of this name.
    pub(crate) fn has_relation(&self, name: &QName) -> bool {
        [
            ObjectRef::Table,
            ObjectRef::View,
            ObjectRef::Index,
            ObjectRef::Sequence,
            ObjectRef::Type,
        ]
        .into_iter()
        .any(|kind| self.objects.contains(&kind(name.clone())))
    }

    /// Takes notice of a change.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Create(object) => self.made(object),
            Change::Drop { object, .. } => {
                self.objects.remove(object);
            }
            Change::Rename { object, to } => self.renamed(object, |old| renamed(old, to)),
            Change::SetSchema { object, schema } => self.renamed(object, |old| {
                with_name(old, |name| QName::new(schema.clone(), name.name.clone()))
            }),
            Change::Table { table, change } => self.altered(table, change),
            _ => {}
        }
    }

    fn made(&mut self, object: &Object) {
        self.objects.insert(object.reference());
    }

    fn altered(&mut self, table: &QName, change: &TableChange) {
        match change {
            TableChange::AddColumn(column) => {
                let column = ObjectRef::Column(table.clone(), column.name.clone());
                self.objects.insert(column);
            }
            TableChange::AddConstraint { name, .. } => {
                let constraint = ObjectRef::Constraint(table.clone(), name.clone());
                self.objects.insert(constraint);
            }
            TableChange::DropColumn { name, .. } => {
                let column = ObjectRef::Column(table.clone(), name.clone());
                self.objects.remove(&column);
            }
            TableChange::DropConstraint { name, .. } => {
                let constraint = ObjectRef::Constraint(table.clone(), name.clone());
                self.objects.remove(&constraint);
            }
            _ => {}
        }
    }

    /// What was born under the old name has the new one; so have its parts.
    fn renamed(&mut self, object: &ObjectRef, new: impl Fn(&ObjectRef) -> Option<ObjectRef>) {
        if self.objects.remove(object) {
            self.objects.extend(new(object));
        }
        let Some(table) = relation(object) else {
            return;
        };
        let Some(to) = new(object).as_ref().and_then(relation).cloned() else {
            return;
        };
        let parts: Vec<ObjectRef> = self
            .objects
            .iter()
            .filter(|part| part.part_of() == Some(table))
            .cloned()
            .collect();
        for part in parts {
            self.objects.remove(&part);
            self.objects.extend(with_name(&part, |_| to.clone()));
        }
    }
}

/// The relation that an object is.
fn relation(object: &ObjectRef) -> Option<&QName> {
    match object {
        ObjectRef::Table(name) | ObjectRef::View(name) => Some(name),
        _ => None,
    }
}

fn renamed(old: &ObjectRef, to: &segue_catalog::Name) -> Option<ObjectRef> {
    Some(match old {
        ObjectRef::Column(of, _) => ObjectRef::Column(of.clone(), to.clone()),
        ObjectRef::Constraint(of, _) => ObjectRef::Constraint(of.clone(), to.clone()),
        ObjectRef::Trigger(of, _) => ObjectRef::Trigger(of.clone(), to.clone()),
        ObjectRef::Rule(of, _) => ObjectRef::Rule(of.clone(), to.clone()),
        ObjectRef::Policy(of, _) => ObjectRef::Policy(of.clone(), to.clone()),
        ObjectRef::Schema(_) => ObjectRef::Schema(to.clone()),
        _ => return with_name(old, |name| name.sibling(to.clone())),
    })
}

/// The same kind of object, with its name, or that of what it is a part of, replaced.
fn with_name(old: &ObjectRef, new: impl Fn(&QName) -> QName) -> Option<ObjectRef> {
    Some(match old {
        ObjectRef::Table(name) => ObjectRef::Table(new(name)),
        ObjectRef::View(name) => ObjectRef::View(new(name)),
        ObjectRef::Index(name) => ObjectRef::Index(new(name)),
        ObjectRef::Sequence(name) => ObjectRef::Sequence(new(name)),
        ObjectRef::Type(name) => ObjectRef::Type(new(name)),
        ObjectRef::Statistics(name) => ObjectRef::Statistics(new(name)),
        ObjectRef::Column(of, name) => ObjectRef::Column(new(of), name.clone()),
        ObjectRef::Default(of, name) => ObjectRef::Default(new(of), name.clone()),
        ObjectRef::Constraint(of, name) => ObjectRef::Constraint(new(of), name.clone()),
        ObjectRef::Trigger(of, name) => ObjectRef::Trigger(new(of), name.clone()),
        ObjectRef::Rule(of, name) => ObjectRef::Rule(new(of), name.clone()),
        ObjectRef::Policy(of, name) => ObjectRef::Policy(new(of), name.clone()),
        ObjectRef::DomainConstraint(of, name) => ObjectRef::DomainConstraint(new(of), name.clone()),
        _ => return None,
    })
}
