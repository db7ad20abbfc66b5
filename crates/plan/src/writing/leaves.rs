//! The tables that hold the rows of a table: itself, or its partitions and children.

use segue_catalog::{Catalog, QName, model::TableKind};
use segue_sql::Problem;

use crate::planner::{DIRECT, Planning, Stop};

/// The tables that hold the rows of a table, as the next step meets it.
///
/// # Errors
/// A relation that is no table with rows of its own: nothing may be left out in silence.
pub(crate) fn holders(planning: &Planning<'_>, table: &QName) -> Result<Vec<QName>, Stop> {
    let catalog = planning.schema();
    let found = leaves(catalog, table);
    let known = catalog.tables.get(table);
    let may_be_none = known.is_some_and(|own| matches!(own.kind, TableKind::Partitioned(_)));
    if found.is_empty() && !may_be_none {
        let problem = Problem::new(format!(
            "{table} has no rows that could be written in batches"
        ))
        .note("it is a view or a foreign table, or becomes a table only in contract");
        return Err(Stop::Refused(problem.help(DIRECT)));
    }
    Ok(found)
}

/// The tables that hold the rows of a table. Each is written by itself, since a place of a row is one in its own file.
fn leaves(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let (mut found, mut waiting) = (Vec::new(), vec![table.clone()]);
    while let Some(next) = waiting.pop() {
        let Some(own) = catalog.tables.get(&next) else {
            continue;
        };
        if own.kind == TableKind::Plain && !found.contains(&next) {
            found.push(next.clone());
        }
        waiting.extend(children(catalog, &next));
    }
    found.sort();
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
    let is_below = |other: &segue_catalog::model::Table| {
        let partition = other.partition_of.as_ref();
        other.inherits.contains(table) || partition.is_some_and(|own| own.parent == *table)
    };
    let below = catalog.tables.iter().filter(|(_, other)| is_below(other));
    below.map(|(name, _)| name.clone()).collect()
}
