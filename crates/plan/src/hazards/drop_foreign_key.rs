//! Foreign keys that go.

use segue_catalog::{
    ObjectRef, QName, TableChange,
    model::{ConstraintKind, ForeignKey},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "drop-foreign-key",
    title: "rows may refer to what is not there once a foreign key is gone",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "DROP CONSTRAINT of a foreign key. Not where the same run has added it, drops its columns or its table too, or leaves \
              another foreign key over the same columns.",
    harm: "Rows can be written that refer to nothing, and what ON DELETE did is no longer done: the app that runs relies on both. ACCESS \
           EXCLUSIVE lock on both tables, for a moment.",
    remedy: "drop it once no app relies on it: neither on its errors nor on ON DELETE CASCADE or SET NULL",
    sources: &["https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint CONSTRAINT orders_customer_fk REFERENCES customers (id));
CREATE INDEX orders_customer ON orders (customer_id);",
        sql: "ALTER TABLE orders DROP CONSTRAINT orders_customer_fk;",
    },
    good: Example {
        schema: "CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint CONSTRAINT orders_customer_fk REFERENCES customers (id));
CREATE INDEX orders_customer ON orders (customer_id);",
        sql: "ALTER TABLE orders ADD CONSTRAINT orders_customer_fk_2 FOREIGN KEY (customer_id)
    REFERENCES customers (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fk_2;
ALTER TABLE orders DROP CONSTRAINT orders_customer_fk;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (table, change) in moment.table_changes() {
        let TableChange::DropConstraint { name, .. } = change else {
            continue;
        };
        let known = moment.before().tables.get(table);
        let Some(constraint) = known.and_then(|table| table.constraints.get(name)) else {
            continue;
        };
        let ConstraintKind::ForeignKey(key) = &constraint.kind else {
            continue;
        };
        let object = ObjectRef::Constraint(table.clone(), name.clone());
        let relevant = constraint.inherited == 0 && !moment.is_new(&object);
        if !relevant || is_gone_or_replaced(moment, table, key) {
            continue;
        }
        let finding = report.finding(format!(
            "rows of {table} may refer to rows of {} that are not there once {name} is gone",
            key.references
        ));
        finding.note(format!(
            "ACCESS EXCLUSIVE on {table} and {}, for a moment",
            key.references
        ));
    }
}

/// Whether there is nothing left at the end that could refer to something, or another key sees to it.
fn is_gone_or_replaced(moment: &Moment<'_>, table: &QName, key: &ForeignKey) -> bool {
    let Some(end) = moment.end().tables.get(table) else {
        return true;
    };
    let replaced = end
        .constraints
        .values()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(other) => {
                other.references == key.references && other.columns == key.columns
            }
            _ => false,
        });
    replaced
        || key
            .columns
            .iter()
            .any(|column| end.column(column).is_none())
}
