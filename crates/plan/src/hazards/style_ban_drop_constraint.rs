//! Constraints that go.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-drop-constraint",
    title: "a constraint goes, and what it promised with it",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER TABLE or ALTER DOMAIN … DROP CONSTRAINT, and NOT ENFORCED.",
    harm: "The app that runs may read what could not be there before. What a dropped key does to others other rules tell.",
    remedy: "let the app do without what it promised first, then allow it by a comment",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-CONSTRAINT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int CONSTRAINT positive CHECK (score > 0));",
        sql: "ALTER TABLE users DROP CONSTRAINT positive;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER TABLE users ADD CONSTRAINT positive CHECK (score > 0) NOT VALID;",
    },
    judge: Judge::Style(Squawk::BanDropConstraint),
};
