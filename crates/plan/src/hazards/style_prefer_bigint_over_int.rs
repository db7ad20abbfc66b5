//! Columns of 32-bit integers.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-prefer-bigint-over-int",
    title: "a column of 32-bit integers is full at 2147483647",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "a column of type int, integer, int4 or serial in CREATE TABLE, ADD COLUMN or ALTER COLUMN TYPE.",
    harm: "A key that counts runs out of numbers, and then every INSERT fails; a larger type needs the whole table to be written anew.",
    remedy: "use bigint",
    sources: &["https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE visits (id int PRIMARY KEY);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY);",
    },
    judge: Judge::Style(Squawk::PreferBigintOverInt),
};
