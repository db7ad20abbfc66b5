//! Partitions and children: which there are, and what they get from above.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression},
    index, naming,
};
use crate::{
    Catalog, Change, Expr, IndexChange, Name, Object, QName, TableChange,
    model::{
        Column, Constraint, ConstraintKind, Index, IndexKey, Partition, PartitionBy,
        PartitionStrategy, Table, Trigger,
    },
};

/// The partitions of a table, by name.
pub(super) fn partitions_of(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let of = |one: &Table| {
        let partition = one.partition_of.as_ref();
        partition.is_some_and(|partition| partition.parent == *table)
    };
    let all = catalog.tables.iter();
    all.filter(|(_, one)| of(one))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The tables that inherit from a table, partitions included; not those that inherit from them.
pub(super) fn children_of(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let mut children = partitions_of(catalog, table);
    let inherits = |one: &Table| one.inherits.contains(table);
    let all = catalog.tables.iter();
    children.extend(all.filter(|(_, one)| inherits(one)).map(|(name, _)| name.clone()));
    children
}

/// `PARTITION BY`.
pub(super) fn partition_by(
    context: &mut Context<'_>,
    written: &ast::PartitionBy,
    name: &QName,
    table: &Table,
) -> Option<PartitionBy> {
    let word = written.partition_strategy()?.syntax().text().to_string();
    let (strategy, method) = match word.trim().to_ascii_lowercase().as_str() {
        "range" => (PartitionStrategy::Range, "btree"),
        "list" => (PartitionStrategy::List, "btree"),
        "hash" => (PartitionStrategy::Hash, "hash"),
        other => {
            let message = format!("unrecognized partitioning strategy \"{other}\"");
            context.problem(written.syntax(), message);
            return None;
        }
    };
    let list = written.partition_item_list()?;
    let keys = index::keys(context, &list, &Name::stored(method), name, table)?;
    Some(PartitionBy { strategy, keys })
}

/// `FOR VALUES …` or `DEFAULT`, as it is written.
pub(super) fn bound(written: &ast::PartitionType) -> Expr {
    expression::text(written)
}

/// What a partition has of its parent when it is made: columns and CHECKs. What an index enforces, foreign keys
/// and triggers come after: [`clone_rest`].
pub(super) fn inherit(table: &mut Table, parent_name: &QName, parent: &Table, bound: Expr) {
    table.columns = parent.columns.iter().map(inherited_column).collect();
    for (name, constraint) in &parent.constraints {
        if matches!(constraint.kind, ConstraintKind::Check { no_inherit: false, .. }) {
            table.constraints.insert(name.clone(), inherited(constraint));
        }
    }
    table.partition_of = Some(Partition {
        parent: parent_name.clone(),
        bound,
    });
}

/// A column as a child has it that defines none of its own.
pub(super) fn inherited_column(column: &Column) -> Column {
    let mut own = Column::new(column.name.clone(), column.data_type.clone());
    own.collation.clone_from(&column.collation);
    own.default.clone_from(&column.default);
    own.generated.clone_from(&column.generated);
    own.storage.clone_from(&column.storage);
    own.compression.clone_from(&column.compression);
    own.not_null = column.not_null.clone().filter(|not_null| !not_null.no_inherit);
    if let Some(not_null) = &mut own.not_null {
        not_null.comment = None;
        if not_null.name.is_some() {
            not_null.inherited = 1;
            not_null.local = false;
        }
    }
    own.inherited = 1;
    own.local = false;
    own
}

/// A constraint as a child has it that defines none of its own.
pub(super) fn inherited(constraint: &Constraint) -> Constraint {
    let mut own = constraint.clone();
    own.comment = None;
    own.inherited = 1;
    own.local = false;
    if let Some(index) = own.index_mut() {
        index.index_comment = None;
    }
    own
}

/// The keys, indexes, foreign keys and triggers that a partition gets from its parent (`DefineRelation` for a new
/// one, `AttachPartitionEnsureIndexes` and its like for one that is attached).
pub(super) fn clone_rest(context: &mut Context<'_>, name: &QName, parent_name: &QName) {
    let Some(parent) = context.catalog.tables.get(parent_name).cloned() else {
        return;
    };
    for (of, constraint) in &parent.constraints {
        if constraint.index().is_some() {
            clone_key(context, name, parent_name, of, constraint);
        }
    }
    let indexes: Vec<(QName, Index)> = context
        .catalog
        .indexes
        .iter()
        .filter(|(_, index)| index.table == *parent_name)
        .map(|(of, index)| (of.clone(), (**index).clone()))
        .collect();
    for (of, index) in indexes {
        clone_index(context, name, &of, index);
    }
    for (of, constraint) in &parent.constraints {
        if matches!(constraint.kind, ConstraintKind::ForeignKey(_)) {
            clone_foreign_key(context, name, of, constraint);
        }
    }
    for (of, trigger) in &parent.triggers {
        if trigger.for_each_row {
            clone_trigger(context, name, of, trigger);
        }
    }
}

fn clone_key(
    context: &mut Context<'_>,
    name: &QName,
    parent_name: &QName,
    of: &Name,
    constraint: &Constraint,
) {
    let parent_index = parent_name.sibling(of.clone());
    if let Some(own) = own_key(context, name, constraint) {
        return context.emit(Change::Index {
            index: name.sibling(own),
            change: IndexChange::Attach(parent_index),
        });
    }
    let mut own = inherited(constraint);
    if let Some(index) = own.index_mut() {
        index.attached_to = Some(parent_index);
    }
    let chosen = key_name(context, name, &own);
    context.emit(Change::Table {
        table: name.clone(),
        change: TableChange::AddConstraint {
            name: chosen,
            constraint: Box::new(own),
            using_index: None,
        },
    });
}

/// A key of the partition's own that is like the parent's.
fn own_key(context: &Context<'_>, name: &QName, wanted: &Constraint) -> Option<Name> {
    let table = context.catalog.tables.get(name)?;
    let same = |one: &Constraint| match (&one.kind, &wanted.kind) {
        (ConstraintKind::PrimaryKey(own), ConstraintKind::PrimaryKey(of))
        | (ConstraintKind::Unique(own), ConstraintKind::Unique(of)) => {
            own.columns == of.columns
                && own.include == of.include
                && own.nulls_not_distinct == of.nulls_not_distinct
                && own.attached_to.is_none()
        }
        _ => false,
    };
    let mut own = table.constraints.iter();
    own.find(|(_, one)| same(one)).map(|(name, _)| name.clone())
}

/// The name that the server gives the key of a partition.
fn key_name(context: &Context<'_>, name: &QName, key: &Constraint) -> Name {
    let taken = std::collections::BTreeSet::new();
    let (keys, label): (Vec<IndexKey>, &str) = match &key.kind {
        ConstraintKind::Exclude(exclusion) => {
            (exclusion.keys.iter().map(|(key, _)| key.clone()).collect(), "excl")
        }
        ConstraintKind::Unique(index) => {
            (index.columns.iter().cloned().map(IndexKey::column).collect(), "key")
        }
        _ => (Vec::new(), "pkey"),
    };
    let include = key.index().map(|index| index.include.clone()).unwrap_or_default();
    let names = match label {
        "pkey" => Vec::new(),
        _ => naming::key_names(&keys, &include),
    };
    let addition = naming::addition(names.iter().map(String::as_str));
    let addition = (label != "pkey").then_some(addition.as_str());
    let parts = (name.name.as_str(), addition, label);
    context.choose_relation_name(&name.schema, parts, Some(&taken))
}

fn clone_index(context: &mut Context<'_>, name: &QName, of: &QName, mut index: Index) {
    index.table = name.clone();
    index.comment = None;
    index.statistics.clear();
    index.attached_to = None;
    index.valid = true;
    if let Some(fitting) = index::fitting(context, &index) {
        return context.emit(Change::Index {
            index: fitting,
            change: IndexChange::Attach(of.clone()),
        });
    }
    index.attached_to = Some(of.clone());
    let chosen = index::chosen_name(context, &index);
    index::emit(context, name.sibling(chosen), index, false);
}

/// A foreign key keeps its name where the partition has no constraint of that name (`CloneFkReferencing`).
fn clone_foreign_key(context: &mut Context<'_>, name: &QName, of: &Name, constraint: &Constraint) {
    let Some(table) = context.catalog.tables.get(name) else {
        return;
    };
    let ConstraintKind::ForeignKey(key) = &constraint.kind else {
        return;
    };
    let taken = std::collections::BTreeSet::new();
    let chosen = match table.constraints.get(of) {
        None => of.clone(),
        Some(own) if own.kind == constraint.kind => return,
        Some(_) => {
            let addition = naming::addition(key.columns.iter().map(Name::as_str));
            let parts = (name.name.as_str(), Some(addition.as_str()), "fkey");
            context.choose_constraint_name(&name.schema, parts, &taken)
        }
    };
    context.emit(Change::Table {
        table: name.clone(),
        change: TableChange::AddConstraint {
            name: chosen,
            constraint: Box::new(inherited(constraint)),
            using_index: None,
        },
    });
}

fn clone_trigger(context: &mut Context<'_>, name: &QName, of: &Name, trigger: &Trigger) {
    let mut own = trigger.clone();
    own.inherited = true;
    own.comment = None;
    let object = Object::Trigger(name.clone(), of.clone(), own);
    context.emit(Change::Create(Box::new(object)));
}
