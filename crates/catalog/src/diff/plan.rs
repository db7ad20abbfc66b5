//! Which objects have to go, and which steps have to be taken so that the second schema comes about.
//!
//! What goes is what only the first schema has, what cannot become what the second has in place (`in_place.rs`), and
//! everything that stands in the way of those: views over a column whose type changes, users of a function that comes
//! again. What goes and is in the second schema too comes again, with all that hangs on it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{
    in_place,
    parts::{holder, holder_of},
    retype::is_another_type,
};
use crate::{
    Catalog, Difference, Disparity, Name, ObjectRef, QName, Relation,
    dependents::{self, dependents},
    model::{Column, ConstraintKind, TableKind},
    render::{
        edges::Edges,
        graph::Graph,
        made_by::step_of,
        mention::Mentions,
        step::{Step, steps},
    },
};

/// A schema with its steps and what needs what among them.
pub(super) struct Side<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) graph: Graph<Step>,
    /// The steps that belong to an object, by the object.
    parts: FxHashMap<ObjectRef, Vec<usize>>,
}

impl<'a> Side<'a> {
    pub(super) fn of(catalog: &'a Catalog, mentions: &'a Mentions<'a>) -> Self {
        let mut graph = Graph::default();
        for step in steps(catalog) {
            graph.add(step);
        }
        Edges::add(catalog, mentions, &mut graph);
        let mut parts: FxHashMap<ObjectRef, Vec<usize>> = FxHashMap::default();
        for (number, step) in graph.vertices().iter().enumerate() {
            if let Some(holder) = holder(catalog, step) {
                parts.entry(holder).or_default().push(number);
            }
        }
        Self {
            catalog,
            graph,
            parts,
        }
    }

    /// Whether a step is one of this schema.
    pub(super) fn has(&self, step: &Step) -> bool {
        self.graph.number(step).is_some()
    }

    /// The steps that make an object and what hangs on it.
    pub(super) fn steps_of(&self, object: &ObjectRef) -> Vec<Step> {
        let own = step_of(self.catalog, object);
        own.into_iter().chain(self.parts(object).cloned()).collect()
    }

    /// The steps of what hangs on an object.
    fn parts(&self, object: &ObjectRef) -> impl Iterator<Item = &Step> {
        let parts = self.parts.get(object).into_iter().flatten();
        parts.map(|&number| &self.graph.vertices()[number])
    }
}

/// What has to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What goes, for good or to come again.
    pub(super) going: BTreeSet<ObjectRef>,
    /// Steps of the second schema; in an order of their own, since what a diff prints depends on nothing else.
    pub(super) made: BTreeSet<Step>,
    /// Sequences that stay when the columns that own them go.
    pub(super) freed: BTreeSet<QName>,
    /// Types that come again while columns of them stay.
    pub(super) retyped: BTreeSet<QName>,
}

impl Plan {
    /// The plan for these differences between two schemas.
    pub(super) fn of(from: &Side<'_>, to: &Side<'_>, differences: &[Difference]) -> Self {
        let mut users = vec![Vec::new(); from.graph.vertices().len()];
        for &(before, after) in from.graph.musts() {
            users[before].push(after);
        }
        let mut planner = Planner {
            from,
            to,
            users,
            waiting: Vec::new(),
            plan: Self::default(),
        };
        for difference in differences {
            planner.difference(difference);
        }
        planner.close();
        planner.plan
    }
}

struct Planner<'p, 'a> {
    from: &'p Side<'a>,
    to: &'p Side<'a>,
    /// What needs a step of the first schema, by their numbers.
    users: Vec<Vec<usize>>,
    waiting: Vec<ObjectRef>,
    plan: Plan,
}

impl Planner<'_, '_> {
    fn difference(&mut self, difference: &Difference) {
        let object = &difference.object;
        match &difference.disparity {
            Disparity::Missing => match object {
                ObjectRef::Column(of, name) => {
                    self.make(&ObjectRef::Table(of.clone()));
                    self.column_goes_or_changes(of, name, true);
                }
                ObjectRef::DomainConstraint(of, _) => self.make(&ObjectRef::Type(of.clone())),
                _ => self.go(object.clone()),
            },
            Disparity::Extra => self.make_whole(object),
            Disparity::Changed { .. } => self.changed(object),
        }
    }

    fn changed(&mut self, object: &ObjectRef) {
        if in_place::must_go(self.from.catalog, self.to.catalog, object) {
            self.go(object.clone());
        } else if let ObjectRef::Column(of, name) | ObjectRef::Default(of, name) = object {
            self.make(object);
            let column = |side: &Side<'_>| side.catalog.tables.get(of)?.column(name).cloned();
            if let (Some(first), Some(second)) = (column(self.from), column(self.to))
                && is_retyped(&first, &second)
            {
                self.column_goes_or_changes(of, name, is_another_type(&first, &second));
            }
        } else {
            self.make(object);
            if let ObjectRef::Table(name) = object {
                self.plan.made.insert(Step::Family(name.clone()));
            }
        }
    }

    /// Something changes where it is.
    fn make(&mut self, object: &ObjectRef) {
        let made = step_of(self.to.catalog, object);
        let Some(Step::Object(made)) = made else {
            return;
        };
        let parts = self.to.parts(&made);
        let without_object = parts.filter(|step| !matches!(step, Step::Object(_)));
        self.plan.made.extend(without_object.cloned());
        self.plan.made.extend(self.attachment(&made));
        self.plan.made.insert(Step::Object(made));
    }

    /// The step by which an index, also one of a constraint, comes to that of the partitioned table, or a sequence to
    /// its column.
    fn attachment(&self, object: &ObjectRef) -> Option<Step> {
        let step = match object {
            ObjectRef::Index(name) => {
                let index = self.to.catalog.indexes.get(name)?;
                Step::AttachIndex(index.table.clone(), name.clone())
            }
            ObjectRef::Constraint(of, name) => {
                Step::AttachIndex(of.clone(), of.sibling(name.clone()))
            }
            ObjectRef::Sequence(name) => Step::OwnedBy(name.clone()),
            _ => return None,
        };
        self.to.has(&step).then_some(step)
    }

    /// Something comes, with all that hangs on it.
    fn make_whole(&mut self, object: &ObjectRef) {
        if matches!(object, ObjectRef::Column(..)) {
            self.make(object);
            return;
        }
        let steps = self.to.steps_of(object);
        for step in steps {
            if let Step::Object(made) = &step {
                self.plan.made.extend(self.attachment(made));
            }
            self.plan.made.insert(step);
        }
    }

    fn go(&mut self, object: ObjectRef) {
        if self.plan.going.insert(object.clone()) {
            self.waiting.push(object);
        }
    }

    /// What stands in the way of what goes, has to go too.
    fn close(&mut self) {
        while let Some(object) = self.waiting.pop() {
            let comes_again = self.exists_in_second(&object);
            if comes_again {
                self.make_whole(&object);
            }
            for (part, _) in dependents::going(self.from.catalog, &object, false) {
                self.part_goes(part);
            }
            self.whole_goes(&object);
            match &object {
                ObjectRef::Column(of, name) => self.column_goes_or_changes(of, name, true),
                _ if comes_again => self.users_go(&object),
                _ => {}
            }
        }
    }

    /// A part of a partitioned index goes only with the whole, unless its table does.
    fn whole_goes(&mut self, part: &ObjectRef) {
        let catalog = self.from.catalog;
        let held = holder_of(catalog, part);
        if held.is_none_or(|table| self.plan.going.contains(&table)) {
            return;
        }
        let whole = match part {
            ObjectRef::Index(name) => {
                let index = catalog.indexes.get(name);
                index.and_then(|index| index.attached_to.clone())
            }
            ObjectRef::Constraint(of, name) => {
                let table = catalog.tables.get(of);
                let constraint = table.and_then(|table| table.constraints.get(name));
                let index = constraint.and_then(|constraint| constraint.index());
                index.and_then(|index| index.attached_to.clone())
            }
            _ => None,
        };
        match whole.map(|name| (catalog.relation(&name), name)) {
            Some((Some(Relation::Index), name)) => self.go(ObjectRef::Index(name)),
            Some((Some(Relation::ConstraintIndex(of)), name)) => {
                self.go(ObjectRef::Constraint(of, name.name));
            }
            _ => {}
        }
    }

    fn part_goes(&mut self, part: ObjectRef) {
        match part {
            ObjectRef::Default(..) | ObjectRef::Published(..) => {}
            ObjectRef::Sequence(name) if self.is_freed(&name) => {
                self.plan.freed.insert(name);
            }
            part => self.go(part),
        }
    }

    /// Whether a sequence is another column's, or nobody's, in the second schema.
    fn is_freed(&self, name: &QName) -> bool {
        let sequence = |side: &Side<'_>| side.catalog.sequences.get(name).cloned();
        match (sequence(self.from), sequence(self.to)) {
            (Some(first), Some(second)) => first.owned_by != second.owned_by,
            _ => false,
        }
    }

    fn users_go(&mut self, object: &ObjectRef) {
        // what comes with something else has no users of its own there
        let Some(number) = self.from.graph.number(&Step::Object(object.clone())) else {
            return;
        };
        for user in self.users[number].clone() {
            self.user_goes(object, self.from.graph.vertices()[user].clone());
        }
    }

    fn user_goes(&mut self, of: &ObjectRef, user: Step) {
        match user {
            Step::Object(ObjectRef::Table(name)) => self.table_uses(of, &name),
            Step::Object(ObjectRef::Type(name)) if matches!(of, ObjectRef::Schema(_)) => {
                self.make(&ObjectRef::Type(name));
            }
            Step::Object(user) => self.go(user),
            Step::Default(table, column) => self.go(ObjectRef::Default(table, column)),
            other => {
                if self.to.has(&other) {
                    self.plan.made.insert(other);
                }
            }
        }
    }

    /// A table whose columns are of a type that comes again stays: its columns get the new type.
    fn table_uses(&mut self, of: &ObjectRef, name: &QName) {
        let Some(table) = self.from.catalog.tables.get(name) else {
            return;
        };
        let columns: Vec<Column> = table.columns.clone();
        match of {
            ObjectRef::Type(of) if table.of_type.as_ref() != Some(of) => {
                if !self.to.catalog.tables.contains_key(name) {
                    return;
                }
                self.plan.retyped.insert(of.clone());
                self.make(&ObjectRef::Table(name.clone()));
                for column in columns.iter().filter(|column| column.data_type.name == *of) {
                    self.column_goes_or_changes(name, &column.name, true);
                    self.go(ObjectRef::Default(name.clone(), column.name.clone()));
                }
            }
            ObjectRef::Routine(id) => {
                let calls = |text: &str| text.contains(id.name.name.as_str());
                let partitioned = match &table.kind {
                    TableKind::Partitioned(by) => by.keys.iter().any(|key| {
                        let text = crate::render::key(key);
                        calls(&text)
                    }),
                    TableKind::Plain | TableKind::Foreign(_) => false,
                };
                if partitioned {
                    self.go(ObjectRef::Table(name.clone()));
                }
                for column in columns {
                    let generated = column.generated.as_ref();
                    if generated.is_some_and(|of| calls(&of.expression.text)) {
                        self.go(ObjectRef::Column(name.clone(), column.name));
                    }
                }
            }
            ObjectRef::Schema(_) | ObjectRef::Extension(_) => {}
            _ => self.go(ObjectRef::Table(name.clone())),
        }
    }

    /// A column goes, or its type changes: the server takes that only when nothing but indexes and constraints of its
    /// own table is on it (sql-altertable.html, `SET DATA TYPE`).
    fn column_goes_or_changes(&mut self, of: &QName, name: &Name, other_values: bool) {
        let column = ObjectRef::Column(of.clone(), name.clone());
        for user in dependents(self.from.catalog, &column) {
            match &user {
                ObjectRef::Constraint(..) if !other_values => {}
                ObjectRef::Published(publication, _) => {
                    self.make(&ObjectRef::Publication(publication.clone()));
                }
                _ => self.go(user),
            }
        }
        if !other_values {
            return;
        }
        for (part, _) in dependents::going(self.from.catalog, &column, false) {
            if let ObjectRef::Sequence(name) = part
                && self.is_freed(&name)
            {
                self.plan.freed.insert(name);
            }
        }
        let table = self.from.catalog.tables.get(of);
        let constraints = table.into_iter().flat_map(|table| &table.constraints);
        let keys: Vec<Name> = constraints
            .filter(|(_, constraint)| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => key.columns.contains(name),
                _ => false,
            })
            .map(|(own, _)| own.clone())
            .collect();
        for own in keys {
            self.go(ObjectRef::Constraint(of.clone(), own));
        }
    }

    fn exists_in_second(&self, object: &ObjectRef) -> bool {
        self.to.catalog.has(object)
    }
}

fn is_retyped(first: &Column, second: &Column) -> bool {
    first.data_type != second.data_type || first.collation != second.collation
}
