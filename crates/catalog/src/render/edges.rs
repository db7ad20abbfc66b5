//! What must be before what, in sentences; the graph makes an order of it.
//!
//! Tables and indexes are in `edges/tables.rs`, triggers, rules and policies in `edges/hanging.rs`; the rest is here.

mod hanging;
mod tables;

use super::{
    graph::Graph,
    made_by::{named_type, step_of},
    mention::Mentions,
    part::{Part, needs, parts},
    step::{Step, lasting},
};
use crate::{
    Catalog, DataType, Name, ObjectRef, QName, RoutineId,
    model::{Body, Routine, RoutineKind, TypeKind, View},
};

/// Adds the edges of a schema to a graph of its steps.
pub(crate) struct Edges<'a> {
    catalog: &'a Catalog,
    mentions: &'a Mentions<'a>,
    graph: &'a mut Graph<Step>,
}

impl<'a> Edges<'a> {
    pub(crate) fn add(
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
