//! Options and settings of databases.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-alter-database-options",
    title: "options or settings of a database change",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER DATABASE with options, SET or RESET.",
    harm: "Every session that begins later has them, whatever it is for, and also after the migration has been taken back.",
    remedy: "keep such settings with the server's configuration",
    sources: &["https://www.postgresql.org/docs/current/sql-alterdatabase.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER DATABASE app SET work_mem = '1GB';",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "SET work_mem = '1GB';",
    },
    judge: Judge::Style(Squawk::BanAlterDatabaseOptions),
};
