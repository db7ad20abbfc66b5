//! How long a step may wait for locks, and work while it holds them.

use std::time::Duration;

use crate::{Action, Effect, LockMode, Timeouts};

/// How long a step waits for a lock before it lets go and tries again: long enough for the transactions of an app, and
/// short enough that nobody notices the queue that forms behind it.
const LOCK: Duration = Duration::from_millis(100);
/// How long a step may hold locks that block others: below half of the default `deadlock_timeout` of 1 s, so that it is
/// never the app that a deadlock ends (runtime-config-locks.html).
const STATEMENT: Duration = Duration::from_millis(400);

/// What a step is given.
pub(super) fn of(action: &Action, effect: &Effect) -> Timeouts {
    let blocks = effect.locks.values().any(|mode| mode.blocks_writes());
    let waits = effect
        .locks
        .values()
        .any(|mode| *mode >= LockMode::ShareUpdateExclusive);
    match action {
        // a build that is interrupted leaves an invalid index behind
        Action::Alone(_) => Timeouts {
            lock: None,
            statement: None,
        },
        Action::Transaction(_) => Timeouts {
            lock: waits.then_some(LOCK),
            statement: (blocks && effect.work.is_empty()).then_some(STATEMENT),
        },
        Action::Batches(_) | Action::Transform(_) => Timeouts {
            lock: Some(LOCK),
            statement: None,
        },
    }
}
