//! What hints mean for two schemas: which object of the first is which of the second.

use segue_catalog::{Catalog, Name, ObjectRef, QName, RoutineId, diff::Rename, sqlite};

/// A hint as it stands in a schema.
#[derive(Debug, Clone)]
pub(crate) struct Hint {
    /// What has another name now.
    pub(crate) target: Target,
    /// Its name before, without a schema.
    pub(crate) old: Name,
}

/// What a hint speaks of, by the names of the second schema; those of a relation with or without its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// What `CREATE` makes, by its kind in upper case.
    Object { kind: String, name: Vec<Name> },
    /// A column of a table or an attribute of a type.
    Column(Vec<Name>, Name),
    /// A value of an enum.
    Value(Vec<Name>, String),
    /// A constraint of a table.
    Constraint(Vec<Name>, Name),
    /// A constraint of a domain.
    DomainConstraint(Vec<Name>, Name),
    /// A trigger of a table.
    Trigger(Vec<Name>, Name),
    /// A policy of a table.
    Policy(Vec<Name>, Name),
    /// A rule of a table.
    Rule(Vec<Name>, Name),
}

/// The renames that are still to be made: a hint whose old name is gone, or is somebody else's now, is history. The
/// parts of an object come before the object itself, by the name that it has in the first schema.
pub(crate) fn renames(hints: &[Hint], first: &Catalog, second: &Catalog) -> Vec<Rename> {
    let whole: Vec<Rename> = hints
        .iter()
        .flat_map(|hint| object(hint, first, second))
        .collect();
    let parts = hints
        .iter()
        .filter_map(|hint| part(hint, &whole, first, second));
    parts.chain(whole.iter().cloned()).collect()
}

/// What hints mean in SQLite, where tables and columns can be renamed; the rest has no rows, and is made again. A hint
/// whose old name is somebody else's now is history; whether the first schema has it still is looked at there.
pub(crate) fn renames_in_sqlite(
    hints: &[Hint],
    second: &sqlite::Catalog,
) -> Vec<sqlite::diff::Rename> {
    let name = |name: &Name| sqlite::Name::new(name.as_str());
    let last = |names: &[Name]| names.last().map(name);
    let table = |hint: &Hint| match &hint.target {
        Target::Object { kind, name: now } if kind == "TABLE" => {
            let old = name(&hint.old);
            let is_due = !second.tables.contains_key(&old);
            Some((old, last(now)?)).filter(|_| is_due)
        }
        _ => None,
    };
    let tables: Vec<(sqlite::Name, sqlite::Name)> = hints.iter().filter_map(table).collect();
    let column = |hint: &Hint| {
        let Target::Column(of, now) = &hint.target else {
            return None;
        };
        let (of, old) = (last(of)?, name(&hint.old));
        let columns = &second.tables.get(&of)?.columns;
        let is_due = columns.iter().all(|column| column.name != old);
        let before = tables.iter().find(|(_, now)| *now == of);
        let before = before.map_or(of, |(before, _)| before.clone());
        is_due.then(|| sqlite::diff::Rename {
            object: sqlite::Object::Column(before, old),
            to: name(now),
        })
    };
    let columns: Vec<_> = hints.iter().filter_map(column).collect();
    let whole = |(before, now): &(sqlite::Name, sqlite::Name)| sqlite::diff::Rename {
        object: sqlite::Object::Table(before.clone()),
        to: now.clone(),
    };
    tables.iter().map(whole).chain(columns).collect()
}

/// A relation, type, routine or schema.
fn object(hint: &Hint, first: &Catalog, second: &Catalog) -> Vec<Rename> {
    let Target::Object { kind, name } = &hint.target else {
        return Vec::new();
    };
    if kind == "SCHEMA" {
        let to = name.last().cloned();
        let is_due =
            first.schemas.contains_key(&hint.old) && !second.schemas.contains_key(&hint.old);
        return to
            .filter(|_| is_due)
            .map(|to| rename(ObjectRef::Schema(hint.old.clone()), to))
            .into_iter()
            .collect();
    }
    if ["FUNCTION", "PROCEDURE", "AGGREGATE"].contains(&kind.as_str()) {
        return routines(hint, name, first, second);
    }
    let Some(now) = named(second, kind, name) else {
        return Vec::new();
    };
    let before = QName::new(now.schema.clone(), hint.old.clone());
    let is_due =
        has(first, kind, &before) && !has(first, kind, &now) && !has(second, kind, &before);
    is_due
        .then(|| rename(reference(kind, before), now.name))
        .into_iter()
        .collect()
}

fn routines(hint: &Hint, name: &[Name], first: &Catalog, second: &Catalog) -> Vec<Rename> {
    let is_named = |id: &&RoutineId| matches(&id.name, name);
    second
        .routines
        .keys()
        .filter(is_named)
        .filter_map(|now| {
            let before = RoutineId {
                name: QName::new(now.name.schema.clone(), hint.old.clone()),
                arguments: now.arguments.clone(),
            };
            let is_due = first.routines.contains_key(&before)
                && !first.routines.contains_key(now)
                && !second.routines.contains_key(&before);
            is_due.then(|| rename(ObjectRef::Routine(before), now.name.name.clone()))
        })
        .collect()
}

fn part(hint: &Hint, whole: &[Rename], first: &Catalog, second: &Catalog) -> Option<Rename> {
    let (of, to): (&[Name], Name) = match &hint.target {
        Target::Object { .. } => return None,
        Target::Value(of, value) => (of, Name::stored(value)),
        Target::Column(of, name)
        | Target::Constraint(of, name)
        | Target::DomainConstraint(of, name)
        | Target::Trigger(of, name)
        | Target::Policy(of, name)
        | Target::Rule(of, name) => (of, name.clone()),
    };
    let kinds = ["TABLE", "VIEW", "TYPE"];
    let now = kinds.iter().find_map(|kind| named(second, kind, of))?;
    let before = whole.iter().find_map(|rename| match &rename.object {
        ObjectRef::Table(name) | ObjectRef::View(name) | ObjectRef::Type(name)
            if name.schema == now.schema && rename.to == now.name =>
        {
            Some(name.clone())
        }
        _ => None,
    });
    let before = before.unwrap_or_else(|| now.clone());
    let at = |of: &QName, name: &Name| -> ObjectRef {
        let (of, name) = (of.clone(), name.clone());
        match &hint.target {
            Target::Constraint(..) => ObjectRef::Constraint(of, name),
            Target::DomainConstraint(..) => ObjectRef::DomainConstraint(of, name),
            Target::Trigger(..) => ObjectRef::Trigger(of, name),
            Target::Policy(..) => ObjectRef::Policy(of, name),
            Target::Rule(..) => ObjectRef::Rule(of, name),
            Target::Object { .. } | Target::Value(..) | Target::Column(..) => {
                ObjectRef::Column(of, name)
            }
        }
    };
    let is_due = has_part(first, &at(&before, &hint.old))
        && !has_part(first, &at(&before, &to))
        && !has_part(second, &at(&now, &hint.old));
    is_due.then(|| rename(at(&before, &hint.old), to))
}

fn rename(object: ObjectRef, to: Name) -> Rename {
    Rename { object, to }
}

fn reference(kind: &str, name: QName) -> ObjectRef {
    match kind {
        "VIEW" => ObjectRef::View(name),
        "INDEX" => ObjectRef::Index(name),
        "TYPE" | "DOMAIN" => ObjectRef::Type(name),
        "SEQUENCE" => ObjectRef::Sequence(name),
        "STATISTICS" => ObjectRef::Statistics(name),
        _ => ObjectRef::Table(name),
    }
}

/// The object of a kind that a name means, perhaps without its schema: that in `public` goes first.
fn named(catalog: &Catalog, kind: &str, name: &[Name]) -> Option<QName> {
    let mut found: Vec<&QName> = names_of(catalog, kind)
        .into_iter()
        .filter(|known| matches(known, name))
        .collect();
    found.sort_by_key(|known| known.schema != *"public");
    found.first().map(|known| (*known).clone())
}

fn matches(known: &QName, name: &[Name]) -> bool {
    match name {
        [name] => known.name == *name,
        [.., schema, name] => known.schema == *schema && known.name == *name,
        [] => false,
    }
}

fn has(catalog: &Catalog, kind: &str, name: &QName) -> bool {
    names_of(catalog, kind).contains(&name)
}

fn names_of<'a>(catalog: &'a Catalog, kind: &str) -> Vec<&'a QName> {
    match kind {
        "TABLE" => catalog.tables.keys().collect(),
        "VIEW" => catalog.views.keys().collect(),
        "INDEX" => catalog.indexes.keys().collect(),
        "TYPE" | "DOMAIN" => catalog.types.keys().collect(),
        "SEQUENCE" => catalog.sequences.keys().collect(),
        "STATISTICS" => catalog.statistics.keys().collect(),
        _ => Vec::new(),
    }
}

/// Whether a catalog has a column, a value of an enum, a constraint…
fn has_part(catalog: &Catalog, part: &ObjectRef) -> bool {
    use segue_catalog::model::TypeKind;
    let table = |of: &QName| catalog.tables.get(of);
    match part {
        ObjectRef::Column(of, name) => match catalog.types.get(of).map(|found| &found.kind) {
            Some(TypeKind::Enum(found)) => found.values.iter().any(|value| *value == **name),
            Some(TypeKind::Composite(found)) => {
                found.attributes.iter().any(|found| found.name == *name)
            }
            _ => table(of).is_some_and(|table| table.columns.iter().any(|c| c.name == *name)),
        },
        ObjectRef::Constraint(of, name) => {
            table(of).is_some_and(|table| table.constraints.contains_key(name))
        }
        ObjectRef::DomainConstraint(of, name) => catalog.types.get(of).is_some_and(|found| {
            matches!(&found.kind, TypeKind::Domain(domain) if domain.constraints.contains_key(name))
        }),
        ObjectRef::Trigger(of, name) => {
            table(of).is_some_and(|table| table.triggers.contains_key(name))
        }
        ObjectRef::Policy(of, name) => {
            table(of).is_some_and(|table| table.policies.contains_key(name))
        }
        ObjectRef::Rule(of, name) => table(of).is_some_and(|table| table.rules.contains_key(name)),
        _ => false,
    }
}
