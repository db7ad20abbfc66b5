//! What makes the server do a piece of work: the part of the statement that is to blame.

use segue_catalog::{
    Change, DataType, Name, Object, QName, TableChange,
    model::{Column, Constraint, ConstraintKind, TypeKind},
};
use squawk_syntax::ast;

use crate::{Moment, Work, WorkKind};

/// What makes the server do a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause<'a> {
    /// `CREATE INDEX`.
    Index,
    /// `REINDEX`.
    Reindex,
    /// `VACUUM FULL`, `CLUSTER`, `SET LOGGED`, `SET TABLESPACE`…
    Maintenance,
    /// `REFRESH MATERIALIZED VIEW`.
    Refresh,
    /// `ATTACH PARTITION` or `CREATE TABLE … PARTITION OF`.
    Partition,
    /// Rows that a statement writes or reads.
    Rows,
    /// A NOT NULL of this column.
    NotNull(&'a Name),
    /// A NOT NULL of this column, for a primary key.
    KeyNotNull(&'a Name),
    /// A new `CHECK`.
    Check(&'a Name),
    /// A new foreign key.
    ForeignKey(&'a Name),
    /// A new `UNIQUE`.
    Unique(&'a Name),
    /// A new `PRIMARY KEY`.
    PrimaryKey(&'a Name),
    /// A new `EXCLUDE`.
    Exclusion(&'a Name),
    /// `VALIDATE CONSTRAINT`.
    Validation(&'a Name),
    /// A domain whose values are checked.
    Domain,
    /// A new column with a default that is another for every row.
    Default(&'a Name),
    /// A new column that is computed and stored.
    Stored(&'a Name),
    /// A new column that counts by itself.
    Counting(&'a Name),
    /// A new column of a domain with constraints.
    OfDomain(&'a Name),
    /// A new column that is NOT NULL and has no value for the rows that are there.
    Required(&'a Name),
    /// What this column is computed from.
    Expression(&'a Name),
    /// The type of this column.
    Type(&'a Name),
    /// Nothing that a rule of its own speaks of.
    Other,
}

/// What makes the server do a piece of work. Where several parts of a statement could, the one that the work names.
pub(super) fn of<'a>(moment: &Moment<'a>, work: &Work) -> Cause<'a> {
    if let Some(cause) = of_statement(moment.statement(), work) {
        return cause;
    }
    let mut found = Vec::new();
    for change in moment.changes() {
        let (of_table, cause) = match change {
            Change::Table { table, change } => {
                (*table == work.table, of_change(moment, table, change, work))
            }
            Change::Type { .. } => (true, Some(Cause::Domain)),
            // what a block of statements makes
            Change::Create(object) if matches!(**object, Object::Index(..)) => {
                let builds = work.kind == WorkKind::Build;
                (true, builds.then_some(Cause::Index))
            }
            _ => continue,
        };
        if let Some(cause) = cause {
            let is_named = cause
                .name()
                .is_some_and(|name| mentions(&work.reason, name));
            found.push((cause, is_named, of_table));
        }
    }
    // the first of those that fit best
    let best = found.iter().map(|(_, named, own)| (*named, *own)).max();
    let first = found
        .iter()
        .find(|(_, named, own)| Some((*named, *own)) == best);
    first.map_or(Cause::Other, |(cause, ..)| *cause)
}

/// What statements do whose work is all of one kind.
fn of_statement<'a>(statement: Option<&ast::Stmt>, work: &Work) -> Option<Cause<'a>> {
    if work.kind == WorkKind::Write {
        return Some(Cause::Rows);
    }
    Some(match statement? {
        ast::Stmt::CreateIndex(_) => Cause::Index,
        ast::Stmt::Reindex(_) => Cause::Reindex,
        ast::Stmt::Vacuum(_) | ast::Stmt::Cluster(_) | ast::Stmt::Repack(_) => Cause::Maintenance,
        ast::Stmt::Refresh(_) => Cause::Refresh,
        ast::Stmt::CreateTable(_) => Cause::Partition,
        ast::Stmt::Insert(_)
        | ast::Stmt::Update(_)
        | ast::Stmt::Delete(_)
        | ast::Stmt::Merge(_)
        | ast::Stmt::Copy(_)
        | ast::Stmt::Select(_)
        | ast::Stmt::CreateTableAs(_)
        | ast::Stmt::CreateMaterializedView(_) => Cause::Rows,
        _ => return None,
    })
}

fn of_change<'a>(
    moment: &Moment<'a>,
    table: &QName,
    change: &'a TableChange,
    work: &Work,
) -> Option<Cause<'a>> {
    use WorkKind::{Build, ForeignKeyCheck, Rewrite, Scan};
    Some(match (change, work.kind) {
        (TableChange::SetType { column, .. }, _) => Cause::Type(column),
        (TableChange::SetGenerated { column, .. }, Rewrite) => Cause::Expression(column),
        (TableChange::AddColumn(column), Rewrite) => added(moment, table, column)?,
        (TableChange::AddColumn(column), Scan) if column.not_null.is_some() => {
            Cause::Required(&column.name)
        }
        (TableChange::SetNotNull { column, .. }, Scan) if is_for_key(moment, table, column) => {
            Cause::KeyNotNull(column)
        }
        (TableChange::SetNotNull { column, .. }, Scan) => Cause::NotNull(column),
        (
            TableChange::AddConstraint {
                name, constraint, ..
            },
            kind,
        ) => {
            let (name, constraint) = whole(moment, name, constraint);
            constrained(name, constraint, kind)?
        }
        (TableChange::ValidateConstraint(name), Scan | ForeignKeyCheck) => Cause::Validation(name),
        (TableChange::AttachPartition { .. }, _) => Cause::Partition,
        (
            TableChange::SetPersistence(_)
            | TableChange::SetAccessMethod(_)
            | TableChange::SetTablespace(_),
            Rewrite | Build,
        ) => Cause::Maintenance,
        _ => return None,
    })
}

/// The constraint of the partitioned table that a partition's is a part of, where the statement adds both.
fn whole<'a>(
    moment: &Moment<'a>,
    name: &'a Name,
    constraint: &'a Constraint,
) -> (&'a Name, &'a Constraint) {
    let Some(above) = constraint
        .index()
        .and_then(|index| index.attached_to.as_ref())
    else {
        return (name, constraint);
    };
    let found = moment
        .table_changes()
        .find_map(|(table, change)| match change {
            TableChange::AddConstraint {
                name, constraint, ..
            } if *name == above.name && table.schema == above.schema => Some((name, &**constraint)),
            _ => None,
        });
    match found {
        Some((name, constraint)) => whole(moment, name, constraint),
        None => (name, constraint),
    }
}

/// What a new constraint can make necessary.
fn constrained<'a>(name: &'a Name, constraint: &Constraint, kind: WorkKind) -> Option<Cause<'a>> {
    use WorkKind::{Build, ForeignKeyCheck, Scan};
    Some(match (&constraint.kind, kind) {
        (ConstraintKind::Check { .. }, Scan) => Cause::Check(name),
        (ConstraintKind::ForeignKey(_), ForeignKeyCheck | Scan) => Cause::ForeignKey(name),
        (ConstraintKind::Unique(_), Build) => Cause::Unique(name),
        (ConstraintKind::PrimaryKey(_), Build) => Cause::PrimaryKey(name),
        (ConstraintKind::Exclude(_), Build) => Cause::Exclusion(name),
        _ => return None,
    })
}

/// What a new column can make necessary.
fn added<'a>(moment: &Moment<'_>, table: &QName, column: &'a Column) -> Option<Cause<'a>> {
    if column.generated.as_ref().is_some_and(|own| own.stored) {
        Some(Cause::Stored(&column.name))
    } else if column.identity.is_some() || is_serial(moment, table, &column.name) {
        Some(Cause::Counting(&column.name))
    } else if is_constrained(moment, &column.data_type) {
        Some(Cause::OfDomain(&column.name))
    } else {
        Some(Cause::Default(&column.name))
    }
}

/// Whether a new column is a `serial`: the statement makes the sequence that it owns.
fn is_serial(moment: &Moment<'_>, table: &QName, column: &Name) -> bool {
    moment.changes().iter().any(|change| match change {
        Change::Create(object) => match &**object {
            Object::Sequence(_, sequence) => {
                let owner = sequence.owned_by.as_ref();
                owner.is_some_and(|(of, by)| of == table && by == column)
            }
            _ => false,
        },
        _ => false,
    })
}

/// Whether it is a domain whose values are checked.
fn is_constrained(moment: &Moment<'_>, of: &DataType) -> bool {
    let Some(TypeKind::Domain(domain)) = moment.before().types.get(&of.name).map(|of| &of.kind)
    else {
        return false;
    };
    let own = domain.not_null.is_some() || !domain.constraints.is_empty();
    own || is_constrained(moment, &domain.base)
}

/// Whether the NOT NULL is there for the sake of a primary key of the same statement.
fn is_for_key(moment: &Moment<'_>, table: &QName, column: &Name) -> bool {
    moment.table_changes().any(|(of, change)| match change {
        TableChange::AddConstraint { constraint, .. } if of == table => match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => key.columns.contains(column),
            _ => false,
        },
        _ => false,
    })
}

/// Whether the work says that it is for something of this name.
pub(super) fn mentions(reason: &str, name: &Name) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let is_whole = |at: usize, found: &str| {
        !reason[..at].ends_with(of_name) && !reason[at + found.len()..].starts_with(of_name)
    };
    reason
        .match_indices(name.as_str())
        .any(|(at, found)| is_whole(at, found))
}

impl<'a> Cause<'a> {
    /// The column or constraint.
    pub(crate) fn name(&self) -> Option<&'a Name> {
        match *self {
            Self::NotNull(name)
            | Self::KeyNotNull(name)
            | Self::Check(name)
            | Self::ForeignKey(name)
            | Self::Unique(name)
            | Self::PrimaryKey(name)
            | Self::Exclusion(name)
            | Self::Validation(name)
            | Self::Default(name)
            | Self::Stored(name)
            | Self::Counting(name)
            | Self::OfDomain(name)
            | Self::Required(name)
            | Self::Expression(name)
            | Self::Type(name) => Some(name),
            Self::Index
            | Self::Reindex
            | Self::Maintenance
            | Self::Refresh
            | Self::Partition
            | Self::Rows
            | Self::Domain
            | Self::Other => None,
        }
    }
}
