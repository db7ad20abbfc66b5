//! Constraints that refuse what the app may write.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-new-write-restriction",
    title: "a new constraint may refuse what the running app writes",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "constraints, unique indexes and SET NOT NULL on a table that the same file does not create, also NOT VALID; those of \
              domains.",
    harm: "From this moment rows that break it are refused, also those of an app that does not know of it.",
    remedy: "deploy the app that keeps to it first, then allow it by a comment",
    sources: &["https://www.postgresql.org/docs/current/ddl-constraints.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER TABLE users ADD CONSTRAINT positive CHECK (score > 0) NOT VALID;",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE scores (id bigint PRIMARY KEY, score int CHECK (score > 0));",
    },
    judge: Judge::Style(Squawk::BanNewWriteRestriction),
};
