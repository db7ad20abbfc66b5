//! A comment allows what is not found.

use std::{ops::Range, sync::Arc};

use crate::{Class, Example, Finding, Judge, Policy, Rule, Script, Severity, lint::severity_of};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-acknowledgement",
    title: "a comment allows what is not found",
    class: Class::Process,
    severity: Severity::Warning,
    trigger: "`-- segue: allow RULE because REASON`, where the rule finds nothing in the statement that the comment speaks \
              of: the one that it is within, whose line it ends, or else that comes next. Not where the rule is off.",
    harm: "Whoever reads it believes that something dangerous happens there; and what it would allow later nobody has \
           looked at.",
    remedy: "remove the comment, or move it to the statement that it is about",
    sources: &["docs/lint.md#acknowledgements"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
        sql: "-- segue: allow index-not-concurrent because the table is small\n\
              CREATE INDEX CONCURRENTLY users_email_idx ON users (email);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n\
                 INSERT INTO users SELECT n FROM generate_series(1, 100000) n;",
        sql: "-- segue: allow index-not-concurrent because nothing writes at night\n\
              CREATE INDEX users_email_idx ON users (email);",
    },
    judge: Judge::Acknowledgements,
};

/// What it says of a comment, unless it is off.
pub(crate) fn finding(
    script: &Script,
    comment: Range<usize>,
    allowed: &str,
    policy: &Policy,
) -> Option<Finding> {
    Some(Finding {
        rule: RULE.id,
        severity: severity_of(&RULE, policy)?,
        source: Arc::clone(&script.source),
        span: comment,
        statement: None,
        message: format!("this allows `{allowed}`, which is not found here"),
        notes: Vec::new(),
        help: Some(RULE.remedy.to_owned()),
        fix: None,
        planned: Vec::new(),
    })
}
