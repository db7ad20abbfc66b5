//! What goes: behind what still needs it, and with a word on the data that goes along.

use super::Walk;
use crate::{
    Catalog, ObjectRef, QName,
    dependents::dependents,
    diff::Action,
    model::{ConstraintKind, TableKind},
    render::{self, address},
};

impl Walk<'_> {
    /// An object goes, behind what still needs it.
    pub(super) fn drop(&mut self, object: &ObjectRef) {
        if !self.current.has(object) || self.dropping.contains(object) {
            return;
        }
        self.dropping.insert(object.clone());
        for user in dependents(&self.current, object) {
            if is_dropped_alone(&user) {
                self.drop(&user);
            }
        }
        self.dropping.remove(object);
        if !self.current.has(object) || self.is_anothers(object) {
            return;
        }
        let Some(statement) = self.drop_statement(object) else {
            return;
        };
        let again = self.again.contains(object) || self.to.has(object);
        let action = if again {
            Action::Recreate
        } else {
            Action::Drop
        };
        let loses = self.loses_by_drop(object);
        let mut statements: Vec<String> = self.detach_if_referred_to(object).into_iter().collect();
        statements.push(statement);
        self.run_losing(action, object, statements, loses);
    }

    /// A partition of a table that foreign keys refer to cannot be dropped as long as it is one.
    fn detach_if_referred_to(&self, object: &ObjectRef) -> Option<String> {
        let ObjectRef::Table(name) = object else {
            return None;
        };
        let parent = &self.current.tables.get(name)?.partition_of.as_ref()?.parent;
        let mut above = Some(parent);
        while let Some(table) = above {
            if is_referred_to(&self.current, table) {
                return Some(render::alter(parent, &format!("DETACH PARTITION {name}")));
            }
            let partition = self.current.tables.get(table)?.partition_of.as_ref();
            above = partition.map(|partition| &partition.parent);
        }
        None
    }

    /// What belongs to an object of a parent goes with that, and not without it.
    fn is_anothers(&self, object: &ObjectRef) -> bool {
        let table = |of: &QName| self.current.tables.get(of);
        match object {
            ObjectRef::Constraint(of, name) => {
                let constraint = table(of).and_then(|table| table.constraints.get(name));
                let attached = constraint
                    .and_then(|found| found.index())
                    .is_some_and(|index| index.attached_to.is_some());
                constraint.is_some_and(|found| found.inherited > 0 && (!found.local || attached))
            }
            ObjectRef::Trigger(of, name) => {
                let trigger = table(of).and_then(|table| table.triggers.get(name));
                trigger.is_some_and(|trigger| trigger.inherited)
            }
            ObjectRef::Index(name) => {
                let index = self.current.indexes.get(name);
                index.is_some_and(|index| index.attached_to.is_some())
            }
            ObjectRef::Column(of, name) => {
                let column = table(of).and_then(|table| table.column(name));
                column.is_some_and(|column| column.inherited > 0 && !column.local)
            }
            _ => false,
        }
    }

    fn drop_statement(&self, object: &ObjectRef) -> Option<String> {
        Some(match object {
            ObjectRef::Column(of, name) => render::alter(of, &format!("DROP COLUMN {name}")),
            ObjectRef::Default(of, name) => {
                render::alter(of, &format!("ALTER COLUMN {name} DROP DEFAULT"))
            }
            ObjectRef::Constraint(of, name) => {
                render::alter(of, &format!("DROP CONSTRAINT {name}"))
            }
            ObjectRef::DomainConstraint(of, name) => {
                format!("ALTER DOMAIN {of} DROP CONSTRAINT {name};")
            }
            ObjectRef::Published(name, of) => format!("ALTER PUBLICATION {name} DROP TABLE {of};"),
            ObjectRef::DefaultPrivileges(_) => return None,
            other => format!("DROP {};", address(&self.current, other)),
        })
    }

    fn loses_by_drop(&self, object: &ObjectRef) -> Option<String> {
        match object {
            ObjectRef::Table(name) => {
                let table = self.current.tables.get(name)?;
                let foreign = matches!(table.kind, TableKind::Foreign(_));
                (!foreign).then(|| "the rows of the table".to_owned())
            }
            ObjectRef::Column(of, name) => {
                let column = self.current.tables.get(of)?.column(name)?;
                let plain = column.generated.is_none();
                plain.then(|| "the values of the column".to_owned())
            }
            _ => None,
        }
    }
}

/// What is dropped for the sake of another object without a loss of data.
fn is_dropped_alone(object: &ObjectRef) -> bool {
    match object {
        ObjectRef::View(_)
        | ObjectRef::Routine(_)
        | ObjectRef::Constraint(..)
        | ObjectRef::Index(_)
        | ObjectRef::Trigger(..)
        | ObjectRef::Rule(..)
        | ObjectRef::Policy(..)
        | ObjectRef::Default(..)
        | ObjectRef::Statistics(_)
        | ObjectRef::DomainConstraint(..)
        | ObjectRef::Published(..) => true,
        ObjectRef::Schema(_)
        | ObjectRef::Extension(_)
        | ObjectRef::Type(_)
        | ObjectRef::Sequence(_)
        | ObjectRef::Table(_)
        | ObjectRef::Column(..)
        | ObjectRef::Publication(_)
        | ObjectRef::DefaultPrivileges(_)
        | ObjectRef::Opaque(_) => false,
    }
}

fn is_referred_to(catalog: &Catalog, name: &QName) -> bool {
    let mut constraints = catalog
        .tables
        .values()
        .flat_map(|table| table.constraints.values());
    constraints.any(|constraint| {
        matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.references == *name)
    })
}
