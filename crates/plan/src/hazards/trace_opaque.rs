//! What a statement did of which only a server can tell what it does.

use crate::{Class, Example, Judge, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    id: "trace-opaque",
    title: "a statement that cannot be read keeps others waiting",
    class: Class::Cost,
    severity: Severity::Warning,
    trigger: "`segue lint --trace`, where a DO block, a call or another statement of which only a server can tell what it does took a \
              lock that blocks writes on a table that was there, or wrote one anew.",
    harm: "The lock that is named, until the transaction ends. How long that is depends on the rows, which a shadow database does not \
           have.",
    remedy: "write the statements that it runs in the migration itself, where each can be judged",
    sources: &["https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);",
        sql: "DO $$ BEGIN EXECUTE format('CREATE INDEX users_nick ON %I (nick)', 'users'); END $$;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);",
        sql: "CREATE INDEX CONCURRENTLY users_nick ON users (nick);",
    },
    judge: Judge::Trace,
};
