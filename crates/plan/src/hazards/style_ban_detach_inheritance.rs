//! Tables that no longer inherit.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-detach-inheritance",
    title: "a table no longer inherits from another",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER TABLE … NO INHERIT, or NOT OF, on a table that the same file does not create.",
    harm: "Queries of the other table no longer see its rows.",
    remedy: "let the app query both tables first, then allow it by a comment",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-INHERIT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);\n\
                 CREATE TABLE staff () INHERITS (users);",
        sql: "ALTER TABLE staff NO INHERIT users;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "CREATE TABLE staff () INHERITS (users);",
    },
    judge: Judge::Style(Squawk::BanDetachInheritance),
};
