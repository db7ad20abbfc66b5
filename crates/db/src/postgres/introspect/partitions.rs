//! What tables are partitioned by, and what partitions hold.

use segue_catalog::{
    Expr,
    model::{IndexKey, IndexTerm, Partition, PartitionBy, PartitionStrategy, TableKind},
};

use super::{
    indexes::key_of,
    part::Part,
    text::{find, listed, unwrapped},
};

/// Bounds of partitions. The parent comes with inheritance.
pub(super) fn bounds() -> Part {
    Part::new(
        "bounds of partitions",
        "SELECT c.oid, i.inhparent, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c \
         JOIN pg_inherits i ON i.inhrelid = c.oid \
         WHERE c.relispartition AND c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f')",
        |reading, row| {
            let (oid, parent, bound) = (row.oid(), row.oid(), Expr::printed(row.text()));
            let parent = reading.relations.get(&parent)?.name.clone();
            let table = reading.relations.get_mut(&oid)?.table_mut()?;
            table.partition_of = Some(Partition { parent, bound });
            Some(())
        },
    )
}

/// Partition keys. Of expressions the server prints no collation and operator class in `pg_get_expr`, so the whole
/// key is printed too.
pub(super) fn keys() -> Part {
    Part::new(
        "partition keys",
        "SELECT partrelid, partstrat, partattrs, partclass, partcollation, pg_get_expr(partexprs, partrelid), \
         CASE WHEN partexprs IS NOT NULL THEN pg_get_partkeydef(partrelid) END FROM pg_partitioned_table",
        |reading, row| {
            let (oid, strategy) = (row.oid(), row.code());
            let (columns, classes, collations): (Vec<i16>, Vec<u32>, Vec<u32>) =
                (row.numbers(), row.numbers(), row.numbers());
            let mut expressions = row.maybe().map(listed).unwrap_or_default().into_iter();
            let whole = row
                .maybe()
                .and_then(within_brackets)
                .map(listed)
                .unwrap_or_default();
            let mut keys = Vec::with_capacity(columns.len());
            for (place, column) in columns.iter().enumerate() {
                let class = classes.get(place).copied().unwrap_or_default();
                let collation = collations.get(place).copied().unwrap_or_default();
                keys.push(if *column == 0 {
                    let term = IndexTerm::Expression(Expr::printed(unwrapped(expressions.next()?)));
                    let printed = whole
                        .get(place)
                        .is_some_and(|key| find(key, " COLLATE ").is_some());
                    let shown = printed.then_some(collation);
                    key_of(reading, term, None, class, shown)
                } else {
                    let relation = reading.relations.get(&oid)?;
                    let read = relation.column(*column)?;
                    let shown = (read.collation_id != collation).then_some(collation);
                    let term = IndexTerm::Column(read.column.name.clone());
                    key_of(reading, term, Some(read.type_id), class, shown)
                });
            }
            let keys: Vec<IndexKey> = keys;
            let table = reading.relations.get_mut(&oid)?.table_mut()?;
            table.kind = TableKind::Partitioned(PartitionBy {
                strategy: match strategy {
                    'l' => PartitionStrategy::List,
                    'h' => PartitionStrategy::Hash,
                    _ => PartitionStrategy::Range,
                },
                keys,
            });
            Some(())
        },
    )
}

/// What stands in the brackets of `RANGE (a, b)`.
fn within_brackets(key: &str) -> Option<&str> {
    key.split_once('(')?.1.strip_suffix(')')
}
