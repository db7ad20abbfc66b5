//! Views, functions and triggers that are replaced.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-replace-view-function",
    title: "what a view, function or trigger does is replaced",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "CREATE OR REPLACE of a view, function, procedure, aggregate, trigger or rule.",
    harm: "Whoever uses it gets other results from one moment to the next, and the old text is gone.",
    remedy: "make another one beside it, and let its users move",
    sources: &["https://www.postgresql.org/docs/current/sql-createview.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);\n\
                 CREATE VIEW mails AS SELECT id, email FROM users;",
        sql: "CREATE OR REPLACE VIEW mails AS SELECT id, email FROM users WHERE score > 0;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "CREATE VIEW good_mails AS SELECT id, email FROM users WHERE score > 0;",
    },
    judge: Judge::Style(Squawk::BanReplaceViewFunction),
};
