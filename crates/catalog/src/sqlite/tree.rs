//! A SQLite schema as a tree for people.

use super::{Catalog, Column, Index, Name, Table, TableKind, render};
use crate::render::{Tree, group};

/// The schema of a database as a tree.
pub fn tree(catalog: &Catalog) -> Tree {
    let tables = catalog.tables.iter();
    let views = catalog.views.iter().map(|(name, view)| {
        let columns: Vec<&str> = view.columns.iter().map(Name::as_str).collect();
        Tree::leaf(name, columns.join(", "))
    });
    let groups = [
        group(
            "table",
            "tables",
            tables
                .map(|(name, found)| table(catalog, name, found))
                .collect(),
        ),
        group("view", "views", views.collect()),
    ];
    Tree::leaf("schema", "").with(groups.into_iter().flatten())
}

fn table(catalog: &Catalog, name: &Name, table: &Table) -> Tree {
    let constraints = table.constraints.iter().map(|constraint| {
        let name = constraint.name.as_ref().map_or("", Name::as_str);
        let text = render::constraint(constraint);
        if name.is_empty() {
            Tree::leaf(text, "")
        } else {
            Tree::leaf(name, text)
        }
    });
    let indexes = catalog
        .indexes
        .iter()
        .filter(|(_, index)| index.table == *name);
    let triggers = catalog
        .triggers
        .iter()
        .filter(|(_, trigger)| trigger.table == *name);
    let groups = [
        group(
            "column",
            "columns",
            table.columns.iter().map(column).collect(),
        ),
        group("constraint", "constraints", constraints.collect()),
        group(
            "index",
            "indexes",
            indexes.map(|(name, found)| index(name, found)).collect(),
        ),
        group(
            "trigger",
            "triggers",
            triggers.map(|(name, _)| Tree::leaf(name, "")).collect(),
        ),
    ];
    Tree::leaf(name, kind(table)).with(groups.into_iter().flatten())
}

fn kind(table: &Table) -> String {
    let mut words = Vec::new();
    if let TableKind::Virtual(module) = &table.kind {
        words.push(format!("virtual, using {module}"));
    }
    if table.strict {
        words.push("strict".to_owned());
    }
    if table.without_rowid {
        words.push("without rowid".to_owned());
    }
    if table.unparsed.is_some() {
        words.push("read in part only".to_owned());
    }
    words.join(", ")
}

fn column(column: &Column) -> Tree {
    let mut words = vec![column.data_type.clone()];
    if let Some(collation) = &column.collation {
        words.push(format!("collate {collation}"));
    }
    if column.not_null {
        words.push("not null".to_owned());
    }
    if let Some(default) = &column.default {
        words.push(format!("default {default}"));
    }
    if let Some(generated) = &column.generated {
        let expression = generated
            .expression
            .as_ref()
            .map_or("…", |text| text.as_str());
        words.push(format!("generated as ({expression})"));
    }
    if column.autoincrement {
        words.push("autoincrement".to_owned());
    }
    words.retain(|word| !word.is_empty());
    Tree::leaf(&column.name, words.join(" "))
}

fn index(name: &Name, index: &Index) -> Tree {
    let unique = if index.unique { "unique " } else { "" };
    let detail = match &index.definition {
        Some(definition) => definition.to_string(),
        None => format!("{unique}({})", render::keys(&index.keys)),
    };
    Tree::leaf(name, detail)
}
