//! What was learned on a server of one major version, as a server of another would have it.
//!
//! Names and privileges that only one of the two has are taken from the schema that it is learned for, and where that
//! has not got the object they are chosen as the server would choose them. How texts are printed stays: `normal`
//! sees through that.

mod not_null;
mod owners;

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    Catalog, DefaultFor, Grantee, Privileges,
    apply::privileges::{Kind, all},
    compare::majors,
    model::{Persistence, TypeKind},
    privileges::Grant,
};
pub use owners::deployed_by;

/// Turns `learned` into what a server of the major version of `known` would have. `known` is the schema before.
pub fn transferred(learned: &Catalog, known: &Catalog) -> Catalog {
    let mut catalog = learned.clone();
    let (from, to) = (learned.major, known.major);
    if from == to {
        return catalog;
    }
    catalog.major = to;
    for (name, schema) in catalog.schemas.iter_mut() {
        let beside = known.schemas.get(name).unwrap_or(schema).clone();
        *schema = Arc::new(majors::aligned(name, schema, from, &beside, to));
    }
    of_tables(&mut catalog, known, from);
    not_null::of_domains(&mut catalog, known);
    not_null::of_tables(&mut catalog, known);
    sequences(&mut catalog, from);
    versions(&mut catalog, known);
    catalog
}

/// Privileges on tables and views, and those that new ones get.
fn of_tables(catalog: &mut Catalog, known: &Catalog, from: u16) {
    let to = catalog.major;
    for (name, table) in catalog.tables.iter_mut() {
        let before = known.tables.get(name).map(|table| &table.privileges);
        let after = privileges(&table.privileges, before, from, to);
        if after != table.privileges {
            Arc::make_mut(table).privileges = after;
        }
    }
    for (name, view) in catalog.views.iter_mut() {
        let before = known.views.get(name).map(|view| &view.privileges);
        let after = privileges(&view.privileges, before, from, to);
        if after != view.privileges {
            Arc::make_mut(view).privileges = after;
        }
    }
    for (key, list) in catalog.default_privileges.iter_mut() {
        if key.objects == DefaultFor::Tables {
            *list = privileges(list, known.default_privileges.get(key), from, to);
        }
    }
}

/// Who has everything that the one version knows has everything that the other knows: that is what `ALL` gives.
fn privileges(learned: &Privileges, before: Option<&Privileges>, from: u16, to: u16) -> Privileges {
    let older = from.min(to);
    let learned = majors::privileges(learned, older);
    if let Some(before) = before
        && majors::privileges(before, older) == learned
    {
        return before.clone();
    }
    Privileges {
        granted: completed(learned.granted, from, to),
        revoked: completed(learned.revoked, from, to),
    }
}

fn completed(mut grants: BTreeSet<Grant>, from: u16, to: u16) -> BTreeSet<Grant> {
    let (had, has) = (all(Kind::Table, from), all(Kind::Table, to));
    let grantees: BTreeSet<(Grantee, bool)> = grants
        .iter()
        .map(|grant| (grant.grantee.clone(), grant.grantable))
        .collect();
    for (grantee, grantable) in grantees {
        let of = |privilege| Grant {
            grantee: grantee.clone(),
            privilege,
            grantable,
        };
        if had.iter().all(|privilege| grants.contains(&of(privilege))) {
            grants.extend(has.iter().map(|privilege| of(privilege)));
        }
    }
    grants
}

/// From PostgreSQL 15 on the sequence of a column is unlogged if its table is (release-15.html).
fn sequences(catalog: &mut Catalog, from: u16) {
    let know = majors::have_sequence_persistence;
    if know(from) == know(catalog.major) {
        return;
    }
    let known = know(catalog.major);
    for sequence in catalog.sequences.values_mut() {
        let owner = sequence.owned_by.as_ref();
        let table = owner.and_then(|(table, _)| catalog.tables.get(table));
        let persistence = match table {
            Some(table) if known => table.persistence,
            _ => Persistence::Permanent,
        };
        let lasting = sequence.persistence != Persistence::Temporary;
        if lasting && sequence.persistence != persistence {
            Arc::make_mut(sequence).persistence = persistence;
        }
    }
}

/// Which versions of an extension there are depends on the server.
fn versions(catalog: &mut Catalog, known: &Catalog) {
    for (name, extension) in catalog.extensions.iter_mut() {
        let before = known.extensions.get(name);
        Arc::make_mut(extension).version = before.and_then(|before| before.version.clone());
    }
}
