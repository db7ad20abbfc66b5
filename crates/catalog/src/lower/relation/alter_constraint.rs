//! Constraints in `ALTER TABLE`: added, dropped, altered, validated, renamed.

use std::collections::BTreeSet;

use segue_sql::Problem;
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::{
    super::{Context, names},
    alter::{Target, emit},
    alter_not_null, alter_using_index,
    column::WantedNotNull,
    constraint::{self, Pending},
    partition,
};
use crate::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind, Table, TableKind},
};

/// `ADD CONSTRAINT`, or a constraint that came with a column.
pub(super) fn add(context: &mut Context<'_>, target: &Target, pending: &Pending) -> Option<()> {
    if let ast::Constraint::NotNullConstraint(not_null) = &pending.written {
        return add_not_null(context, target, not_null, pending);
    }
    let table = (**context.catalog.tables.get(&target.name)?).clone();
    if let Some(index) = alter_using_index::used_index(&pending.written) {
        return alter_using_index::add(context, target, pending, &index, &table);
    }
    let (mut built, parts) = constraint::build(context, pending, &target.name, &table)?;
    if matches!(built.kind, ConstraintKind::PrimaryKey(_)) && has_primary_key(&table) {
        let of = target.name.name.as_str();
        let message = format!("multiple primary keys for table \"{of}\" are not allowed");
        context.problem(pending.written.syntax(), message);
        return None;
    }
    let name = match pending.name() {
        Some(name) => {
            check_free(context, pending, &target.name, &table, &name, &built)?;
            name
        }
        None => constraint::chosen_name(context, &target.name, &built, &parts, &BTreeSet::new()),
    };
    require_not_null(context, target, &built, false);
    if target.is_only_with_children(context)
        && matches!(table.kind, TableKind::Partitioned(_))
        && let Some(index) = built.index_mut()
    {
        // until the partitions' indexes are attached (`DefineIndex`)
        index.index_valid = false;
    }
    emit_added(context, target, pending.written.syntax(), name, built)
}

fn emit_added(
    context: &mut Context<'_>,
    target: &Target,
    node: &SyntaxNode,
    name: Name,
    added: Constraint,
) -> Option<()> {
    let change = TableChange::AddConstraint {
        name: name.clone(),
        constraint: Box::new(added.clone()),
        using_index: None,
    };
    let passed_on = matches!(
        added.kind,
        ConstraintKind::Check {
            no_inherit: false,
            ..
        }
    );
    if passed_on && target.is_only_with_children(context) {
        context.problem(node, "constraint must be added to child tables too");
        return None;
    }
    emit(context, target, change)?;
    match &added.kind {
        ConstraintKind::Check {
            no_inherit: false, ..
        } => {
            // by the same name everywhere below
            for table in target.below(context) {
                context.emit(Change::Table {
                    table,
                    change: TableChange::AddConstraint {
                        name: name.clone(),
                        constraint: Box::new(partition::inherited(&added)),
                        using_index: None,
                    },
                });
            }
        }
        ConstraintKind::Check { .. } => {}
        _ if target.only => {}
        _ => partition::pass_on(context, &target.name, &name, &added),
    }
    Some(())
}

/// Whether the table has a primary key.
pub(super) fn has_primary_key(table: &Table) -> bool {
    let mut constraints = table.constraints.values();
    constraints.any(|one| matches!(one.kind, ConstraintKind::PrimaryKey(_)))
}

/// A primary key makes its columns NOT NULL where they are not yet (`ATPrepAddPrimaryKey`). By `USING INDEX` it asks for
/// that anyway (`transformIndexConstraint`), so that an inherited NOT NULL becomes the table's own too.
pub(super) fn require_not_null(
    context: &mut Context<'_>,
    target: &Target,
    built: &Constraint,
    anyway: bool,
) {
    let ConstraintKind::PrimaryKey(index) = &built.kind else {
        return;
    };
    for column in &index.columns {
        let table = context.catalog.tables.get(&target.name);
        let own = table.and_then(|table| table.column(column));
        let not_null = own.and_then(|own| own.not_null.as_ref());
        if not_null.is_none_or(|own| anyway && own.name.is_some() && !own.local) {
            alter_not_null::set(context, target, column, &WantedNotNull::default());
        }
    }
}

/// The name that a statement gives must be free: of constraints of the table, of relations where it has an index.
fn check_free(
    context: &mut Context<'_>,
    pending: &Pending,
    table_name: &QName,
    table: &Table,
    name: &Name,
    built: &Constraint,
) -> Option<()> {
    let relation = table_name.sibling(name.clone());
    let inherited_check = table.constraints.get(name).is_some_and(|there| {
        there.inherited > 0 && !there.local && matches!(built.kind, ConstraintKind::Check { .. })
    });
    let message = if built.index().is_some() && context.catalog.relation(&relation).is_some() {
        format!("relation \"{}\" already exists", name.as_str())
    } else if table.constraints.contains_key(name) && !inherited_check {
        format!(
            "constraint \"{}\" for relation \"{}\" already exists",
            name.as_str(),
            table_name.name.as_str()
        )
    } else {
        return Some(());
    };
    context.problem(pending.written.syntax(), message);
    None
}

fn add_not_null(
    context: &mut Context<'_>,
    target: &Target,
    not_null: &ast::NotNullConstraint,
    pending: &Pending,
) -> Option<()> {
    let node = not_null.column_name_ref()?;
    let column = names::name(&node);
    super::check_column(context, &node, &target.name, &column)?;
    let options = constraint::options(not_null.constraint_options());
    let wanted = WantedNotNull {
        name: pending.name(),
        no_inherit: options.no_inherit.unwrap_or(false),
        not_valid: options.not_valid,
    };
    alter_not_null::set(context, target, &column, &wanted);
    Some(())
}

/// What a constraint's name stands for.
enum Found {
    Constraint(Box<Constraint>),
    NotNull(Name),
}

fn find(
    context: &mut Context<'_>,
    target: &Target,
    node: &ast::ConstraintNameRef,
    if_exists: bool,
) -> Option<(Name, Found)> {
    let name = names::name(node);
    let table = context.catalog.tables.get(&target.name)?.clone();
    if let Some(constraint) = table.constraints.get(&name) {
        return Some((name, Found::Constraint(Box::new(constraint.clone()))));
    }
    let not_null = table.columns.iter().find(|column| {
        let own = column.not_null.as_ref();
        own.and_then(|own| own.name.as_ref()) == Some(&name)
    });
    if let Some(column) = not_null {
        return Some((name, Found::NotNull(column.name.clone())));
    }
    if if_exists {
        context.emit(Change::Nothing);
        return None;
    }
    let problem = Problem::new(format!(
        "constraint \"{}\" of relation \"{}\" does not exist",
        name.as_str(),
        target.name.name.as_str()
    ));
    let names = table.constraints.keys().map(Name::as_str);
    let problem = match super::suggest::closest(&name, names) {
        Some(meant) => problem.help(format!("did you mean {}?", Name::stored(meant))),
        None => problem,
    };
    context.report(node.syntax(), problem);
    None
}

/// `DROP CONSTRAINT`.
pub(super) fn drop(
    context: &mut Context<'_>,
    target: &Target,
    drop: &ast::DropConstraint,
) -> Option<()> {
    let node = drop.constraint_name_ref()?;
    let if_exists = drop.if_exists().is_some();
    // missing but allowed to be: nothing is left to do, and the other actions go on
    let found = find(context, target, &node, if_exists);
    let Some((name, found)) = found else {
        return if_exists.then_some(());
    };
    let constraint = match found {
        Found::Constraint(constraint) => constraint,
        Found::NotNull(column) => return alter_not_null::drop(context, target, &node, column),
    };
    if constraint.inherited > 0 {
        let message = format!(
            "cannot drop inherited constraint \"{}\" of relation \"{}\"",
            name.as_str(),
            target.name.name.as_str()
        );
        context.problem(node.syntax(), message);
        return None;
    }
    let cascade = super::is_cascade(drop.drop_behavior());
    if !cascade {
        let object = ObjectRef::Constraint(target.name.clone(), name.clone());
        let described = format!("{} on table {}", name.as_str(), target.name.name.as_str());
        super::check_dependents(context, &node, &object, "constraint", &described)?;
    }
    if matches!(constraint.kind, ConstraintKind::Check { .. }) {
        drop_below(context, target, &name, cascade);
    }
    emit(
        context,
        target,
        TableChange::DropConstraint { name, cascade },
    )
}

/// Children lose a CHECK that they have from this table only.
fn drop_below(context: &mut Context<'_>, target: &Target, name: &Name, cascade: bool) {
    // the lowest ones first: one whose parent has lost it would count as having its own
    for table in target.below(context).into_iter().rev() {
        let found = context.catalog.tables.get(&table);
        let own = found.and_then(|found| found.constraints.get(name));
        if own.is_some_and(|own| own.inherited == 1 && !own.local) {
            context.emit(Change::Table {
                table,
                change: TableChange::DropConstraint {
                    name: name.clone(),
                    cascade,
                },
            });
        }
    }
}

/// `ALTER CONSTRAINT`.
pub(super) fn alter(
    context: &mut Context<'_>,
    target: &Target,
    alter: &ast::AlterConstraint,
) -> Option<()> {
    let node = alter.constraint_name_ref()?;
    let (name, found) = find(context, target, &node, false)?;
    let options = constraint::options(alter.constraint_options());
    let foreign = matches!(&found, Found::Constraint(one) if matches!(one.kind, ConstraintKind::ForeignKey(_)));
    if !foreign && (options.deferral.is_some() || options.enforced.is_some()) {
        let message = format!(
            "constraint \"{}\" of relation \"{}\" is not a foreign key constraint",
            name.as_str(),
            target.name.name.as_str()
        );
        context.problem(node.syntax(), message);
        return None;
    }
    if let (Found::NotNull(column), Some(no_inherit)) = (&found, options.no_inherit) {
        return alter_not_null::set_inheritance(context, target, column, no_inherit);
    }
    let change = TableChange::AlterConstraint {
        name,
        deferral: options.deferral,
        enforced: options.enforced,
        no_inherit: options.no_inherit,
    };
    emit_inherited(context, target, &node, change)
}

/// `VALIDATE CONSTRAINT`.
pub(super) fn validate(
    context: &mut Context<'_>,
    target: &Target,
    validate: &ast::ValidateConstraint,
) -> Option<()> {
    let node = validate.constraint_name_ref()?;
    let change = match find(context, target, &node, false)? {
        (_, Found::NotNull(column)) => {
            context.emit(Change::Nothing);
            alter_not_null::validate(context, target, &column);
            return Some(());
        }
        (name, Found::Constraint(_)) => TableChange::ValidateConstraint(name),
    };
    emit_inherited(context, target, &node, change)
}

/// Emits a change for the table and for those below it that have the constraint from it.
fn emit_inherited(
    context: &mut Context<'_>,
    target: &Target,
    node: &ast::ConstraintNameRef,
    change: TableChange,
) -> Option<()> {
    let name = names::name(node);
    emit(context, target, change.clone())?;
    for table in target.below(context) {
        let found = context.catalog.tables.get(&table);
        let inherited = found.is_some_and(|found| {
            found
                .constraints
                .get(&name)
                .is_some_and(|own| own.inherited > 0)
                || found.columns.iter().any(|column| {
                    let own = column.not_null.as_ref();
                    own.is_some_and(|own| own.inherited > 0 && own.name.as_ref() == Some(&name))
                })
        });
        if inherited {
            context.emit(Change::Table {
                table,
                change: change.clone(),
            });
        }
    }
    Some(())
}

/// `RENAME CONSTRAINT`, in all tables that have it from this one.
pub(super) fn rename(
    context: &mut Context<'_>,
    target: &Target,
    rename: &ast::RenameConstraint,
) -> Option<()> {
    let node = rename.constraint_name_ref()?;
    let (name, found) = find(context, target, &node, false)?;
    let to = names::name(&rename.constraint_name()?);
    let passed_on = match &found {
        Found::NotNull(_) => true,
        Found::Constraint(one) => {
            matches!(
                one.kind,
                ConstraintKind::Check {
                    no_inherit: false,
                    ..
                }
            )
        }
    };
    let below = match passed_on {
        true => target.below(context),
        false => Vec::new(),
    };
    for table in std::iter::once(target.name.clone()).chain(below) {
        context.emit(Change::Rename {
            object: ObjectRef::Constraint(table, name.clone()),
            to: to.clone(),
        });
    }
    Some(())
}
