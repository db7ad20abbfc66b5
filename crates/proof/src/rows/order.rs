//! In which order tables are filled, so that foreign keys find what they refer to.

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{
    Catalog, Name, QName,
    model::{Constraint, ConstraintKind, Deferral, ForeignKey, Persistence, Table, TableKind},
};

/// How a foreign key is satisfied whose table refers to one that is filled later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    /// It is NULL at first, and set when both have rows.
    Later,
    /// It is checked when both have rows.
    Deferred,
    /// Neither can be: it is NOT NULL, and checked at once.
    Impossible,
}

/// Tables that are filled together: one, or those of a cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// In the order in which they are filled.
    pub tables: Vec<QName>,
    /// Foreign keys that have to wait until all of them are filled (`SET CONSTRAINTS … DEFERRED`).
    pub deferred: Vec<QName>,
}

/// The order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order {
    pub(crate) groups: Vec<Group>,
    /// Foreign keys by table and name that cannot be satisfied when their table is filled.
    pub(crate) cuts: BTreeMap<(QName, Name), Cut>,
}

/// Whether rows are put into a table itself. Partitions get theirs through the table that they are part of.
pub(crate) fn is_filled(table: &Table) -> bool {
    !matches!(table.kind, TableKind::Foreign(_))
        && table.partition_of.is_none()
        && table.persistence != Persistence::Temporary
}

/// The table whose rows are the rows of another: the one that it is a partition of.
pub(crate) fn root<'a>(catalog: &'a Catalog, name: &'a QName) -> &'a QName {
    let mut found = name;
    while let Some(partition) = catalog
        .tables
        .get(found)
        .and_then(|table| table.partition_of.as_ref())
    {
        found = &partition.parent;
    }
    found
}

/// A foreign key between two tables.
struct Edge {
    constraint: Name,
    to: QName,
    cut: Cut,
}

type Edges = BTreeMap<QName, Vec<Edge>>;

/// In which order the tables of a schema are filled.
pub(crate) fn order(catalog: &Catalog) -> Order {
    let tables = catalog.tables.iter().filter(|(_, table)| is_filled(table));
    let edges: Edges = tables
        .map(|(name, table)| (name.clone(), edges(catalog, name, table)))
        .collect();
    let mut order = Order::default();
    let mut open: BTreeSet<QName> = edges.keys().cloned().collect();
    while !open.is_empty() {
        let ready = |name: &&QName| edges[*name].iter().all(|edge| !open.contains(&edge.to));
        if let Some(ready) = open.iter().find(ready).cloned() {
            open.remove(&ready);
            order.groups.push(Group {
                tables: vec![ready],
                ..Group::default()
            });
            continue;
        }
        let cycle = cycle(&edges, &open);
        for name in &cycle {
            open.remove(name);
        }
        let group = cut(&edges, cycle, &mut order.cuts);
        order.groups.push(group);
    }
    order
}

fn edges(catalog: &Catalog, name: &QName, table: &Table) -> Vec<Edge> {
    let mut found = Vec::new();
    for (constraint, one) in &table.constraints {
        if let ConstraintKind::ForeignKey(key) = &one.kind
            && one.enforced
        {
            let to = root(catalog, &key.references).clone();
            let is_other = to != *name && catalog.tables.get(&to).is_some_and(|to| is_filled(to));
            found.extend(is_other.then(|| Edge {
                constraint: constraint.clone(),
                to,
                cut: cheapest(table, one, key),
            }));
        }
    }
    found
}

/// The cheapest way to satisfy a foreign key later.
fn cheapest(table: &Table, constraint: &Constraint, key: &ForeignKey) -> Cut {
    let nullable = |name: &&Name| table.column(name).is_some_and(|one| one.not_null.is_none());
    let many = key.columns.iter().filter(nullable).count();
    let needed = match key.match_type {
        segue_catalog::model::Match::Full => key.columns.len(),
        segue_catalog::model::Match::Simple => 1,
    };
    if many >= needed {
        Cut::Later
    } else if constraint.deferral == Deferral::NotDeferrable {
        Cut::Impossible
    } else {
        Cut::Deferred
    }
}

/// All open tables that a table reaches.
fn reached(edges: &Edges, open: &BTreeSet<QName>, from: &QName) -> BTreeSet<QName> {
    let (mut found, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(name) = left.pop() {
        for edge in &edges[name] {
            if open.contains(&edge.to) && found.insert(edge.to.clone()) {
                left.push(&edge.to);
            }
        }
    }
    found
}

/// Tables that all refer to each other, and to no other open one. There are such where no table is ready.
fn cycle(edges: &Edges, open: &BTreeSet<QName>) -> BTreeSet<QName> {
    let mut found: BTreeSet<QName> = open.clone();
    while let Some(first) = found.first() {
        let below = reached(edges, open, first);
        let closed = below.iter().all(|one| reached(edges, open, one) == below);
        if closed {
            return below;
        }
        let inner = below
            .iter()
            .find(|one| reached(edges, open, one).len() < below.len());
        match inner {
            Some(inner) => found = reached(edges, open, inner),
            None => return below,
        }
    }
    found
}

/// Cuts a cycle at its cheapest foreign keys.
fn cut(edges: &Edges, mut open: BTreeSet<QName>, cuts: &mut BTreeMap<(QName, Name), Cut>) -> Group {
    let mut group = Group::default();
    while !open.is_empty() {
        let cost = |name: &&QName| {
            let within = edges[*name].iter().filter(|edge| open.contains(&edge.to));
            let costs: Vec<Cut> = within.map(|edge| edge.cut).collect();
            let hardest = costs.iter().max().copied();
            (hardest, costs.len())
        };
        let Some(next) = open.iter().min_by_key(cost).cloned() else {
            break;
        };
        open.remove(&next);
        for edge in edges[&next].iter().filter(|edge| open.contains(&edge.to)) {
            cuts.insert((next.clone(), edge.constraint.clone()), edge.cut);
            if edge.cut == Cut::Deferred {
                group.deferred.push(next.sibling(edge.constraint.clone()));
            }
        }
        group.tables.push(next);
    }
    group
}
