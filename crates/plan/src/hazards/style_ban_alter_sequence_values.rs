//! Sequences that count otherwise.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-alter-sequence-values",
    title: "a sequence counts otherwise",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER SEQUENCE that changes where it begins, ends or how it steps, on a sequence that the same file does not create.",
    harm: "Numbers come that the app does not expect, or that rows have already. That a sequence begins again also sequence-restarted \
           finds.",
    remedy: "make another sequence, and another default",
    sources: &["https://www.postgresql.org/docs/current/sql-altersequence.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE SEQUENCE numbers;",
        sql: "ALTER SEQUENCE numbers INCREMENT BY 10;",
    },
    good: Example {
        schema: "CREATE SEQUENCE numbers;",
        sql: "CREATE SEQUENCE tens INCREMENT BY 10;",
    },
    judge: Judge::Style(Squawk::BanAlterSequenceValues),
};
