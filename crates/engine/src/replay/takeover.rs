//! Taking over what a database has, where it is not what the model has.
//!
//! What both have in the same way stays as the model has it: then what a database of another version prints
//! otherwise does not spread through the model, and what has not changed is still shared with earlier moments. What
//! only servers of its version have is left behind, and what they lack is added (`transferred`).

use std::{collections::HashSet, sync::Arc};

use segue_catalog::{Catalog, Map, ObjectRef, QName, Relation, compare, transferred};

/// Makes `catalog` the schema that a database has, temporary objects aside.
pub(super) fn take_over(catalog: &mut Catalog, learned: &Catalog) {
    let of_ours;
    let learned = if learned.major == catalog.major {
        learned
    } else {
        of_ours = transferred(learned, catalog);
        &of_ours
    };
    let differing: HashSet<ObjectRef> = compare(catalog, learned)
        .into_iter()
        .flat_map(|difference| carriers(difference.object, [catalog, learned]))
        .collect();
    let differs = |object: ObjectRef| differing.contains(&object);
    let of = |name: &QName| name.schema == "pg_temp";
    take(&mut catalog.schemas, &learned.schemas, |name| {
        (differs(ObjectRef::Schema(name.clone())), name == "pg_temp")
    });
    take(&mut catalog.extensions, &learned.extensions, |name| {
        (differs(ObjectRef::Extension(name.clone())), false)
    });
    take(&mut catalog.types, &learned.types, |name| {
        (differs(ObjectRef::Type(name.clone())), of(name))
    });
    take(&mut catalog.sequences, &learned.sequences, |name| {
        (differs(ObjectRef::Sequence(name.clone())), of(name))
    });
    take(&mut catalog.tables, &learned.tables, |name| {
        (differs(ObjectRef::Table(name.clone())), of(name))
    });
    take(&mut catalog.indexes, &learned.indexes, |name| {
        (differs(ObjectRef::Index(name.clone())), of(name))
    });
    take(&mut catalog.views, &learned.views, |name| {
        (differs(ObjectRef::View(name.clone())), of(name))
    });
    take(&mut catalog.routines, &learned.routines, |id| {
        (differs(ObjectRef::Routine(id.clone())), of(&id.name))
    });
    take(&mut catalog.statistics, &learned.statistics, |name| {
        (differs(ObjectRef::Statistics(name.clone())), of(name))
    });
    take(&mut catalog.publications, &learned.publications, |name| {
        (differs(ObjectRef::Publication(name.clone())), false)
    });
    take(&mut catalog.opaque, &learned.opaque, |id| {
        (differs(ObjectRef::Opaque(id.clone())), false)
    });
    catalog
        .default_privileges
        .clone_from(&learned.default_privileges);
}

/// The objects that may carry a part: what a column or trigger is of can be a table or a view.
fn carriers(object: ObjectRef, catalogs: [&Catalog; 2]) -> Vec<ObjectRef> {
    match object {
        ObjectRef::DomainConstraint(of, _) => vec![ObjectRef::Type(of)],
        ObjectRef::Constraint(of, _) => vec![ObjectRef::Table(of)],
        ObjectRef::Published(publication, _) => vec![ObjectRef::Publication(publication)],
        ObjectRef::Column(of, _)
        | ObjectRef::Default(of, _)
        | ObjectRef::Trigger(of, _)
        | ObjectRef::Rule(of, _)
        | ObjectRef::Policy(of, _) => vec![
            ObjectRef::Table(of.clone()),
            ObjectRef::View(of.clone()),
            ObjectRef::Type(of),
        ],
        ObjectRef::Index(name) | ObjectRef::Sequence(name) => {
            let within = catalogs.map(|catalog| match catalog.relation(&name) {
                Some(Relation::ConstraintIndex(table) | Relation::IdentitySequence(table, _)) => {
                    Some(ObjectRef::Table(table))
                }
                _ => None,
            });
            let itself = [ObjectRef::Index(name.clone()), ObjectRef::Sequence(name)];
            within.into_iter().flatten().chain(itself).collect()
        }
        whole => vec![whole],
    }
}

/// `state` tells of a key whether the objects differ, and whether it is the session's own.
fn take<K: Ord + Clone, V>(
    ours: &mut Map<K, Arc<V>>,
    learned: &Map<K, Arc<V>>,
    state: impl Fn(&K) -> (bool, bool),
) {
    ours.retain(|key, _| learned.contains_key(key) || state(key).1);
    for (key, value) in learned {
        if !ours.contains_key(key) || state(key).0 {
            ours.insert(key.clone(), Arc::clone(value));
        }
    }
}
