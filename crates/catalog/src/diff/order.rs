//! The order of what is done: what goes, behind all that needs it; what comes, behind all that it needs.

mod beside;

use std::collections::BTreeMap;

use super::{
    parts::holder_of,
    plan::{Plan, Side},
};
use crate::{
    Catalog, Name, ObjectRef, QName,
    model::{ConstraintKind, TypeKind},
    render::{graph::Graph, made_by::step_of, step::Step},
};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// An object goes; a type that columns keep is put aside.
    Drop(ObjectRef),
    /// A type that columns keep comes again beside itself.
    Beside(QName),
    /// A step of the second schema: an object comes, or changes where it is.
    Make(Step),
    /// A sequence is no column's any more, so that it stays when that goes.
    Free(QName),
    /// No column is of the old type any more: it goes, and the new one has its name.
    Finish(QName),
}

/// Everything of a plan, in order.
pub(super) fn order(from: &Side<'_>, to: &Side<'_>, plan: &Plan) -> Vec<Act> {
    let mut order = Order {
        from,
        to,
        plan,
        graph: Graph::default(),
    };
    order.vertices();
    order.of_the_second();
    order.of_the_first();
    order.between();
    let graph = std::mem::take(&mut order.graph);
    order.beside(graph.order().order)
}

struct Order<'p, 'a> {
    from: &'p Side<'a>,
    to: &'p Side<'a>,
    plan: &'p Plan,
    graph: Graph<Act>,
}

impl Order<'_, '_> {
    /// As people like to read them: what comes, then what goes.
    fn vertices(&mut self) {
        let made = self.to.graph.vertices().iter();
        for step in made.filter(|step| self.plan.made.contains(*step)) {
            self.graph.add(Act::Make(step.clone()));
        }
        // a sequence of a serial column has no step among those of a whole schema
        for step in &self.plan.made {
            self.graph.add(Act::Make(step.clone()));
        }
        let dropped: Vec<&ObjectRef> = self.plan.going.iter().collect();
        let place = |object: &ObjectRef| {
            let step = step_of(self.from.catalog, object);
            step.and_then(|step| self.from.graph.number(&step))
        };
        let mut dropped: Vec<(Option<usize>, &ObjectRef)> = dropped
            .into_iter()
            .map(|object| (place(object), object))
            .collect();
        dropped.sort_by(|first, second| second.cmp(first));
        for (_, object) in dropped {
            if self.dropped_with(object).as_ref() == Some(object) {
                self.graph.add(Act::Drop(object.clone()));
            }
        }
        for name in &self.plan.freed {
            self.graph.add(Act::Free(name.clone()));
        }
        for name in &self.plan.retyped {
            self.graph.add(Act::Finish(name.clone()));
        }
    }

    /// The object whose DROP takes this one: itself, or the table that it is a part of.
    fn dropped_with(&self, object: &ObjectRef) -> Option<ObjectRef> {
        let mut object = object.clone();
        if !self.plan.going.contains(&object) {
            return None;
        }
        while let Some(holder) = holder_of(self.from.catalog, &object)
            && self.plan.going.contains(&holder)
        {
            object = holder;
        }
        Some(object)
    }

    fn drop_of(&self, step: &Step) -> Option<Act> {
        if self.plan.going.is_empty() {
            return None;
        }
        let object = match step {
            Step::Object(object) => object.clone(),
            Step::Default(of, name) => {
                let own = ObjectRef::Default(of.clone(), name.clone());
                if self.plan.going.contains(&own) {
                    own
                } else {
                    ObjectRef::Table(of.clone())
                }
            }
            other => super::parts::holder(self.from.catalog, other)?,
        };
        // a part of something that goes may not be listed itself
        let held = holder_of(self.from.catalog, &object);
        let found = self
            .dropped_with(&object)
            .or_else(|| held.and_then(|holder| self.dropped_with(&holder)));
        found.map(Act::Drop)
    }

    fn make_of(&self, step: &Step) -> Option<Act> {
        self.plan
            .made
            .contains(step)
            .then(|| Act::Make(step.clone()))
    }

    fn of_the_second(&mut self) {
        let graph = &self.to.graph;
        let made: Vec<Option<Act>> = graph
            .vertices()
            .iter()
            .map(|step| self.make_of(step))
            .collect();
        for &(before, after) in graph.musts() {
            if let (Some(before), Some(after)) = (&made[before], &made[after]) {
                self.graph.must_be_before(before, after);
            }
        }
        for &(before, after) in graph.wishes() {
            if let (Some(before), Some(after)) = (&made[before], &made[after]) {
                self.graph.had_better_be_before(before, after);
            }
        }
    }

    /// What needed something in the first schema goes before it, or has become something that does not.
    fn of_the_first(&mut self) {
        let graph = &self.from.graph;
        let steps = graph.vertices();
        let dropped: Vec<Option<Act>> = steps.iter().map(|step| self.drop_of(step)).collect();
        for &(needed, user) in graph.musts() {
            match (&dropped[needed], &dropped[user]) {
                (Some(needed), Some(user)) => self.graph.must_be_before(user, needed),
                (Some(needed), None) => {
                    let last = self.last_of(needed.clone());
                    if let Some(user) = self.make_of(&steps[user]) {
                        self.graph.must_be_before(&user, &last);
                    } else if let Step::Default(of, _) = &steps[user] {
                        self.graph
                            .must_be_before(&Act::Make(Step::table(of)), &last);
                    }
                }
                (None, Some(user)) => {
                    if let Some(needed) = self.make_of(&steps[needed]) {
                        self.graph.must_be_before(user, &needed);
                    }
                }
                (None, None) => {}
            }
        }
        for &(needed, user) in graph.wishes() {
            if let (Some(needed), Some(user)) = (&dropped[needed], &dropped[user]) {
                self.graph.had_better_be_before(user, needed);
            }
        }
    }

    /// What ends an object: of a type that was put aside, that it goes at last.
    fn last_of(&self, dropped: Act) -> Act {
        match dropped {
            Act::Drop(ObjectRef::Type(name)) if self.plan.retyped.contains(&name) => {
                Act::Finish(name)
            }
            other => other,
        }
    }

    /// What comes again comes behind what it was; and so does what takes a name or a place.
    fn between(&mut self) {
        let made: Vec<(Step, Option<QName>)> = self
            .plan
            .made
            .iter()
            .map(|step| (step.clone(), relation_name(self.to, step)))
            .collect();
        let mut by_name: BTreeMap<&QName, Vec<&Step>> = BTreeMap::new();
        for (step, name) in &made {
            if let Some(name) = name {
                by_name.entry(name).or_default().push(step);
            }
        }
        for object in &self.plan.going {
            let Some(whole) = self.dropped_with(object) else {
                continue;
            };
            let dropped = Act::Drop(whole);
            if let Some(step) = step_of(self.to.catalog, object) {
                self.graph.must_be_before(&dropped, &Act::Make(step));
            }
            if let ObjectRef::Default(of, name) = object {
                let set = Act::Make(Step::Default(of.clone(), name.clone()));
                self.graph.must_be_before(&dropped, &set);
                self.graph
                    .must_be_before(&dropped, &Act::Make(Step::table(of)));
            }
            if let Some(name) = relation_name(self.from, &Step::Object(object.clone())) {
                for step in by_name.get(&name).into_iter().flatten() {
                    self.graph
                        .must_be_before(&dropped, &Act::Make((*step).clone()));
                }
            }
            self.place_is_free(object, &dropped);
        }
        self.finishes();
        self.frees();
        self.families();
    }

    /// A sequence is free before its column goes, and before it gets another one.
    fn frees(&mut self) {
        for name in &self.plan.freed {
            let free = Act::Free(name.clone());
            let sequence = ObjectRef::Sequence(name.clone());
            if let Some(holder) = holder_of(self.from.catalog, &sequence) {
                if let Some(dropped) = self.dropped_with(&holder) {
                    self.graph.must_be_before(&free, &Act::Drop(dropped));
                }
                let altered = Act::Make(Step::Object(holder));
                self.graph.must_be_before(&free, &altered);
            }
            for step in [Step::Object(sequence), Step::OwnedBy(name.clone())] {
                self.graph.must_be_before(&free, &Act::Make(step));
            }
        }
    }

    /// A table comes to its parents when both are as they are to be.
    fn families(&mut self) {
        let families = self.plan.made.iter().filter_map(|step| match step {
            Step::Family(name) => Some(name),
            _ => None,
        });
        for name in families {
            let joins = Act::Make(Step::Family(name.clone()));
            self.graph
                .must_be_before(&Act::Make(Step::table(name)), &joins);
            let Some(table) = self.to.catalog.tables.get(name) else {
                continue;
            };
            let partition = table.partition_of.iter();
            let parents = partition.map(|partition| &partition.parent);
            for parent in parents.chain(&table.inherits) {
                let parent = Act::Make(Step::table(parent));
                self.graph.must_be_before(&parent, &joins);
            }
        }
    }

    /// A table has one primary key, and its partitions do not overlap.
    fn place_is_free(&mut self, object: &ObjectRef, dropped: &Act) {
        match object {
            ObjectRef::Constraint(of, name) if is_primary(self.from, of, name) => {
                let constraints = self.to.catalog.tables.get(of);
                let constraints = constraints.into_iter().flat_map(|table| &table.constraints);
                for (other, _) in constraints {
                    if is_primary(self.to, of, other) {
                        let step = Act::Make(Step::constraint(of, other));
                        self.graph.must_be_before(dropped, &step);
                    }
                }
            }
            ObjectRef::Table(name) => {
                let place = |side: &Side<'_>, name: &QName| {
                    let table = side.catalog.tables.get(name)?;
                    Some(table.partition_of.as_ref()?.parent.clone())
                };
                let Some(parent) = place(self.from, name) else {
                    return;
                };
                for other in self.to.catalog.tables.keys() {
                    if other != name && place(self.to, other).as_ref() == Some(&parent) {
                        let made = [Step::table(other), Step::Family(other.clone())];
                        for step in made {
                            self.graph.had_better_be_before(dropped, &Act::Make(step));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// An old type goes when all columns have the new one.
    fn finishes(&mut self) {
        for name in &self.plan.retyped {
            let finish = Act::Finish(name.clone());
            let new = Act::Make(Step::Object(ObjectRef::Type(name.clone())));
            self.graph.must_be_before(&new, &finish);
            for (table, _) in columns(self.from.catalog, name) {
                let table = Act::Make(Step::table(table));
                self.graph.must_be_before(&new, &table);
                self.graph.must_be_before(&table, &finish);
            }
        }
        self.users_come_behind();
    }
}

/// The columns that are of a type, or lists of it, each with its table.
fn columns<'s>(schema: &'s Catalog, of: &'s QName) -> impl Iterator<Item = (&'s QName, &'s Name)> {
    let tables = schema.tables.iter();
    let columns = tables.flat_map(|(table, it)| it.columns.iter().map(move |one| (table, one)));
    columns
        .filter(move |(_, column)| column.data_type.name == *of)
        .map(|(table, column)| (table, &column.name))
}

fn is_primary(side: &Side<'_>, of: &QName, name: &Name) -> bool {
    let table = side.catalog.tables.get(of);
    let constraint = table.and_then(|table| table.constraints.get(name));
    constraint.is_some_and(|found| matches!(found.kind, ConstraintKind::PrimaryKey(_)))
}

/// The name that a step's object has among relations and types.
fn relation_name(side: &Side<'_>, step: &Step) -> Option<QName> {
    let Step::Object(object) = step else {
        return None;
    };
    match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name) => Some(name.clone()),
        ObjectRef::Type(name) => {
            let of = side.catalog.types.get(name)?;
            (!matches!(of.kind, TypeKind::Shell)).then(|| name.clone())
        }
        ObjectRef::Constraint(of, name) => {
            let constraint = side.catalog.tables.get(of)?.constraints.get(name)?;
            constraint.index()?;
            Some(of.sibling(name.clone()))
        }
        _ => None,
    }
}
