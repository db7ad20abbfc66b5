//! What comes, or changes where it is.

use super::{Apart, Walk, simulate};
use crate::{
    Difference, Name, ObjectRef, QName,
    diff::{Action, alter, in_place::Both, retype},
    model::{Column, ReplicaIdentity, Table},
    render::{self, attach_index, emit::Emitter, step::Step},
};

impl Walk<'_> {
    pub(super) fn make(&mut self, step: &Step, apart: &Apart) {
        match step {
            Step::Object(object) => self.make_object(object, apart),
            other => {
                if let Some((object, statements)) = self.small_step(other) {
                    self.run(Action::Alter, &object, statements);
                }
            }
        }
    }

    pub(super) fn make_object(&mut self, object: &ObjectRef, apart: &Apart) {
        let mut action = Action::Alter;
        if !self.current.has(object) {
            action = if self.again.contains(object) {
                Action::Recreate
            } else {
                Action::Create
            };
            let emitter = Emitter {
                catalog: &self.aim,
                options: render::Options {
                    owners: self.options.owners,
                    privileges: self.options.privileges,
                },
                role: self.options.role.as_ref(),
                later: match object {
                    ObjectRef::Constraint(..) => &apart.constraints,
                    _ => &apart.later,
                },
            };
            let statements = emitter.step(&Step::Object(object.clone()));
            self.run(action, object, statements);
        }
        // what an object has from the moment it is made (default privileges, what its parents give) may be too much
        let statements = alter::statements(&self.current, &self.aim, object, self.options);
        let loses = self.loses_by_altering(object);
        match self.changes.last_mut() {
            Some(last) if action != Action::Alter && last.object == *object => {
                last.statements.extend(statements.iter().cloned());
                for statement in &statements {
                    simulate(statement, &mut self.current, &mut self.session);
                }
            }
            _ => self.run_losing(Action::Alter, object, statements, loses),
        }
    }

    /// Constraints that a partition was to have from its parent, and has not: made by themselves, and brought to the
    /// parent's index.
    pub(in super::super) fn own_constraints(&mut self, differences: &[Difference]) {
        for difference in differences {
            let (of, name) = match &difference.object {
                ObjectRef::Constraint(of, name) => (of, name),
                ObjectRef::Index(name) => {
                    self.attach(name);
                    continue;
                }
                _ => continue,
            };
            let table = self.to.tables.get(of);
            let wanted = table.and_then(|table| table.constraints.get(name));
            let Some(constraint) = wanted.filter(|_| !self.current.has(&difference.object)) else {
                continue;
            };
            let statement = render::add_constraint(of, name, constraint, false);
            self.run(Action::Create, &difference.object, vec![statement]);
            self.attach(&of.sibling(name.clone()));
        }
    }

    /// An index comes to the one that it is a part of in the second schema.
    fn attach(&mut self, index: &QName) {
        let step = Step::AttachIndex(index.clone(), index.clone());
        if let Some((index, statements)) = self.small_step(&step) {
            self.run(Action::Alter, &index, statements);
        }
    }

    /// What a table loses by what changes of its columns.
    fn loses_by_altering(&self, object: &ObjectRef) -> Option<String> {
        let ObjectRef::Table(name) = object else {
            return None;
        };
        let (first, second) = (self.current.tables.get(name)?, self.aim.tables.get(name)?);
        let lost: Vec<String> = first
            .columns
            .iter()
            .filter_map(|column| lost_of_column(column, second))
            .collect();
        (!lost.is_empty()).then(|| lost.join("; "))
    }

    /// A step that is less than an object, with the object that it is about.
    fn small_step(&self, step: &Step) -> Option<(ObjectRef, Vec<String>)> {
        let (current, to) = (&self.current, &self.aim);
        match step {
            Step::Default(of, name) => {
                let first = current.tables.get(of)?.column(name)?;
                let second = to.tables.get(of)?.column(name)?;
                let both = Both { from: current, to };
                let statement = alter::default(both, of, first, second)?;
                Some((ObjectRef::Column(of.clone(), name.clone()), vec![statement]))
            }
            Step::OwnedBy(name) => {
                let (first, second) = (current.sequences.get(name)?, to.sequences.get(name)?);
                let statement = alter::owner_column(name, first, second)?;
                Some((ObjectRef::Sequence(name.clone()), vec![statement]))
            }
            Step::AttachIndex(_, name) => {
                let parent = to.attached_to(name)?;
                let before = current.attached_to(name);
                let statement = || vec![attach_index(parent, name)];
                (before != Some(parent)).then(|| (ObjectRef::Index(name.clone()), statement()))
            }
            Step::ReplicaIdentity(name) | Step::ClusterOn(name) => {
                let (first, second) = (current.tables.get(name)?, to.tables.get(name)?);
                let action = index_of_table(step, first, second)?;
                let statement = render::alter(name, &action);
                Some((ObjectRef::Table(name.clone()), vec![statement]))
            }
            Step::Family(name) => {
                let (first, second) = (current.tables.get(name)?, to.tables.get(name)?);
                let both = Both { from: current, to };
                let statements = alter::comes_to_its_parents(both, name, first, second);
                Some((ObjectRef::Table(name.clone()), statements))
            }
            Step::Object(_) | Step::DefaultPrivileges(_) => None,
        }
    }
}

fn lost_of_column(column: &Column, second: &Table) -> Option<String> {
    let name = &column.name;
    match second.column(name) {
        None if column.generated.is_none() => Some(format!("the values of column {name}")),
        None => None,
        Some(after) => {
            let lost = retype::loses(&column.data_type, &after.data_type)?;
            Some(format!("of column {name} {lost}"))
        }
    }
}

fn index_of_table(step: &Step, first: &Table, second: &Table) -> Option<String> {
    if let Step::ClusterOn(_) = step {
        let index: &Name = second.cluster_on.as_ref()?;
        return (first.cluster_on.as_ref() != Some(index)).then(|| format!("CLUSTER ON {index}"));
    }
    let ReplicaIdentity::Index(index) = &second.replica_identity else {
        return None;
    };
    (first.replica_identity != second.replica_identity)
        .then(|| format!("REPLICA IDENTITY USING INDEX {index}"))
}
