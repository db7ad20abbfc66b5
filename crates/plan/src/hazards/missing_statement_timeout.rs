//! Long work without a limit on it.

use super::missing_lock_timeout::is_unlimited;
use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, WorkKind};

pub(super) static RULE: Rule = Rule {
    id: "missing-statement-timeout",
    title: "a statement works on a large table without limit",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "a migration that goes through a large table while others wait for it, without SET statement_timeout before that, where \
              neither the server nor whoever runs it sets one. Not of concurrent builds. Said once for each migration.",
    harm: "If the work takes longer than somebody has thought, nothing ends it but a person.",
    remedy: "SET statement_timeout to what the app can bear at the top of the migration",
    sources: &[
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "CREATE INDEX users_nick ON users (nick);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "SET statement_timeout = '5s'; ALTER TABLE users ADD COLUMN handle text;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let is_long = |effect: &crate::Effect| {
        let mut work = effect.work.iter();
        work.any(|work| work.kind != WorkKind::ConcurrentBuild && moment.is_heavy(&work.table))
    };
    let said = moment.earlier().len();
    if !is_long(moment.effect()) || moment.effects[..said].iter().any(is_long) {
        return;
    }
    if !is_unlimited(moment, "statement_timeout") {
        return;
    }
    report.finding("this may take long, and nothing ends it");
}
