//! `RENAME` and `RENAME VALUE`: the object gets its new key, and `carry.rs` takes that into every reference.

use std::{collections::BTreeMap, sync::Arc};

use super::{carry::carry, create, index_columns, table::children};
use crate::{
    Catalog, Map, Name, ObjectRef, OpaqueId, QName, Relation, RoutineId, Tables,
    model::{NotNull, Routine, Table, TypeKind},
    rewrite::{self, Moved},
};

/// Renames an object.
pub(super) fn rename(catalog: &mut Catalog, object: &ObjectRef, to: &Name) {
    match object {
        ObjectRef::Schema(name) => schema(catalog, name, to),
        ObjectRef::Type(name) => named_type(catalog, name, &name.sibling(to.clone())),
        ObjectRef::DomainConstraint(of, name) => domain_constraint(catalog, of, name, to),
        ObjectRef::Sequence(name)
        | ObjectRef::Table(name)
        | ObjectRef::Index(name)
        | ObjectRef::View(name) => relation(catalog, name, &name.sibling(to.clone())),
        ObjectRef::Column(of, name) => column(catalog, of, name, to),
        ObjectRef::Constraint(of, name) => constraint(catalog, of, name, to),
        ObjectRef::Routine(id) => routine(catalog, id, &id.name.sibling(to.clone())),
        ObjectRef::Trigger(of, name) => trigger(catalog, of, name, to),
        ObjectRef::Rule(of, name) => {
            if let Some(rules) = create::rules_mut(catalog, of) {
                rekey(rules, name, to.clone());
            }
        }
        ObjectRef::Policy(of, name) => {
            if let Some(table) = catalog.table_mut(of) {
                rekey(&mut table.policies, name, to.clone());
            }
        }
        ObjectRef::Statistics(name) => {
            rekey(&mut catalog.statistics, name, name.sibling(to.clone()));
        }
        ObjectRef::Publication(name) => rekey(&mut catalog.publications, name, to.clone()),
        ObjectRef::Opaque(id) => {
            let renamed = OpaqueId {
                kind: id.kind,
                identity: opaque_identity(&id.identity, to),
            };
            rekey(&mut catalog.opaque, id, renamed);
        }
        // They have no name of their own that could be changed.
        ObjectRef::Extension(_)
        | ObjectRef::Default(..)
        | ObjectRef::Published(..)
        | ObjectRef::DefaultPrivileges(_) => {}
    }
}

/// From PostgreSQL 15 on what partitions have of it is renamed too (RenameTrigger; release-15.html).
fn trigger(catalog: &mut Catalog, of: &QName, from: &Name, to: &Name) {
    if let Some(triggers) = create::triggers_mut(catalog, of) {
        rekey(triggers, from, to.clone());
    }
    if catalog.major < 15 {
        return;
    }
    for child in children(catalog, of) {
        let table = catalog.tables.get(&child);
        let clone = table.and_then(|table| table.triggers.get(from));
        if clone.is_some_and(|clone| clone.inherited) {
            trigger(catalog, &child, from, to);
        }
    }
}

/// What keeps values by keys.
pub(super) trait Keyed<K, V> {
    fn take(&mut self, key: &K) -> Option<V>;
    fn put(&mut self, key: K, value: V);
}

impl<K: Ord, V> Keyed<K, V> for BTreeMap<K, V> {
    fn take(&mut self, key: &K) -> Option<V> {
        self.remove(key)
    }

    fn put(&mut self, key: K, value: V) {
        self.insert(key, value);
    }
}

impl<K: Ord + Clone, V: Clone> Keyed<K, V> for Map<K, V> {
    fn take(&mut self, key: &K) -> Option<V> {
        self.remove(key)
    }

    fn put(&mut self, key: K, value: V) {
        self.insert(key, value);
    }
}

impl Keyed<QName, Arc<Table>> for Tables {
    fn take(&mut self, key: &QName) -> Option<Arc<Table>> {
        self.remove(key)
    }

    fn put(&mut self, key: QName, value: Arc<Table>) {
        self.insert(key, value);
    }
}

/// Puts a value at another key.
pub(super) fn rekey<K, V>(map: &mut impl Keyed<K, V>, from: &K, to: K) {
    if let Some(value) = map.take(from) {
        map.put(to, value);
    }
}

/// A table, view, index or sequence, in the same schema or another. Its sequences and constraints keep their names.
pub(super) fn relation(catalog: &mut Catalog, from: &QName, to: &QName) {
    match catalog.relation(from) {
        Some(Relation::ConstraintIndex(table)) => {
            constraint(catalog, &table, &from.name, &to.name);
            return;
        }
        Some(Relation::Composite) => {
            named_type(catalog, from, to);
            return;
        }
        Some(
            Relation::Table
            | Relation::View
            | Relation::Index
            | Relation::Sequence
            | Relation::IdentitySequence(..),
        ) => {}
        None => return,
    }
    carry(catalog, &Moved::Relation(from.clone(), to.clone()));
    rekey(&mut catalog.tables, from, to.clone());
    rekey(&mut catalog.views, from, to.clone());
    rekey(&mut catalog.indexes, from, to.clone());
    rekey(&mut catalog.sequences, from, to.clone());
}

/// A type that is no table's, in the same schema or another.
pub(super) fn named_type(catalog: &mut Catalog, from: &QName, to: &QName) {
    if catalog.types.contains_key(from) {
        carry(catalog, &Moved::Type(from.clone(), to.clone()));
        rekey(&mut catalog.types, from, to.clone());
    }
}

/// A function, procedure or aggregate, in the same schema or another.
pub(super) fn routine(catalog: &mut Catalog, id: &RoutineId, to: &QName) {
    let Some(routine) = catalog.routines.get(id) else {
        return;
    };
    let takes = takes(id, routine);
    carry(catalog, &Moved::Routine(id.name.clone(), to.clone(), takes));
    let renamed = RoutineId {
        name: to.clone(),
        arguments: id.arguments.clone(),
    };
    rekey(&mut catalog.routines, id, renamed);
}

/// With how many arguments a routine can be called.
pub(crate) fn takes(id: &RoutineId, routine: &Routine) -> std::ops::RangeInclusive<usize> {
    use crate::model::ArgumentMode;
    let all = id.arguments.len();
    let with_default = routine
        .arguments
        .iter()
        .filter(|argument| argument.default.is_some());
    let is_variadic = |mode| mode == ArgumentMode::Variadic;
    let open = routine
        .arguments
        .iter()
        .any(|argument| is_variadic(argument.mode));
    let least = all.saturating_sub(with_default.count() + usize::from(open));
    least..=if open { usize::MAX } else { all }
}

/// Everything within a schema has another name then.
fn schema(catalog: &mut Catalog, from: &Name, to: &Name) {
    carry(catalog, &Moved::Schema(from.clone(), to.clone()));
    rekey(&mut catalog.schemas, from, to.clone());
    move_all(&mut catalog.types, from, to);
    move_all(&mut catalog.sequences, from, to);
    move_all(&mut catalog.tables, from, to);
    move_all(&mut catalog.indexes, from, to);
    move_all(&mut catalog.views, from, to);
    move_all(&mut catalog.statistics, from, to);
    let routines = std::mem::take(&mut catalog.routines).into_iter();
    let moved = routines.map(|(mut id, routine)| {
        if id.name.schema == *from {
            id.name.schema = to.clone();
        }
        (id, routine)
    });
    catalog.routines = moved.collect();
    let defaults = std::mem::take(&mut catalog.default_privileges).into_iter();
    let moved = defaults.map(|(mut key, privileges)| {
        if key.schema.as_ref() == Some(from) {
            key.schema = Some(to.clone());
        }
        (key, privileges)
    });
    catalog.default_privileges = moved.collect();
    let opaque = std::mem::take(&mut catalog.opaque).into_iter();
    let moved = opaque.map(|(mut id, opaque)| {
        if let Some(rest) = id.identity.strip_prefix(&format!("{from}.")) {
            id.identity = format!("{to}.{rest}");
        }
        (id, opaque)
    });
    catalog.opaque = moved.collect();
}

fn move_all<M: Default + IntoIterator<Item = (QName, V)> + FromIterator<(QName, V)>, V>(
    map: &mut M,
    from: &Name,
    to: &Name,
) {
    let all = std::mem::take(map).into_iter();
    let moved = all.map(|(mut name, value)| {
        if name.schema == *from {
            name.schema = to.clone();
        }
        (name, value)
    });
    *map = moved.collect();
}

/// A column of a table or view, or an attribute of a composite type with those of the tables `OF` it.
fn column(catalog: &mut Catalog, of: &QName, from: &Name, to: &Name) {
    if index_columns::rename(catalog, of, from, to) {
        return;
    }
    rename_column(catalog, of, from, to);
    if let Some(view) = catalog.view_mut(of) {
        view.query = rewrite::rename_output(&view.query, from, to);
    }
    let typed = catalog
        .tables
        .iter()
        .filter(|(_, table)| table.of_type.as_ref() == Some(of));
    let typed: Vec<QName> = typed.map(|(name, _)| name.clone()).collect();
    for table in typed {
        rename_column(catalog, &table, from, to);
    }
}

fn rename_column(catalog: &mut Catalog, of: &QName, from: &Name, to: &Name) {
    index_columns::keep(catalog, of, from);
    let moved = Moved::Column(of.clone(), from.clone(), to.clone());
    carry(catalog, &moved);
    index_columns::settle(catalog, of, to);
}

/// The index of a constraint has its name, and whatever names that index follows.
fn constraint(catalog: &mut Catalog, of: &QName, from: &Name, to: &Name) {
    let has_index = |table: &crate::model::Table| {
        table
            .constraints
            .get(from)
            .is_some_and(|constraint| constraint.index().is_some())
    };
    if catalog.tables.get(of).is_some_and(|table| has_index(table)) {
        let (old, new) = (of.sibling(from.clone()), of.sibling(to.clone()));
        carry(catalog, &Moved::Relation(old, new));
    }
    let Some(table) = catalog.table_mut(of) else {
        return;
    };
    if table.constraints.contains_key(from) {
        rekey(&mut table.constraints, from, to.clone());
    } else {
        let not_nulls = table.columns.iter_mut().filter_map(|c| c.not_null.as_mut());
        rename_not_null(not_nulls, from, to);
    }
}

fn rename_not_null<'a>(mut all: impl Iterator<Item = &'a mut NotNull>, from: &Name, to: &Name) {
    if let Some(found) = all.find(|not_null| not_null.name.as_ref() == Some(from)) {
        found.name = Some(to.clone());
    }
}

fn domain_constraint(catalog: &mut Catalog, of: &QName, from: &Name, to: &Name) {
    if let Some(of_type) = catalog.type_mut(of)
        && let TypeKind::Domain(domain) = &mut of_type.kind
    {
        rename_not_null(domain.not_null.iter_mut(), from, to);
        rekey(&mut domain.constraints, from, to.clone());
    }
}

/// `RENAME VALUE`: constants of the type print with the new name.
pub(super) fn label(catalog: &mut Catalog, of: &QName, from: &str, to: &str) {
    let default_of = |catalog: &Catalog| {
        let mut columns = Vec::new();
        for (name, table) in &catalog.tables {
            for column in &table.columns {
                let is_alone = |text: &str| text == rewrite::quoted(from);
                if column.data_type.name == *of
                    && !column.data_type.array
                    && column
                        .default
                        .as_ref()
                        .is_some_and(|default| is_alone(&default.text))
                {
                    columns.push((name.clone(), column.name.clone()));
                }
            }
        }
        columns
    };
    let plain = default_of(catalog);
    carry(
        catalog,
        &Moved::Label(of.clone(), from.to_owned(), to.to_owned()),
    );
    for (table, column) in plain {
        let column = catalog
            .table_mut(&table)
            .and_then(|table| table.column_mut(&column));
        if let Some(default) = column.and_then(|column| column.default.as_mut()) {
            *default = default.with_text(rewrite::quoted(to));
        }
    }
    if let Some(of_type) = catalog.type_mut(of)
        && let TypeKind::Enum(of_type) = &mut of_type.kind
    {
        for value in of_type.values.iter_mut().filter(|value| *value == from) {
            to.clone_into(value);
        }
    }
}

/// An index that became a constraint's goes by the constraint's name from now on.
pub(super) fn index_references(catalog: &mut Catalog, from: &QName, to: &QName) {
    if from != to {
        carry(catalog, &Moved::Relation(from.clone(), to.clone()));
    }
}

/// `schema.name(arguments)` with another name.
fn opaque_identity(identity: &str, to: &Name) -> String {
    let head = identity.find('(').unwrap_or(identity.len());
    let (name, arguments) = identity.split_at(head);
    let schema = name.rfind('.').map_or("", |dot| &name[..=dot]);
    format!("{schema}{to}{arguments}")
}

/// Puts an opaque object into another schema.
pub(super) fn opaque_schema(catalog: &mut Catalog, id: &OpaqueId, schema: &Name) {
    if let Some((_, name)) = id.identity.split_once('.') {
        let moved = OpaqueId {
            kind: id.kind,
            identity: format!("{schema}.{name}"),
        };
        rekey(&mut catalog.opaque, id, moved);
    }
}

/// Carries on with types that an extension brought, which are not in the schema themselves.
pub(super) fn foreign_type(catalog: &mut Catalog, from: &QName, to: &QName) {
    carry(catalog, &Moved::Type(from.clone(), to.clone()));
}
