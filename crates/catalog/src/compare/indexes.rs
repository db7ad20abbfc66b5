//! Free-standing indexes, and the keys that exclusion constraints and partitioned tables have too.

use std::sync::Arc;

use super::report::{Report, is_temporary};
use crate::{
    Map, ObjectRef, QName,
    model::{Index, IndexKey, IndexTerm},
    normal::About,
};

/// Indexes by name.
pub(super) fn indexes(
    report: &mut Report<'_>,
    first: &Map<QName, Arc<Index>>,
    second: &Map<QName, Arc<Index>>,
) {
    let lasting = |indexes: &Map<QName, Arc<Index>>| -> Map<QName, Arc<Index>> {
        let lasting = indexes.iter().filter(|(name, _)| !is_temporary(name));
        lasting
            .map(|(name, index)| (name.clone(), Arc::clone(index)))
            .collect()
    };
    report.each(
        &lasting(first),
        &lasting(second),
        |name| ObjectRef::Index(name.clone()),
        |report, name, first, second| {
            if first != second {
                index(report, name, first, second);
            }
        },
    );
}

fn index(report: &mut Report<'_>, name: &QName, first: &Index, second: &Index) {
    let Index {
        table,
        method,
        unique,
        keys: first_keys,
        include,
        attributes: _,
        nulls_not_distinct,
        predicate,
        parameters,
        tablespace,
        valid,
        attached_to,
        statistics,
        comment,
    } = first;
    let address = ObjectRef::Index(name.clone());
    let mut index = report.of(address.clone());
    index.value("table", table, &second.table);
    index.value("method", method, &second.method);
    index.value("unique", unique, &second.unique);
    index.value("include", include, &second.include);
    index.value(
        "nulls not distinct",
        nulls_not_distinct,
        &second.nulls_not_distinct,
    );
    index.optional_expression(
        "where",
        predicate.as_ref(),
        second.predicate.as_ref(),
        About::condition(Some(table)),
    );
    index.value("storage parameters", parameters, &second.parameters);
    index.value("tablespace", tablespace, &second.tablespace);
    index.value("valid", valid, &second.valid);
    index.value("attached to", attached_to, &second.attached_to);
    index.value("statistics targets", statistics, &second.statistics);
    index.comment(comment, &second.comment);
    keys(report, &address, table, first_keys, &second.keys);
}

/// The keys of an index, an exclusion constraint or a partitioned table, one by one.
pub(super) fn keys(
    report: &mut Report<'_>,
    of: &ObjectRef,
    table: &QName,
    first: &[IndexKey],
    second: &[IndexKey],
) {
    let texts = |keys: &[IndexKey]| -> Vec<String> {
        keys.iter().map(|key| term_text(&key.term)).collect()
    };
    if first.len() != second.len() {
        report
            .of(of.clone())
            .value("keys", &texts(first), &texts(second));
        return;
    }
    for (first, second) in first.iter().zip(second) {
        let IndexKey {
            term: first_term,
            collation,
            operator_class,
            descending,
            nulls_first,
        } = first;
        term(report, of, table, first_term, &second.term);
        let mut key = report.of(of.clone());
        key.value("key: collation", collation, &second.collation);
        key.value(
            "key: operator class",
            operator_class,
            &second.operator_class,
        );
        key.value("key: descending", descending, &second.descending);
        key.value("key: nulls first", nulls_first, &second.nulls_first);
    }
}

/// A column or expression.
pub(super) fn term(
    report: &mut Report<'_>,
    of: &ObjectRef,
    table: &QName,
    first: &IndexTerm,
    second: &IndexTerm,
) {
    let mut key = report.of(of.clone());
    match (first, second) {
        (IndexTerm::Column(first), IndexTerm::Column(second)) => key.value("key", first, second),
        (IndexTerm::Expression(first), IndexTerm::Expression(second)) => {
            key.expression("key", first, second, About::operand(table));
        }
        (first, second) => key.value("key", &term_text(first), &term_text(second)),
    }
}

/// A key as SQL.
fn term_text(term: &IndexTerm) -> String {
    match term {
        IndexTerm::Column(name) => name.to_string(),
        IndexTerm::Expression(expression) => format!("({expression})"),
    }
}
