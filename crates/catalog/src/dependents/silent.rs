//! Parts of an object: what goes with it without a word (automatic, internal and partition dependencies).

use crate::{
    Catalog, Name, ObjectRef, QName,
    apply::table::children,
    dependents::expressions::mentions_column,
    map::Sought,
    model::{Constraint, ConstraintKind, IndexTerm, Table},
};

/// What goes with an object.
pub(super) fn parts(catalog: &Catalog, object: &ObjectRef) -> Vec<ObjectRef> {
    match object {
        ObjectRef::Table(name) => of_table(catalog, name),
        ObjectRef::Column(of, name) => of_column(catalog, of, name),
        ObjectRef::Constraint(of, name) => of_constraint(catalog, of, name),
        ObjectRef::Index(name) => attached(catalog, name),
        ObjectRef::View(name) => indexes(catalog, name),
        ObjectRef::Trigger(of, name) => {
            let children = children(catalog, of).into_iter();
            let clones = children.filter(|child| {
                let trigger = catalog
                    .tables
                    .get(child)
                    .and_then(|child| child.triggers.get(name));
                trigger.is_some_and(|trigger| trigger.inherited)
            });
            clones
                .map(|child| ObjectRef::Trigger(child, name.clone()))
                .collect()
        }
        ObjectRef::Schema(_)
        | ObjectRef::Extension(_)
        | ObjectRef::Type(_)
        | ObjectRef::DomainConstraint(..)
        | ObjectRef::Sequence(_)
        | ObjectRef::Default(..)
        | ObjectRef::Routine(_)
        | ObjectRef::Rule(..)
        | ObjectRef::Policy(..)
        | ObjectRef::Statistics(_)
        | ObjectRef::Publication(_)
        | ObjectRef::Published(..)
        | ObjectRef::DefaultPrivileges(_)
        | ObjectRef::Opaque(_) => Vec::new(),
    }
}

/// Indexes, owned sequences, statistics, memberships in publications, constraint triggers `FROM` it, and partitions;
/// what the model keeps within the table is not listed.
fn of_table(catalog: &Catalog, name: &QName) -> Vec<ObjectRef> {
    let mut parts = indexes(catalog, name);
    let sought = Sought::name(&name.name);
    let sequences = catalog.sequences.mentioning(&sought);
    let owned = sequences.filter(|(_, s)| s.owned_by.as_ref().is_some_and(|(of, _)| of == name));
    parts.extend(owned.map(|(name, _)| ObjectRef::Sequence(name.clone())));
    let statistics = catalog.statistics.iter().filter(|(_, s)| s.table == *name);
    parts.extend(statistics.map(|(name, _)| ObjectRef::Statistics(name.clone())));
    let publications = catalog.publications.iter();
    let publishing = publications.filter(|(_, publication)| publication.tables.contains_key(name));
    parts.extend(publishing.map(|(of, _)| ObjectRef::Published(of.clone(), name.clone())));
    for (of, table) in catalog.tables.mentioning(&sought) {
        if table
            .partition_of
            .as_ref()
            .is_some_and(|partition| partition.parent == *name)
        {
            parts.push(ObjectRef::Table(of.clone()));
        }
        let from_it = table.triggers.iter().filter(|(_, trigger)| {
            let constraint = trigger.constraint.as_ref();
            constraint.is_some_and(|constraint| constraint.from.as_ref() == Some(name))
        });
        parts.extend(from_it.map(|(trigger, _)| ObjectRef::Trigger(of.clone(), trigger.clone())));
    }
    parts
}

fn indexes(catalog: &Catalog, name: &QName) -> Vec<ObjectRef> {
    let indexes = catalog.indexes_of(name);
    indexes
        .map(|(name, _)| ObjectRef::Index(name.clone()))
        .collect()
}

/// Its default, indexes, constraints and statistics that use the column, and the sequence that it owns.
fn of_column(catalog: &Catalog, of: &QName, name: &Name) -> Vec<ObjectRef> {
    let Some(table) = catalog.tables.get(of) else {
        return Vec::new();
    };
    let mut parts = vec![ObjectRef::Default(of.clone(), name.clone())];
    for (index_name, index) in catalog.indexes_of(of) {
        let keys = index
            .keys
            .iter()
            .any(|key| uses(catalog, of, &key.term, name));
        let predicate = index.predicate.as_ref();
        if keys
            || index.include.contains(name)
            || predicate.is_some_and(|predicate| mentions_column(catalog, predicate, of, name))
        {
            parts.push(ObjectRef::Index(index_name.clone()));
        }
    }
    for (constraint_name, constraint) in &table.constraints {
        if constraint_uses(catalog, of, constraint, name) {
            parts.push(ObjectRef::Constraint(of.clone(), constraint_name.clone()));
        }
    }
    for (statistics_name, statistics) in &catalog.statistics {
        let uses_it = |term| uses(catalog, of, term, name);
        if statistics.table == *of && statistics.terms.iter().any(uses_it) {
            parts.push(ObjectRef::Statistics(statistics_name.clone()));
        }
    }
    let owner = (of.clone(), name.clone());
    let sequences = catalog.sequences.mentioning(&Sought::name(&of.name));
    let owned = sequences.filter(|(_, s)| s.owned_by.as_ref() == Some(&owner));
    parts.extend(owned.map(|(name, _)| ObjectRef::Sequence(name.clone())));
    parts
}

fn uses(catalog: &Catalog, of: &QName, term: &IndexTerm, column: &Name) -> bool {
    match term {
        IndexTerm::Column(name) => name == column,
        IndexTerm::Expression(expression) => mentions_column(catalog, expression, of, column),
    }
}

/// Whether a constraint of a table is about a column of it.
fn constraint_uses(catalog: &Catalog, of: &QName, constraint: &Constraint, column: &Name) -> bool {
    match &constraint.kind {
        ConstraintKind::Check { expression, .. } => {
            mentions_column(catalog, expression, of, column)
        }
        ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
            index.columns.contains(column) || index.include.contains(column)
        }
        ConstraintKind::Exclude(exclusion) => {
            let predicate = exclusion.predicate.as_ref();
            exclusion
                .keys
                .iter()
                .any(|(key, _)| uses(catalog, of, &key.term, column))
                || exclusion.index.include.contains(column)
                || predicate
                    .is_some_and(|predicate| mentions_column(catalog, predicate, of, column))
        }
        ConstraintKind::ForeignKey(key) => key.columns.contains(column),
    }
}

/// What partitions have of a constraint of a partitioned table: of one with an index what is attached to it, of a
/// foreign key the equal one. Checks of children are dropped by changes of their own.
fn of_constraint(catalog: &Catalog, of: &QName, name: &Name) -> Vec<ObjectRef> {
    let Some(constraint) = catalog
        .tables
        .get(of)
        .and_then(|table| table.constraints.get(name))
    else {
        return Vec::new();
    };
    match &constraint.kind {
        ConstraintKind::Check { .. } => Vec::new(),
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) | ConstraintKind::Exclude(_) => {
            attached(catalog, &of.sibling(name.clone()))
        }
        ConstraintKind::ForeignKey(key) => {
            let same = |own: &Constraint| {
                own.inherited > 0
                    && matches!(&own.kind, ConstraintKind::ForeignKey(own) if own == key)
            };
            let mut parts = Vec::new();
            for child in children(catalog, of) {
                let table = catalog.tables.get(&child);
                let mut own = table.into_iter().flat_map(|table| &table.constraints);
                let found = own.find(|(_, own)| same(own));
                let found = found.map(|(name, _)| name.clone());
                parts.extend(found.map(|name| ObjectRef::Constraint(child, name)));
            }
            parts
        }
    }
}

/// Indexes and constraints of partitions that are parts of an index.
fn attached(catalog: &Catalog, index: &QName) -> Vec<ObjectRef> {
    let sought = Sought::name(&index.name);
    let free = free_parts(catalog, &sought, index);
    let mut parts: Vec<_> = free.map(|name| ObjectRef::Index(name.clone())).collect();
    let constraints = constraints_of_parts(catalog, &sought, index);
    parts.extend(constraints.map(|(of, name)| ObjectRef::Constraint(of.clone(), name.clone())));
    parts
}

/// The indexes that are parts of the index of a partitioned table, those of constraints among them.
pub(crate) fn parts_of_index(catalog: &Catalog, index: &QName) -> Vec<QName> {
    let sought = Sought::name(&index.name);
    let mut parts: Vec<QName> = free_parts(catalog, &sought, index).cloned().collect();
    let constraints = constraints_of_parts(catalog, &sought, index);
    parts.extend(constraints.map(|(of, name)| of.sibling(name.clone())));
    parts
}

fn free_parts<'a>(
    catalog: &'a Catalog,
    sought: &'a Sought,
    index: &'a QName,
) -> impl Iterator<Item = &'a QName> {
    let parts = catalog.indexes.mentioning(sought);
    let parts = parts.filter(move |(_, own)| own.attached_to.as_ref() == Some(index));
    parts.map(|(name, _)| name)
}

fn constraints_of_parts<'a>(
    catalog: &'a Catalog,
    sought: &'a Sought,
    index: &'a QName,
) -> impl Iterator<Item = (&'a QName, &'a Name)> {
    let tables = catalog.tables.mentioning(sought);
    let partitions = tables.filter(|(_, table)| table.partition_of.is_some());
    partitions
        .flat_map(move |(of, table)| attached_constraints(table, index).map(move |name| (of, name)))
}

fn attached_constraints<'a>(table: &'a Table, index: &'a QName) -> impl Iterator<Item = &'a Name> {
    let constraints = table.constraints.iter().filter(move |(_, constraint)| {
        let own = constraint.index();
        own.is_some_and(|own| own.attached_to.as_ref() == Some(index))
    });
    constraints.map(|(name, _)| name)
}

/// The relation that an object is a part of.
pub(super) fn within(object: &ObjectRef) -> Option<&QName> {
    match object {
        ObjectRef::Published(_, of) => Some(of),
        // a domain is none
        ObjectRef::DomainConstraint(..) => None,
        part => part.part_of(),
    }
}
