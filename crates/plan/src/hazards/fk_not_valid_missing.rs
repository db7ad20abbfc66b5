//! Foreign keys that are verified while they are added.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::ORDERS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "fk-not-valid-missing",
    title: "a foreign key is verified for all rows while nobody can write either table",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD FOREIGN KEY without NOT VALID on a table that is large or in use, or that has been filled from another one. Not for a \
              new column without a default: there is nothing to verify.",
    harm: "SHARE ROW EXCLUSIVE lock on both tables: writes to either wait until every row has been looked up in the other table.",
    remedy: "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own, during which others read and write. Up \
             to PostgreSQL 17 a partitioned table cannot have it NOT VALID: add it to each partition, then to the parent",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: ORDERS,
        sql: "ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id);",
    },
    good: Example {
        schema: ORDERS,
        sql: "ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fk;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::ForeignKey(_))) {
        let (Cause::ForeignKey(name), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can write to {} until foreign key {name} is verified for all rows of {table}",
            cost.locked()
        );
        report.cost(moment, &cost, message).fix = fix::not_valid(moment, name);
    }
}
