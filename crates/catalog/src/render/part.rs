//! The parts of a table that may have to come later than the table, and what they need: defaults and constraints.

use super::{
    constraint::fits_inline, family::form, made_by::step_of, mention::Mentions, step::Step,
};
use crate::{
    Catalog, Name, ObjectRef, QName,
    model::{Constraint, ConstraintKind, ForeignKey, IndexTerm, Table},
};

/// A part of a table that may have to come later.
pub(crate) struct Part<'a> {
    pub(crate) step: Step,
    what: Needed<'a>,
    /// It is made with the table, or before the partitions are there; else behind them.
    pub(crate) whole: bool,
}

enum Needed<'a> {
    Expression(&'a str),
    ForeignKey(&'a QName, &'a ForeignKey),
    Keys(Vec<&'a str>),
}

/// The parts of a table that may have to come later.
pub(crate) fn parts<'a>(catalog: &Catalog, name: &QName, table: &'a Table) -> Vec<Part<'a>> {
    let form = form(catalog, name, table);
    let defaults = table.columns.iter().filter_map(|column| {
        let default = column.default.as_ref()?;
        Some(Part {
            step: Step::Default(name.clone(), column.name.clone()),
            what: Needed::Expression(&default.text),
            whole: true,
        })
    });
    let listed = table
        .constraints
        .iter()
        .filter(|(own, constraint)| form.lists(catalog, own, constraint));
    let constraints = listed.map(|(own, constraint)| Part {
        step: Step::constraint(name, own),
        what: needed(constraint),
        whole: fits_inline(constraint) || constraint.index().is_none(),
    });
    defaults.chain(constraints).collect()
}

fn needed(constraint: &Constraint) -> Needed<'_> {
    match &constraint.kind {
        ConstraintKind::Check { expression, .. } => Needed::Expression(&expression.text),
        ConstraintKind::ForeignKey(key) => Needed::ForeignKey(&key.references, key),
        ConstraintKind::Exclude(exclusion) => {
            let keys = exclusion
                .keys
                .iter()
                .filter_map(|(key, _)| match &key.term {
                    IndexTerm::Expression(expression) => Some(&*expression.text),
                    IndexTerm::Column(_) => None,
                });
            let predicate = exclusion.predicate.iter().map(|predicate| &*predicate.text);
            Needed::Keys(keys.chain(predicate).collect())
        }
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => Needed::Keys(Vec::new()),
    }
}

/// What a part of a table needs beside the table.
pub(crate) fn needs(catalog: &Catalog, mentions: &Mentions<'_>, part: &Part<'_>) -> Vec<Step> {
    let objects: Vec<ObjectRef> = match &part.what {
        Needed::Expression(text) => mentions.in_expression(text).into_iter().collect(),
        Needed::Keys(texts) => {
            let found = texts.iter().flat_map(|text| mentions.in_expression(text));
            found.collect()
        }
        Needed::ForeignKey(table, key) => {
            let mut objects = vec![ObjectRef::Table((*table).clone())];
            objects.extend(unique_index(catalog, key));
            objects
        }
    };
    let made = objects.iter().filter_map(|object| step_of(catalog, object));
    let mut steps: Vec<Step> = made.collect();
    if let Needed::ForeignKey(..) = &part.what {
        for object in &objects {
            attached(catalog, object, &mut steps);
        }
    }
    steps
}

/// The index of a partitioned table is no good for a foreign key before those of the partitions are attached.
fn attached(catalog: &Catalog, object: &ObjectRef, steps: &mut Vec<Step>) {
    let whole = match object {
        ObjectRef::Index(name) => name.clone(),
        ObjectRef::Constraint(table, name) => table.sibling(name.clone()),
        _ => return,
    };
    for (name, index) in &catalog.indexes {
        if index.attached_to.as_ref() == Some(&whole) {
            steps.push(Step::AttachIndex(index.table.clone(), name.clone()));
            attached(catalog, &ObjectRef::Index(name.clone()), steps);
        }
    }
    for (table, of) in &catalog.tables {
        for (own, constraint) in &of.constraints {
            let index = constraint.index();
            if index.is_some_and(|index| index.attached_to.as_ref() == Some(&whole)) {
                let name = table.sibling(own.clone());
                steps.push(Step::AttachIndex(table.clone(), name));
                let object = ObjectRef::Constraint(table.clone(), own.clone());
                attached(catalog, &object, steps);
            }
        }
    }
}

/// The unique index that a foreign key needs, where no constraint of the referenced table will do.
fn unique_index(catalog: &Catalog, key: &ForeignKey) -> Vec<ObjectRef> {
    let Some(table) = catalog.tables.get(&key.references) else {
        return Vec::new();
    };
    let same = |columns: &[Name]| {
        columns.len() == key.referenced_columns.len()
            && columns
                .iter()
                .all(|column| key.referenced_columns.contains(column))
    };
    let mut constraints = table.constraints.iter().filter_map(|(own, constraint)| {
        constraint.index().filter(|index| same(&index.columns))?;
        Some((own, constraint))
    });
    if let Some((own, constraint)) = constraints.next() {
        let apart = !fits_inline(constraint);
        let step = ObjectRef::Constraint(key.references.clone(), own.clone());
        return apart.then_some(step).into_iter().collect();
    }
    let indexes = catalog.indexes.iter().filter(|(_, index)| {
        index.table == key.references
            && index.unique
            && index.keys.len() == key.referenced_columns.len()
    });
    indexes
        .map(|(name, _)| ObjectRef::Index(name.clone()))
        .collect()
}
