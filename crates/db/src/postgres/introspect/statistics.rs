//! Extended statistics. What they found out (`pg_statistic_ext_data`) is data, and not for all to read.

use std::{collections::BTreeSet, sync::Arc};

use segue_catalog::{
    Expr,
    model::{IndexTerm, Statistics},
};

use super::{part::Part, reading::class, text::unwrapped};

/// Extended statistics.
pub(super) fn part() -> Part {
    Part::new(
        "statistics",
        "SELECT s.oid, s.stxname, s.stxnamespace, s.stxowner, s.stxrelid, s.stxkind, s.stxstattarget, s.stxkeys, \
         pg_get_statisticsobjdef_expressions(s.oid) FROM pg_statistic_ext s WHERE s.oid >= 16384",
        |reading, row| {
            let (oid, name, schema, owner) = (row.oid(), row.text(), row.oid(), row.oid());
            let name = reading.own_name(class::STATISTICS, oid, schema, name)?;
            let table = row.oid();
            let kinds: BTreeSet<String> = row
                .list()
                .iter()
                .filter_map(|kind| match kind.as_str() {
                    "d" => Some("ndistinct".to_owned()),
                    "f" => Some("dependencies".to_owned()),
                    "m" => Some("mcv".to_owned()),
                    // `e` says only that there are expressions.
                    _ => None,
                })
                .collect();
            let target = row.maybe_number().filter(|target| *target >= 0);
            let columns: Vec<i16> = row.numbers();
            let columns = reading.column_names(table, &columns);
            let expressions = row.list();
            let statistics = Statistics {
                table: reading.relations.get(&table)?.name.clone(),
                kinds,
                terms: columns
                    .into_iter()
                    .map(IndexTerm::Column)
                    .chain(
                        expressions
                            .iter()
                            .map(|text| IndexTerm::Expression(Expr::printed(unwrapped(text)))),
                    )
                    .collect(),
                target,
                owner: reading.role(owner),
                comment: reading.comment(class::STATISTICS, oid),
            };
            reading
                .catalog
                .statistics
                .insert(name, Arc::new(statistics));
            Some(())
        },
    )
}
