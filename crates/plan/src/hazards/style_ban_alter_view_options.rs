//! Options of views.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-alter-view-options",
    title: "options of a view change",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER VIEW … SET or RESET of options.",
    harm: "With security_invoker or security_barrier other rights count, and other rows are seen, at once.",
    remedy: "make another view, and let its readers move",
    sources: &["https://www.postgresql.org/docs/current/sql-alterview.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);\n\
                 CREATE VIEW mails AS SELECT id, email FROM users;",
        sql: "ALTER VIEW mails SET (security_barrier = true);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "CREATE VIEW mails WITH (security_barrier = true) AS SELECT id, email FROM users;",
    },
    judge: Judge::Style(Squawk::BanAlterViewOptions),
};
