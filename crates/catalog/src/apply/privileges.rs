//! What GRANT and REVOKE make of the privileges of an object, what ALTER DEFAULT PRIVILEGES makes of those of new
//! ones, and what a new owner does to them. The rules are those of PostgreSQL's `acl.c` and `aclchk.c`
//! (ddl-priv.html, sql-grant.html, sql-revoke.html); grantors are not kept.

mod defaults;
mod list;

use super::owned::Owned;
use crate::{
    Catalog, DefaultFor, DefaultPrivilegesKey, Grantee, Name, ObjectRef, Privileges, QName,
    change::PrivilegesChange,
};
pub(crate) use defaults::{Kind, all};
use list::List;

/// Carries out a GRANT or REVOKE on one object.
pub(super) fn change(catalog: &mut Catalog, object: &ObjectRef, change: &PrivilegesChange) {
    let major = catalog.major;
    if let Some((privileges, kind, owner)) = of(catalog, object) {
        alter(privileges, kind, major, owner.as_ref(), change);
    }
    if let ObjectRef::Table(name) | ObjectRef::View(name) = object
        && !change.grant
    {
        revoke_from_columns(catalog, name, change);
    }
}

/// `REVOKE` on a table takes the same privileges on its columns away too (sql-revoke.html).
fn revoke_from_columns(catalog: &mut Catalog, table: &QName, change: &PrivilegesChange) {
    let major = catalog.major;
    let of_columns = all(Kind::Column, major);
    let mut narrowed = change.clone();
    narrowed
        .privileges
        .retain(|privilege| of_columns.contains(privilege));
    if narrowed.privileges.is_empty() {
        return;
    }
    if let Some(table) = catalog.table_mut(table) {
        let owner = table.owner.clone();
        for column in &mut table.columns {
            let privileges = &mut column.privileges;
            alter(privileges, Kind::Column, major, owner.as_ref(), &narrowed);
        }
    } else if let Some(view) = catalog.view_mut(table) {
        let owner = view.owner.clone();
        for column in view.column_details.values_mut() {
            let privileges = &mut column.privileges;
            alter(privileges, Kind::Column, major, owner.as_ref(), &narrowed);
        }
    }
}

/// Carries out an ALTER DEFAULT PRIVILEGES; a line that says nothing any more is gone (`SetDefaultACL`).
pub(super) fn change_defaults(
    catalog: &mut Catalog,
    key: &DefaultPrivilegesKey,
    change: &PrivilegesChange,
) {
    let defaults = match key.schema {
        // those of a schema only add to the global ones
        Some(_) => List::default(),
        None => List::by_default(Kind::of_defaults(key.objects), catalog.major),
    };
    let line = catalog.default_privileges.get_or_default(key.clone());
    let mut list = List::expanded(line, &defaults);
    list.change(change, key.role.as_ref());
    *line = list.difference(&defaults);
    if line.is_default() {
        catalog.default_privileges.remove(key);
    }
}

/// The privileges that a new object has: what ALTER DEFAULT PRIVILEGES says of the role that makes it and of the
/// schema it is in (`get_user_default_acl`). A schema itself is in none.
pub(crate) fn initial(
    catalog: &Catalog,
    objects: DefaultFor,
    owner: Option<&Name>,
    schema: Option<&Name>,
) -> Privileges {
    let line = |schema: Option<&Name>| {
        catalog.default_privileges.get(&DefaultPrivilegesKey {
            role: owner.cloned(),
            schema: schema.cloned(),
            objects,
        })
    };
    let everywhere = line(None);
    let here = schema.and_then(|schema| line(Some(schema)));
    let Some(here) = here else {
        return everywhere.cloned().unwrap_or_default();
    };
    let defaults = List::by_default(Kind::of_defaults(objects), catalog.major);
    let mut list = List::expanded(&everywhere.cloned().unwrap_or_default(), &defaults);
    list.add(here);
    list.difference(&defaults)
}

/// A new owner takes over what the old one had (`aclnewowner`): grants to the new owner by name become the owner's.
pub(super) fn new_owner(privileges: &mut Privileges, kind: Kind, major: u16, to: Option<&Name>) {
    let Some(to) = to else {
        return;
    };
    let defaults = List::by_default(kind, major);
    let mut list = List::expanded(privileges, &defaults);
    list.merge(&Grantee::Role(to.clone()), &Grantee::Owner);
    *privileges = list.difference(&defaults);
}

fn alter(
    privileges: &mut Privileges,
    kind: Kind,
    major: u16,
    owner: Option<&Name>,
    change: &PrivilegesChange,
) {
    let defaults = List::by_default(kind, major);
    let mut list = List::expanded(privileges, &defaults);
    list.change(change, owner);
    *privileges = list.difference(&defaults);
}

/// The privileges of an object, their kind, and the object's owner.
fn of<'a>(
    catalog: &'a mut Catalog,
    object: &ObjectRef,
) -> Option<(&'a mut Privileges, Kind, Option<Name>)> {
    match object {
        ObjectRef::Schema(name) => {
            let schema = catalog.schemas.get_mut(name)?;
            Some(std::sync::Arc::make_mut(schema).privileges())
        }
        ObjectRef::Type(name) => catalog.type_mut(name).map(Owned::privileges),
        ObjectRef::Routine(id) => catalog.routine_mut(id).map(Owned::privileges),
        ObjectRef::Table(name) => catalog.table_mut(name).map(Owned::privileges),
        ObjectRef::View(name) => catalog.view_mut(name).map(Owned::privileges),
        ObjectRef::Sequence(name) => of_sequence(catalog, name),
        ObjectRef::Column(table, column) => of_column(catalog, table, column),
        _ => None,
    }
}

fn of_sequence<'a>(
    catalog: &'a mut Catalog,
    name: &QName,
) -> Option<(&'a mut Privileges, Kind, Option<Name>)> {
    if let Some(crate::Relation::IdentitySequence(table, column)) = catalog.relation(name) {
        let table = catalog.table_mut(&table)?;
        let owner = table.owner.clone();
        let identity = table.column_mut(&column)?.identity.as_mut()?;
        return Some((&mut identity.privileges, Kind::Sequence, owner));
    }
    catalog.sequence_mut(name).map(Owned::privileges)
}

fn of_column<'a>(
    catalog: &'a mut Catalog,
    of: &QName,
    column: &Name,
) -> Option<(&'a mut Privileges, Kind, Option<Name>)> {
    if catalog.tables.contains_key(of) {
        let table = catalog.table_mut(of)?;
        let owner = table.owner.clone();
        let column = table.column_mut(column)?;
        return Some((&mut column.privileges, Kind::Column, owner));
    }
    let view = catalog.view_mut(of)?;
    let owner = view.owner.clone();
    let column = view.column_details.entry(column.clone()).or_default();
    Some((&mut column.privileges, Kind::Column, owner))
}

#[cfg(test)]
mod tests;
