//! Values that are added to enums.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-add-enum-value",
    title: "an enum gets another value",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER TYPE … ADD VALUE on a type that the same file does not create.",
    harm: "The app that runs may read a value that it does not know. The value cannot be taken away again.",
    remedy: "deploy the app that knows the value first, then allow it by a comment",
    sources: &["https://www.postgresql.org/docs/current/sql-altertype.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TYPE state AS ENUM ('new', 'done');",
        sql: "ALTER TYPE state ADD VALUE 'failed' AFTER 'done';",
    },
    good: Example {
        schema: "CREATE TYPE state AS ENUM ('new', 'done');",
        sql: "CREATE TABLE states (name text PRIMARY KEY);",
    },
    judge: Judge::Style(Squawk::BanAddEnumValue),
};
