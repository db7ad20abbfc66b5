//! Foreign keys whose columns lead no index.

use segue_catalog::{
    Change, Name, Object, ObjectRef, QName, TableChange,
    model::{ConstraintKind, ForeignKey, Index, Table},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, Weight, example::ORDERS};

pub(super) static RULE: Rule = Rule {
    id: "fk-missing-index",
    title: "a foreign key without an index makes changes of the other table slow",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "a foreign key whose columns lead no index of its table at the end of the run, or DROP INDEX of the last such index. An \
              index with a predicate does not count, unless it only leaves NULLs out. It is only told where the referenced table is \
              small, and where it is new or empty as the referencing one is: so it is in a history that is judged from its beginning.",
    harm: "For every row that is deleted from the referenced table, or whose key changes, the server reads the whole referencing \
           table, with a lock on that row held meanwhile.",
    remedy: "CREATE INDEX CONCURRENTLY on the referencing columns, before the foreign key",
    sources: &[
        "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
        "RI_FKey_cascade_del, src/backend/utils/adt/ri_triggers.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE customers (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 20000) g;
INSERT INTO orders SELECT g, g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;",
    },
    good: Example {
        schema: ORDERS,
        sql: "ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        match change {
            Change::Create(object) => {
                if let Object::Table(name, table) = &**object {
                    let inherits = table.partition_of.is_some();
                    let keys = keys(table).filter(|_| !inherits);
                    keys.for_each(|(key, of)| added(moment, name, key, of, report));
                }
            }
            Change::Table {
                table,
                change:
                    TableChange::AddConstraint {
                        name, constraint, ..
                    },
            } if constraint.inherited == 0 => {
                if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                    added(moment, table, name, key, report);
                }
            }
            Change::Drop {
                object: ObjectRef::Index(index),
                ..
            } => dropped(moment, index, report),
            _ => {}
        }
    }
}

/// A new foreign key; who adds it and builds the index behind it has done enough.
fn added(
    moment: &Moment<'_>,
    table: &QName,
    name: &Name,
    key: &ForeignKey,
    report: &mut Report<'_>,
) {
    let end = moment.end().tables.get(table);
    if end.is_some_and(|table| !table.constraints.contains_key(name)) {
        return;
    }
    let (catalog, known) = match end {
        Some(known) => (moment.end(), known),
        None => match moment.after().tables.get(table) {
            Some(known) => (moment.after(), known),
            None => return,
        },
    };
    if !is_led(known, indexes(catalog, table), &key.columns) {
        speak(moment, table, name, key, report);
    }
}

/// The last index that a foreign key had.
fn dropped(moment: &Moment<'_>, index: &QName, report: &mut Report<'_>) {
    let Some(index) = moment.before().indexes.get(index) else {
        return;
    };
    let (Some(before), Some(end)) = (
        moment.before().tables.get(&index.table),
        moment.end().tables.get(&index.table),
    ) else {
        return;
    };
    for (name, key) in keys(end) {
        let was_led = is_led(before, std::iter::once(&**index), &key.columns)
            && before.constraints.contains_key(name);
        let is_led = is_led(end, indexes(moment.end(), &index.table), &key.columns);
        if was_led && !is_led {
            speak(moment, &index.table, name, key, report);
        }
    }
}

fn speak(
    moment: &Moment<'_>,
    table: &QName,
    name: &Name,
    key: &ForeignKey,
    report: &mut Report<'_>,
) {
    let columns: Vec<&str> = key.columns.iter().map(Name::as_str).collect();
    let columns = columns.join(", ");
    let to = &key.references;
    let finding = report.finding(format!(
        "foreign key {name} has no index: no index of {table} begins with {columns}"
    ));
    finding.note(format!(
        "deleting a row of {to}, or changing its key, reads all of {table}"
    ));
    let is_there = |name: &QName| moment.before().tables.contains_key(name);
    let is_large = is_there(table) && moment.is_heavy(table) && moment.weight(to) != Weight::Light;
    let is_used = is_there(to) && moment.is_in_use(to);
    if !is_large && !is_used {
        finding.at_most(Severity::Info);
    }
}

fn keys(table: &Table) -> impl Iterator<Item = (&Name, &ForeignKey)> {
    let constraints = table.constraints.iter();
    constraints.filter_map(|(name, constraint)| match &constraint.kind {
        ConstraintKind::ForeignKey(key) if constraint.inherited == 0 => Some((name, key)),
        _ => None,
    })
}

/// The free-standing indexes of a table.
fn indexes<'c>(
    catalog: &'c segue_catalog::Catalog,
    table: &'c QName,
) -> impl Iterator<Item = &'c Index> {
    catalog.indexes_of(table).map(|(_, index)| &**index)
}

/// Whether these columns, in any order, are what an index of the table begins with.
fn is_led<'c>(
    table: &'c Table,
    indexes: impl Iterator<Item = &'c Index>,
    columns: &[Name],
) -> bool {
    let leads = |keys: Vec<Option<&Name>>| {
        let first = keys.get(..columns.len());
        first.is_some_and(|first| columns.iter().all(|column| first.contains(&Some(column))))
    };
    let serves = |index: &Index| {
        let equality = matches!(index.method.as_str(), "btree" | "hash");
        let keys = index.keys.iter().map(|key| key.term.column()).collect();
        equality && is_for_all(index) && leads(keys)
    };
    let own = table.constraints.values().any(|constraint| {
        matches!(
            &constraint.kind,
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key)
                if leads(key.columns.iter().map(Some).collect())
        )
    });
    own || indexes.into_iter().any(serves)
}

/// Whether an index has every row that a foreign key looks for: no predicate, or one that only leaves NULLs out.
fn is_for_all(index: &Index) -> bool {
    let Some(predicate) = &index.predicate else {
        return true;
    };
    let text = predicate.text.to_ascii_lowercase();
    let text = text.trim_matches(|c| c == '(' || c == ')').trim();
    let column = text.strip_suffix("is not null").map(str::trim);
    column.is_some_and(|column| {
        let mut keys = index.keys.iter().filter_map(|key| key.term.column());
        keys.any(|key| key.as_str() == column.trim_matches('"'))
    })
}
