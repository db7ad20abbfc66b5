//! The statements of each step. Those of a whole object are in `dress.rs`.

use std::collections::HashSet;

use super::{
    Options,
    dress::Dress,
    family::{Form, form},
    index::attach_index,
    privileges::default_privileges,
    sequence::owned_by,
    step::Step,
    table::{alter, join_parents, set_default},
    view::comment,
};
use crate::{
    Catalog, Name, ObjectRef, QName,
    model::{Constraint, ReplicaIdentity, Table},
};

/// Writes the statements of steps.
pub(crate) struct Emitter<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) options: Options,
    /// The role that runs the statements, where it is known: what it makes is its own.
    pub(crate) role: Option<&'a Name>,
    /// The parts of tables that have statements of their own.
    pub(crate) later: &'a HashSet<Step>,
}

impl Emitter<'_> {
    /// The statements of a step; none where it is done with another.
    pub(crate) fn step(&self, step: &Step) -> Vec<String> {
        self.found(step).unwrap_or_default()
    }

    fn found(&self, step: &Step) -> Option<Vec<String>> {
        let catalog = self.catalog;
        let one = |statement: String| Some(vec![statement]);
        match step {
            Step::Object(object) => self.object(object),
            Step::Default(of, name) if self.is_later(step) => {
                let column = catalog.tables.get(of)?.column(name)?;
                one(alter(of, &set_default(column)))
            }
            Step::Default(..) => None,
            Step::OwnedBy(name) => one(owned_by(name, catalog.sequences.get(name)?)?),
            Step::Family(name) => self.family(name),
            Step::AttachIndex(_, name) => one(attach_index(catalog.attached_to(name)?, name)),
            Step::ReplicaIdentity(name) => match &catalog.tables.get(name)?.replica_identity {
                ReplicaIdentity::Index(index) => one(alter(
                    name,
                    &format!("REPLICA IDENTITY USING INDEX {index}"),
                )),
                _ => None,
            },
            Step::ClusterOn(name) => {
                let index = catalog.tables.get(name)?.cluster_on.as_ref()?;
                one(alter(name, &format!("CLUSTER ON {index}")))
            }
            Step::DefaultPrivileges(key) if self.options.privileges => Some(default_privileges(
                key,
                catalog.default_privileges.get(key)?,
            )),
            Step::DefaultPrivileges(_) => None,
        }
    }

    /// A table joins its parents.
    fn family(&self, name: &QName) -> Option<Vec<String>> {
        let table = self.catalog.tables.get(name)?;
        let mut statements = join_parents(name, table, form(self.catalog, name, table));
        statements.extend(self.constraint_comments(name, table, false));
        Some(statements)
    }

    fn object(&self, object: &ObjectRef) -> Option<Vec<String>> {
        Dress::of(self, object).statements()
    }

    /// Whether a part of a table has a statement of its own.
    pub(crate) fn is_later(&self, step: &Step) -> bool {
        self.later.contains(step)
    }

    /// Comments of the constraints that come with the table, or with its parents.
    pub(crate) fn constraint_comments(
        &self,
        name: &QName,
        table: &Table,
        with_table: bool,
    ) -> Vec<String> {
        let form = form(self.catalog, name, table);
        let mut statements = Vec::new();
        for (own, constraint) in &table.constraints {
            let listed = form.lists(self.catalog, own, constraint);
            let step = Step::constraint(name, own);
            let at_once = (listed && !self.is_later(&step))
                || (!listed && matches!(form, Form::PartitionOf(_) | Form::Inherits));
            let by_joining = !listed && !at_once;
            if if with_table { at_once } else { by_joining } {
                statements.extend(self.comments_of(name, own, constraint));
            }
        }
        statements
    }

    pub(crate) fn comments_of(
        &self,
        of: &QName,
        name: &Name,
        constraint: &Constraint,
    ) -> Vec<String> {
        let own = comment(
            &format!("CONSTRAINT {name} ON {of}"),
            constraint.comment.as_ref(),
        );
        let index = constraint
            .index()
            .and_then(|index| index.index_comment.as_ref());
        let index = comment(&format!("INDEX {}", of.sibling(name.clone())), index);
        own.into_iter().chain(index).collect()
    }
}
