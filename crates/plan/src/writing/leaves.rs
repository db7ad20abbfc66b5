//! The tables that hold the rows of a table: itself, or its partitions and children.

use std::collections::BTreeSet;

use segue_catalog::{
    Catalog, Name, QName,
    model::{IndexTerm, Table, TableKind},
};
use segue_sql::Problem;

use crate::{
    effect,
    planner::{DIRECT, Planning, Stop},
};

/// The tables that hold the rows of a table, as the next step meets it.
///
/// # Errors
/// A relation that is no table with rows of its own: nothing may be left out in silence.
pub(crate) fn holders(planning: &Planning<'_>, table: &QName) -> Result<Vec<QName>, Stop> {
    let catalog = planning.schema();
    let found = leaves(catalog, table);
    let below = below(catalog, table);
    let is_foreign = |name: &&QName| {
        let own = catalog.tables.get(*name);
        own.is_some_and(|own| matches!(own.kind, TableKind::Foreign { .. }))
    };
    if let Some(foreign) = below.iter().find(is_foreign).filter(|_| below.len() > 1) {
        let problem = Problem::new(format!(
            "rows of {table} are in the foreign table {foreign}, where they cannot be written in batches"
        ));
        return Err(Stop::Refused(problem.help(DIRECT)));
    }
    if found.is_empty() && !is_partitioned(catalog, table) {
        let problem = Problem::new(format!(
            "{table} has no rows that could be written in batches"
        ))
        .note("it is a view or a foreign table, or becomes a table only in contract");
        return Err(Stop::Refused(problem.help(DIRECT)));
    }
    Ok(found)
}

/// A table that holds rows of another one.
pub(crate) struct Holder {
    pub(crate) table: QName,
    /// It is the partitioned table itself, for the partitions that come beside these until a step begins: attached with rows, or
    /// made and written before there was a trigger.
    pub(crate) besides: Option<Vec<QName>>,
}

impl Holder {
    /// What it is called in the title of a step.
    pub(crate) fn told(&self) -> String {
        match self.besides {
            Some(_) => format!("partitions of {} that have come since", self.table),
            None => self.table.to_string(),
        }
    }
}

/// The tables that hold the rows of a table, those that are still to come behind them.
///
/// # Errors
/// As [`holders`].
pub(crate) fn holders_and_to_come(
    planning: &Planning<'_>,
    table: &QName,
) -> Result<Vec<Holder>, Stop> {
    let there = holders(planning, table)?;
    let to_come = to_come(planning.schema(), table);
    let there = there.into_iter().map(|table| Holder {
        table,
        besides: None,
    });
    Ok(there.chain(to_come).collect())
}

/// The partitions that are still to come, of a partitioned table.
pub(crate) fn to_come(catalog: &Catalog, table: &QName) -> Option<Holder> {
    is_partitioned(catalog, table).then(|| Holder {
        table: table.clone(),
        besides: Some(leaves(catalog, table)),
    })
}

/// The tables that hold the rows of a table. Each is written by itself, since a place of a row is one in its own file.
fn leaves(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let is_plain = |name: &QName| {
        let own = catalog.tables.get(name);
        own.is_some_and(|own| own.kind == TableKind::Plain)
    };
    let below = below(catalog, table).into_iter();
    below.filter(is_plain).collect()
}

/// A table with all its partitions and children, of any kind, in order.
fn below(catalog: &Catalog, table: &QName) -> BTreeSet<QName> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![table.clone()]);
    while let Some(next) = waiting.pop() {
        if found.insert(next.clone()) {
            waiting.extend(children(catalog, &next));
        }
    }
    found
}

/// Whether tables inherit from a table; partitions do not count.
pub(crate) fn has_children(catalog: &Catalog, table: &QName) -> bool {
    catalog
        .tables
        .values()
        .any(|other| other.inherits.contains(table))
}

fn children(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let is_below = |other: &Table| {
        let partition = other.partition_of.as_ref();
        other.inherits.contains(table) || partition.is_some_and(|own| own.parent == *table)
    };
    let below = catalog.tables.iter().filter(|(_, other)| is_below(other));
    below.map(|(name, _)| name.clone()).collect()
}

/// A table, what it is a partition of, and its partitions: a key may refer to any of them.
pub(crate) fn kin(schema: &Catalog, table: &QName) -> BTreeSet<QName> {
    let parent = |of: &QName| {
        let partition = schema.tables.get(of)?.partition_of.as_ref();
        partition.map(|own| own.parent.clone())
    };
    let above = std::iter::successors(Some(table.clone()), parent);
    above.chain(with_partitions(schema, table)).collect()
}

/// A table, and its partitions of all levels, each behind what it is a partition of.
pub(crate) fn with_partitions(schema: &Catalog, table: &QName) -> Vec<QName> {
    let mut found = vec![table.clone()];
    let mut at = 0;
    while let Some(next) = found.get(at).cloned() {
        let is_of_it = |other: &Table| {
            let partition = other.partition_of.as_ref();
            partition.is_some_and(|own| own.parent == next)
        };
        let below = schema.tables.iter().filter(|(_, other)| is_of_it(other));
        found.extend(below.map(|(name, _)| name.clone()));
        at += 1;
    }
    found
}

/// The partition of a table that takes what fits no other one.
pub(crate) fn default_partition<'c>(catalog: &'c Catalog, table: &QName) -> Option<&'c QName> {
    let mut tables = catalog.tables.iter();
    let found = tables.find(|(_, other)| {
        let partition = other.partition_of.as_ref();
        partition.is_some_and(|own| own.parent == *table && &*own.bound.text == "DEFAULT")
    });
    found.map(|(name, _)| name)
}

/// Whether it is by this column in which partition of a table a row is.
pub(crate) fn is_partition_key(table: &Table, column: &Name) -> bool {
    let TableKind::Partitioned(by) = &table.kind else {
        return false;
    };
    by.keys.iter().any(|key| match &key.term {
        IndexTerm::Column(name) => name == column,
        IndexTerm::Expression(text) => effect::mentions(&text.text, column),
    })
}

/// Whether a table is partitioned, so that it has no rows and no indexes of its own but those of its partitions.
pub(crate) fn is_partitioned(schema: &Catalog, table: &QName) -> bool {
    let known = schema.tables.get(table);
    known.is_some_and(|known| matches!(known.kind, TableKind::Partitioned(_)))
}
