//! Columns that are added to tables which the file has not made.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-add-column",
    title: "a column is added to a table that was there",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ADD COLUMN on a table that the same file does not create.",
    harm: "Queries that take columns by their place (SELECT *, INSERT without a list of columns, COPY) get one more.",
    remedy: "name the columns in every query, then allow it by a comment",
    sources: &["https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER TABLE users ADD COLUMN note text;",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE notes (id bigint PRIMARY KEY);\n\
              ALTER TABLE notes ADD COLUMN note text;",
    },
    judge: Judge::Style(Squawk::BanAddColumn),
};
