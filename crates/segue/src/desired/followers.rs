//! What gets another name because something else does: constraints, indexes and sequences whose names the server has
//! made of those of the table and its columns (`users_email_key` of `users.email`), and that the new schema has under
//! the names made of the new ones. They could be dropped and made again just as well; that takes longer.

use std::collections::BTreeMap;

use segue_catalog::{Catalog, Name, ObjectRef, QName, diff::Rename};

/// What follows from renames, to be carried out before them.
pub(crate) fn followers(renames: &[Rename], first: &Catalog, second: &Catalog) -> Vec<Rename> {
    let mut followers = Vec::new();
    for (before, now) in tables(renames) {
        let (Some(old), Some(new)) = (first.tables.get(&before), second.tables.get(&now)) else {
            continue;
        };
        let columns = columns(renames, &before);
        let renamed = |name: &Name| followed(name, &before, &now, &columns);
        let mut add = |object: ObjectRef, to: Name| {
            if !renames.iter().any(|rename| rename.object == object) {
                followers.push(Rename { object, to });
            }
        };
        for name in old.constraints.keys() {
            let to = renamed(name).filter(|to| {
                new.constraints.contains_key(to)
                    && !old.constraints.contains_key(to)
                    && !new.constraints.contains_key(name)
            });
            if let Some(to) = to {
                add(ObjectRef::Constraint(before.clone(), name.clone()), to);
            }
        }
        let beside = |name: &QName, to: &Name| QName::new(name.schema.clone(), to.clone());
        for (name, _) in first
            .indexes
            .iter()
            .filter(|(_, index)| index.table == before)
        {
            let has = |catalog: &Catalog, name: &QName| catalog.indexes.contains_key(name);
            let to = renamed(&name.name).filter(|to| {
                let to = beside(name, to);
                has(second, &to) && !has(first, &to) && !has(second, name)
            });
            if let Some(to) = to {
                add(ObjectRef::Index(name.clone()), to);
            }
        }
        for (name, sequence) in &first.sequences {
            let owner = sequence.owned_by.as_ref().map(|(table, _)| table);
            let has = |catalog: &Catalog, name: &QName| catalog.sequences.contains_key(name);
            let to = renamed(&name.name).filter(|to| {
                let to = beside(name, to);
                owner == Some(&before) && has(second, &to) && !has(first, &to) && !has(second, name)
            });
            if let Some(to) = to {
                add(ObjectRef::Sequence(name.clone()), to);
            }
        }
    }
    followers
}

/// The tables that are renamed or have a column that is, by their old and new names.
fn tables(renames: &[Rename]) -> BTreeMap<QName, QName> {
    let mut tables = BTreeMap::new();
    for rename in renames {
        match &rename.object {
            ObjectRef::Table(name) => {
                let now = QName::new(name.schema.clone(), rename.to.clone());
                tables.insert(name.clone(), now);
            }
            ObjectRef::Column(of, _) => {
                tables.entry(of.clone()).or_insert_with(|| of.clone());
            }
            _ => {}
        }
    }
    tables
}

fn columns(renames: &[Rename], table: &QName) -> Vec<(Name, Name)> {
    let of = |rename: &Rename| match &rename.object {
        ObjectRef::Column(of, name) if of == table => Some((name.clone(), rename.to.clone())),
        _ => None,
    };
    renames.iter().filter_map(of).collect()
}

/// The name that is made of the new names as this one is of the old ones; `None` where it is not made of them, or stays.
fn followed(name: &Name, before: &QName, now: &QName, columns: &[(Name, Name)]) -> Option<Name> {
    let rest = name.strip_prefix(before.name.as_str())?.strip_prefix('_')?;
    let mut rest = format!("_{rest}_");
    for (old, new) in columns {
        rest = rest.replacen(&format!("_{}_", &**old), &format!("_{}_", &**new), 1);
    }
    let made = format!("{}{}", now.name.as_str(), rest.trim_end_matches('_'));
    let made = Name::quoted(&made);
    (made != *name).then_some(made)
}
