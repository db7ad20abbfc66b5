//! What a name of a column can be at a place in a query: the relations that the query reads, and those of the queries
//! around it.

use crate::{Catalog, Name, QName, model::TypeKind};

/// One thing in a FROM clause.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// What stands in front of its columns.
    pub(super) qualifier: Name,
    /// Whether that is an alias rather than the relation's own name.
    pub(super) aliased: bool,
    /// The relation; `None` for a subquery, a function, a CTE.
    pub(super) relation: Option<QName>,
    /// Its columns; `None` where they are not known.
    pub(super) columns: Option<Vec<Name>>,
    /// Whether its columns are only reached with the qualifier (`OLD`, `NEW`).
    pub(super) qualified_only: bool,
}

/// The names of one query.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    /// What it reads.
    pub(super) items: Vec<Item>,
    /// Its CTEs, with their columns where they are known.
    pub(super) ctes: Vec<(Name, Option<Vec<Name>>)>,
    /// Aliases of its output columns, which ORDER BY can name.
    pub(super) aliases: Vec<Name>,
}

/// What a bare name is.
pub(super) enum Found {
    /// A column of this relation.
    Column(QName),
    /// A column of something else: a subquery, a CTE, a function.
    Other,
    /// The whole row of a relation, by the relation's own name.
    Row(QName),
    /// Perhaps a column of something whose columns are not known.
    Unsure,
    /// Nothing that is known.
    Unknown,
}

/// What a bare name is in the innermost of these queries.
pub(super) fn bare(frames: &[Frame], name: &Name) -> Found {
    for frame in frames.iter().rev() {
        let open = || frame.items.iter().filter(|item| !item.qualified_only);
        let has = |item: &&Item| item.columns.as_ref().is_some_and(|all| all.contains(name));
        if let Some(item) = open().find(has) {
            return item.relation.clone().map_or(Found::Other, Found::Column);
        }
        let mut unknown = open().filter(|item| item.columns.is_none());
        if let Some(first) = unknown.next() {
            let alone = open().count() == 1;
            return match &first.relation {
                Some(relation) if alone => Found::Column(relation.clone()),
                None if alone => Found::Other,
                Some(_) | None => Found::Unsure,
            };
        }
    }
    match qualifier(frames, name) {
        Some(item) if !item.aliased => item.relation.clone().map_or(Found::Other, Found::Row),
        Some(_) => Found::Other,
        None => Found::Unknown,
    }
}

/// What a qualifier is.
pub(super) fn qualifier<'a>(frames: &'a [Frame], name: &Name) -> Option<&'a Item> {
    let frames = frames.iter().rev();
    frames
        .flat_map(|frame| &frame.items)
        .find(|item| item.qualifier == *name)
}

/// The relation that a name in a FROM clause stands for. Of one without a schema: the only one of that name, or that in
/// the schema of the table the expression is over, or in `public`.
pub(super) fn relation(
    catalog: &Catalog,
    schema: Option<&Name>,
    name: &Name,
    near: Option<&QName>,
) -> Option<QName> {
    let exists = |name: &QName| {
        catalog.tables.contains_key(name)
            || catalog.views.contains_key(name)
            || catalog.sequences.contains_key(name)
    };
    named(catalog, schema, name, near, exists)
}

/// The same for any kind of object.
pub(super) fn named(
    catalog: &Catalog,
    schema: Option<&Name>,
    name: &Name,
    near: Option<&QName>,
    exists: impl Fn(&QName) -> bool,
) -> Option<QName> {
    if let Some(schema) = schema {
        return Some(QName::new(schema.clone(), name.clone()));
    }
    let schemas = catalog.schemas.keys();
    let all: Vec<QName> = schemas
        .map(|schema| QName::new(schema.clone(), name.clone()))
        .filter(|name| exists(name))
        .collect();
    match &all[..] {
        [] => None,
        [only] => Some(only.clone()),
        several => {
            let in_schema = |schema: &str| several.iter().find(|name| name.schema == *schema);
            let near = near.and_then(|near| in_schema(&near.schema));
            near.or_else(|| in_schema("public")).cloned()
        }
    }
}

/// The columns of a relation, where they are known.
pub(super) fn columns(catalog: &Catalog, relation: &QName) -> Option<Vec<Name>> {
    if let Some(table) = catalog.tables.get(relation) {
        return Some(
            table
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
        );
    }
    if let Some(view) = catalog.views.get(relation) {
        return (!view.columns.is_empty()).then(|| view.columns.clone());
    }
    match &catalog.types.get(relation)?.kind {
        TypeKind::Composite(of) => Some(of.attributes.iter().map(|a| a.name.clone()).collect()),
        TypeKind::Enum(_) | TypeKind::Domain(_) | TypeKind::Range(_) | TypeKind::Shell => None,
    }
}
