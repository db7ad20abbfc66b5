//! Partitions: which rows go into which of them.

use std::sync::Arc;

use segue_catalog::{
    Catalog, DataType, Expr, QName,
    model::{IndexTerm, PartitionBy, PartitionStrategy, Table, TableKind},
    normal::{About, Head, Tree, tree},
};

use super::{
    condition::{Condition, Demand},
    frame,
};

/// A way that a row takes through partitions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path {
    /// The tables below the one that the row is put into, the last one of which holds it.
    pub(crate) tables: Vec<QName>,
    /// What is demanded of the row on the way.
    pub(crate) conditions: Vec<Condition>,
}

/// Partitions of partitions: nobody has more levels than this.
const DEEPEST: usize = 8;

/// The ways into the partitions of a table; of one without partitions the one that ends at once.
pub(crate) fn paths(catalog: &Catalog, name: &QName, table: &Table) -> Vec<Path> {
    below(catalog, name, table, 0)
}

fn below(catalog: &Catalog, name: &QName, table: &Table, depth: usize) -> Vec<Path> {
    let TableKind::Partitioned(by) = &table.kind else {
        return vec![Path::default()];
    };
    let keys = keys(catalog, name, table, by);
    let mut found = Vec::new();
    for (child, partition, bound) in partitions(catalog, name) {
        if depth >= DEEPEST || matches!(partition.kind, TableKind::Foreign(_)) {
            continue;
        }
        let mut own = taken(catalog, name, by, &keys, bound);
        own.extend(frame::checks(catalog, child, partition));
        own.extend(not_nulls(partition));
        for rest in below(catalog, child, partition, depth + 1) {
            let mut tables = vec![child.clone()];
            tables.extend(rest.tables);
            let mut conditions = own.clone();
            conditions.extend(rest.conditions);
            found.push(Path { tables, conditions });
        }
    }
    found
}

fn partitions<'a>(
    catalog: &'a Catalog,
    of: &'a QName,
) -> impl Iterator<Item = (&'a QName, &'a Arc<Table>, &'a Expr)> {
    catalog.tables.iter().filter_map(move |(name, table)| {
        let place = table.partition_of.as_ref()?;
        (place.parent == *of).then_some((name, table, &place.bound))
    })
}

/// What rows are told apart by, each with the type that constants are compared with it as.
type Keys = Vec<(Tree, Option<DataType>)>;

fn keys(catalog: &Catalog, name: &QName, table: &Table, by: &PartitionBy) -> Keys {
    let keys = by.keys.iter().filter_map(|key| match &key.term {
        IndexTerm::Column(column) => {
            let mut data_type = table.column(column)?.data_type.clone();
            data_type.modifier = None;
            Some((
                Tree::leaf(Head::Column(vec![column.clone()])),
                Some(data_type),
            ))
        }
        IndexTerm::Expression(text) => Some((tree(text, catalog, About::operand(name))?, None)),
    });
    keys.collect()
}

/// What a partition takes.
fn taken(
    catalog: &Catalog,
    of: &QName,
    by: &PartitionBy,
    keys: &Keys,
    bound: &Expr,
) -> Vec<Condition> {
    let condition = |tree: Tree, demand: Demand| Condition {
        constraint: format!("the bound `{bound}`"),
        tree: Some(tree),
        text: bound.to_string(),
        demand,
    };
    if bound.text.trim().eq_ignore_ascii_case("default") {
        let others = partitions(catalog, of);
        let taken = others.filter_map(|(_, _, bound)| within(catalog, by, keys, &bound.text));
        return taken.map(|one| condition(one, Demand::NotTrue)).collect();
    }
    let tree = within(catalog, by, keys, &bound.text);
    // a key that is NULL is in no range
    let present = keys
        .iter()
        .filter(|_| by.strategy == PartitionStrategy::Range);
    let present =
        present.map(|(key, _)| Tree::new(Head::Is("not null".to_owned()), vec![key.clone()]));
    present
        .chain(tree)
        .map(|one| condition(one, Demand::True))
        .collect()
}

/// The condition that a bound is; `None`: that of a hash, or one that cannot be read here.
fn within(catalog: &Catalog, by: &PartitionBy, keys: &Keys, bound: &str) -> Option<Tree> {
    match by.strategy {
        PartitionStrategy::Hash => None,
        PartitionStrategy::List => {
            let [(key, data_type)] = keys.as_slice() else {
                return None;
            };
            let values = constants(catalog, bound.split_once('(')?.1)?;
            let ways = values.into_iter().map(|value| match value.head {
                Head::Null => Tree::new(Head::Is("null".to_owned()), vec![key.clone()]),
                _ => Tree::operator("=", vec![key.clone(), typed(value, data_type.as_ref())]),
            });
            Some(Tree::new(Head::Or, ways.collect()))
        }
        PartitionStrategy::Range => {
            let (low, high) = bound.split_once('(')?.1.split_once(") TO (")?;
            let low = constants(catalog, &format!("{low})"))?;
            let high = constants(catalog, high)?;
            let ends = [
                beyond(keys, &low, ">", true),
                beyond(keys, &high, "<", false),
            ];
            Some(Tree::new(Head::And, ends.into_iter().flatten().collect()))
        }
    }
}

/// The constants of a list without its first parenthesis.
fn constants(catalog: &Catalog, list: &str) -> Option<Vec<Tree>> {
    let call = Expr::printed(format!("num_nulls({list}"));
    Some(tree(&call, catalog, About::default())?.parts)
}

fn typed(value: Tree, data_type: Option<&DataType>) -> Tree {
    match data_type {
        Some(data_type) => value.uncast().clone().cast(data_type.clone()),
        None => value,
    }
}

/// That a row is beyond a bound: its keys are compared one after the other. `None`: there is no bound.
fn beyond(
    keys: &[(Tree, Option<DataType>)],
    bound: &[Tree],
    symbol: &str,
    or_equal: bool,
) -> Option<Tree> {
    let ((key, data_type), value) = (keys.first()?, bound.first()?);
    if let Head::Column(word) = &value.head
        && matches!(
            word.last().map(|word| word.as_str()),
            Some("minvalue" | "maxvalue")
        )
    {
        return None;
    }
    let value = typed(value.clone(), data_type.as_ref());
    let compared = |symbol: &str| Tree::operator(symbol, vec![key.clone(), value.clone()]);
    if keys.len() == 1 {
        let symbol = if or_equal {
            format!("{symbol}=")
        } else {
            symbol.to_owned()
        };
        return Some(compared(&symbol));
    }
    let rest = beyond(&keys[1..], &bound[1..], symbol, or_equal);
    let equal = Tree::new(
        Head::And,
        std::iter::once(compared("=")).chain(rest).collect(),
    );
    Some(Tree::new(Head::Or, vec![compared(symbol), equal]))
}

/// The columns of a partition that take no NULL.
fn not_nulls(partition: &Table) -> impl Iterator<Item = Condition> {
    let columns = partition
        .columns
        .iter()
        .filter(|column| column.not_null.is_some());
    columns.map(|column| {
        let name = Tree::leaf(Head::Column(vec![column.name.clone()]));
        Condition {
            constraint: format!("NOT NULL of `{}`", column.name),
            tree: Some(Tree::new(Head::Is("not null".to_owned()), vec![name])),
            text: format!("{} IS NOT NULL", column.name),
            demand: Demand::True,
        }
    })
}
