//! `PRIMARY KEY USING INDEX` over nullable columns.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, fix};

pub(super) static RULE: Rule = Rule {
    id: "primary-key-implicit-not-null",
    title: "a primary key searches the whole table for NULLs while nobody can read or write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD PRIMARY KEY USING INDEX over a column that is nullable, where no valid CHECK proves that it holds no NULL, on a \
              table that is large or in use.",
    harm: "ACCESS EXCLUSIVE lock on the table: the index is there, but the columns become NOT NULL, and reads and writes wait until all \
           rows have been searched for a NULL.",
    remedy: "make the columns NOT NULL first, by a validated CHECK (column IS NOT NULL)",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE logs (id bigint, message text);
CREATE UNIQUE INDEX logs_id ON logs (id);
INSERT INTO logs SELECT g, 'm' FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE logs ADD CONSTRAINT logs_pkey PRIMARY KEY USING INDEX logs_id;",
    },
    good: Example {
        schema: "CREATE TABLE logs (id bigint, message text);
CREATE UNIQUE INDEX logs_id ON logs (id);
INSERT INTO logs SELECT g, 'm' FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE logs ADD CONSTRAINT logs_id_is_set CHECK (id IS NOT NULL) NOT VALID;
ALTER TABLE logs VALIDATE CONSTRAINT logs_id_is_set;
ALTER TABLE logs ADD CONSTRAINT logs_pkey PRIMARY KEY USING INDEX logs_id;
ALTER TABLE logs DROP CONSTRAINT logs_id_is_set;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let costs = moment.costs();
    // where the index is built too, that is what takes longest, and its rule says so
    if costs
        .iter()
        .any(|cost| matches!(cost.cause, Cause::PrimaryKey(_)))
    {
        return;
    }
    for cost in costs {
        let (Cause::KeyNotNull(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until all its rows are searched for a NULL in {column}"
        );
        let finding = report.cost(moment, cost, message);
        finding.fix = fix::prove_not_null(moment, table, std::slice::from_ref(column));
    }
}
