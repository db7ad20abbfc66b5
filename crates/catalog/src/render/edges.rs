//! What must be before what, in sentences; the graph makes an order of it.

use std::collections::HashMap;

use super::{
    family::{Form, form},
    graph::Graph,
    made_by::{named_type, relation, step_of},
    mention::Mentions,
    part::{Part, needs, parts},
    step::{Step, lasting},
};
use crate::{
    Catalog, DataType, Name, ObjectRef, QName, RoutineId,
    model::{Body, IndexKey, IndexTerm, Routine, RoutineKind, Table, Trigger, TypeKind, View},
};

/// Adds the edges of a schema to a graph of its steps.
pub(super) struct Edges<'a> {
    catalog: &'a Catalog,
    mentions: &'a Mentions<'a>,
    graph: &'a mut Graph<Step>,
}

impl<'a> Edges<'a> {
    pub(super) fn add(
        catalog: &'a Catalog,
        mentions: &'a Mentions<'a>,
        graph: &'a mut Graph<Step>,
    ) {
        let mut edges = Self {
            catalog,
            mentions,
            graph,
        };
        edges.types();
        edges.tables();
        edges.indexes();
        edges.routines();
        edges.views();
        edges.hanging();
        edges.whole_database();
        edges.wishes();
    }

    fn must(&mut self, before: Step, after: &Step) {
        self.graph.must_be_before(&before, after);
    }

    fn must_all(&mut self, before: impl IntoIterator<Item = ObjectRef>, after: &Step) {
        for object in before {
            if let Some(step) = step_of(self.catalog, &object) {
                self.must(step, after);
            }
        }
    }

    /// A schema must be before what is in it.
    fn schema(&mut self, name: &Name, after: &Step) {
        self.must(Step::Object(ObjectRef::Schema(name.clone())), after);
    }

    /// A type must be before what has it; that of a table's or view's rows too.
    fn data_type(&mut self, data_type: &DataType, after: &Step) {
        if !data_type.is_builtin() {
            let object = named_type(self.catalog, &data_type.name);
            self.must_all(object, after);
        }
    }

    /// What an expression of a table calls must be before it.
    fn expression(&mut self, text: &str, after: &Step) {
        self.must_all(self.mentions.in_expression(text), after);
    }

    fn types(&mut self) {
        for (name, of) in &self.catalog.types {
            let step = Step::Object(ObjectRef::Type(name.clone()));
            self.schema(&name.schema, &step);
            match &of.kind {
                TypeKind::Composite(of) => {
                    for attribute in &of.attributes {
                        self.data_type(&attribute.data_type, &step);
                    }
                }
                TypeKind::Domain(of) => {
                    self.data_type(&of.base, &step);
                    let checks = of.constraints.values().map(|check| &check.expression);
                    for expression in checks.chain(&of.default) {
                        self.expression(&expression.text, &step);
                    }
                }
                TypeKind::Range(of) => {
                    self.data_type(&of.subtype, &step);
                    for function in of.subtype_diff.iter().chain(&of.canonical) {
                        self.must_all(self.mentions.routines(&function.to_string()), &step);
                    }
                }
                TypeKind::Enum(_) | TypeKind::Shell => {}
            }
        }
        for (name, sequence) in &self.catalog.sequences {
            let step = Step::Object(ObjectRef::Sequence(name.clone()));
            self.schema(&name.schema, &step);
            if let Some((table, _)) = &sequence.owned_by {
                let owned = Step::OwnedBy(name.clone());
                self.must(step, &owned);
                self.must(Step::table(table), &owned);
            }
        }
    }

    fn tables(&mut self) {
        for (name, table) in lasting(self.catalog) {
            let step = Step::table(name);
            self.schema(&name.schema, &step);
            self.columns(name, table, &step);
            for part in parts(self.catalog, name, table) {
                self.must(step.clone(), &part.step);
                for need in self.needs(&part) {
                    self.must(need, &part.step);
                }
            }
            self.family(name, table, &step);
        }
    }

    /// The types of its columns, and what its generated columns and partition key call, must be before a table.
    fn columns(&mut self, name: &QName, table: &Table, step: &Step) {
        for column in &table.columns {
            self.data_type(&column.data_type, step);
            if let Some(generated) = &column.generated {
                self.expression(&generated.expression.text, step);
            }
            if let Some(identity) = &column.identity {
                self.schema(&identity.sequence.schema, step);
            }
        }
        if let Some(of) = &table.of_type {
            self.must_all(named_type(self.catalog, of), step);
        }
        if let crate::model::TableKind::Partitioned(by) = &table.kind {
            self.keys(&by.keys, step);
        }
        let clustered = table
            .cluster_on
            .as_ref()
            .map(|index| (index, Step::ClusterOn(name.clone())));
        let identity = match &table.replica_identity {
            crate::model::ReplicaIdentity::Index(index) => {
                Some((index, Step::ReplicaIdentity(name.clone())))
            }
            _ => None,
        };
        for (index, after) in clustered.into_iter().chain(identity) {
            self.must(step.clone(), &after);
            self.must_all([ObjectRef::Index(name.sibling(index.clone()))], &after);
        }
    }

    /// A parent must be before its children; a partition and its constraints before it is attached.
    fn family(&mut self, name: &QName, table: &Table, step: &Step) {
        let parents: Vec<&QName> = match &table.partition_of {
            Some(partition) => vec![&partition.parent],
            None => table.inherits.iter().collect(),
        };
        let apart = matches!(
            form(self.catalog, name, table),
            Form::Attached(_) | Form::InheritsLater
        );
        let family = Step::Family(name.clone());
        if apart {
            self.must(step.clone(), &family);
            for part in parts(self.catalog, name, table) {
                self.must(part.step, &family);
            }
        }
        for parent in parents {
            let joined = if apart { &family } else { step };
            self.must(Step::table(parent), joined);
            let Some(parents) = self.catalog.tables.get(parent) else {
                continue;
            };
            for part in parts(self.catalog, parent, parents) {
                if part.whole {
                    self.graph.had_better_be_before(&part.step, joined);
                } else {
                    self.must(joined.clone(), &part.step);
                }
            }
        }
    }

    /// A table and what its keys call must be before an index; the indexes of the partitions before they are attached.
    fn indexes(&mut self) {
        for (name, index) in &self.catalog.indexes {
            let step = Step::Object(ObjectRef::Index(name.clone()));
            self.must_all(relation(self.catalog, &index.table), &step);
            self.keys(&index.keys, &step);
            if let Some(predicate) = &index.predicate {
                self.expression(&predicate.text, &step);
            }
            self.attach(&index.table, name, index.attached_to.as_ref());
        }
        for (name, table) in lasting(self.catalog) {
            for (own, constraint) in &table.constraints {
                if let Some(index) = constraint.index() {
                    self.attach(name, &name.sibling(own.clone()), index.attached_to.as_ref());
                }
            }
        }
        self.partitions();
        for (name, statistics) in &self.catalog.statistics {
            let step = Step::Object(ObjectRef::Statistics(name.clone()));
            self.schema(&name.schema, &step);
            self.must_all(relation(self.catalog, &statistics.table), &step);
            for term in &statistics.terms {
                self.term(term, &step);
            }
        }
    }

    /// Partitions must be before an index of their parent: an index that is there before a partition would give it one
    /// with a name of the server's choice.
    fn partitions(&mut self) {
        let mut joined: HashMap<&QName, Vec<Step>> = HashMap::new();
        for (name, table) in lasting(self.catalog) {
            if let Some(partition) = &table.partition_of {
                let step = match form(self.catalog, name, table) {
                    Form::Attached(_) => Step::Family(name.clone()),
                    _ => Step::table(name),
                };
                joined.entry(&partition.parent).or_default().push(step);
            }
        }
        for (name, index) in &self.catalog.indexes {
            let step = Step::Object(ObjectRef::Index(name.clone()));
            for before in joined.get(&index.table).into_iter().flatten() {
                self.graph.must_be_before(before, &step);
            }
        }
    }

    fn attach(&mut self, table: &QName, index: &QName, parent: Option<&QName>) {
        let Some(parent) = parent else { return };
        let step = Step::AttachIndex(table.clone(), index.clone());
        self.must_all(
            [
                ObjectRef::Index(index.clone()),
                ObjectRef::Index(parent.clone()),
            ],
            &step,
        );
        self.must(Step::Family(table.clone()), &step);
    }

    fn keys(&mut self, keys: &[IndexKey], step: &Step) {
        for key in keys {
            self.term(&key.term, step);
        }
    }

    fn term(&mut self, term: &IndexTerm, step: &Step) {
        if let IndexTerm::Expression(expression) = term {
            self.expression(&expression.text, step);
        }
    }

    /// The types of its arguments and result must be before a routine, and what a body needs that is parsed at once.
    fn routines(&mut self) {
        for (id, routine) in &self.catalog.routines {
            let step = routine_step(id);
            self.schema(&id.name.schema, &step);
            for argument in &routine.arguments {
                self.data_type(&argument.data_type, &step);
                if let Some(default) = &argument.default {
                    self.expression(&default.text, &step);
                }
            }
            if let Some(returns) = &routine.returns {
                self.data_type(&returns.data_type, &step);
            }
            self.must_all(routine.depends_on.iter().cloned(), &step);
            if let RoutineKind::Aggregate { parameters, .. } = &routine.kind {
                for value in parameters.values() {
                    self.must_all(self.mentions.routines(value), &step);
                }
            }
        }
    }

    /// What a view reads must be before it.
    fn views(&mut self) {
        for (name, view) in &self.catalog.views {
            let step = Step::Object(ObjectRef::View(name.clone()));
            self.schema(&name.schema, &step);
            self.must_all(view.depends_on.iter().cloned(), &step);
        }
    }

    /// The table or view, the function, and what is named in them must be before a trigger, rule or policy.
    fn hanging(&mut self) {
        for (name, table) in lasting(self.catalog) {
            self.triggers(name, table.triggers.iter());
            self.rules(name, table.rules.iter());
            for (own, policy) in &table.policies {
                let step = Step::Object(ObjectRef::Policy(name.clone(), own.clone()));
                self.must(Step::table(name), &step);
                for expression in policy.using.iter().chain(&policy.check) {
                    self.must_all(self.mentions.all(&expression.text), &step);
                }
            }
            let parent = table
                .partition_of
                .as_ref()
                .map(|partition| &partition.parent);
            for (own, parent) in table.triggers.keys().zip(parent.into_iter().cycle()) {
                let step = Step::Object(ObjectRef::Trigger(name.clone(), own.clone()));
                let parent = ObjectRef::Trigger(parent.clone(), own.clone());
                self.must(Step::Object(parent), &step);
            }
        }
        for (name, view) in &self.catalog.views {
            self.triggers(name, view.triggers.iter());
            self.rules(name, view.rules.iter());
        }
    }

    fn triggers<'b>(
        &mut self,
        of: &QName,
        triggers: impl Iterator<Item = (&'b Name, &'b Trigger)>,
    ) {
        for (own, trigger) in triggers {
            let step = Step::Object(ObjectRef::Trigger(of.clone(), own.clone()));
            self.must_all(relation(self.catalog, of), &step);
            self.must(Step::Family(of.clone()), &step);
            self.must_all(self.mentions.routines(&trigger.function.to_string()), &step);
            if let Some(when) = &trigger.when {
                self.expression(&when.text, &step);
            }
            let from = trigger.constraint.as_ref().and_then(|of| of.from.as_ref());
            self.must_all(from.cloned().map(ObjectRef::Table), &step);
        }
    }

    fn rules<'b>(
        &mut self,
        of: &QName,
        rules: impl Iterator<Item = (&'b Name, &'b crate::model::Rule)>,
    ) {
        for (own, rule) in rules {
            let step = Step::Object(ObjectRef::Rule(of.clone(), own.clone()));
            self.must_all(relation(self.catalog, of), &step);
            for expression in rule.condition.iter().chain(&rule.actions) {
                self.must_all(self.mentions.all(&expression.text), &step);
            }
        }
    }

    fn whole_database(&mut self) {
        for (name, extension) in &self.catalog.extensions {
            let step = Step::Object(ObjectRef::Extension(name.clone()));
            self.schema(&extension.schema, &step);
        }
        for (name, publication) in &self.catalog.publications {
            let step = Step::Object(ObjectRef::Publication(name.clone()));
            self.must_all(
                publication.tables.keys().cloned().map(ObjectRef::Table),
                &step,
            );
            self.must_all(
                publication.schemas.iter().cloned().map(ObjectRef::Schema),
                &step,
            );
            for rows in publication
                .tables
                .values()
                .filter_map(|table| table.rows.as_ref())
            {
                self.expression(&rows.text, &step);
            }
        }
    }

    /// What a part of a table needs had better be before the table: then it stands in `CREATE TABLE`. And what a text
    /// names had better be before it, for views whose dependencies nobody knows and for bodies that the server does
    /// not read when it makes the function, but may when it makes an index or a materialized view.
    fn wishes(&mut self) {
        for (name, table) in lasting(self.catalog) {
            for part in parts(self.catalog, name, table) {
                for need in self.needs(&part) {
                    self.graph.had_better_be_before(&need, &Step::table(name));
                }
            }
        }
        for (name, view) in &self.catalog.views {
            self.named_in_view(name, view);
        }
        for (id, routine) in &self.catalog.routines {
            self.named_in_body(id, routine);
        }
    }

    fn named_in_view(&mut self, name: &QName, view: &View) {
        if view.depends_on.is_empty() {
            let step = Step::Object(ObjectRef::View(name.clone()));
            self.wish_all(&view.query.text, &step);
        }
    }

    fn named_in_body(&mut self, id: &RoutineId, routine: &Routine) {
        match &routine.body {
            Body::Text(body) => self.wish_all(body, &routine_step(id)),
            Body::Sql(body) if routine.depends_on.is_empty() => {
                self.wish_all(&body.text, &routine_step(id));
            }
            _ => {}
        }
    }

    fn wish_all(&mut self, text: &str, after: &Step) {
        for object in self.mentions.all(text) {
            if let Some(before) = step_of(self.catalog, &object) {
                self.graph.had_better_be_before(&before, after);
            }
        }
    }

    /// What a part of a table needs beside the table.
    fn needs(&self, part: &Part<'_>) -> Vec<Step> {
        needs(self.catalog, self.mentions, part)
    }
}

fn routine_step(id: &RoutineId) -> Step {
    Step::Object(ObjectRef::Routine(id.clone()))
}
