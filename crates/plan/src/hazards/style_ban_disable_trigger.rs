//! Triggers and rules that fire otherwise than before.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-disable-trigger",
    title: "triggers or rules fire otherwise than before",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "ALTER TABLE … ENABLE or DISABLE TRIGGER or RULE, and DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY.",
    harm: "What triggers keep in order no longer holds for rows that are written meanwhile, by others too once it is committed.",
    remedy: "leave them enabled; session_replication_role turns them off for one session",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "ALTER TABLE users DISABLE TRIGGER USER;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);",
        sql: "SET LOCAL session_replication_role = replica;",
    },
    judge: Judge::Style(Squawk::BanDisableTrigger),
};
