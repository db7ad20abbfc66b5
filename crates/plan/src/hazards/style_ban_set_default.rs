//! Defaults that change.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-set-default",
    title: "what a column gets by default changes",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER COLUMN … SET DEFAULT of a table or view, and ALTER DOMAIN … SET DEFAULT.",
    harm: "The app that runs writes other values than before, and does not notice.",
    remedy: "let the app write the value itself first, then allow it by a comment",
    sources: &["https://www.postgresql.org/docs/current/ddl-default.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER TABLE users ALTER COLUMN score SET DEFAULT 1;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER TABLE users ADD COLUMN state text DEFAULT 'new';",
    },
    judge: Judge::Style(Squawk::BanSetDefault),
};
