//! The indexes of a column that has two names: those for queries are there under both, those that are unique under one.

use segue_catalog::{
    Catalog, Expr, Name, QName,
    model::{Index, IndexTerm, TableKind},
};

use crate::{
    Moment, effect,
    planner::{Planning, Stop},
    writing::{built_beside, free_relation, index_of},
};

/// Indexes over the mirror, for the new app's queries; unique ones are not, since two of them make upserts of both apps
/// fail.
pub(super) fn indexes(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    from: &Name,
    to: &Name,
) -> Result<(), Stop> {
    if !moment.is_heavy(table)
        || moment
            .before()
            .tables
            .get(table)
            .is_none_or(|table| table.kind != TableKind::Plain)
    {
        return Ok(());
    }
    let (before, after) = (moment.before(), moment.after());
    let for_queries = |index: &Index| Index {
        unique: false,
        attributes: Vec::new(),
        comment: None,
        statistics: Vec::new(),
        ..index.clone()
    };
    let own = before.indexes_of(table).filter(|(_, index)| index.valid);
    let own = own.filter_map(|(name, index)| {
        let renamed = after.indexes.get(name)?;
        let is_other = renamed.keys != index.keys || renamed.predicate != index.predicate;
        is_other.then(|| (name.name.clone(), for_queries(renamed)))
    });
    let constraints_of = |catalog: &Catalog| {
        let known = catalog.tables.get(table);
        known
            .map(|known| known.constraints.clone())
            .unwrap_or_default()
    };
    let renamed = constraints_of(after);
    let keys = constraints_of(before);
    let keys = keys.iter().filter_map(|(name, constraint)| {
        let index = index_of(table, constraint.index()?);
        let renamed = index_of(table, renamed.get(name)?.index()?);
        let is_other = renamed.keys != index.keys;
        let renamed = Index {
            include: Vec::new(),
            nulls_not_distinct: false,
            ..for_queries(&renamed)
        };
        is_other.then(|| (name.clone(), renamed))
    });
    for (name, index) in own.chain(keys).collect::<Vec<_>>() {
        let mirrored = free_relation(planning.schema(), table, &[name.as_str(), "segue"], &[]);
        let title = format!("index {to} of {table} as {name} indexes {from}");
        planning.step(built_beside(title, &mirrored, &index))?;
    }
    Ok(())
}

/// Whether a column is in a key that rows are unique by: the other name has an index for queries, and none that is unique.
pub(super) fn is_in_unique_key(schema: &Catalog, table: &QName, column: &Name) -> bool {
    let is_it = |index: &Index| {
        let names_it = |of: &Expr| effect::mentions(&of.text, column);
        let mut keys = index.keys.iter();
        let is_key = keys.any(|key| match &key.term {
            IndexTerm::Column(name) => name == column,
            IndexTerm::Expression(of) => names_it(of),
        });
        index.unique && (is_key || index.predicate.as_ref().is_some_and(names_it))
    };
    let own = schema.tables.get(table);
    let mut constraints = own.into_iter().flat_map(|own| own.constraints.values());
    schema.indexes_of(table).any(|(_, index)| is_it(index))
        || constraints.any(|constraint| {
            let index = constraint.index();
            index.is_some_and(|index| is_it(&index_of(table, index)))
        })
}
