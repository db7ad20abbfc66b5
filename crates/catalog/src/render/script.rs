//! A whole schema, or one object of it, as a script: the steps in their order, with blank lines between them.

use std::collections::{HashMap, HashSet};

use super::{
    Options,
    constraint::{add_constraint, fits_inline},
    edges::Edges,
    emit::Emitter,
    graph::Graph,
    mention::Mentions,
    part::{needs, parts},
    step::{Step, lasting, steps},
    table::alter,
};
use crate::{
    Catalog, Name, ObjectRef,
    model::{Body, Constraint, ConstraintKind, Table},
};

/// The steps of a schema in their order.
pub(super) struct Script<'a> {
    catalog: &'a Catalog,
    options: Options,
    order: Vec<Step>,
    /// Parts of tables that could not stand in `CREATE TABLE`.
    later: HashSet<Step>,
    /// What must stand before something and does not, since there is a circle.
    broken: Vec<(Step, Step)>,
}

impl<'a> Script<'a> {
    pub(super) fn of(catalog: &'a Catalog, options: Options) -> Self {
        let mentions = Mentions::of(catalog);
        let mut graph = Graph::default();
        for step in steps(catalog) {
            graph.add(step);
        }
        Edges::add(catalog, &mentions, &mut graph);
        let ordered = graph.order();
        let later = later(catalog, &mentions, &ordered.order);
        Self {
            catalog,
            options,
            order: ordered.order,
            later,
            broken: ordered.broken,
        }
    }

    pub(super) fn whole(&self) -> String {
        let mut blocks = vec![self.head()];
        let emitter = self.emitter();
        blocks.extend(self.order.iter().map(|step| emitter.step(step).join("\n")));
        joined(blocks)
    }

    pub(super) fn one(&self, object: &ObjectRef) -> Option<String> {
        if let Some(part) = self.part(object) {
            return Some(joined(vec![part]));
        }
        let emitter = self.emitter();
        let own = self
            .order
            .iter()
            .filter(|step| step.belongs_to(self.catalog, object));
        let blocks: Vec<String> = own.map(|step| emitter.step(step).join("\n")).collect();
        blocks
            .iter()
            .any(|block| !block.is_empty())
            .then(|| joined(blocks))
    }

    fn emitter(&self) -> Emitter<'_> {
        Emitter {
            catalog: self.catalog,
            options: self.options,
            role: None,
            later: &self.later,
        }
    }

    /// A column or a constraint, by `ALTER TABLE`.
    fn part(&self, object: &ObjectRef) -> Option<String> {
        match object {
            ObjectRef::Column(of, name) => {
                let column = self.catalog.tables.get(of)?.column(name)?;
                let definition = super::column_definition(of, column, self.catalog.major);
                Some(alter(of, &format!("ADD COLUMN {definition}")))
            }
            ObjectRef::Constraint(of, name) => {
                let constraint = self.catalog.tables.get(of)?.constraints.get(name)?;
                Some(add_constraint(of, name, constraint, false))
            }
            ObjectRef::Opaque(id) => {
                let opaque = self.catalog.opaque.get(id)?;
                let definition = opaque.definition.replace('\n', "\n-- ");
                Some(format!(
                    "-- Not modelled: {} {}\n-- {definition}",
                    id.kind, id.identity
                ))
            }
            _ => None,
        }
    }

    /// What has to be said before anything else.
    fn head(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        if !self.catalog.opaque.is_empty() {
            lines.push("-- Not modelled, and therefore not in this script:".to_owned());
            let opaque = self.catalog.opaque.keys();
            lines.extend(opaque.map(|id| commented(&format!("{} {}", id.kind, id.identity))));
        }
        for (before, after) in &self.broken {
            if let (Step::Object(before), Step::Object(after)) = (before, after) {
                lines.push(commented(&format!(
                    "{after} needs {before}, and the other way round"
                )));
            }
        }
        let unread = self.catalog.routines.values();
        let mut unread = unread.filter(|routine| *routine.language != *"internal");
        if unread.any(|routine| matches!(routine.body, Body::Text(_))) {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push("SET check_function_bodies = false;".to_owned());
        }
        if !self.catalog.schemas.contains_key(&Name::stored("public")) {
            lines.push("DROP SCHEMA public;".to_owned());
        }
        lines.join("\n")
    }
}

/// One line of a comment, whatever the text has in it.
fn commented(text: &str) -> String {
    format!("--   {}", text.replace(['\n', '\r'], " "))
}

fn joined(blocks: Vec<String>) -> String {
    let mut text = String::new();
    for block in blocks.iter().filter(|block| !block.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(block);
        text.push('\n');
    }
    text
}

/// The parts that cannot stand in `CREATE TABLE`: what they need comes only behind it, or they do not fit there.
pub(crate) fn later(catalog: &Catalog, mentions: &Mentions<'_>, order: &[Step]) -> HashSet<Step> {
    let places: HashMap<&Step, usize> = order
        .iter()
        .enumerate()
        .map(|(at, step)| (step, at))
        .collect();
    let mut later = HashSet::new();
    for (name, table) in lasting(catalog) {
        let own = Step::table(name);
        let Some(place) = places.get(&own) else {
            continue;
        };
        for part in parts(catalog, name, table) {
            let needs = needs(catalog, mentions, &part);
            let in_time = needs.iter().all(|need| {
                *need == own
                    || is_part_of(need, name)
                    || places.get(need).is_none_or(|at| at < place)
            });
            let fits = match &part.step {
                Step::Object(ObjectRef::Constraint(_, own)) => {
                    let constraint = table.constraints.get(own);
                    constraint
                        .is_none_or(|one| fits_inline(one) && !is_like_another(table, own, one))
                }
                _ => true,
            };
            if !in_time || !fits {
                later.insert(part.step);
            }
        }
    }
    later
}

/// `CREATE TABLE` passes over a UNIQUE or EXCLUDE that says no more than the primary key or another one in it
/// (`transformIndexConstraints`).
fn is_like_another(table: &Table, own: &Name, constraint: &Constraint) -> bool {
    let mut others = table.constraints.iter();
    others.any(|(name, other)| match (&constraint.kind, &other.kind) {
        (ConstraintKind::Unique(index), ConstraintKind::PrimaryKey(key)) => {
            index.columns == key.columns && index.include == key.include
        }
        (ConstraintKind::Unique(index), ConstraintKind::Unique(key)) => {
            name < own && index.columns == key.columns && index.include == key.include
        }
        (ConstraintKind::Exclude(one), ConstraintKind::Exclude(first)) => {
            name < own && one.keys == first.keys
        }
        _ => false,
    })
}

/// A constraint of the same table is there as soon as the table is.
fn is_part_of(step: &Step, table: &crate::QName) -> bool {
    matches!(step, Step::Object(ObjectRef::Constraint(of, _)) if of == table)
}
