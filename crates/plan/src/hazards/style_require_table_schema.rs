//! Tables that are named without their schema.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-require-table-schema",
    title: "a table is named without its schema",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "CREATE TABLE, ALTER TABLE or DROP TABLE without a schema in front of the name. Not temporary tables.",
    harm: "Which table is meant depends on the search_path of whoever runs the migration.",
    remedy: "write the schema: public.visits",
    sources: &["https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE public.visits (id bigint PRIMARY KEY);",
    },
    judge: Judge::Style(Squawk::RequireTableSchema),
};
