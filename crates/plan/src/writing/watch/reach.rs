//! Which tables' rows a statement may reach, by foreign keys too (ddl-constraints.html, "Foreign Keys").

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{
    Catalog, Name, QName,
    model::{ForeignKey, ReferentialAction},
};

use crate::writing::{keep::references, kin};

/// What may be done to rows of a table; rows may always be added.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) table: QName,
    /// Whether rows may go.
    pub(crate) deletes: bool,
    /// Columns that may be written of rows that are there.
    pub(crate) sets: BTreeSet<Name>,
    /// Whether the statement itself says so.
    pub(crate) is_first: bool,
}

impl Reach {
    /// What a statement does itself.
    pub(crate) fn first(table: QName, deletes: bool, sets: impl IntoIterator<Item = Name>) -> Self {
        Self {
            table,
            deletes,
            sets: sets.into_iter().collect(),
            is_first: true,
        }
    }

    /// What becomes of the rows that refer to these by a key; none: they keep them from going.
    fn along(&self, table: &QName, key: &ForeignKey) -> Option<Self> {
        let mut along = Self {
            table: table.clone(),
            deletes: false,
            sets: BTreeSet::new(),
            is_first: false,
        };
        if self.deletes {
            match key.on_delete {
                ReferentialAction::Cascade => along.deletes = true,
                ReferentialAction::SetNull | ReferentialAction::SetDefault => {
                    let some = [&key.columns, &key.on_delete_columns];
                    let set = some[usize::from(!key.on_delete_columns.is_empty())];
                    along.sets.extend(set.iter().cloned());
                }
                ReferentialAction::NoAction | ReferentialAction::Restrict => {}
            }
        }
        let follows = !matches!(
            key.on_update,
            ReferentialAction::NoAction | ReferentialAction::Restrict
        );
        let is_changed = |name: &Name| self.sets.contains(name);
        if follows && key.referenced_columns.iter().any(is_changed) {
            along.sets.extend(key.columns.iter().cloned());
        }
        (along.deletes || !along.sets.is_empty()).then_some(along)
    }

    /// Takes another one in; gives whether that says more.
    fn joined(&mut self, other: Self) -> bool {
        let before = (self.deletes, self.sets.len());
        self.deletes |= other.deletes;
        self.sets.extend(other.sets);
        self.is_first |= other.is_first;
        before != (self.deletes, self.sets.len())
    }
}

/// All that may be reached, tables that others refer to before those, and whether that order is one: no two of them refer to each
/// other, by way of others too.
pub(super) fn all(
    schema: &Catalog,
    first: Vec<Reach>,
    is_new: impl Fn(&QName) -> bool,
) -> (Vec<Reach>, bool) {
    let mut found: BTreeMap<QName, Reach> = BTreeMap::new();
    let mut waiting = first;
    while let Some(reach) = waiting.pop() {
        if is_new(&reach.table) {
            continue;
        }
        let known = found.get_mut(&reach.table);
        let whole = match known {
            Some(known) => match known.joined(reach) {
                true => known.clone(),
                false => continue,
            },
            None => {
                found.insert(reach.table.clone(), reach.clone());
                reach
            }
        };
        for of in kin(schema, &whole.table) {
            let along = references(schema, &of);
            waiting.extend(along.filter_map(|(table, key)| whole.along(table, key)));
        }
    }
    ordered(schema, found)
}

fn ordered(schema: &Catalog, mut left: BTreeMap<QName, Reach>) -> (Vec<Reach>, bool) {
    let refers = |one: &QName, other: &QName| {
        kin(schema, other)
            .iter()
            .any(|of| references(schema, of).any(|(table, _)| table == one))
    };
    let (mut ordered, mut in_order) = (Vec::new(), true);
    while !left.is_empty() {
        // one that refers to none of those that are left
        let is_next = |one: &&QName| !left.keys().any(|other| refers(one, other));
        let next = left.keys().find(is_next).cloned();
        in_order &= next.is_some();
        let next = next.or_else(|| left.keys().next().cloned());
        ordered.extend(next.and_then(|next| left.remove(&next)));
    }
    (ordered, in_order)
}
