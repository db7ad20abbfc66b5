//! Options and settings of roles.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-alter-role-options",
    title: "options or settings of a role change",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER ROLE or ALTER USER with options, SET or RESET.",
    harm: "Roles belong to the whole server: what they may do changes in every database of it.",
    remedy: "keep roles with the server's configuration",
    sources: &["https://www.postgresql.org/docs/current/sql-alterrole.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER ROLE app SET work_mem = '1GB';",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "SET work_mem = '1GB';",
    },
    judge: Judge::Style(Squawk::BanAlterRoleOptions),
};
