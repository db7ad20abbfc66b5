//! Attributes that are added to composite types.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-add-composite-attribute",
    title: "a composite type gets another attribute",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER TYPE … ADD ATTRIBUTE on a type that the same file does not create.",
    harm: "Rows and literals of the type have one part more than the app that runs reads and writes.",
    remedy: "make a new type beside it",
    sources: &["https://www.postgresql.org/docs/current/sql-altertype.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TYPE price AS (amount numeric, currency text);",
        sql: "ALTER TYPE price ADD ATTRIBUTE tax numeric;",
    },
    good: Example {
        schema: "CREATE TYPE price AS (amount numeric, currency text);",
        sql: "CREATE TYPE taxed_price AS (amount numeric, currency text, tax numeric);",
    },
    judge: Judge::Style(Squawk::BanAddCompositeAttribute),
};
