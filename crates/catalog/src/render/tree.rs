//! A tree of the schema for people: by schema, then by kind of object, one short line each.

use std::fmt::Display;

use serde::Serialize;

use super::{
    constraint::constraint_definition,
    literal::{join, literal, names},
    tree_table::{self, trigger_detail},
};
use crate::{
    Catalog, Name, QName,
    model::{Publication, Returns, Routine, RoutineKind, Sequence, Type, TypeKind, View},
};

/// A line of the tree, and what is below it. Who prints it decides how that looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// What it is called, or how many there are.
    pub label: String,
    /// What there is to say about it, on one line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What is below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Tree>,
}

impl Tree {
    /// A line with nothing below it.
    pub(crate) fn leaf(label: impl Display, detail: impl Into<String>) -> Self {
        Self {
            label: label.to_string(),
            detail: one_line(&detail.into()),
            children: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }
}

/// Longer details are cut: the SQL says the rest.
const LONGEST: usize = 120;

/// A text on one line, not too long.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// `1 table`, `3 tables`.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// A group with its count, or nothing where it is empty.
pub(crate) fn group(one: &str, several: &str, children: Vec<Tree>) -> Option<Tree> {
    if children.is_empty() {
        return None;
    }
    let label = counted(children.len(), one, several);
    Some(Tree::leaf(label, "").with(children))
}

/// The schema of a database as a tree.
pub fn tree(catalog: &Catalog) -> Tree {
    let mut children: Vec<Tree> = catalog
        .schemas
        .keys()
        .map(|name| schema(catalog, name))
        .collect();
    let extensions = catalog.extensions.iter().map(|(name, extension)| {
        let version = extension.version.as_deref().unwrap_or_default();
        let place = format!("{version} in {}", extension.schema);
        Tree::leaf(name, place)
    });
    children.extend(group("extension", "extensions", extensions.collect()));
    let publications = catalog.publications.iter();
    let publications = publications.map(|(name, of)| Tree::leaf(name, publication(of)));
    children.extend(group("publication", "publications", publications.collect()));
    let opaque = catalog.opaque.keys();
    let opaque = opaque.map(|id| Tree::leaf(&id.identity, id.kind));
    children.extend(group(
        "object that is not modelled",
        "objects that are not modelled",
        opaque.collect(),
    ));
    let label = counted(catalog.schemas.len(), "schema", "schemas");
    Tree::leaf(label, format!("PostgreSQL {}", catalog.major)).with(children)
}

fn schema(catalog: &Catalog, schema: &Name) -> Tree {
    let own = |name: &QName| name.schema == *schema;
    let tables = catalog.tables_of(schema);
    let tables = tables.map(|(name, table)| tree_table::table(catalog, name, table));
    let views = catalog.views.iter().filter(|(name, _)| own(name));
    let views = views.map(|(name, of)| view(catalog, name, of));
    let types = catalog.types.iter().filter(|(name, _)| own(name));
    let types = types.map(|(name, of)| type_line(name, of));
    let sequences = catalog.sequences.iter().filter(|(name, _)| own(name));
    let sequences = sequences.map(|(name, of)| Tree::leaf(&name.name, sequence(of)));
    let routines = catalog.routines.iter().filter(|(id, _)| own(&id.name));
    let routines = routines.map(|(id, of)| {
        let arguments = join(&id.arguments, ", ");
        Tree::leaf(format!("{}({arguments})", id.name.name), routine(of))
    });
    let groups = [
        group("table", "tables", tables.collect()),
        group("view", "views", views.collect()),
        group("type", "types", types.collect()),
        group("sequence", "sequences", sequences.collect()),
        group("function", "functions", routines.collect()),
    ];
    Tree::leaf(schema, "").with(groups.into_iter().flatten())
}

fn view(catalog: &Catalog, name: &QName, view: &View) -> Tree {
    let kind = if view.is_materialized() {
        "materialized "
    } else {
        ""
    };
    let columns = if view.columns.is_empty() {
        String::new()
    } else {
        names(&view.columns)
    };
    let triggers = view.triggers.iter();
    let triggers = triggers.map(|(own, of)| Tree::leaf(own, trigger_detail(of)));
    Tree::leaf(&name.name, format!("{kind}{columns}"))
        .with(tree_table::indexes(catalog, name))
        .with(group("trigger", "triggers", triggers.collect()))
}

fn type_line(name: &QName, of: &Type) -> Tree {
    let detail = match &of.kind {
        TypeKind::Enum(of) => {
            let values = of.values.iter().map(|value| literal(value));
            format!("enum ({})", join(values, ", "))
        }
        TypeKind::Composite(of) => {
            let attributes = of.attributes.iter();
            let attributes = attributes.map(|of| format!("{} {}", of.name, of.data_type));
            format!("({})", join(attributes, ", "))
        }
        TypeKind::Domain(of) => {
            let not_null = if of.not_null.is_some() {
                " not null"
            } else {
                ""
            };
            let checks = of.constraints.values();
            let checks = checks.map(|check| format!(" check ({})", check.expression));
            format!("domain over {}{not_null}{}", of.base, join(checks, ""))
        }
        TypeKind::Range(of) => format!("range of {}", of.subtype),
        TypeKind::Shell => "shell".to_owned(),
    };
    Tree::leaf(&name.name, detail)
}

fn sequence(sequence: &Sequence) -> String {
    let mut detail = sequence.options.data_type.to_string();
    if let Some((table, column)) = &sequence.owned_by {
        detail.push_str(&format!(" of {table}.{column}"));
    }
    detail
}

fn routine(routine: &Routine) -> String {
    let kind = match &routine.kind {
        RoutineKind::Function => "",
        RoutineKind::Window => "window ",
        RoutineKind::Procedure => "procedure ",
        RoutineKind::Aggregate { .. } => "aggregate ",
    };
    let returns = match &routine.returns {
        Some(Returns {
            data_type,
            set: true,
        }) => format!("returns setof {data_type}, "),
        Some(Returns { data_type, .. }) => format!("returns {data_type}, "),
        None => String::new(),
    };
    format!("{kind}{returns}{}", routine.language)
}

fn publication(publication: &Publication) -> String {
    if publication.all_tables {
        return "all tables".to_owned();
    }
    let schemas = publication
        .schemas
        .iter()
        .map(|name| format!("schema {name}"));
    let tables = publication.tables.keys().map(QName::to_string);
    join(schemas.chain(tables), ", ")
}

/// A constraint on one line.
pub(super) fn constraint_line(name: &Name, constraint: &crate::model::Constraint) -> Tree {
    Tree::leaf(name, constraint_definition(constraint))
}
