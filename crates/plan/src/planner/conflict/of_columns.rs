//! What a statement does to a column, beside what is put off of that column or of another one.

use segue_catalog::{Change, ObjectRef, TableChange};

use crate::{Moment, planner::pending::PutOff};

/// Whether a statement gives columns new types, and another column's is put off: one stands beside each of them. Of what is put off
/// that column comes first.
pub(super) fn is_type_of_another(moment: &Moment<'_>, what: &PutOff) -> bool {
    let PutOff::Type { table, column, .. } = what else {
        return false;
    };
    let is_other = |change: &Change| match change {
        Change::Table {
            table: of,
            change: TableChange::SetType { column: own, .. },
        } => (of, own) != (table, column),
        _ => false,
    };
    !moment.changes().is_empty() && moment.changes().iter().all(is_other)
}

/// Whether a change leaves no column of this name, which contract is to make stricter.
pub(super) fn takes_away(change: &Change, strict: &ObjectRef) -> bool {
    let (ObjectRef::Column(of, column) | ObjectRef::Default(of, column)) = strict else {
        return false;
    };
    match change {
        Change::Table {
            table,
            change: TableChange::DropColumn { name, .. },
        } => table == of && name == column,
        Change::Rename {
            object: ObjectRef::Column(table, name),
            ..
        } => table == of && name == column,
        Change::Drop {
            object: ObjectRef::Table(table),
            ..
        } => table == of,
        _ => false,
    }
}

/// Whether a change makes an identity column of one that still has its default: it can have one of both only.
pub(super) fn comes_instead(change: &Change, default: &ObjectRef) -> bool {
    let ObjectRef::Default(of, name) = default else {
        return false;
    };
    matches!(change, Change::Table {
        table,
        change: TableChange::SetIdentity { column, identity: Some(_) },
    } if table == of && column == name)
}
