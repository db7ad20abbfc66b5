//! The locks of a step, taken before its statements: so that all of them are waited for together, and no longer than for a moment.

use std::time::Duration;

use segue_db::literal;
use segue_plan::{LockMode, Step};

/// What an autovacuum in the way is given to go, beyond the time after which the server asks it to.
const GRACE: Duration = Duration::from_millis(500);

/// Whether a step is done or undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Forth,
    Back,
}

/// The order in which tables are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    ByName,
    Reversed,
}

/// The statements that take the locks of a step. They begin with what takes the time out of an autovacuum's hands: it holds
/// SHARE UPDATE EXCLUSIVE, and goes when somebody has waited for it for `deadlock_timeout` (routine-vacuuming.html), which a wait
/// of a moment never does. That lock itself is waited for instead: no app waits for whoever waits for it.
///
/// What is undone is dropped, constraints and triggers too, which takes the strongest lock where they were made under a weaker one.
/// It is taken at once: a transaction that has read a table and then writes to it would be the victim of a deadlock, were a weaker
/// lock made a stronger one behind it.
pub(super) fn first(
    step: &Step,
    lock: Duration,
    deadlock_timeout: Duration,
    (way, order): (Way, Order),
) -> Vec<String> {
    let mode = |made: LockMode| match way {
        Way::Forth => made,
        Way::Back => LockMode::AccessExclusive,
    };
    let strong: Vec<(String, LockMode)> = (step.effect.locks.iter())
        .filter(|(_, mode)| mode.blocks_writes())
        .map(|(relation, made)| (relation.to_string(), mode(*made)))
        .collect();
    if strong.is_empty() {
        return vec![set("lock_timeout", patient(step, lock, deadlock_timeout))];
    }
    let weak = strong.iter();
    let weak: Vec<(String, LockMode)> = weak
        .map(|(relation, _)| (relation.clone(), LockMode::ShareUpdateExclusive))
        .collect();
    let mut statements = vec![
        set("lock_timeout", longest_wait(deadlock_timeout)),
        lock_all(&weak, order),
        set("lock_timeout", lock),
    ];
    if strong.len() > 1 || way == Way::Back {
        statements.extend([set("statement_timeout", lock), lock_all(&strong, order)]);
    }
    statements
}

/// How long a step waits before its strong locks at most.
pub(super) fn longest_wait(deadlock_timeout: Duration) -> Duration {
    deadlock_timeout + GRACE
}

/// For a lock that no app waits behind there is time until an autovacuum has gone.
fn patient(step: &Step, lock: Duration, deadlock_timeout: Duration) -> Duration {
    let strongest = step.effect.locks.values().max();
    match strongest {
        Some(LockMode::ShareUpdateExclusive) => lock.max(longest_wait(deadlock_timeout)),
        _ => lock,
    }
}

/// How long what only reads waits for each lock, for the rest of a transaction that has locked nothing: no app waits for it.
pub(super) fn patiently(patience: Duration) -> String {
    // no time at all would be for ever (runtime-config-client.html)
    set("lock_timeout", patience.max(Duration::from_millis(1)))
}

/// A setting for the rest of the transaction.
pub(super) fn set(name: &str, time: Duration) -> String {
    format!("SET LOCAL {name} = {}", time.as_millis())
}

/// One statement that takes all locks, in an order of the names: what `lock_timeout` bounds is each of them, what
/// `statement_timeout` bounds are all together. Relations that cannot be named in LOCK TABLE, that are not there yet, or that the
/// role may not lock by itself, are locked by the statement that needs them.
fn lock_all(wanted: &[(String, LockMode)], order: Order) -> String {
    let order = match order {
        Order::ByName => "",
        Order::Reversed => " DESC",
    };
    let wanted: Vec<String> = wanted
        .iter()
        .map(|(relation, mode)| format!("({}, {})", literal(relation), literal(mode.sql())))
        .collect();
    let wanted = wanted.join(", ");
    let body = format!(
        "DECLARE one record; BEGIN FOR one IN SELECT c.oid::pg_catalog.regclass::text AS relation, w.mode \
         FROM (VALUES {wanted}) w(relation, mode) JOIN pg_catalog.pg_class c \
         ON c.oid = pg_catalog.to_regclass(w.relation) AND c.relkind IN ('r', 'p') \
         WHERE pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') ORDER BY 1{order} LOOP \
         EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN %s MODE', one.relation, one.mode); END LOOP; END"
    );
    format!("DO LANGUAGE plpgsql {}", literal(&body))
}
