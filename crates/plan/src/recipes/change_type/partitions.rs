//! What a new type of a column of a partitioned table has to do for the partitions: their columns and checks come with those of
//! the table, their indexes are built one by one.

use std::cmp::Reverse;

use segue_catalog::{
    Catalog, Name, QName,
    model::{ForeignKey, Index, Table, TableKind},
    render::{self, IndexBuild},
};
use segue_sql::Problem;

use crate::{
    planner::{DIRECT, Draft, Planning, Stop},
    writing::{attached, built_alone, is_partitioned, with_partitions},
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

/// In which order indexes are built: a whole takes the parts that are there by then, and would take one of the partition's own
/// that is like its part.
pub(super) fn turn(schema: &Catalog, index: &Index) -> (u8, Reverse<usize>) {
    let turn = match (is_partitioned(schema, &index.table), &index.attached_to) {
        (false, Some(_)) => 0,
        (true, _) => 1,
        (false, None) => 2,
    };
    (turn, Reverse(depth(schema, &index.table)))
}

/// A step that makes the index of a partitioned table of those that its partitions have by then, and gives one to a partition
/// that somebody has made since (sql-createindex.html).
pub(super) fn whole(stand_in: &QName, index: &Index, name: &str) -> Draft {
    if !index.valid {
        return built_alone(stand_in, index);
    }
    let title = format!(
        "build {} of {} and its partitions, which comes in the place of {name}",
        stand_in.name, index.table
    );
    let create = render::create_index(stand_in, index, IndexBuild::default());
    let draft = Draft::transaction(title, [create]);
    draft.undone_by([format!("DROP INDEX IF EXISTS {stand_in}")])
}

/// The parts of wholes that have not all of theirs, and take none by themselves, become that again.
pub(super) fn attach_parts(
    planning: &mut Planning<'_>,
    indexes: &[(QName, QName, Index)],
) -> Result<(), Stop> {
    for (_, part, index) in indexes {
        let above = indexes
            .iter()
            .find(|(name, ..)| Some(name) == index.attached_to.as_ref());
        if let Some((_, whole, _)) = above.filter(|(.., above)| !above.valid) {
            planning.step(attached(part, whole))?;
        }
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
