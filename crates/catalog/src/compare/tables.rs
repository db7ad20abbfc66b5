//! Tables and what hangs on them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    columns, constraints, indexes,
    report::{Report, is_temporary},
    triggers,
};
use crate::{
    Map, Name, ObjectRef, QName,
    model::{
        ForeignTable, Partition, PartitionBy, Persistence, Policy, RowSecurity, Table, TableKind,
    },
    normal::About,
};

/// Tables by name, without temporary ones.
pub(super) fn tables(
    report: &mut Report<'_>,
    first: &Map<QName, Arc<Table>>,
    second: &Map<QName, Arc<Table>>,
) {
    let (first, second) = (lasting(first), lasting(second));
    report.each(
        &first,
        &second,
        |name| ObjectRef::Table(QName::clone(name)),
        |report, name, first, second| table(report, name, first, second),
    );
}

fn lasting(tables: &Map<QName, Arc<Table>>) -> BTreeMap<&QName, &Arc<Table>> {
    tables
        .iter()
        .filter(|(name, table)| !is_temporary(name) && table.persistence != Persistence::Temporary)
        .collect()
}

fn table(report: &mut Report<'_>, name: &QName, first: &Arc<Table>, second: &Arc<Table>) {
    // most are the same word for word: schemas that have grown from one another even share them
    if first == second {
        return;
    }
    let Table {
        kind,
        columns,
        constraints,
        triggers,
        rules,
        policies,
        row_security,
        persistence,
        inherits,
        partition_of,
        of_type,
        access_method,
        tablespace,
        parameters,
        replica_identity,
        cluster_on,
        owner,
        privileges,
        comment,
    } = &**first;
    table_kind(report, name, kind, &second.kind);
    placed(
        report,
        name,
        partition_of.as_ref(),
        second.partition_of.as_ref(),
    );
    let mut table = report.of(ObjectRef::Table(name.clone()));
    let RowSecurity { enabled, forced } = row_security;
    table.value("row security", enabled, &second.row_security.enabled);
    table.value("forced row security", forced, &second.row_security.forced);
    table.value("persistence", persistence, &second.persistence);
    table.value("inherits", inherits, &second.inherits);
    table.value("of type", of_type, &second.of_type);
    table.value("access method", access_method, &second.access_method);
    table.value("tablespace", tablespace, &second.tablespace);
    table.value("storage parameters", parameters, &second.parameters);
    table.value(
        "replica identity",
        replica_identity,
        &second.replica_identity,
    );
    table.value("cluster on", cluster_on, &second.cluster_on);
    table.owner(owner, &second.owner);
    table.privileges(privileges, &second.privileges);
    table.comment(comment, &second.comment);
    columns::columns(report, name, columns, &second.columns);
    constraints::constraints(report, name, constraints, &second.constraints);
    triggers::triggers(report, name, triggers, &second.triggers);
    triggers::rules(report, name, rules, &second.rules);
    each_policy(report, name, policies, &second.policies);
}

fn table_kind(report: &mut Report<'_>, name: &QName, first: &TableKind, second: &TableKind) {
    let address = ObjectRef::Table(name.clone());
    match (first, second) {
        (TableKind::Plain, TableKind::Plain) => {}
        (TableKind::Partitioned(first), TableKind::Partitioned(second)) => {
            let PartitionBy { strategy, keys } = first;
            report
                .of(address.clone())
                .value("partitioned by", strategy, &second.strategy);
            indexes::keys(report, &address, name, keys, &second.keys);
        }
        (TableKind::Foreign(first), TableKind::Foreign(second)) => {
            let ForeignTable { server, options } = first;
            let mut table = report.of(address);
            table.value("server", server, &second.server);
            table.value("foreign options", options, &second.options);
        }
        (first, second) => report.of(address).value("kind", first, second),
    }
}

/// A partition's place in its parent.
fn placed(
    report: &mut Report<'_>,
    name: &QName,
    first: Option<&Partition>,
    second: Option<&Partition>,
) {
    let mut table = report.of(ObjectRef::Table(name.clone()));
    match (first, second) {
        (Some(first), Some(second)) => {
            let Partition { parent, bound } = first;
            table.value("partition of", parent, &second.parent);
            table.expression("bound", bound, &second.bound, About::bound());
        }
        (first, second) => table.value("partition of", &first, &second),
    }
}

fn each_policy(
    report: &mut Report<'_>,
    table: &QName,
    first: &BTreeMap<Name, Policy>,
    second: &BTreeMap<Name, Policy>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Policy(table.clone(), name.clone()),
        |report, name, first, second| {
            let Policy {
                permissive,
                command,
                roles,
                using,
                check,
                comment,
            } = first;
            let mut policy = report.of(ObjectRef::Policy(table.clone(), name.clone()));
            policy.value("permissive", permissive, &second.permissive);
            policy.value("command", command, &second.command);
            policy.value("roles", roles, &second.roles);
            let about = About::condition(Some(table));
            policy.optional_expression("using", using.as_ref(), second.using.as_ref(), about);
            policy.optional_expression("with check", check.as_ref(), second.check.as_ref(), about);
            policy.comment(comment, &second.comment);
        },
    );
}
