//! What a new type of a column of a partitioned table has to do for the partitions: their columns and checks come with those of
//! the table, their indexes are built one by one.

use segue_catalog::{
    Catalog, Name, QName,
    model::{ForeignKey, Index, Table, TableKind},
};
use segue_sql::Problem;

use super::carried::build;
use crate::{
    planner::{DIRECT, Planning, Stop},
    writing::{attached, with_partitions},
};

/// How many tables it is a partition of, one of the other.
pub(super) fn depth(schema: &Catalog, table: &QName) -> usize {
    let parent = |of: &QName| {
        let partition = schema.tables.get(of)?.partition_of.as_ref();
        partition.map(|own| own.parent.clone())
    };
    std::iter::successors(parent(table), parent).count()
}

/// Why no other column can stand beside one of a partitioned table, because of one of its partitions.
pub(super) fn cannot_be(
    schema: &Catalog,
    table: &QName,
    why: impl Fn(&Table) -> Option<&'static str>,
) -> Option<&'static str> {
    let tables = with_partitions(schema, table);
    let mut known = tables.iter().filter_map(|name| schema.tables.get(name));
    known.find_map(|one| match one.kind {
        TableKind::Foreign(_) => Some("its table, or a partition of that, is a foreign one"),
        TableKind::Plain | TableKind::Partitioned(_) => why(one),
    })
}

/// Builds indexes beside those that are there, in this order; those of partitions become parts of those above them, the lowest
/// first, since an index is valid once all below it are attached.
pub(super) fn build_indexes(
    planning: &mut Planning<'_>,
    indexes: &[(QName, QName, Index)],
) -> Result<(), Stop> {
    for (name, stand_in, index) in indexes {
        build(planning, stand_in, index, &name.name.to_string())?;
    }
    let above = |part: &(QName, QName, Index)| {
        let whole = part.2.attached_to.as_ref()?;
        indexes.iter().find(|(name, ..)| name == whole)
    };
    for part in indexes.iter().rev() {
        let Some((_, whole, _)) = above(part) else {
            continue;
        };
        let top = std::iter::successors(above(part), |next| above(next)).last();
        let top = top.map_or(whole, |(_, top, _)| top);
        planning.step(attached(&part.1, whole, top))?;
    }
    Ok(())
}

/// The refusal of a foreign key from or to a partitioned table.
pub(super) fn foreign_key_of_partitions((of, name): (&QName, &Name), key: &ForeignKey) -> Problem {
    Problem::new(format!(
        "a column of the foreign key {name} of {of}, which refers to {}, cannot change its type while others go on: one of both is partitioned",
        key.references
    ))
    .note("such a key cannot be made beside the one that is there and checked later, so that all would wait")
    .help(DIRECT)
}
