//! What a change leads to. The change has been checked and resolved by `lower`; what it names and the schema does
//! not have is passed over.
//!
//! One file per kind of change below `apply/`: `create.rs`, `drop.rs`, `rename.rs` (and `carry.rs`, which takes a new
//! name into every reference), `move_to.rs` (SET SCHEMA), `owner.rs`, `comment.rs`, `privileges.rs`; then what ALTER
//! does: `table.rs` (columns, constraints, inheritance and partitions in files of their own), `index.rs`, `view.rs`,
//! `types.rs`. How a rename reaches an expression is in `rewrite.rs`, what depends on what in `dependents.rs`.

mod carry;
mod comment;
mod create;
mod drop;
mod index;
mod index_columns;
mod move_to;
mod owned;
mod owner;
pub(crate) mod privileges;
pub(crate) mod rename;
pub(crate) mod table;
mod types;
mod view;

use std::sync::Arc;

use crate::{Catalog, Change, QName, RoutineId, model::Sequence};

/// Applies a change to a schema.
pub fn apply(catalog: &mut Catalog, change: &Change) {
    match change {
        Change::Create(object) => create::create(catalog, object),
        Change::Replace(object) => create::replace(catalog, object),
        Change::Drop { object, cascade } => drop::drop_object(catalog, object, *cascade),
        Change::Rename { object, to } => rename::rename(catalog, object, to),
        Change::SetSchema { object, schema } => move_to::set_schema(catalog, object, schema),
        Change::SetOwner { object, owner } => owner::set(catalog, object, owner.as_ref()),
        Change::Comment { object, text } => comment::set(catalog, object, text.as_ref()),
        Change::Privileges { object, change } => privileges::change(catalog, object, change),
        Change::DefaultPrivileges { key, change } => {
            privileges::change_defaults(catalog, key, change);
        }
        Change::Table { table, change } => table::apply(catalog, table, change),
        Change::Index { index, change } => index::apply(catalog, index, change),
        Change::Sequence { sequence, after } => set_sequence(catalog, sequence, after),
        Change::View { view, change } => view::apply(catalog, view, change),
        Change::Type { name, change } => types::apply(catalog, name, change),
        Change::Routine { id, after } => set_routine(catalog, id, after),
        Change::Policy { table, name, after } => {
            let table = catalog.table_mut(table);
            if let Some(policy) = table.and_then(|table| table.policies.get_mut(name)) {
                let comment = policy.comment.take();
                policy.clone_from(after);
                policy.comment = comment;
            }
        }
        Change::Publication { name, after } => {
            if let Some(publication) = catalog.publications.get_mut(name).map(Arc::make_mut) {
                let (owner, comment) = (publication.owner.take(), publication.comment.take());
                publication.clone_from(after);
                (publication.owner, publication.comment) = (owner, comment);
            }
        }
        Change::StatisticsTarget { statistics, target } => {
            if let Some(statistics) = catalog.statistics.get_mut(statistics) {
                Arc::make_mut(statistics).target = *target;
            }
        }
        Change::ExtensionVersion { extension, version } => {
            if let Some(extension) = catalog.extensions.get_mut(extension) {
                Arc::make_mut(extension).version.clone_from(version);
            }
        }
        Change::AlterOpaque(id) => {
            if let Some(opaque) = catalog.opaque.get_mut(id) {
                Arc::make_mut(opaque).definition.clear();
            }
        }
        Change::Session(_) | Change::Data { .. } | Change::Nothing | Change::Unknown { .. } => {}
    }
}

/// The sequence's owner, privileges and comment stay; of an identity column's, only how it counts can change.
fn set_sequence(catalog: &mut Catalog, name: &QName, after: &Sequence) {
    if let Some(sequence) = catalog.sequence_mut(name) {
        sequence.options = after.options.clone();
        sequence.owned_by.clone_from(&after.owned_by);
        sequence.persistence = after.persistence;
    } else if let Some(identity) = table::identity_mut(catalog, name) {
        identity.options = after.options.clone();
    }
}

fn set_routine(catalog: &mut Catalog, id: &RoutineId, after: &crate::model::Routine) {
    if let Some(routine) = catalog.routine_mut(id) {
        let owner = routine.owner.take();
        let privileges = std::mem::take(&mut routine.privileges);
        let comment = routine.comment.take();
        *routine = after.clone();
        routine.owner = owner;
        routine.privileges = privileges;
        routine.comment = comment;
    }
}

#[cfg(test)]
mod tests;
