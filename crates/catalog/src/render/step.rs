//! The steps that make a schema: one per object, and one for each part that may have to come later.

use super::{
    constraint::fits_inline,
    family::{Form, form},
    sequence::{serial_columns, serial_sequence},
};
use crate::{
    Catalog, DefaultPrivilegesKey, Name, ObjectRef, QName,
    model::{Constraint, ConstraintKind, Persistence, ReplicaIdentity, Table, Trigger},
};

/// One step: it gives one block of statements.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// An object. Of a constraint: by `ALTER TABLE`, unless it stands in `CREATE TABLE`.
    Object(ObjectRef),
    /// A column's default, unless it stands in `CREATE TABLE`.
    Default(QName, Name),
    /// A sequence comes to belong to its column.
    OwnedBy(QName),
    /// A table that was created on its own comes to its parents.
    Family(QName),
    /// An index comes to the one of the partitioned parent.
    AttachIndex(QName, QName),
    /// `REPLICA IDENTITY USING INDEX`.
    ReplicaIdentity(QName),
    /// `CLUSTER ON`.
    ClusterOn(QName),
    /// `ALTER DEFAULT PRIVILEGES`.
    DefaultPrivileges(DefaultPrivilegesKey),
}

impl Step {
    pub(crate) fn table(name: &QName) -> Self {
        Self::Object(ObjectRef::Table(name.clone()))
    }

    pub(crate) fn constraint(table: &QName, name: &Name) -> Self {
        Self::Object(ObjectRef::Constraint(table.clone(), name.clone()))
    }

    /// Whether the step makes this object, or something that hangs on it.
    pub(crate) fn belongs_to(&self, catalog: &Catalog, object: &ObjectRef) -> bool {
        let on = |name: &QName| matches!(object, ObjectRef::Table(of) | ObjectRef::View(of) if of == name);
        match self {
            Self::Object(made) if made == object => true,
            Self::Object(made) => match made {
                ObjectRef::Constraint(of, _)
                | ObjectRef::Trigger(of, _)
                | ObjectRef::Rule(of, _)
                | ObjectRef::Policy(of, _) => on(of),
                ObjectRef::Index(index) => {
                    catalog.indexes.get(index).is_some_and(|of| on(&of.table))
                }
                ObjectRef::Statistics(name) => {
                    catalog.statistics.get(name).is_some_and(|of| on(&of.table))
                }
                ObjectRef::Sequence(name) => {
                    let owner = catalog.sequences.get(name);
                    let owner = owner.and_then(|sequence| sequence.owned_by.as_ref());
                    owner.is_some_and(|(table, _)| on(table))
                }
                _ => false,
            },
            Self::Default(of, _)
            | Self::Family(of)
            | Self::ReplicaIdentity(of)
            | Self::ClusterOn(of)
            | Self::AttachIndex(of, _) => {
                on(of)
                    || matches!(object, ObjectRef::Index(name) if matches!(self, Self::AttachIndex(_, index) if index == name))
            }
            Self::OwnedBy(name) => {
                let owner = catalog
                    .sequences
                    .get(name)
                    .and_then(|of| of.owned_by.as_ref());
                owner.is_some_and(|(table, _)| on(table))
                    || *object == ObjectRef::Sequence(name.clone())
            }
            Self::DefaultPrivileges(_) => false,
        }
    }
}

/// All steps of a schema, in the order in which people would like to read them.
pub(crate) fn steps(catalog: &Catalog) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut add = |object: ObjectRef| steps.push(Step::Object(object));
    catalog
        .schemas
        .keys()
        .cloned()
        .map(ObjectRef::Schema)
        .for_each(&mut add);
    catalog
        .extensions
        .keys()
        .cloned()
        .map(ObjectRef::Extension)
        .for_each(&mut add);
    catalog
        .types
        .keys()
        .cloned()
        .map(ObjectRef::Type)
        .for_each(&mut add);
    for (name, sequence) in &catalog.sequences {
        if sequence.persistence != Persistence::Temporary && !is_serial(catalog, name) {
            add(ObjectRef::Sequence(name.clone()));
        }
    }
    let around = Around::of(catalog);
    for (name, table) in lasting(catalog) {
        steps.push(Step::table(name));
        table_steps(catalog, &around, name, table, &mut steps);
    }
    for (name, table) in lasting(catalog) {
        steps.extend(listed_constraints(catalog, name, table, true));
        if matches!(
            form(catalog, name, table),
            Form::Attached(_) | Form::InheritsLater
        ) {
            steps.push(Step::Family(name.clone()));
        }
    }
    steps.extend(
        catalog
            .routines
            .keys()
            .cloned()
            .map(|id| Step::Object(ObjectRef::Routine(id))),
    );
    for name in catalog.views.keys() {
        steps.push(Step::Object(ObjectRef::View(name.clone())));
        around.steps(name, &mut steps);
    }
    hanging_steps(catalog, &mut steps);
    let publications = catalog.publications.keys().cloned();
    steps.extend(publications.map(|name| Step::Object(ObjectRef::Publication(name))));
    let defaults = catalog.default_privileges.keys().cloned();
    steps.extend(defaults.map(Step::DefaultPrivileges));
    steps
}

/// Tables that stay when the session ends.
pub(crate) fn lasting(catalog: &Catalog) -> impl Iterator<Item = (&QName, &Table)> {
    catalog
        .tables
        .iter()
        .map(|(name, table)| (name, &**table))
        .filter(|(_, table)| table.persistence != Persistence::Temporary)
}

/// Whether a sequence comes with a `serial` column.
pub(crate) fn is_serial(catalog: &Catalog, name: &QName) -> bool {
    let owner = catalog
        .sequences
        .get(name)
        .and_then(|of| of.owned_by.as_ref());
    owner.is_some_and(|(of, column)| {
        catalog.tables.get(of).is_some_and(|table| {
            table.of_type.is_none()
                && table.column(column).is_some_and(|column| {
                    serial_sequence(catalog, of, table, column)
                        .is_some_and(|(found, _)| found == name)
                })
        })
    })
}

/// Indexes, statistics and sequences by the table that they belong to.
struct Around<'a> {
    indexes: std::collections::HashMap<&'a QName, Vec<&'a QName>>,
    statistics: std::collections::HashMap<&'a QName, Vec<&'a QName>>,
    sequences: std::collections::HashMap<&'a QName, Vec<&'a QName>>,
    catalog: &'a Catalog,
}

impl<'a> Around<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let mut around = Self {
            indexes: std::collections::HashMap::new(),
            statistics: std::collections::HashMap::new(),
            sequences: std::collections::HashMap::new(),
            catalog,
        };
        for (name, index) in &catalog.indexes {
            around.indexes.entry(&index.table).or_default().push(name);
        }
        for (name, statistics) in &catalog.statistics {
            around
                .statistics
                .entry(&statistics.table)
                .or_default()
                .push(name);
        }
        for (name, sequence) in &catalog.sequences {
            if let Some((table, _)) = &sequence.owned_by
                && !is_serial(catalog, name)
            {
                around.sequences.entry(table).or_default().push(name);
            }
        }
        around
    }

    fn steps(&self, of: &QName, steps: &mut Vec<Step>) {
        let owned = self.sequences.get(of).into_iter().flatten();
        steps.extend(owned.map(|name| Step::OwnedBy((*name).clone())));
        for name in self.indexes.get(of).into_iter().flatten().copied() {
            steps.push(Step::Object(ObjectRef::Index(name.clone())));
            let index = self.catalog.indexes.get(name);
            if index.is_some_and(|index| index.attached_to.is_some()) {
                steps.push(Step::AttachIndex(of.clone(), name.clone()));
            }
        }
        let statistics = self.statistics.get(of).into_iter().flatten();
        steps.extend(statistics.map(|name| Step::Object(ObjectRef::Statistics((*name).clone()))));
    }
}

fn table_steps(
    catalog: &Catalog,
    around: &Around<'_>,
    name: &QName,
    table: &Table,
    steps: &mut Vec<Step>,
) {
    let form = form(catalog, name, table);
    let serial: Vec<&Name> = serial_columns(catalog, name, table)
        .map(|(of, ..)| of)
        .collect();
    for column in &table.columns {
        let typed = table.of_type.is_some() || !serial.contains(&&column.name);
        if column.default.is_some() && form.lists_column(column) && typed {
            steps.push(Step::Default(name.clone(), column.name.clone()));
        }
    }
    steps.extend(listed_constraints(catalog, name, table, false));
    around.steps(name, steps);
    if matches!(table.replica_identity, ReplicaIdentity::Index(_)) {
        steps.push(Step::ReplicaIdentity(name.clone()));
    }
    if table.cluster_on.is_some() {
        steps.push(Step::ClusterOn(name.clone()));
    }
}

/// The constraints that the table's own definition has; foreign keys are told apart, since they come last.
fn listed_constraints(catalog: &Catalog, name: &QName, table: &Table, foreign: bool) -> Vec<Step> {
    let form = form(catalog, name, table);
    let is_foreign = |of: &Constraint| matches!(of.kind, ConstraintKind::ForeignKey(_));
    let listed = table.constraints.iter().filter(|(own, constraint)| {
        is_foreign(constraint) == foreign && form.lists(catalog, own, constraint)
    });
    let mut steps = Vec::new();
    for (own, constraint) in listed {
        steps.push(Step::constraint(name, own));
        let parent = constraint
            .index()
            .and_then(|index| index.attached_to.as_ref());
        if parent.is_some_and(|parent| is_built_apart(catalog, table, parent)) {
            steps.push(Step::AttachIndex(name.clone(), name.sibling(own.clone())));
        }
    }
    steps
}

/// Whether the index of the parent, of a constraint or not, is made when the partitions are there: then nothing attaches
/// to it by itself.
fn is_built_apart(catalog: &Catalog, table: &Table, parent_index: &QName) -> bool {
    if catalog.indexes.contains_key(parent_index) {
        return true;
    }
    let parent = table
        .partition_of
        .as_ref()
        .map(|partition| &partition.parent);
    let parent = parent.and_then(|name| catalog.tables.get(name));
    let constraint = parent.and_then(|table| table.constraints.get(&parent_index.name));
    constraint.is_some_and(|constraint| !fits_inline(constraint))
}

/// Triggers, rules and policies.
fn hanging_steps(catalog: &Catalog, steps: &mut Vec<Step>) {
    for (name, table) in lasting(catalog) {
        let own = table.triggers.iter().filter(|(own, trigger)| {
            !trigger.inherited
                || trigger.comment.is_some()
                || differs_from_parent(catalog, table, own, trigger)
        });
        hang(name, own.map(|(own, _)| own), table.rules.keys(), steps);
    }
    for (name, view) in &catalog.views {
        hang(name, view.triggers.keys(), view.rules.keys(), steps);
    }
    for (name, table) in lasting(catalog) {
        let policies = table.policies.keys().cloned();
        steps.extend(policies.map(|own| Step::Object(ObjectRef::Policy(name.clone(), own))));
    }
}

fn hang<'a>(
    of: &QName,
    triggers: impl Iterator<Item = &'a Name>,
    rules: impl Iterator<Item = &'a Name>,
    steps: &mut Vec<Step>,
) {
    let rules = rules.map(|own| ObjectRef::Rule(of.clone(), own.clone()));
    let triggers = triggers.map(|own| ObjectRef::Trigger(of.clone(), own.clone()));
    steps.extend(rules.chain(triggers).map(Step::Object));
}

/// Whether a trigger that comes from the parent fires at other times than there.
pub(crate) fn differs_from_parent(
    catalog: &Catalog,
    table: &Table,
    name: &Name,
    trigger: &Trigger,
) -> bool {
    let parent = table
        .partition_of
        .as_ref()
        .map(|partition| &partition.parent);
    let parent = parent.and_then(|parent| catalog.tables.get(parent));
    let parents = parent.and_then(|table| table.triggers.get(name));
    parents.is_none_or(|parents| parents.enabled != trigger.enabled)
}
