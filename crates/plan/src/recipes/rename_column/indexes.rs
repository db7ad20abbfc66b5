//! The indexes of a column that has two names: those for queries are there under both, those that are unique under one.

use segue_catalog::{
    Catalog, Change, Expr, Name, Object, ObjectRef, QName, apply,
    model::{Index, IndexTerm, Table, TableKind},
};

use super::super::added_constraint;
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
    let before = moment.before();
    // the statement may say a name between, which nothing has
    let mut after = before.clone();
    let renamed = Change::Rename {
        object: ObjectRef::Column(table.clone(), from.clone()),
        to: to.clone(),
    };
    apply(&mut after, &renamed);
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
    let renamed = constraints_of(&after);
    let keys = constraints_of(before);
    let keys = keys.iter().filter_map(|(name, constraint)| {
        let index = index_of(table, constraint.index()?);
        let renamed = index_of(table, renamed.get(name)?.index()?);
        let is_other = renamed.keys != index.keys;
        let renamed = Index {
            include: Vec::new(),
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

fn for_queries(index: &Index) -> Index {
    Index {
        unique: false,
        nulls_not_distinct: false,
        attributes: Vec::new(),
        comment: None,
        statistics: Vec::new(),
        ..index.clone()
    }
}

/// The same for an index that a statement makes behind the new name: it is one of the column that stays.
pub(crate) fn indexed(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<(), Stop> {
    let made: Vec<_> = moment.changes().iter().filter_map(made).collect();
    for (name, index) in made {
        let said = &index.table;
        let now = planning.table_for_now(said);
        let is_plain = |table: &Table| table.kind == TableKind::Plain;
        let known = planning.schema().tables.get(&now);
        let columns = moment.after().tables.get(said);
        let mut columns = columns.into_iter().flat_map(|table| &table.columns);
        let has_two = |name: &Name| planning.column_for_now(said, name) != *name;
        let mirror = columns.find(|column| has_two(&column.name) && names(&index, &column.name));
        let is_there = known.is_some_and(|table| is_plain(table)) && moment.is_heavy(&now);
        let Some(mirror) = mirror.filter(|_| is_there && index.valid) else {
            continue;
        };
        let title = format!(
            "index {} of {now} too, as {name} until contract",
            mirror.name
        );
        let beside = Index {
            table: now.clone(),
            ..for_queries(&index)
        };
        let called = free_relation(planning.schema(), &now, &[name.as_str(), "segue"], &[]);
        let mut draft = built_beside(title, &called, &beside);
        if index.unique {
            let why = format!(
                "ON CONFLICT with {} of {said} finds no unique key until contract",
                mirror.name
            );
            draft = draft.hazard(Some("rename-column"), why);
        }
        planning.step(draft)?;
    }
    Ok(())
}

/// The index that a change makes, by its name.
fn made(change: &Change) -> Option<(Name, Index)> {
    if let Some((table, name, constraint)) = added_constraint(change) {
        return Some((name.clone(), index_of(table, constraint.index()?)));
    }
    match change {
        Change::Create(object) => match &**object {
            Object::Index(name, index) => Some((name.name.clone(), index.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an index is over a column, or of the rows that it tells.
fn names(index: &Index, column: &Name) -> bool {
    let names_it = |of: &Expr| effect::mentions(&of.text, column);
    let mut keys = index.keys.iter();
    keys.any(|key| match &key.term {
        IndexTerm::Column(name) => name == column,
        IndexTerm::Expression(of) => names_it(of),
    }) || index.predicate.as_ref().is_some_and(names_it)
}

/// Whether a column is in a key that rows are unique by: the other name has an index for queries, and none that is unique.
pub(super) fn is_in_unique_key(schema: &Catalog, table: &QName, column: &Name) -> bool {
    let is_it = |index: &Index| index.unique && names(index, column);
    let own = schema.tables.get(table);
    let mut constraints = own.into_iter().flat_map(|own| own.constraints.values());
    schema.indexes_of(table).any(|(_, index)| is_it(index))
        || constraints.any(|constraint| {
            let index = constraint.index();
            index.is_some_and(|index| is_it(&index_of(table, index)))
        })
}
