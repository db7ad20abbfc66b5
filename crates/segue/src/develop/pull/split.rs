//! A schema as a folder with a file for each object.

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{Catalog, ObjectRef, QName, render, sqlite};
use segue_sql::Source;

use crate::desired::LAST;

/// A file for each object, by paths below the folder: `public/tables/users.sql`.
pub(super) fn split(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (path, object) in objects(catalog) {
        if let Some(sql) = render::object(catalog, &object) {
            let file = files.entry(path).or_default();
            if !file.is_empty() {
                file.push('\n');
            }
            file.push_str(sql.trim_end());
            file.push('\n');
        }
    }
    let partitions = catalog
        .tables
        .keys()
        .filter(|name| root(catalog, name).1 > 0);
    let trees: BTreeSet<String> = partitions
        .map(|name| path_of(root(catalog, name).0, "tables"))
        .collect();
    for path in trees {
        if let Some(file) = files.get_mut(&path) {
            *file = indexes_last(file);
        }
    }
    let lines = catalog
        .default_privileges
        .iter()
        .flat_map(|(key, privileges)| render::default_privileges(key, privileges));
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    if !lines.is_empty() {
        files.insert(LAST.to_owned(), lines);
    }
    files
}

/// The partitioned table at the top, and how far below it a table is.
fn root<'a>(catalog: &'a Catalog, name: &'a QName) -> (&'a QName, usize) {
    let (mut at, mut depth) = (name, 0);
    while let Some(partition) = catalog
        .tables
        .get(at)
        .and_then(|table| table.partition_of.as_ref())
    {
        at = &partition.parent;
        depth += 1;
    }
    (at, depth)
}

/// A partitioned table and its partitions: their indexes come behind all tables, since the server makes those of a new
/// partition for the indexes that its parent has (ddl-partitioning.html, "Partition Maintenance").
fn indexes_last(sql: &str) -> String {
    let source = Source::new("a partitioned table", sql);
    let Ok(statements) = segue_sql::split(&source) else {
        return sql.to_owned();
    };
    let rank = |text: &str| {
        let makes = ["CREATE INDEX ", "CREATE UNIQUE INDEX "];
        match text {
            _ if makes.iter().any(|start| text.starts_with(start)) => 1,
            _ if text.starts_with("ALTER INDEX ") || text.starts_with("COMMENT ON INDEX ") => 2,
            _ => 0,
        }
    };
    let mut texts: Vec<&str> = Vec::new();
    for statement in statements.iter() {
        texts.push(&sql[statement.span]);
    }
    texts.sort_by_key(|text| rank(text));
    texts.iter().map(|text| format!("{text};\n")).collect()
}

/// Every object that is not a part of another one, and the file that it goes into.
fn objects(catalog: &Catalog) -> Vec<(String, ObjectRef)> {
    let of = path_of;
    let mut objects = Vec::new();
    let alone = |kind: &str| format!("{kind}.sql");
    let schemas = catalog.schemas.keys().cloned().map(ObjectRef::Schema);
    objects.extend(schemas.map(|object| (alone("schemas"), object)));
    let extensions = catalog.extensions.keys().cloned().map(ObjectRef::Extension);
    objects.extend(extensions.map(|object| (alone("extensions"), object)));
    let types = catalog.types.keys();
    objects.extend(types.map(|name| (of(name, "types"), ObjectRef::Type(name.clone()))));
    let sequences = catalog.sequences.iter();
    let sequences = sequences.filter(|(_, sequence)| sequence.owned_by.is_none());
    objects.extend(
        sequences.map(|(name, _)| (of(name, "sequences"), ObjectRef::Sequence(name.clone()))),
    );
    // Partitions are in the file of the table that they are of, and behind it.
    let mut tables: Vec<(usize, String, ObjectRef)> = catalog
        .tables
        .keys()
        .map(|name| {
            let (root, depth) = root(catalog, name);
            (depth, of(root, "tables"), ObjectRef::Table(name.clone()))
        })
        .collect();
    tables.sort();
    objects.extend(tables.into_iter().map(|(_, path, table)| (path, table)));
    let views = catalog.views.keys();
    objects.extend(views.map(|name| (of(name, "views"), ObjectRef::View(name.clone()))));
    let routines = catalog.routines.keys();
    objects.extend(routines.map(|id| (of(&id.name, "functions"), ObjectRef::Routine(id.clone()))));
    let statistics = catalog.statistics.keys();
    objects.extend(
        statistics.map(|name| (of(name, "statistics"), ObjectRef::Statistics(name.clone()))),
    );
    let publications = catalog.publications.keys().cloned();
    let publications = publications.map(ObjectRef::Publication);
    objects.extend(publications.map(|object| (alone("publications"), object)));
    let opaque = catalog.opaque.keys().cloned().map(ObjectRef::Opaque);
    objects.extend(opaque.map(|object| (alone("others"), object)));
    objects
}

fn path_of(name: &QName, kind: &str) -> String {
    format!("{}/{kind}/{}.sql", safe(&name.schema), safe(&name.name))
}

/// A name as a part of a path.
fn safe(name: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
    name.chars()
        .map(|c| if keep(c) { c } else { '_' })
        .collect()
}

/// Each table with its indexes and triggers, each view with its own.
pub(super) fn split_sqlite(catalog: &sqlite::Catalog) -> BTreeMap<String, String> {
    use sqlite::Object;
    let of = |name: &sqlite::Name| match catalog.views.contains_key(name) {
        true => format!("views/{}.sql", safe(name.as_str())),
        false => format!("tables/{}.sql", safe(name.as_str())),
    };
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for statement in &catalog.statements {
        let path = match &statement.object {
            Object::Table(name) | Object::View(name) | Object::Column(name, _) => Some(of(name)),
            Object::Index(name) => catalog.indexes.get(name).map(|index| of(&index.table)),
            Object::Trigger(name) => catalog.triggers.get(name).map(|trigger| of(&trigger.table)),
        };
        let file = files.entry(path.unwrap_or_else(|| "others.sql".to_owned()));
        file.or_default()
            .push_str(&format!("{};\n", statement.text.as_str()));
    }
    files
}
