//! `VALIDATE CONSTRAINT` where rows are known to violate it.

use segue_catalog::TableChange;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "validate-violating-data",
    title: "a constraint is validated although rows violate it",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "VALIDATE CONSTRAINT of a CHECK or a foreign key, where values are known that it forbids, and no earlier statement has \
              changed or deleted rows of the table.",
    harm: "The statement reads the table until it meets such a row, and fails (23514, 23503).",
    remedy: "look for such rows first, and repair or delete them in an earlier migration",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);
INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;
ALTER TABLE users ADD CONSTRAINT users_score CHECK (score <= 100) NOT VALID;",
        sql: "ALTER TABLE users VALIDATE CONSTRAINT users_score;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);
INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;
ALTER TABLE users ADD CONSTRAINT users_score CHECK (score >= 1) NOT VALID;",
        sql: "ALTER TABLE users VALIDATE CONSTRAINT users_score;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (table, change) in moment.table_changes() {
        let TableChange::ValidateConstraint(name) = change else {
            continue;
        };
        let known = moment.before().tables.get(table);
        let Some(constraint) = known.and_then(|table| table.constraints.get(name)) else {
            continue;
        };
        let is_as_told = !moment.is_new_relation(table) && !moment.has_changed_rows_of(table);
        let facts = moment.facts();
        if let Some(known) = facts.tables.get(table)
            && is_as_told
            && facts.violate(table, constraint)
        {
            let whose = format!("rows of {table}");
            let (now, then) = (format!("violate {name}"), format!("violated {name}"));
            report.finding(known.fails(&whose, &now, &then));
        }
    }
}
