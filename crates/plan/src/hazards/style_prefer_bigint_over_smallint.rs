//! Columns of 16-bit integers.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-prefer-bigint-over-smallint",
    title: "a column of 16-bit integers is full at 32767",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "a column of type smallint, int2 or smallserial in CREATE TABLE, ADD COLUMN or ALTER COLUMN TYPE.",
    harm: "Larger numbers are refused (22003); a larger type needs the whole table to be written anew. Alignment often eats the bytes \
           that it saves.",
    remedy: "use bigint",
    sources: &["https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY, pages smallint);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY, pages bigint);",
    },
    judge: Judge::Style(Squawk::PreferBigintOverSmallint),
};
