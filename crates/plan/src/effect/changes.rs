//! Which locks a change of the schema takes, whatever statement it comes from. Those of `ALTER TABLE` are in
//! `alter_table.rs`, of types in `types.rs`; what goes is in `gone.rs`.

use segue_catalog::{
    Change, IndexChange, Object, ObjectRef, QName, ViewChange,
    model::{Publication, Table, View},
};
use squawk_syntax::ast;

use super::{alter_table, data, partition, relations, telling::Telling, types};
use crate::LockMode;

/// Tells the locks of all changes.
pub(super) fn tell(telling: &mut Telling<'_>) {
    for change in telling.changes() {
        self::change(telling, change);
    }
}

fn change(telling: &mut Telling<'_>, change: &Change) {
    match change {
        Change::Create(object) => created(telling, object),
        Change::Replace(object) => replaced(telling, object),
        Change::Rename { object, .. } => renamed(telling, object),
        Change::SetSchema { object, .. } => moved(telling, object),
        Change::SetOwner { object, owner } => owned(telling, object, owner.as_ref()),
        Change::Comment { object, .. } => commented(telling, object),
        Change::Privileges { object, .. } => granted(telling, object),
        Change::Table { table, change } => alter_table::change(telling, table, change),
        Change::Index { index, change } => indexed(telling, index, change),
        Change::Sequence { sequence, .. } => {
            telling.lock(sequence, LockMode::ShareRowExclusive);
        }
        Change::View { view, change } => viewed(telling, view, change),
        Change::Type { name, change } => types::change(telling, name, change),
        Change::Policy { table, .. } => telling.lock(table, LockMode::AccessExclusive),
        Change::Publication { name, after } => published(telling, name, after),
        Change::Drop { .. }
        | Change::DefaultPrivileges { .. }
        | Change::Routine { .. }
        | Change::StatisticsTarget { .. }
        | Change::ExtensionVersion { .. }
        | Change::AlterOpaque(_)
        | Change::Session(_)
        | Change::Data { .. }
        | Change::Nothing
        | Change::Unknown { .. } => {}
    }
}

fn created(telling: &mut Telling<'_>, object: &Object) {
    match object {
        Object::Table(name, table) => new_table(telling, name, table),
        Object::Index(_, index) => {
            let concurrently = matches!(
                telling.statement,
                Some(ast::Stmt::CreateIndex(create)) if create.concurrently_token().is_some()
            );
            let mode = if concurrently {
                LockMode::ShareUpdateExclusive
            } else {
                LockMode::Share
            };
            telling.lock(&index.table, mode);
        }
        Object::View(_, view) => read(telling, view),
        Object::Trigger(of, _, trigger) => {
            telling.lock(of, LockMode::ShareRowExclusive);
            let from = trigger.constraint.as_ref();
            if let Some(from) = from.and_then(|constraint| constraint.from.as_ref()) {
                telling.lock(from, LockMode::AccessShare);
            }
        }
        Object::Rule(of, ..) | Object::Policy(of, ..) => {
            telling.lock(of, LockMode::AccessExclusive);
        }
        Object::Statistics(_, statistics) => {
            telling.lock(&statistics.table, LockMode::ShareUpdateExclusive);
        }
        Object::Publication(_, publication) => {
            telling.lock_all(publication.tables.keys(), LockMode::ShareUpdateExclusive);
        }
        Object::Sequence(_, sequence) => {
            if let Some((table, _)) = &sequence.owned_by {
                telling.lock(table, LockMode::AccessShare);
            }
        }
        Object::Routine(_, routine) => data::looked_through(telling, routine),
        Object::Schema(..) | Object::Extension(..) | Object::Type(..) | Object::Opaque(..) => {}
    }
}

fn replaced(telling: &mut Telling<'_>, object: &Object) {
    match object {
        Object::View(name, _) => {
            telling.lock(name, LockMode::AccessExclusive);
            created(telling, object);
        }
        _ => created(telling, object),
    }
}

/// A new table locks its parents and what its foreign keys refer to (`DefineRelation`).
fn new_table(telling: &mut Telling<'_>, name: &QName, table: &Table) {
    telling.lock_all(&table.inherits, LockMode::ShareUpdateExclusive);
    if let Some(place) = &table.partition_of {
        partition::created(telling, place);
    }
    // those that a partition has from its parent are there only afterwards
    let after = telling.table_after(name).unwrap_or(table);
    for (_, key) in relations::foreign_keys(after) {
        let referenced = telling.partitions(&key.references);
        telling.lock_all(&referenced, LockMode::ShareRowExclusive);
    }
}

fn read(telling: &mut Telling<'_>, view: &View) {
    for object in &view.depends_on {
        match object {
            ObjectRef::Table(of) | ObjectRef::View(of) | ObjectRef::Column(of, _) => {
                telling.lock(of, LockMode::AccessShare);
            }
            _ => {}
        }
    }
}

/// `RENAME` (`RenameRelation`, `renameatt`, `rename_constraint_internal`).
fn renamed(telling: &mut Telling<'_>, object: &ObjectRef) {
    match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Sequence(name)
        | ObjectRef::Type(name)
        | ObjectRef::Trigger(name, _)
        | ObjectRef::Rule(name, _)
        | ObjectRef::Policy(name, _) => telling.lock(name, LockMode::AccessExclusive),
        ObjectRef::Column(of, _) => {
            let family = telling.family(of);
            telling.lock_all(&family, LockMode::AccessExclusive);
        }
        ObjectRef::Constraint(of, name) => {
            telling.lock(of, LockMode::AccessExclusive);
            telling.lock(&of.sibling(name.clone()), LockMode::ShareUpdateExclusive);
        }
        ObjectRef::Index(name) => telling.lock(name, LockMode::ShareUpdateExclusive),
        _ => {}
    }
}

/// `SET SCHEMA`; what columns own moves too.
fn moved(telling: &mut Telling<'_>, object: &ObjectRef) {
    match object {
        ObjectRef::Table(name) => {
            telling.lock(name, LockMode::AccessExclusive);
            let sequences = relations::sequences_of(telling.before, name);
            telling.lock_all(&sequences, LockMode::AccessExclusive);
        }
        ObjectRef::View(name) | ObjectRef::Sequence(name) => {
            telling.lock(name, LockMode::AccessExclusive);
        }
        _ => {}
    }
}

/// `OWNER TO`; where that is another one, what belongs to a table follows.
fn owned(telling: &mut Telling<'_>, object: &ObjectRef, owner: Option<&segue_catalog::Name>) {
    match object {
        ObjectRef::Table(name) => {
            telling.lock(name, LockMode::AccessExclusive);
            let owned = telling
                .table(name)
                .is_some_and(|table| table.owner.as_ref() == owner);
            if !owned {
                let mut parts = relations::sequences_of(telling.before, name);
                parts.extend(relations::indexes_of(telling.before, name));
                telling.lock_all(&parts, LockMode::AccessExclusive);
            }
        }
        ObjectRef::View(name) | ObjectRef::Sequence(name) | ObjectRef::Index(name) => {
            telling.lock(name, LockMode::AccessExclusive);
        }
        _ => {}
    }
}

/// `COMMENT ON`, and `SECURITY LABEL` in the same way (`get_object_address`).
fn commented(telling: &mut Telling<'_>, object: &ObjectRef) {
    match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name)
        | ObjectRef::Column(name, _) => telling.lock(name, LockMode::ShareUpdateExclusive),
        ObjectRef::Constraint(of, _)
        | ObjectRef::Trigger(of, _)
        | ObjectRef::Rule(of, _)
        | ObjectRef::Policy(of, _) => telling.lock(of, LockMode::AccessShare),
        _ => {}
    }
}

/// `GRANT` and `REVOKE`: from 18 on they lock what they are on.
fn granted(telling: &mut Telling<'_>, object: &ObjectRef) {
    if telling.before.major < 18 {
        return;
    }
    if let ObjectRef::Table(name)
    | ObjectRef::View(name)
    | ObjectRef::Sequence(name)
    | ObjectRef::Column(name, _) = object
    {
        telling.lock(name, LockMode::AccessShare);
    }
}

fn indexed(telling: &mut Telling<'_>, index: &QName, change: &IndexChange) {
    match change {
        IndexChange::SetParameters { set, reset } => {
            let names = set
                .keys()
                .map(String::as_str)
                .chain(reset.iter().map(String::as_str));
            telling.lock(index, alter_table::parameters(names));
        }
        IndexChange::SetTablespace(_) => telling.lock(index, LockMode::AccessExclusive),
        IndexChange::SetStatistics { .. } => {
            telling.lock(index, LockMode::ShareUpdateExclusive);
        }
        IndexChange::Attach(part) => attached(telling, index, part),
    }
}

/// `ALTER INDEX … ATTACH PARTITION`; `CREATE INDEX` on a partitioned table does it to new indexes, and to what it finds.
fn attached(telling: &mut Telling<'_>, index: &QName, part: &QName) {
    let by_itself = matches!(telling.statement, Some(ast::Stmt::AlterIndex(_)));
    if !by_itself {
        return;
    }
    telling.lock(index, LockMode::ShareUpdateExclusive);
    telling.lock(part, LockMode::AccessExclusive);
    for index in [index, part] {
        if let Some(table) = relations::table_of_index(telling.before, index) {
            telling.lock(&table, LockMode::AccessShare);
        }
    }
}

fn viewed(telling: &mut Telling<'_>, view: &QName, change: &ViewChange) {
    let mode = match change {
        // of a materialized view they are storage parameters
        ViewChange::SetParameters { set, reset } => {
            let names = set
                .keys()
                .map(String::as_str)
                .chain(reset.iter().map(String::as_str));
            alter_table::parameters(names)
        }
        ViewChange::SetStatistics { .. } => LockMode::ShareUpdateExclusive,
        ViewChange::SetDefault { .. }
        | ViewChange::SetTablespace(_)
        | ViewChange::SetAccessMethod(_) => LockMode::AccessExclusive,
        // the statement says whether it is done concurrently
        ViewChange::Refresh { .. } => return,
    };
    telling.lock(view, mode);
}

/// `ALTER PUBLICATION`: the tables that come, go, or stay in another way.
fn published(telling: &mut Telling<'_>, name: &segue_catalog::Name, after: &Publication) {
    let before = telling.before.publications.get(name);
    let was = |table: &QName| before.and_then(|before| before.tables.get(table));
    let mut touched: Vec<QName> = Vec::new();
    for (table, how) in &after.tables {
        if was(table) != Some(how) {
            touched.push(table.clone());
        }
    }
    let gone = before.into_iter().flat_map(|before| before.tables.keys());
    touched.extend(
        gone.filter(|table| !after.tables.contains_key(*table))
            .cloned(),
    );
    telling.lock_all(&touched, LockMode::ShareUpdateExclusive);
}
