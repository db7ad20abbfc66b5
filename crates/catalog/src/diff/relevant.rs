//! What a plan has to look at: in a large schema most tables are the same on both sides, and nothing of theirs needs
//! what differs.
//!
//! They are left out only where that can be seen without reading their expressions: where tables, indexes and what hangs
//! on them are all that differs, another table can need those by a foreign key, as a parent, or by a row type. What needs
//! others in more ways (views, routines, tables with policies or rules) is always looked at.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::FxHashSet;

use crate::{
    Catalog, Difference, Expr, Name, ObjectRef, QName,
    model::{ConstraintKind, Table},
};

/// Both schemas without the tables that a plan need not look at.
pub(super) fn relevant(
    from: &Catalog,
    to: &Catalog,
    differences: &[Difference],
) -> (Catalog, Catalog) {
    let (mut first, mut second) = (from.clone(), to.clone());
    let Some(differing) = differing_relations(from, to, differences) else {
        return (first, second);
    };
    let parents = parents(from.tables.values().chain(to.tables.values()));
    let others: FxHashSet<QName> = from
        .tables
        .iter()
        .filter(|(name, table)| {
            let is_looked_at = differing.contains(*name) || parents.contains(name);
            !is_looked_at && to.tables.contains_key(*name) && needs_none(table, &differing)
        })
        .map(|(name, _)| name.clone())
        .collect();
    for catalog in [&mut first, &mut second] {
        catalog.tables.retain(|name, _| !others.contains(name));
        catalog
            .indexes
            .retain(|_, index| !others.contains(&index.table));
        catalog
            .statistics
            .retain(|_, statistics| !others.contains(&statistics.table));
        catalog.sequences.retain(|_, sequence| {
            let owner = sequence.owned_by.as_ref();
            owner.is_none_or(|(table, _)| !others.contains(table))
        });
    }
    (first, second)
}

/// The tables and views that differ, or that something differs of; `None` where it is more than that.
fn differing_relations(
    from: &Catalog,
    to: &Catalog,
    differences: &[Difference],
) -> Option<BTreeSet<QName>> {
    let mut found = BTreeSet::new();
    for difference in differences {
        match &difference.object {
            ObjectRef::Table(of)
            | ObjectRef::View(of)
            | ObjectRef::Column(of, _)
            | ObjectRef::Default(of, _)
            | ObjectRef::Constraint(of, _)
            | ObjectRef::Trigger(of, _)
            | ObjectRef::Rule(of, _)
            | ObjectRef::Policy(of, _)
            | ObjectRef::Published(_, of) => found.insert(of.clone()),
            ObjectRef::Index(name) => {
                let index = |catalog: &Catalog| Some(catalog.indexes.get(name)?.table.clone());
                // one of a constraint is with its table
                found.insert(index(from).or_else(|| index(to))?)
            }
            ObjectRef::Publication(_) | ObjectRef::DefaultPrivileges(_) => false,
            ObjectRef::Schema(_)
            | ObjectRef::Extension(_)
            | ObjectRef::Type(_)
            | ObjectRef::DomainConstraint(..)
            | ObjectRef::Sequence(_)
            | ObjectRef::Routine(_)
            | ObjectRef::Statistics(_)
            | ObjectRef::Opaque(_) => return None,
        };
    }
    Some(found)
}

/// The tables that others are partitions of or inherit from: what those are like depends on them.
fn parents<'a>(tables: impl Iterator<Item = &'a Arc<Table>>) -> FxHashSet<&'a QName> {
    tables
        .flat_map(|table| {
            let partition = table.partition_of.iter();
            partition
                .map(|partition| &partition.parent)
                .chain(&table.inherits)
        })
        .collect()
}

/// Whether a table needs none of these.
fn needs_none(table: &Table, these: &BTreeSet<QName>) -> bool {
    let alone = table.policies.is_empty()
        && table.rules.is_empty()
        && table.partition_of.is_none()
        && table.inherits.is_empty()
        && table.of_type.is_none();
    let refers = table.constraints.values().any(|constraint| {
        matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if these.contains(&key.references))
    });
    let is_of_rows = table
        .columns
        .iter()
        .any(|column| these.contains(&column.data_type.name));
    let of_class = |default: &Expr| default.text.contains("regclass") && names_any(default, these);
    let mut defaults = table
        .columns
        .iter()
        .filter_map(|column| column.default.as_ref());
    alone && !refers && !is_of_rows && !defaults.any(of_class)
}

fn names_any(text: &Expr, these: &BTreeSet<QName>) -> bool {
    let has = |name: &Name| text.text.contains(name.as_str());
    these.iter().any(|other| has(&other.name))
}
