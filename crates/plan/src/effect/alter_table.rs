//! `ALTER TABLE`: how strong a lock each action needs (`AlterTableGetLockLevel`, `tablecmds.c`). The whole statement takes the
//! strongest of them, on the table and on those below that an action is carried to.

use segue_catalog::{
    Name, QName, TableChange,
    model::{Constraint, ConstraintKind},
};
use squawk_syntax::ast::{self, AstNode};

use super::{constraint, partition, relations, telling::Telling};
use crate::LockMode;

/// Tells the lock of a statement from its actions: also those that find nothing to do.
pub(super) fn tell(
    telling: &mut Telling<'_>,
    relation: Option<ast::TableRelationName>,
    actions: impl Iterator<Item = ast::AlterTableAction> + Clone,
) {
    let target = relation
        .as_ref()
        .and_then(|relation| telling.resolve(&relation.table_name_ref()?));
    let (Some(table), Some(relation)) = (target, relation) else {
        return;
    };
    let Some(mode) = actions.clone().map(|action| self::action(&action)).max() else {
        return;
    };
    telling.lock(&table, mode);
    for action in actions.clone() {
        if let ast::AlterTableAction::AlterColumn(alter) = action
            && let Some(ast::AlterColumnOption::Restart(_)) = alter.option()
            && let Some(node) = alter.column_name_ref()
        {
            let column = Name::quoted(&ast::normalize_name_node(node.syntax()));
            restarted(telling, &table, &column);
        }
    }
    let is_partitioned = telling
        .table(&table)
        .is_some_and(|own| matches!(own.kind, segue_catalog::model::TableKind::Partitioned(_)));
    let major = telling.before.major;
    let carried = actions
        .into_iter()
        .any(|action| is_carried(&action, is_partitioned, major));
    if carried && relation.only_token().is_none() {
        let below = telling.descendants(&table);
        telling.lock_all(&below, mode);
    }
}

/// An identity that goes on otherwise: its sequence is altered.
fn restarted(telling: &mut Telling<'_>, table: &QName, column: &Name) {
    let own = telling.table(table).and_then(|own| own.column(column));
    if let Some(identity) = own.and_then(|own| own.identity.as_ref()) {
        telling.lock(&identity.sequence, LockMode::ShareRowExclusive);
    }
}

/// The lock that an action needs.
fn action(action: &ast::AlterTableAction) -> LockMode {
    use ast::AlterTableAction as Action;
    match action {
        Action::ValidateConstraint(_)
        | Action::AttachPartition(_)
        | Action::ClusterOn(_)
        | Action::SetWithoutCluster(_) => LockMode::ShareUpdateExclusive,
        Action::DetachPartition(detach) if detach.detach_partition_option().is_some() => {
            LockMode::ShareUpdateExclusive
        }
        Action::EnableTrigger(_)
        | Action::DisableTrigger(_)
        | Action::EnableAlwaysTrigger(_)
        | Action::EnableReplicaTrigger(_) => LockMode::ShareRowExclusive,
        Action::AddConstraint(add)
            if matches!(
                add.constraint(),
                Some(ast::Constraint::ForeignKeyConstraint(_))
            ) =>
        {
            LockMode::ShareRowExclusive
        }
        Action::SetOptions(set) => parameters(names(set.syntax()).iter().map(String::as_str)),
        Action::ResetOptions(reset) => parameters(names(reset.syntax()).iter().map(String::as_str)),
        Action::AlterColumn(alter) => match alter.option() {
            Some(
                ast::AlterColumnOption::SetStatistics(_)
                | ast::AlterColumnOption::SetOptions(_)
                | ast::AlterColumnOption::ResetOptions(_),
            ) => LockMode::ShareUpdateExclusive,
            _ => LockMode::AccessExclusive,
        },
        _ => LockMode::AccessExclusive,
    }
}

/// The names of the parameters in `(name = value, …)`.
fn names(node: &squawk_syntax::SyntaxNode) -> Vec<String> {
    let options = node.descendants().filter_map(ast::AttributeOption::cast);
    let name = |option: ast::AttributeOption| {
        let text = option.syntax().text().to_string();
        let name = text.split('=').next().unwrap_or_default().trim().to_owned();
        name.to_ascii_lowercase()
    };
    options.map(name).collect()
}

/// The storage parameters whose change has to wait for everybody (`reloptions.c`).
const STRONG: &[&str] = &[
    "autosummarize",
    "buffering",
    "check_option",
    "fastupdate",
    "gin_pending_list_limit",
    "pages_per_range",
    "security_barrier",
    "security_invoker",
    "user_catalog_table",
];

/// The lock that setting or resetting parameters needs (`AlterTableGetRelOptionsLockLevel`).
pub(super) fn parameters<'n>(mut names: impl Iterator<Item = &'n str>) -> LockMode {
    if names.any(|name| STRONG.contains(&name)) {
        LockMode::AccessExclusive
    } else {
        LockMode::ShareUpdateExclusive
    }
}

/// Whether an action is carried to the tables below (`ATPrepCmd`).
fn is_carried(action: &ast::AlterTableAction, is_partitioned: bool, major: u16) -> bool {
    use ast::AlterTableAction as Action;
    match action {
        Action::AddColumn(_)
        | Action::DropColumn(_)
        | Action::ValidateConstraint(_)
        | Action::DropConstraint(_)
        | Action::AlterConstraint(_)
        | Action::RenameColumn(_)
        | Action::RenameConstraint(_) => true,
        Action::AlterColumn(alter) => !matches!(
            alter.option(),
            Some(
                ast::AlterColumnOption::SetOptions(_)
                    | ast::AlterColumnOption::ResetOptions(_)
                    | ast::AlterColumnOption::SetCompression(_)
            )
        ),
        Action::AddConstraint(add) => match add.constraint() {
            Some(ast::Constraint::CheckConstraint(_) | ast::Constraint::NotNullConstraint(_)) => {
                true
            }
            Some(ast::Constraint::ForeignKeyConstraint(_)) => is_partitioned,
            // the partitions are locked for their indexes
            _ => false,
        },
        Action::EnableTrigger(_)
        | Action::DisableTrigger(_)
        | Action::EnableAlwaysTrigger(_)
        | Action::EnableReplicaTrigger(_) => is_partitioned && major >= 15,
        _ => false,
    }
}

/// The locks of an action as a change of a table: on that table, and on others.
pub(super) fn change(telling: &mut Telling<'_>, table: &QName, change: &TableChange) {
    let mode = of_change(telling, table, change);
    telling.lock(table, mode);
    match change {
        TableChange::AddConstraint { constraint, .. } => {
            constraint::added(telling, constraint);
        }
        TableChange::Inherit(parent) => {
            telling.lock(parent, LockMode::ShareUpdateExclusive);
        }
        TableChange::NoInherit(parent) => telling.lock(parent, LockMode::AccessShare),
        TableChange::AttachPartition { partition, .. } => {
            partition::attached(telling, table, partition);
        }
        TableChange::DetachPartition(partition) => {
            partition::detached(telling, table, partition, mode)
        }
        TableChange::ValidateConstraint(name) => constraint::validated(telling, table, name),
        TableChange::SetType { column, .. } => {
            constraint::retyped(telling, table, column);
            // the sequence of an identity column gets the type too (`ATParseTransformCmd`)
            restarted(telling, table, column);
        }
        TableChange::ClusterOn(Some(index)) => {
            telling.lock(
                &table.sibling(index.clone()),
                LockMode::ShareUpdateExclusive,
            );
        }
        TableChange::ReplicaIdentity(segue_catalog::model::ReplicaIdentity::Index(index)) => {
            telling.lock(&table.sibling(index.clone()), LockMode::Share);
        }
        TableChange::AlterConstraint {
            name,
            enforced: Some(enforced),
            ..
        } => constraint::enforced(telling, table, name, *enforced),
        TableChange::SetIdentity {
            column,
            identity: Some(_),
        } => restarted(telling, table, column),
        TableChange::SetPersistence(_) => {
            let own = telling.table(table);
            let sequences = relations::sequences_of(telling.before, table);
            let changes = own != telling.table_after(table);
            // those of columns follow from 15 on (`ATPrepChangePersistence`)
            if changes && telling.before.major >= 15 {
                telling.lock_all(&sequences, LockMode::AccessExclusive);
            }
        }
        _ => {}
    }
}

fn of_change(telling: &Telling<'_>, table: &QName, change: &TableChange) -> LockMode {
    match change {
        TableChange::ValidateConstraint(_)
        | TableChange::AttachPartition { .. }
        | TableChange::SetStatistics { .. }
        | TableChange::SetColumnOptions { .. }
        | TableChange::ClusterOn(_) => LockMode::ShareUpdateExclusive,
        TableChange::DetachPartition(_) if is_concurrent_detach(telling) => {
            LockMode::ShareUpdateExclusive
        }
        TableChange::EnableTrigger { .. } => LockMode::ShareRowExclusive,
        TableChange::AddConstraint { constraint, .. }
            if matches!(constraint.kind, ConstraintKind::ForeignKey(_)) =>
        {
            LockMode::ShareRowExclusive
        }
        TableChange::AddConstraint { constraint, .. } if is_index_of_partition(constraint) => {
            // from 18 on the whole family is locked as the table is
            let nullable = telling.before.major >= 18
                || demanded(constraint).iter().any(|column| {
                    let own = telling.table(table).and_then(|own| own.column(column));
                    own.is_some_and(|own| own.not_null.is_none())
                });
            match nullable {
                true => LockMode::AccessExclusive,
                false => LockMode::Share,
            }
        }
        TableChange::SetParameters { set, reset } => {
            let names = set
                .keys()
                .map(String::as_str)
                .chain(reset.iter().map(String::as_str));
            parameters(names)
        }
        _ => LockMode::AccessExclusive,
    }
}

/// Whether it is a part of a constraint of the partitioned table, and came with that.
fn is_index_of_partition(constraint: &Constraint) -> bool {
    let index = constraint.index();
    index.is_some_and(|index| index.attached_to.is_some())
        || constraint.inherited > 0 && index.is_some()
}

/// The columns that a primary key makes NOT NULL.
fn demanded(constraint: &Constraint) -> &[Name] {
    match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => &key.columns,
        _ => &[],
    }
}

fn is_concurrent_detach(telling: &Telling<'_>) -> bool {
    let Some(ast::Stmt::AlterTable(alter)) = telling.statement else {
        return false;
    };
    alter.actions().any(|action| {
        matches!(&action, ast::AlterTableAction::DetachPartition(detach) if detach.detach_partition_option().is_some())
    })
}
