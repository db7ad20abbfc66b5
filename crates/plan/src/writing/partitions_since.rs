//! Partitions that have come, or are none any more, since the plan was made.

use segue_catalog::{Catalog, Name, QName, render::literal};

use super::{is_partitioned, with_partitions};
use crate::Hindrance;

/// What partitions that have come may have of their own over a column of the table, which contract drops for another one that takes its
/// name: their indexes, constraints and defaults would go with it in silence. None where the table has no partitions.
pub(crate) fn own_parts(schema: &Catalog, table: &QName, column: &Name) -> Option<Hindrance> {
    if !is_partitioned(schema, table) {
        return None;
    }
    let known = with_partitions(schema, table);
    let known: Vec<String> = known.iter().map(regclass).collect();
    // what comes from the table has a parent (pg_inherits, pg_constraint), or says the same (pg_attrdef)
    let rows = format!(
        "SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)\n\
         FROM pg_catalog.pg_partition_tree({of}) t\n\
         JOIN pg_catalog.pg_attribute a ON a.attrelid = t.relid AND a.attname = {column}\n\
         JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum\n\
         LEFT JOIN pg_catalog.pg_constraint c ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND c.oid = d.objid\n\
         LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid\n\
         WHERE NOT COALESCE(t.relid = ANY (ARRAY[{known}]), false)\n\
         AND (c.coninhcount = 0 AND c.conparentid = 0\n\
         OR f.adnum = a.attnum AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute w JOIN pg_catalog.pg_attrdef v ON v.adrelid = w.attrelid AND v.adnum = w.attnum\n  \
         WHERE w.attrelid = {of} AND w.attname = a.attname AND pg_catalog.pg_get_expr(v.adbin, v.adrelid) = pg_catalog.pg_get_expr(f.adbin, f.adrelid))\n\
         OR d.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass\n\
         OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'a'\n  \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = d.objid))\n\
         ORDER BY 1",
        of = regclass(table),
        column = literal(column.as_str()),
        known = known.join(", "),
    );
    let what = format!(
        "a partition that has come to {table} since has something of its own over {column}, which goes with that column: drop it, and make it again behind contract"
    );
    Some(Hindrance::new(what, rows))
}

/// Partitions that are detached by now: what stands beside for a while is in them too, and stays there. None where the table has none.
pub(crate) fn detached(schema: &Catalog, table: &QName) -> Option<Hindrance> {
    let known = with_partitions(schema, table).into_iter();
    let known: Vec<String> = known
        .filter(|one| one != table)
        .map(|one| regclass(&one))
        .collect();
    if known.is_empty() {
        return None;
    }
    let what = format!(
        "tables that were partitions of {table} when the plan was made, and have columns, checks or indexes that stand beside those of {table} for a while: attach them again, or drop them"
    );
    let rows = format!(
        "SELECT c.oid::pg_catalog.regclass::pg_catalog.text FROM pg_catalog.pg_class c WHERE c.oid = ANY (ARRAY[{}]::pg_catalog.oid[]) AND NOT c.relispartition ORDER BY 1",
        known.join(", ")
    );
    Some(Hindrance::new(what, rows))
}

fn regclass(name: &QName) -> String {
    let name = literal(&name.to_string());
    format!("pg_catalog.to_regclass({name})")
}
