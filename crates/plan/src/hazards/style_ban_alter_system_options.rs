//! Settings of the server.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-alter-system-options",
    title: "settings of the whole server change",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER SYSTEM.",
    harm: "It is written into postgresql.auto.conf, for every database of the server, and goes over postgresql.conf.",
    remedy: "keep such settings with the server's configuration",
    sources: &["https://www.postgresql.org/docs/current/sql-altersystem.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER SYSTEM SET work_mem = '1GB';",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "SET work_mem = '1GB';",
    },
    judge: Judge::Style(Squawk::BanAlterSystemOptions),
};
