//! Columns of tables: by name; their order is a property of the table.

use std::collections::BTreeMap;

use super::{majors, report::Report};
use crate::{
    Name, ObjectRef, QName,
    model::{Column, Generated, Identity, SequenceOptions},
    normal::About,
};

/// Columns by name, and the order of those that both tables have.
pub(super) fn columns(report: &mut Report<'_>, table: &QName, first: &[Column], second: &[Column]) {
    let (first_named, second_named) = (by_name(first), by_name(second));
    report.each(
        &first_named,
        &second_named,
        |name| ObjectRef::Column(table.clone(), Name::clone(name)),
        |report, _, first, second| column(report, table, first, second),
    );
    let order = |columns: &[Column], others: &BTreeMap<&Name, &Column>| -> Vec<Name> {
        let names = columns.iter().map(|column| column.name.clone());
        names.filter(|name| others.contains_key(name)).collect()
    };
    let (first, second) = (order(first, &second_named), order(second, &first_named));
    report
        .of(ObjectRef::Table(table.clone()))
        .value("column order", &first, &second);
}

fn by_name(columns: &[Column]) -> BTreeMap<&Name, &Column> {
    columns
        .iter()
        .map(|column| (&column.name, column))
        .collect()
}

fn column(report: &mut Report<'_>, table: &QName, first: &Column, second: &Column) {
    let Column {
        name,
        data_type,
        collation,
        not_null,
        default,
        generated,
        identity,
        storage,
        compression,
        statistics,
        options,
        foreign_options,
        inherited,
        local,
        privileges,
        comment,
    } = first;
    let major = report.older_major();
    let mut column = report.of(ObjectRef::Column(table.clone(), name.clone()));
    column.value("type", data_type, &second.data_type);
    column.value("collation", collation, &second.collation);
    column.not_null(
        majors::not_null(not_null.as_ref(), major).as_ref(),
        majors::not_null(second.not_null.as_ref(), major).as_ref(),
    );
    column.optional_expression(
        "default",
        default.as_ref(),
        second.default.as_ref(),
        About::value(Some(table), data_type),
    );
    match (generated, &second.generated) {
        (Some(first), Some(second)) => {
            let Generated { expression, stored } = first;
            let about = About::value(Some(table), data_type);
            column.expression("generated", expression, &second.expression, about);
            column.value("stored", stored, &second.stored);
        }
        (first, second) => column.value("generated", first, second),
    }
    column.value("storage", storage, &second.storage);
    column.value("compression", compression, &second.compression);
    column.value("statistics target", statistics, &second.statistics);
    column.value("options", options, &second.options);
    column.value("foreign options", foreign_options, &second.foreign_options);
    column.value("inherited", inherited, &second.inherited);
    column.value("local", local, &second.local);
    column.privileges(privileges, &second.privileges);
    column.comment(comment, &second.comment);
    match (identity, &second.identity) {
        (Some(first), Some(second)) => {
            let object = ObjectRef::Column(table.clone(), name.clone());
            same_identity(report, object, first, second);
        }
        (first, second) => column.value("identity", first, second),
    }
}

/// The sequence behind an identity column has an address of its own.
fn same_identity(report: &mut Report<'_>, column: ObjectRef, first: &Identity, second: &Identity) {
    let Identity {
        always,
        sequence,
        options,
        privileges,
        comment,
    } = first;
    let mut of_column = report.of(column);
    of_column.value("identity: always", always, &second.always);
    of_column.value("identity: sequence", sequence, &second.sequence);
    let address = ObjectRef::Sequence(sequence.clone());
    sequence_options(report, address.clone(), options, &second.options);
    let mut of_sequence = report.of(address);
    of_sequence.privileges(privileges, &second.privileges);
    of_sequence.comment(comment, &second.comment);
}

/// How a sequence counts.
pub(super) fn sequence_options(
    report: &mut Report<'_>,
    sequence: ObjectRef,
    first: &SequenceOptions,
    second: &SequenceOptions,
) {
    let SequenceOptions {
        data_type,
        start,
        increment,
        min,
        max,
        cache,
        cycle,
    } = first;
    let mut sequence = report.of(sequence);
    sequence.value("type", data_type, &second.data_type);
    sequence.value("start", start, &second.start);
    sequence.value("increment", increment, &second.increment);
    sequence.value("minimum", min, &second.min);
    sequence.value("maximum", max, &second.max);
    sequence.value("cache", cache, &second.cache);
    sequence.value("cycle", cycle, &second.cycle);
}
