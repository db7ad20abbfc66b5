//! What may stand between the statement that drops a constraint and the one that makes it again, with the constraint there all along:
//! nothing that needs it gone, or by which it would say something else.

use std::collections::BTreeSet;

use segue_catalog::{
    Catalog, Change, Name, Object, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind},
    reached,
};

use crate::{
    Line, effect,
    writing::{is_over, with_partitions},
};

/// A constraint between the two statements.
pub(super) struct Between<'c> {
    table: &'c QName,
    name: &'c Name,
    constraint: &'c Constraint,
    /// What its rows can be written by: both tables of a foreign key, those above and below them, and the views over all of these.
    relations: BTreeSet<QName>,
}

impl<'c> Between<'c> {
    pub(super) fn new(
        catalog: &Catalog,
        table: &'c QName,
        (name, constraint): (&'c Name, &'c Constraint),
    ) -> Self {
        let referred = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(&key.references),
            _ => None,
        };
        let mut waiting: Vec<QName> = [Some(table), referred]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let mut relations = BTreeSet::new();
        while let Some(next) = waiting.pop() {
            if relations.contains(&next) {
                continue;
            }
            if let Some(known) = catalog.tables.get(&next) {
                let whole = known.partition_of.iter().map(|of| &of.parent);
                waiting.extend(whole.chain(&known.inherits).cloned());
                waiting.extend(with_partitions(catalog, &next));
            }
            let users = reached(catalog, &ObjectRef::Table(next.clone()));
            waiting.extend(users.into_iter().filter_map(|user| match user {
                ObjectRef::Table(name) | ObjectRef::View(name) => Some(name),
                _ => None,
            }));
            relations.insert(next);
        }
        Self {
            table,
            name,
            constraint,
            relations,
        }
    }

    /// Whether a statement leaves the constraint what it is, and the rows that it is about as they are.
    pub(super) fn may_stand(&self, (line, text): (&Line, &str)) -> bool {
        let is_known = line.unknown.is_none() && line.refused.is_empty();
        is_known
            && line.changes.iter().all(|change| match change {
                Change::Table { table, change } => self.leaves(table, change),
                Change::Data { table, .. } => {
                    let mut relations = self.relations.iter();
                    table.is_some() && !relations.any(|name| effect::mentions(text, &name.name))
                }
                Change::Drop { object, .. }
                | Change::Rename { object, .. }
                | Change::SetSchema { object, .. } => self.stays(object, &line.before),
                Change::Replace(object) => {
                    matches!(**object, Object::View(..)) || !self.is_computed()
                }
                Change::Type { .. } | Change::Routine { .. } => !self.is_computed(),
                Change::Create(_)
                | Change::Comment { .. }
                | Change::Privileges { .. }
                | Change::SetOwner { .. }
                | Change::Index { .. }
                | Change::Sequence { .. }
                | Change::View { .. }
                | Change::Policy { .. }
                | Change::Publication { .. }
                | Change::StatisticsTarget { .. }
                | Change::Session(_)
                | Change::Nothing => true,
                _ => false,
            })
    }

    /// Whether what it says may be said by functions and types: a check.
    fn is_computed(&self) -> bool {
        !matches!(self.constraint.kind, ConstraintKind::ForeignKey(_))
    }

    fn is_over(&self, table: &QName, column: &Name) -> bool {
        is_over(self.constraint, self.table, table, column)
    }

    fn leaves(&self, table: &QName, change: &TableChange) -> bool {
        match change {
            TableChange::AttachPartition { .. }
            | TableChange::DetachPartition(_)
            | TableChange::Inherit(_)
            | TableChange::NoInherit(_) => false,
            _ if !self.relations.contains(table) => true,
            TableChange::DropColumn { name, .. } => !self.is_over(table, name),
            TableChange::AddColumn(_)
            | TableChange::AddConstraint { .. }
            | TableChange::DropConstraint { .. }
            | TableChange::ValidateConstraint(_)
            | TableChange::SetType { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetNotNull { .. }
            | TableChange::DropNotNull(_)
            | TableChange::SetStorage { .. }
            | TableChange::SetCompression { .. }
            | TableChange::SetStatistics { .. }
            | TableChange::SetColumnOptions { .. }
            | TableChange::SetParameters { .. } => true,
            _ => false,
        }
    }

    /// Whether it does without an object that goes or gets another name.
    fn stays(&self, object: &ObjectRef, before: &Catalog) -> bool {
        match object {
            ObjectRef::Table(name) | ObjectRef::View(name) => !self.relations.contains(name),
            ObjectRef::Column(table, column) => !self.is_over(table, column),
            ObjectRef::Constraint(table, name) => table != self.table || name != self.name,
            // a foreign key may hold to one
            ObjectRef::Index(name) => before
                .indexes
                .get(name)
                .is_some_and(|index| !index.unique || !self.relations.contains(&index.table)),
            ObjectRef::Routine(_) | ObjectRef::Type(_) => !self.is_computed(),
            ObjectRef::Default(..)
            | ObjectRef::Trigger(..)
            | ObjectRef::Rule(..)
            | ObjectRef::Policy(..)
            | ObjectRef::Sequence(_)
            | ObjectRef::Statistics(_)
            | ObjectRef::Publication(_)
            | ObjectRef::Published(..) => true,
            _ => false,
        }
    }
}
