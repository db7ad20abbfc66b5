//! `ADD COLUMN` of a domain with constraints.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause};

pub(super) static RULE: Rule = Rule {
    id: "add-column-constrained-domain",
    title: "a new column of a domain with constraints makes the whole table be written anew",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD COLUMN of a domain with a CHECK or NOT NULL, its own or that of the domain below it, on a table that is large or in use; \
              with a default or without.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until all rows are written to a new file and all indexes are built \
           anew.",
    remedy: "give the column the base type, with a CHECK that is added NOT VALID and then validated",
    sources: &[
        "ATExecAddColumn (DomainHasConstraints), src/backend/commands/tablecmds.c",
        "https://www.postgresql.org/docs/current/sql-createdomain.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE DOMAIN percent AS int CHECK (VALUE <= 100);
CREATE TABLE shares (id bigint PRIMARY KEY);
INSERT INTO shares SELECT g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE shares ADD COLUMN share percent;",
    },
    good: Example {
        schema: "CREATE DOMAIN percent AS int CHECK (VALUE <= 100);
CREATE TABLE shares (id bigint PRIMARY KEY);
INSERT INTO shares SELECT g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE shares ADD COLUMN share int;
ALTER TABLE shares ADD CONSTRAINT shares_share CHECK (share <= 100) NOT VALID;
ALTER TABLE shares VALIDATE CONSTRAINT shares_share;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::OfDomain(_))) {
        let (Cause::OfDomain(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until all its rows are written anew: {column} is of a domain with constraints"
        );
        report.cost(moment, &cost, message);
    }
}
