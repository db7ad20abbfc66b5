//! Functions, procedures and aggregates.

use std::sync::Arc;

use super::report::Report;
use crate::{
    Map, ObjectRef, RoutineId,
    model::{Argument, Body, Returns, Routine, RoutineKind},
    normal::About,
};

/// Routines by name and arguments.
pub(super) fn routines(
    report: &mut Report<'_>,
    first: &Map<RoutineId, Arc<Routine>>,
    second: &Map<RoutineId, Arc<Routine>>,
) {
    report.each(
        first,
        second,
        |id| ObjectRef::Routine(id.clone()),
        |report, id, first, second| {
            if first != second {
                routine(report, id, first, second);
            }
        },
    );
}

fn routine(report: &mut Report<'_>, id: &RoutineId, first: &Routine, second: &Routine) {
    let Routine {
        kind,
        arguments: first_arguments,
        returns,
        language,
        body,
        volatility,
        strict,
        security_definer,
        leakproof,
        parallel,
        cost,
        rows,
        settings,
        support,
        transforms,
        depends_on: _, // follows from the body
        owner,
        privileges,
        comment,
    } = first;
    let address = ObjectRef::Routine(id.clone());
    let mut routine = report.of(address.clone());
    routine_kind(&mut routine, kind, &second.kind);
    match (returns, &second.returns) {
        (Some(first), Some(second)) => {
            let Returns { data_type, set } = first;
            routine.value("returns", data_type, &second.data_type);
            routine.value("returns set", set, &second.set);
        }
        (first, second) => routine.value("returns", first, second),
    }
    routine.value("language", language, &second.language);
    match (body, &second.body) {
        (Body::Sql(first), Body::Sql(second)) => {
            routine.expression("body", first, second, About::statement());
        }
        (Body::Text(first), Body::Text(second)) => routine.value("body", first, second),
        (first, second) => routine.value("body", first, second),
    }
    routine.value("volatility", volatility, &second.volatility);
    routine.value("strict", strict, &second.strict);
    routine.value(
        "security definer",
        security_definer,
        &second.security_definer,
    );
    routine.value("leakproof", leakproof, &second.leakproof);
    routine.value("parallel", parallel, &second.parallel);
    routine.value("cost", cost, &second.cost);
    routine.value("rows", rows, &second.rows);
    routine.value("settings", settings, &second.settings);
    routine.value("support", support, &second.support);
    routine.value("transforms", transforms, &second.transforms);
    routine.owner(owner, &second.owner);
    routine.privileges(privileges, &second.privileges);
    routine.comment(comment, &second.comment);
    arguments(report, &address, first_arguments, &second.arguments);
}

fn routine_kind(
    routine: &mut super::report::Properties<'_, '_>,
    first: &RoutineKind,
    second: &RoutineKind,
) {
    match (first, second) {
        (
            RoutineKind::Aggregate {
                parameters,
                direct_arguments,
                hypothetical,
            },
            RoutineKind::Aggregate {
                parameters: second_parameters,
                direct_arguments: second_direct,
                hypothetical: second_hypothetical,
            },
        ) => {
            routine.value("parameters", parameters, second_parameters);
            routine.value("direct arguments", direct_arguments, second_direct);
            routine.value("hypothetical", hypothetical, second_hypothetical);
        }
        (first, second) => routine.value("kind", first, second),
    }
}

fn arguments(
    report: &mut Report<'_>,
    address: &ObjectRef,
    first: &[Argument],
    second: &[Argument],
) {
    let mut routine = report.of(address.clone());
    if first.len() != second.len() {
        routine.value("arguments", first, second);
        return;
    }
    for (first, second) in first.iter().zip(second) {
        let Argument {
            mode,
            name,
            data_type,
            default,
        } = first;
        routine.value("argument mode", mode, &second.mode);
        routine.value("argument name", name, &second.name);
        routine.value("argument type", data_type, &second.data_type);
        routine.optional_expression(
            "argument default",
            default.as_ref(),
            second.default.as_ref(),
            About::value(None, data_type),
        );
    }
}
