//! Triggers that go.

use crate::{Class, Example, Judge, Rule, Severity, style::Squawk};

pub(super) static RULE: Rule = Rule {
    id: "style-ban-drop-trigger",
    title: "a trigger goes, and what it did with it",
    class: Class::Style,
    severity: Severity::Info,
    trigger: "DROP TRIGGER.",
    harm: "What the trigger kept in order or recorded is no longer done, and nothing fails.",
    remedy: "let the app do first what the trigger did, then allow it by a comment",
    sources: &["https://www.postgresql.org/docs/current/sql-droptrigger.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);\n\
                 CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
                 CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
        sql: "DROP TRIGGER touched ON users;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);\n\
                 CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';",
        sql: "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
    },
    judge: Judge::Style(Squawk::BanDropTrigger),
};
