//! Doing a plan on the model: the statements of each act, from what the schema is by then.
//!
//! Every statement is lowered and applied as soon as it is written, so what it does beyond its own object (a column that
//! partitions inherit, an index that goes with a column, a privilege that comes by default) is known to the acts behind
//! it, and nothing is said twice.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use segue_sql::Source;

use super::{Action, Alteration, Options, alter, exists, in_place::Both, order::Act, retype};
use crate::{
    Catalog, Difference, Name, ObjectRef, QName, Session, advance,
    dependents::dependents,
    model::{ConstraintKind, Table},
    render::{
        self, address, attach_index, emit::Emitter, mention::Mentions, script::later, step::Step,
    },
};

/// Parts of tables with statements of their own.
struct Apart {
    /// Those that cannot stand in `CREATE TABLE`.
    later: HashSet<Step>,
    /// All constraints: the table of one may be there already.
    constraints: HashSet<Step>,
}

/// The schema as it is by now, and what has been done.
pub(super) struct Walk<'a> {
    pub(super) current: Catalog,
    pub(super) to: &'a Catalog,
    pub(super) options: &'a Options,
    session: Session,
    pub(super) changes: Vec<Alteration>,
    /// Types that were put aside, by their names.
    aside: BTreeMap<QName, QName>,
    /// What goes to come again.
    again: BTreeSet<ObjectRef>,
    /// What is being dropped, so that circles end.
    dropping: BTreeSet<ObjectRef>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(from: &Catalog, to: &'a Catalog, options: &'a Options) -> Self {
        Self {
            current: from.clone(),
            to,
            options,
            session: Session::default(),
            changes: Vec::new(),
            aside: BTreeMap::new(),
            again: BTreeSet::new(),
            dropping: BTreeSet::new(),
        }
    }

    /// Does all of it.
    pub(super) fn acts(&mut self, acts: &[Act], mentions: &Mentions<'_>) {
        let made: Vec<Step> = acts
            .iter()
            .filter_map(|act| match act {
                Act::Make(step) => Some(step.clone()),
                Act::Drop(_) | Act::Free(_) | Act::Finish(_) => None,
            })
            .collect();
        let apart = Apart {
            later: later(self.to, mentions, &made),
            constraints: made
                .iter()
                .filter(|step| matches!(step, Step::Object(ObjectRef::Constraint(..))))
                .cloned()
                .collect(),
        };
        self.again = acts
            .iter()
            .filter_map(|act| match act {
                Act::Drop(object) if exists(self.to, object) => Some(object.clone()),
                _ => None,
            })
            .collect();
        let kept: BTreeSet<QName> = acts
            .iter()
            .filter_map(|act| match act {
                Act::Finish(name) => Some(name.clone()),
                Act::Drop(_) | Act::Make(_) | Act::Free(_) => None,
            })
            .collect();
        for act in acts {
            match act {
                Act::Drop(ObjectRef::Type(name)) if kept.contains(name) => self.put_aside(name),
                Act::Drop(object) => self.drop(object),
                Act::Make(step) => self.make(step, &apart),
                Act::Free(name) => self.free(name),
                Act::Finish(name) => self.finish(name),
            }
        }
    }

    /// Notes statements, and does them on the model. What the model cannot tell shows as what remains.
    pub(super) fn run(&mut self, action: Action, object: &ObjectRef, statements: Vec<String>) {
        self.run_losing(action, object, statements, None);
    }

    fn run_losing(
        &mut self,
        action: Action,
        object: &ObjectRef,
        statements: Vec<String>,
        loses: Option<String>,
    ) {
        if statements.is_empty() {
            return;
        }
        for statement in &statements {
            self.simulate(statement);
        }
        self.changes.push(Alteration {
            action,
            object: object.clone(),
            statements,
            loses,
        });
    }

    fn simulate(&mut self, statements: &str) {
        let source = Source::new("diff", statements);
        let Ok(split) = segue_sql::split(&source) else {
            return;
        };
        for statement in split.iter() {
            let span = statement.span.clone();
            // what cannot be told is still there when the schemas are compared at the end
            let _ = advance(
                &Arc::clone(&source),
                span,
                &mut self.current,
                &mut self.session,
            );
        }
    }

    /// A type goes to the side, for the columns that are still of it.
    fn put_aside(&mut self, name: &QName) {
        if !exists(&self.current, &ObjectRef::Type(name.clone())) {
            return;
        }
        let taken = |name: &QName| {
            let object = ObjectRef::Type(name.clone());
            exists(&self.current, &object) || exists(self.to, &object)
        };
        let mut aside = name.sibling(&*format!("{}_old", name.name.as_str()));
        let mut number = 1;
        while taken(&aside) || self.current.relation(&aside).is_some() {
            number += 1;
            aside = name.sibling(&*format!("{}_old{number}", name.name.as_str()));
        }
        let object = ObjectRef::Type(name.clone());
        let on = address(&self.current, &object);
        let statement = format!("ALTER {on} RENAME TO {};", aside.name);
        self.aside.insert(name.clone(), aside);
        self.run(Action::Recreate, &object, vec![statement]);
    }

    /// A sequence whose column goes stays.
    fn free(&mut self, name: &QName) {
        let sequence = self.current.sequences.get(name);
        if sequence.is_some_and(|sequence| sequence.owned_by.is_some()) {
            let object = ObjectRef::Sequence(name.clone());
            let statement = format!("ALTER SEQUENCE {name} OWNED BY NONE;");
            self.run(Action::Alter, &object, vec![statement]);
        }
    }

    fn finish(&mut self, name: &QName) {
        if let Some(aside) = self.aside.remove(name) {
            let on = address(&self.current, &ObjectRef::Type(aside));
            let object = ObjectRef::Type(name.clone());
            self.run(Action::Recreate, &object, vec![format!("DROP {on};")]);
        }
    }

    /// An object goes, behind what still needs it.
    fn drop(&mut self, object: &ObjectRef) {
        if !exists(&self.current, object) || self.dropping.contains(object) {
            return;
        }
        self.dropping.insert(object.clone());
        for user in dependents(&self.current, object) {
            if is_dropped_alone(&user) {
                self.drop(&user);
            }
        }
        self.dropping.remove(object);
        if !exists(&self.current, object) || self.is_anothers(object) {
            return;
        }
        let Some(statement) = self.drop_statement(object) else {
            return;
        };
        let again = self.again.contains(object) || exists(self.to, object);
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
                let foreign = matches!(table.kind, crate::model::TableKind::Foreign(_));
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

    fn make(&mut self, step: &Step, apart: &Apart) {
        match step {
            Step::Object(object) => self.make_object(object, apart),
            other => {
                if let Some((object, statements)) = self.small_step(other) {
                    self.run(Action::Alter, &object, statements);
                }
            }
        }
    }

    fn make_object(&mut self, object: &ObjectRef, apart: &Apart) {
        let mut action = Action::Alter;
        if !exists(&self.current, object) {
            action = if self.again.contains(object) {
                Action::Recreate
            } else {
                Action::Create
            };
            let emitter = Emitter {
                catalog: self.to,
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
        let statements = alter::statements(&self.current, self.to, object, self.options);
        let loses = self.loses_by_altering(object);
        match self.changes.last_mut() {
            Some(last) if action != Action::Alter && last.object == *object => {
                last.statements.extend(statements.iter().cloned());
                for statement in &statements {
                    self.simulate(statement);
                }
            }
            _ => self.run_losing(Action::Alter, object, statements, loses),
        }
    }

    /// Constraints that a partition was to have from its parent, and has not: made by themselves, and brought to the
    /// parent's index.
    pub(super) fn own_constraints(&mut self, differences: &[Difference]) {
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
            let Some(constraint) = wanted.filter(|_| !exists(&self.current, &difference.object))
            else {
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
        let (first, second) = (self.current.tables.get(name)?, self.to.tables.get(name)?);
        let lost: Vec<String> = first
            .columns
            .iter()
            .filter_map(|column| lost_of_column(column, second))
            .collect();
        (!lost.is_empty()).then(|| lost.join("; "))
    }

    /// A step that is less than an object, with the object that it is about.
    fn small_step(&self, step: &Step) -> Option<(ObjectRef, Vec<String>)> {
        let (current, to) = (&self.current, self.to);
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
                let parent = attached_to(to, name)?;
                let before = attached_to(current, name);
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

fn lost_of_column(column: &crate::model::Column, second: &Table) -> Option<String> {
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

fn attached_to<'c>(catalog: &'c Catalog, name: &QName) -> Option<&'c QName> {
    if let Some(index) = catalog.indexes.get(name) {
        return index.attached_to.as_ref();
    }
    let mut tables = catalog.tables_of(&name.schema);
    tables.find_map(|(_, table)| {
        let constraint = table.constraints.get(&name.name)?;
        constraint.index()?.attached_to.as_ref()
    })
}

fn index_of_table(step: &Step, first: &Table, second: &Table) -> Option<String> {
    use crate::model::ReplicaIdentity;
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
