//! References within tables, views and indexes.

use super::Carrier;
use crate::{
    Name, QName,
    model::{
        Column, Constraint, ConstraintKind, ForeignKey, Index, IndexedConstraint, Policy,
        ReplicaIdentity, Rule, Table, TableKind, Trigger, View,
    },
    rewrite::{Moved, Scope},
};

impl Carrier<'_> {
    pub(super) fn table(&self, name: &QName, table: &mut Table) {
        for column in &mut table.columns {
            self.table_column(name, column);
        }
        for constraint in table.constraints.values_mut() {
            self.constraint(name, constraint);
        }
        for trigger in table.triggers.values_mut() {
            self.trigger(name, trigger);
        }
        for rule in table.rules.values_mut() {
            self.rule(name, rule);
        }
        for policy in table.policies.values_mut() {
            self.policy(name, policy);
        }
        if let TableKind::Partitioned(by) = &mut table.kind {
            for key in &mut by.keys {
                self.key(name, key);
            }
        }
        if let Some(partition) = &mut table.partition_of {
            self.relation(&mut partition.parent);
            self.expr(&mut partition.bound, Scope::Nothing);
        }
        for parent in &mut table.inherits {
            self.relation(parent);
        }
        if let Some(of_type) = &mut table.of_type {
            self.type_name(of_type);
        }
        self.own_indexes(name, table);
    }

    /// Indexes that are named without their schema, as they are in the table's.
    fn own_indexes(&self, name: &QName, table: &mut Table) {
        let Moved::Relation(from, to) = self.moved else {
            return;
        };
        if from.schema != name.schema {
            return;
        }
        if let Some(index) = table
            .cluster_on
            .as_mut()
            .filter(|index| **index == from.name)
        {
            self.set(index, to.name.clone());
        }
        match &mut table.replica_identity {
            ReplicaIdentity::Index(index) if *index == from.name => {
                self.set(index, to.name.clone());
            }
            ReplicaIdentity::Index(_)
            | ReplicaIdentity::Default
            | ReplicaIdentity::Full
            | ReplicaIdentity::Nothing => {}
        }
    }

    fn table_column(&self, of: &QName, column: &mut Column) {
        self.column(of, &mut column.name);
        self.data_type(&mut column.data_type);
        self.others(column.collation.as_mut());
        self.maybe(column.default.as_mut(), Scope::Nothing);
        if let Some(generated) = &mut column.generated {
            self.expr(&mut generated.expression, Scope::Table(of));
        }
        if let Some(identity) = &mut column.identity {
            self.relation(&mut identity.sequence);
        }
    }

    fn columns(&self, of: &QName, columns: &mut [Name]) {
        for column in columns {
            self.column(of, column);
        }
    }

    fn constraint(&self, of: &QName, constraint: &mut Constraint) {
        match &mut constraint.kind {
            ConstraintKind::Check { expression, .. } => self.expr(expression, Scope::Table(of)),
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
                self.indexed(of, index);
            }
            ConstraintKind::Exclude(exclusion) => {
                for (key, _) in &mut exclusion.keys {
                    self.key(of, key);
                }
                self.maybe(exclusion.predicate.as_mut(), Scope::Table(of));
                self.indexed(of, &mut exclusion.index);
            }
            ConstraintKind::ForeignKey(key) => self.foreign_key(of, key),
        }
    }

    fn indexed(&self, of: &QName, index: &mut IndexedConstraint) {
        self.columns(of, &mut index.columns);
        self.columns(of, &mut index.include);
        if let Some(parent) = &mut index.attached_to {
            self.relation(parent);
        }
    }

    fn foreign_key(&self, of: &QName, key: &mut ForeignKey) {
        self.columns(of, &mut key.columns);
        self.columns(of, &mut key.on_delete_columns);
        self.columns(&key.references, &mut key.referenced_columns);
        self.relation(&mut key.references);
    }

    fn trigger(&self, of: &QName, trigger: &mut Trigger) {
        self.maybe(trigger.when.as_mut(), Scope::Rows(of));
        self.columns(of, &mut trigger.events.update_of);
        self.function(&mut trigger.function, 0);
        let from = trigger
            .constraint
            .as_mut()
            .and_then(|constraint| constraint.from.as_mut());
        if let Some(from) = from {
            self.relation(from);
        }
    }

    fn rule(&self, of: &QName, rule: &mut Rule) {
        self.maybe(rule.condition.as_mut(), Scope::Rows(of));
        for action in &mut rule.actions {
            self.expr(action, Scope::Rows(of));
        }
    }

    fn policy(&self, of: &QName, policy: &mut Policy) {
        self.maybe(policy.using.as_mut(), Scope::Table(of));
        self.maybe(policy.check.as_mut(), Scope::Table(of));
    }

    pub(super) fn view(&self, name: &QName, view: &mut View) {
        self.expr(&mut view.query, Scope::Query);
        self.columns(name, &mut view.columns);
        let details = std::mem::take(&mut view.column_details).into_iter();
        let carried = details.map(|(mut column, mut details)| {
            self.column(name, &mut column);
            self.maybe(details.default.as_mut(), Scope::Nothing);
            (column, details)
        });
        view.column_details = carried.collect();
        for trigger in view.triggers.values_mut() {
            self.trigger(name, trigger);
        }
        for rule in view.rules.values_mut() {
            self.rule(name, rule);
        }
        self.objects(&mut view.depends_on);
    }

    pub(super) fn index(&self, index: &mut Index) {
        let of = index.table.clone();
        for key in &mut index.keys {
            self.key(&of, key);
        }
        self.columns(&of, &mut index.include);
        self.maybe(index.predicate.as_mut(), Scope::Table(&of));
        if let Some(parent) = &mut index.attached_to {
            self.relation(parent);
        }
        self.relation(&mut index.table);
    }
}
