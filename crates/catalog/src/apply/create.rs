//! `CREATE`, and `CREATE OR REPLACE` of what is there.

use std::{collections::BTreeMap, sync::Arc};

use super::{owned::Owned, privileges, table::partition};
use crate::{
    Catalog, DefaultFor, Name, Object, Privileges, QName,
    model::{Identity, Rule, Table, Trigger, View},
};

/// A new object. Its privileges are those that default privileges give it, unless it brings some.
pub(super) fn create(catalog: &mut Catalog, object: &Object) {
    match object {
        Object::Schema(name, schema) => {
            let schema = privileged(catalog, schema, None);
            catalog.schemas.insert(name.clone(), Arc::new(schema));
        }
        Object::Extension(name, extension) => {
            let extension = Arc::new(extension.clone());
            catalog.extensions.insert(name.clone(), extension);
        }
        Object::Type(name, created) => {
            let created = privileged(catalog, created, Some(&name.schema));
            catalog.types.insert(name.clone(), Arc::new(created));
        }
        Object::Sequence(name, sequence) => {
            let sequence = privileged(catalog, sequence, Some(&name.schema));
            catalog.sequences.insert(name.clone(), Arc::new(sequence));
        }
        Object::Table(name, table) => create_table(catalog, name, table),
        Object::Index(name, index) => {
            catalog
                .indexes
                .insert(name.clone(), Arc::new(index.clone()));
        }
        Object::View(name, view) => {
            let view = privileged(catalog, view, Some(&name.schema));
            catalog.views.insert(name.clone(), Arc::new(view));
        }
        Object::Routine(id, routine) => {
            let routine = privileged(catalog, routine, Some(&id.name.schema));
            catalog.routines.insert(id.clone(), Arc::new(routine));
        }
        Object::Trigger(of, name, trigger) => {
            if let Some(triggers) = triggers_mut(catalog, of) {
                triggers.insert(name.clone(), trigger.clone());
            }
        }
        Object::Rule(of, name, rule) => {
            if let Some(rules) = rules_mut(catalog, of) {
                rules.insert(name.clone(), rule.clone());
            }
        }
        Object::Policy(of, name, policy) => {
            if let Some(table) = catalog.table_mut(of) {
                table.policies.insert(name.clone(), policy.clone());
            }
        }
        Object::Statistics(name, statistics) => {
            let statistics = Arc::new(statistics.clone());
            catalog.statistics.insert(name.clone(), statistics);
        }
        Object::Publication(name, publication) => {
            let publication = Arc::new(publication.clone());
            catalog.publications.insert(name.clone(), publication);
        }
        Object::Opaque(id, opaque) => {
            catalog.opaque.insert(id.clone(), Arc::new(opaque.clone()));
        }
    }
}

/// The sequences of identity columns are objects with privileges of their own.
fn create_table(catalog: &mut Catalog, name: &QName, table: &Table) {
    let mut table = privileged(catalog, table, Some(&name.schema));
    let identities = table.columns.iter_mut().flat_map(|it| &mut it.identity);
    for identity in identities {
        fill_identity(catalog, identity, &name.schema, table.owner.as_ref());
    }
    catalog.tables.insert(name.clone(), Arc::new(table));
    partition::inherit_parts(catalog, name);
}

/// Gives a new object what default privileges say.
fn privileged<T: Owned>(catalog: &Catalog, object: &T, schema: Option<&Name>) -> T {
    let mut object = object.clone();
    let (owner, privileges) = object.owned();
    fill(catalog, privileges, T::OBJECTS, schema, owner.as_ref());
    object
}

/// Gives the sequence of a new identity column what default privileges say; it belongs to the owner of the table.
pub(super) fn fill_identity(
    catalog: &Catalog,
    identity: &mut Identity,
    schema: &Name,
    owner: Option<&Name>,
) {
    let privileges = &mut identity.privileges;
    fill(
        catalog,
        privileges,
        DefaultFor::Sequences,
        Some(schema),
        owner,
    );
}

fn fill(
    catalog: &Catalog,
    privileges: &mut Privileges,
    objects: DefaultFor,
    schema: Option<&Name>,
    owner: Option<&Name>,
) {
    if privileges.is_default() {
        *privileges = privileges::initial(catalog, objects, owner, schema);
    }
}

/// `CREATE OR REPLACE`: what hangs on the old object stays.
pub(super) fn replace(catalog: &mut Catalog, object: &Object) {
    match object {
        Object::View(name, view) => match catalog.view_mut(name) {
            Some(old) => replace_view(old, view),
            None => create(catalog, object),
        },
        Object::Routine(id, routine) => {
            if catalog.routines.contains_key(id) {
                super::set_routine(catalog, id, routine);
            } else {
                create(catalog, object);
            }
        }
        // The trigger fires on the origin again, whatever it did before (CreateTriggerFiringOn).
        Object::Trigger(of, name, trigger) => {
            if let Some(triggers) = triggers_mut(catalog, of) {
                let comment = triggers.remove(name).and_then(|old| old.comment);
                let comment = trigger.comment.clone().or(comment);
                triggers.insert(
                    name.clone(),
                    Trigger {
                        comment,
                        ..trigger.clone()
                    },
                );
            }
        }
        // Whether the rule is in force stays (InsertRule).
        Object::Rule(of, name, rule) => {
            if let Some(rules) = rules_mut(catalog, of) {
                let mut rule = rule.clone();
                if let Some(old) = rules.remove(name) {
                    rule.enabled = old.enabled;
                    rule.comment = rule.comment.or(old.comment);
                }
                rules.insert(name.clone(), rule);
            }
        }
        Object::Opaque(id, opaque) => {
            let mut opaque = opaque.clone();
            if let Some(old) = catalog.opaque.get(id) {
                opaque.comment = opaque.comment.or_else(|| old.comment.clone());
            }
            catalog.opaque.insert(id.clone(), Arc::new(opaque));
        }
        // There is no `OR REPLACE` of these.
        Object::Schema(..)
        | Object::Extension(..)
        | Object::Type(..)
        | Object::Sequence(..)
        | Object::Table(..)
        | Object::Index(..)
        | Object::Policy(..)
        | Object::Statistics(..)
        | Object::Publication(..) => create(catalog, object),
    }
}

/// Options are replaced as a whole, `check_option` among them (DefineVirtualRelation, `AT_ReplaceRelOptions`).
fn replace_view(old: &mut View, view: &View) {
    old.kind = view.kind.clone();
    old.query = view.query.clone();
    old.columns.clone_from(&view.columns);
    old.parameters.clone_from(&view.parameters);
    old.check_option = view.check_option;
    old.depends_on.clone_from(&view.depends_on);
}

/// The triggers of a table or view.
pub(super) fn triggers_mut<'a>(
    catalog: &'a mut Catalog,
    of: &QName,
) -> Option<&'a mut BTreeMap<Name, Trigger>> {
    if catalog.tables.contains_key(of) {
        catalog.table_mut(of).map(|table| &mut table.triggers)
    } else {
        catalog.view_mut(of).map(|view| &mut view.triggers)
    }
}

/// The rules of a table or view.
pub(super) fn rules_mut<'a>(
    catalog: &'a mut Catalog,
    of: &QName,
) -> Option<&'a mut BTreeMap<Name, Rule>> {
    if catalog.tables.contains_key(of) {
        catalog.table_mut(of).map(|table| &mut table.rules)
    } else {
        catalog.view_mut(of).map(|view| &mut view.rules)
    }
}
