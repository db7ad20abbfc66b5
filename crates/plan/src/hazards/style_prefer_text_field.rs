//! Columns of the type varchar(n).

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-prefer-text-field",
    title: "varchar(n) is as large as text, and its length is hard to change",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "a column of type varchar(n) in CREATE TABLE, ADD COLUMN or ALTER COLUMN TYPE.",
    harm: "A smaller n needs the whole table to be read or written under a lock that lets nobody read or write.",
    remedy: "use text, with a CHECK of the length where it matters",
    sources: &["https://www.postgresql.org/docs/current/datatype-character.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY, page varchar(80));",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY, page text CHECK (length(page) <= 80));",
    },
    judge: Judge::Style(Squawk::PreferTextField),
};
