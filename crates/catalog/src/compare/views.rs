//! Views and materialized views.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    report::{Report, is_temporary},
    triggers,
};
use crate::{
    Map, Name, ObjectRef, QName,
    model::{View, ViewColumn, ViewKind},
    normal::About,
};

/// Views by name.
pub(super) fn views(
    report: &mut Report<'_>,
    first: &Map<QName, Arc<View>>,
    second: &Map<QName, Arc<View>>,
) {
    let lasting = |views: &Map<QName, Arc<View>>| -> Map<QName, Arc<View>> {
        let lasting = views.iter().filter(|(name, _)| !is_temporary(name));
        lasting
            .map(|(name, view)| (name.clone(), Arc::clone(view)))
            .collect()
    };
    report.each(
        &lasting(first),
        &lasting(second),
        |name| ObjectRef::View(name.clone()),
        |report, name, first, second| {
            if first != second {
                view(report, name, first, second);
            }
        },
    );
}

fn view(report: &mut Report<'_>, name: &QName, first: &View, second: &View) {
    let View {
        kind,
        query,
        columns,
        column_details,
        parameters,
        check_option,
        triggers: first_triggers,
        rules,
        depends_on: _, // follows from the query
        owner,
        privileges,
        comment,
    } = first;
    let mut view = report.of(ObjectRef::View(name.clone()));
    view_kind(&mut view, kind, &second.kind);
    view.expression("query", query, &second.query, About::query());
    if !columns.is_empty() && !second.columns.is_empty() {
        view.value("columns", columns, &second.columns);
    }
    view.value("parameters", parameters, &second.parameters);
    view.value("check option", check_option, &second.check_option);
    view.owner(owner, &second.owner);
    view.privileges(privileges, &second.privileges);
    view.comment(comment, &second.comment);
    details(report, name, column_details, &second.column_details);
    triggers::triggers(report, name, first_triggers, &second.triggers);
    triggers::rules(report, name, rules, &second.rules);
}

fn view_kind(view: &mut super::report::Properties<'_, '_>, first: &ViewKind, second: &ViewKind) {
    match (first, second) {
        (ViewKind::Plain, ViewKind::Plain) => {}
        (
            ViewKind::Materialized {
                populated,
                access_method,
                tablespace,
            },
            ViewKind::Materialized {
                populated: second_populated,
                access_method: second_access_method,
                tablespace: second_tablespace,
            },
        ) => {
            view.value("populated", populated, second_populated);
            view.value("access method", access_method, second_access_method);
            view.value("tablespace", tablespace, second_tablespace);
        }
        (first, second) => view.value("kind", first, second),
    }
}

/// A column without details is the same as one whose details are all as by default.
fn details(
    report: &mut Report<'_>,
    view: &QName,
    first: &BTreeMap<Name, ViewColumn>,
    second: &BTreeMap<Name, ViewColumn>,
) {
    let nothing = ViewColumn::default();
    let names: std::collections::BTreeSet<&Name> = first.keys().chain(second.keys()).collect();
    for name in names {
        let first = first.get(name).unwrap_or(&nothing);
        let second = second.get(name).unwrap_or(&nothing);
        let ViewColumn {
            default,
            privileges,
            comment,
            statistics,
        } = first;
        let mut column = report.of(ObjectRef::Column(view.clone(), name.clone()));
        column.optional_expression(
            "default",
            default.as_ref(),
            second.default.as_ref(),
            About::query(),
        );
        column.privileges(privileges, &second.privileges);
        column.comment(comment, &second.comment);
        column.value("statistics target", statistics, &second.statistics);
    }
}
