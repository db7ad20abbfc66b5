//! The statements that make an object of what it is in one schema what it is in another, where it is.
//!
//! One file per kind below `alter/`; here is what is the same for all: owner, comment and privileges.

mod column;
mod hanging;
mod index;
mod others;
mod privileges;
mod routine;
mod sequence;
mod table;
mod types;
mod view;

use super::{Options, in_place::Both};
use crate::{
    Catalog, Name, ObjectRef,
    render::{address, literal::literal},
};

/// What has to be said for an object that both schemas have; nothing where it is the same.
pub(super) fn statements(
    from: &Catalog,
    to: &Catalog,
    object: &ObjectRef,
    options: &Options,
) -> Vec<String> {
    let mut alter = Alter {
        both: Both { from, to },
        options,
        statements: Vec::new(),
    };
    // an object that one side lacks has nothing to be altered
    let _ = alter.object(object);
    alter.statements
}

pub(super) use {
    column::default, privileges::default_privileges, sequence::owner_column,
    table::comes_to_its_parents,
};

/// The statements so far, and what they are for.
struct Alter<'a> {
    both: Both<'a>,
    options: &'a Options,
    statements: Vec<String>,
}

impl<'a> Alter<'a> {
    fn object(&mut self, object: &ObjectRef) -> Option<()> {
        let Both { from, to } = self.both;
        match object {
            ObjectRef::Schema(name) => {
                self.schema(object, from.schemas.get(name)?, to.schemas.get(name)?);
            }
            ObjectRef::Extension(name) => {
                self.extension(name, from.extensions.get(name)?, to.extensions.get(name)?);
            }
            ObjectRef::Type(name) => {
                self.of_type(name, from.types.get(name)?, to.types.get(name)?);
            }
            ObjectRef::Sequence(name) => {
                self.sequence(name, from.sequences.get(name)?, to.sequences.get(name)?);
            }
            ObjectRef::Table(name) => {
                self.table(name, from.tables.get(name)?, to.tables.get(name)?);
            }
            ObjectRef::Constraint(of, name) => {
                let first = from.tables.get(of)?.constraints.get(name)?;
                self.constraint(of, name, first, to.tables.get(of)?.constraints.get(name)?);
            }
            ObjectRef::Index(name) => {
                self.index(name, from.indexes.get(name)?, to.indexes.get(name)?);
            }
            ObjectRef::View(name) => self.view(name, from.views.get(name)?, to.views.get(name)?),
            ObjectRef::Routine(id) => {
                self.routine(id, from.routines.get(id)?, to.routines.get(id)?);
            }
            ObjectRef::Trigger(of, name) => self.trigger(of, name)?,
            ObjectRef::Rule(of, name) => self.rule(of, name)?,
            ObjectRef::Policy(of, name) => {
                let first = from.tables.get(of)?.policies.get(name)?;
                self.policy(of, name, first, to.tables.get(of)?.policies.get(name)?);
            }
            ObjectRef::Statistics(name) => {
                let (first, second) = (from.statistics.get(name)?, to.statistics.get(name)?);
                self.statistics(name, first, second);
            }
            ObjectRef::Publication(name) => {
                let first = from.publications.get(name)?;
                self.publication(name, first, to.publications.get(name)?);
            }
            ObjectRef::Opaque(id) => {
                let (first, second) = (from.opaque.get(id)?, to.opaque.get(id)?);
                self.comment(object, first.comment.as_ref(), second.comment.as_ref());
            }
            ObjectRef::Column(..)
            | ObjectRef::Default(..)
            | ObjectRef::Published(..)
            | ObjectRef::DomainConstraint(..)
            | ObjectRef::DefaultPrivileges(_) => return None,
        }
        Some(())
    }

    fn add(&mut self, statement: String) {
        self.statements.push(statement);
    }

    /// The object as `ALTER` and `COMMENT ON` name it.
    fn address(&self, object: &ObjectRef) -> String {
        address(self.both.to, object)
    }

    fn comment(&mut self, object: &ObjectRef, first: Option<&String>, second: Option<&String>) {
        let on = self.address(object);
        self.comment_on(&on, first, second);
    }

    fn comment_on(&mut self, on: &str, first: Option<&String>, second: Option<&String>) {
        if first != second {
            let text = second.map_or("NULL".to_owned(), |text| literal(text));
            self.add(format!("COMMENT ON {on} IS {text};"));
        }
    }

    /// An owner is changed only where both are known: the one that is not is the role that deploys.
    fn owner(&mut self, object: &ObjectRef, first: Option<&Name>, second: Option<&Name>) {
        if self.options.owners
            && let (Some(first), Some(second)) = (first, second)
            && first != second
        {
            let on = self.address(object);
            self.add(format!("ALTER {on} OWNER TO {second};"));
        }
    }
}
