//! A statement did something else on a server than is said of it.

use crate::{Class, Example, Judge, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    id: "trace-disagreement",
    title: "a statement did something else on a server than is said of it",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "`segue lint --trace`, where the server took another lock, or read, built or wrote anew something else, than the rules go \
              by: what triggers and functions of the schema do, or a mistake of ours.",
    harm: "What the other findings say of the statement is not all of it, or not right.",
    remedy: "go by what was seen; where no trigger or function of yours explains it, please report it",
    sources: &["https://www.postgresql.org/docs/current/view-pg-locks.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
CREATE TABLE audit (at timestamptz DEFAULT now());
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE audit; RETURN NULL; END $$;
CREATE TRIGGER note AFTER UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION note();",
        sql: "UPDATE users SET nick = lower(nick) WHERE id = 1;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);",
        sql: "UPDATE users SET nick = lower(nick) WHERE id = 1;",
    },
    judge: Judge::Trace,
};
