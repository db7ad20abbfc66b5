//! Indexes that are built while others go on writing, and keys that are made of them (sql-altertable.html, `USING INDEX`).

use segue_catalog::{
    Name, QName,
    model::{Constraint, ConstraintKind, Deferral, Index, IndexKey, IndexedConstraint},
    render::{self, IndexBuild},
};

use crate::{Action, Undo, planner::Draft};

/// The index that a key would have.
pub(crate) fn index_of(table: &QName, own: &IndexedConstraint) -> Index {
    Index {
        table: table.clone(),
        method: Name::stored("btree"),
        unique: true,
        keys: own.columns.iter().cloned().map(IndexKey::column).collect(),
        include: own.include.clone(),
        attributes: Vec::new(),
        nulls_not_distinct: own.nulls_not_distinct,
        predicate: None,
        parameters: own.parameters.clone(),
        tablespace: own.tablespace.clone(),
        valid: true,
        attached_to: None,
        statistics: Vec::new(),
        comment: None,
    }
}

/// `CREATE INDEX CONCURRENTLY`.
pub(crate) fn concurrently(name: &QName, index: &Index) -> String {
    let build = IndexBuild {
        concurrently: true,
        only: false,
    };
    render::create_index(name, index, build)
}

/// A step that builds an index while others go on writing.
pub(crate) fn built_beside(title: String, name: &QName, index: &Index) -> Draft {
    let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
    Draft::alone(title, concurrently(name, index)).undo(Undo::Actions(vec![Action::Alone(drop)]))
}

/// A step that makes the index of a partitioned table without those of its partitions, which are attached to it one by one.
pub(crate) fn built_alone(name: &QName, index: &Index) -> Draft {
    let only = IndexBuild {
        concurrently: false,
        only: true,
    };
    let title = format!("{name}, without those of the partitions");
    let draft = Draft::transaction(title, [render::create_index(name, index, only)]);
    draft.undone_by([format!("DROP INDEX IF EXISTS {name}")])
}

/// A step by which the index of a partition becomes a part of the one above it. No part can be taken out again: what takes it
/// back drops the whole, with all parts that it has by then (sql-alterindex.html, `ATTACH PARTITION`).
pub(crate) fn attached(part: &QName, whole: &QName) -> Draft {
    let title = format!("{part} becomes a part of {whole}");
    let draft = Draft::transaction(title, [render::attach_index(whole, part)]);
    draft.undone_by([format!("DROP INDEX IF EXISTS {whole}")])
}

/// The action by which an index becomes a key of this name.
pub(crate) fn by_index(name: &Name, constraint: &Constraint, index: &Name) -> String {
    let word = match constraint.kind {
        ConstraintKind::PrimaryKey(_) => "PRIMARY KEY",
        _ => "UNIQUE",
    };
    let deferral = match constraint.deferral {
        Deferral::NotDeferrable => "",
        Deferral::InitiallyImmediate => " DEFERRABLE",
        Deferral::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    };
    format!("ADD CONSTRAINT {name} {word} USING INDEX {index}{deferral}")
}
