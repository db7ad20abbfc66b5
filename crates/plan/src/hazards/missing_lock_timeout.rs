//! A strong lock without a limit on waiting for it.

use crate::{Class, Example, Judge, LockMode, Moment, Origin, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "missing-lock-timeout",
    title: "a statement waits for a lock without limit, and everybody else behind it",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "a migration that locks a table in use against writes, without SET lock_timeout before that, where neither the server nor \
              whoever runs it sets one. Said once for each migration.",
    harm: "While the statement waits for a transaction that is already there, every later query of the table waits behind it: a short \
           lock becomes a long outage.",
    remedy: "SET lock_timeout = '2s' at the top of the migration, and run it again when it gives up",
    sources: &[
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY);
                 INSERT INTO users SELECT generate_series(1, 20000);",
        sql: "ALTER TABLE users ADD COLUMN nick text;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY);
                 INSERT INTO users SELECT generate_series(1, 20000);",
        sql: "SET lock_timeout = '2s'; ALTER TABLE users ADD COLUMN nick text;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    if moment.script().origin == Origin::Loose || !blocks(moment, moment.effect()) {
        return;
    }
    let said = moment.earlier().len();
    let locks_before = moment.effects[..said]
        .iter()
        .any(|effect| blocks(moment, effect));
    if locks_before || !is_unlimited(moment, "lock_timeout") {
        return;
    }
    let locks = moment.effect().locks.iter();
    let mut locks = locks.filter(|(name, mode)| is_blocking(moment, name, **mode));
    if let Some((name, mode)) = locks.next() {
        report.finding(format!(
            "{mode} on {name} is waited for without limit, and every later query of it waits behind that"
        ));
    }
}

fn blocks(moment: &Moment<'_>, effect: &crate::Effect) -> bool {
    let mut locks = effect.locks.iter();
    locks.any(|(name, mode)| is_blocking(moment, name, *mode))
}

fn is_blocking(moment: &Moment<'_>, name: &segue_catalog::QName, mode: LockMode) -> bool {
    mode.blocks_writes() && moment.is_in_use(name) && moment.before().tables.contains_key(name)
}

/// Whether nothing limits a timeout of this name at a statement of a migration.
pub(super) fn is_unlimited(moment: &Moment<'_>, setting: &str) -> bool {
    let script = moment.script();
    if script.origin == Origin::Loose || script.kept.as_ref().is_some_and(|kept| kept.has_timeouts)
    {
        return false;
    }
    let of_server = moment.facts().settings.get(setting);
    if of_server.is_some_and(|value| !matches!(value.as_str(), "0" | "0ms" | "")) {
        return false;
    }
    !moment.earlier().iter().any(|line| {
        let text = script.source.text[line.span.clone()].to_ascii_lowercase();
        let is_local = text.split_whitespace().nth(1) == Some("local");
        text.starts_with("set")
            && text.contains(setting)
            && !(is_local && line.transaction.is_none())
    })
}
