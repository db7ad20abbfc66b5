//! Constraints of tables, with the indexes behind some of them.

use std::collections::BTreeMap;

use super::{indexes, report::Report};
use crate::{
    Name, ObjectRef, QName,
    model::{Constraint, ConstraintKind, Exclusion, ForeignKey, IndexedConstraint},
    normal::About,
};

/// Constraints of a table, by name.
pub(super) fn constraints(
    report: &mut Report<'_>,
    table: &QName,
    first: &BTreeMap<Name, Constraint>,
    second: &BTreeMap<Name, Constraint>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Constraint(table.clone(), name.clone()),
        |report, name, first, second| constraint(report, table, name, first, second),
    );
}

fn constraint(
    report: &mut Report<'_>,
    table: &QName,
    name: &Name,
    first: &Constraint,
    second: &Constraint,
) {
    let Constraint {
        kind,
        deferral,
        validated,
        enforced,
        inherited,
        local,
        comment,
    } = first;
    let address = ObjectRef::Constraint(table.clone(), name.clone());
    constraint_kind(report, table, name, kind, &second.kind);
    let mut constraint = report.of(address);
    constraint.value("deferrable", deferral, &second.deferral);
    constraint.value("validated", validated, &second.validated);
    constraint.value("enforced", enforced, &second.enforced);
    constraint.value("inherited", inherited, &second.inherited);
    constraint.value("local", local, &second.local);
    constraint.comment(comment, &second.comment);
}

fn constraint_kind(
    report: &mut Report<'_>,
    table: &QName,
    name: &Name,
    first: &ConstraintKind,
    second: &ConstraintKind,
) {
    let address = ObjectRef::Constraint(table.clone(), name.clone());
    match (first, second) {
        (
            ConstraintKind::Check {
                expression,
                no_inherit,
            },
            ConstraintKind::Check {
                expression: second_expression,
                no_inherit: second_no_inherit,
            },
        ) => {
            let mut check = report.of(address);
            let about = About::condition(Some(table));
            check.expression("check", expression, second_expression, about);
            check.value("no inherit", no_inherit, second_no_inherit);
        }
        (ConstraintKind::PrimaryKey(first), ConstraintKind::PrimaryKey(second))
        | (ConstraintKind::Unique(first), ConstraintKind::Unique(second)) => {
            indexed(report, table, name, first, second);
        }
        (ConstraintKind::Exclude(first), ConstraintKind::Exclude(second)) => {
            exclusion(report, table, name, first, second);
        }
        (ConstraintKind::ForeignKey(first), ConstraintKind::ForeignKey(second)) => {
            foreign_key(report, address, first, second);
        }
        (first, second) => report.of(address).value("kind", first, second),
    }
}

fn indexed(
    report: &mut Report<'_>,
    table: &QName,
    name: &Name,
    first: &IndexedConstraint,
    second: &IndexedConstraint,
) {
    let IndexedConstraint {
        columns,
        include,
        attributes: _,
        nulls_not_distinct,
        without_overlaps,
        parameters,
        tablespace,
        index_comment,
        attached_to,
        index_valid,
    } = first;
    let mut constraint = report.of(ObjectRef::Constraint(table.clone(), name.clone()));
    constraint.value("columns", columns, &second.columns);
    constraint.value("include", include, &second.include);
    constraint.value(
        "nulls not distinct",
        nulls_not_distinct,
        &second.nulls_not_distinct,
    );
    constraint.value(
        "without overlaps",
        without_overlaps,
        &second.without_overlaps,
    );
    let mut index = report.of(ObjectRef::Index(table.sibling(name.clone())));
    index.value("storage parameters", parameters, &second.parameters);
    index.value("tablespace", tablespace, &second.tablespace);
    index.value("attached to", attached_to, &second.attached_to);
    index.value("valid", index_valid, &second.index_valid);
    index.comment(index_comment, &second.index_comment);
}

fn exclusion(
    report: &mut Report<'_>,
    table: &QName,
    name: &Name,
    first: &Exclusion,
    second: &Exclusion,
) {
    let Exclusion {
        method,
        keys,
        predicate,
        index,
    } = first;
    let address = ObjectRef::Constraint(table.clone(), name.clone());
    let terms = |exclusion: &Exclusion| -> Vec<_> {
        exclusion.keys.iter().map(|(key, _)| key.clone()).collect()
    };
    let operators = |keys: &[(_, String)]| -> Vec<String> {
        keys.iter().map(|(_, operator)| operator.clone()).collect()
    };
    indexes::keys(report, &address, table, &terms(first), &terms(second));
    let mut constraint = report.of(address);
    constraint.value("method", method, &second.method);
    constraint.value("operators", &operators(keys), &operators(&second.keys));
    constraint.optional_expression(
        "where",
        predicate.as_ref(),
        second.predicate.as_ref(),
        About::condition(Some(table)),
    );
    indexed(report, table, name, index, &second.index);
}

fn foreign_key(
    report: &mut Report<'_>,
    address: ObjectRef,
    first: &ForeignKey,
    second: &ForeignKey,
) {
    let ForeignKey {
        columns,
        references,
        referenced_columns,
        match_type,
        on_update,
        on_delete,
        on_delete_columns,
        period,
    } = first;
    let mut key = report.of(address);
    key.value("columns", columns, &second.columns);
    key.value("references", references, &second.references);
    key.value(
        "referenced columns",
        referenced_columns,
        &second.referenced_columns,
    );
    key.value("match", match_type, &second.match_type);
    key.value("on update", on_update, &second.on_update);
    key.value("on delete", on_delete, &second.on_delete);
    key.value(
        "columns set on delete",
        on_delete_columns,
        &second.on_delete_columns,
    );
    key.value("period", period, &second.period);
}
