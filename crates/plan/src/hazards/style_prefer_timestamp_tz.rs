//! Columns of the type timestamp without time zone.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-prefer-timestamp-tz",
    title: "timestamp without time zone drops the offset of what is written",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "a column of type timestamp in CREATE TABLE, ADD COLUMN or ALTER COLUMN TYPE.",
    harm: "The offset of a value is passed over, so that the same moment is stored differently by sessions of different time zones, and \
             differences between times are wrong where clocks change.",
    remedy: "use timestamptz, which stores moments and takes no more room",
    sources: &["https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-TIMEZONES"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY, at timestamp);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz);",
    },
    judge: Judge::Style(Squawk::PreferTimestampTz),
};
