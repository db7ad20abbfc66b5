//! From a [`Target`] to a live connection.
//!
//! Owns: trying hosts, addresses and encryption in libpq's order, repeating until patience is over,
//! what an attempt's failure means, the task that drives a connection, creating a missing database.
//! Does not own: what is said on the connection; where the target came from.
//!
//! Whether a transaction pooler stands between is told by [`Target::pooled`] only. On a live
//! connection one round trip cannot tell: the pooler may give the same server connection to two
//! transactions in a row, and it answers for itself in nothing that the server would not.
//! Reads next: `connect/attempt.rs`, then `connect/error.rs`.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::url::Target;

mod attempt;
mod cancel;
mod create;
mod driver;
mod error;

pub use cancel::Cancel;
pub use create::create_database;
pub use driver::{Connection, Ended, Notices};
pub use error::{ConnectError, Rejection};

/// The first pause between two attempts; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause: a server that is up again shall not be kept waiting.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The least time that an attempt gets, even if patience is over before.
const LAST_ATTEMPT: Duration = Duration::from_secs(1);

/// How long one address may take where `connect_timeout` is not given. libpq would wait for ever.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(10);

/// An attempt failed, and another one will be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// The number of attempts that have failed.
    pub attempts: u32,
    /// Why the last one failed.
    pub cause: String,
    /// The pause before the next one.
    pub pause: Duration,
    /// How much patience is left.
    pub left: Duration,
}

/// Connects.
///
/// Repeats what may succeed later — connections refused, names not resolved, timeouts, a server that
/// is starting up or has no connection free — until `patience` is over, and tells `observer` before
/// each pause. Without patience there is one attempt. An attempt gives each address the time of
/// `connect_timeout`, or ten seconds.
///
/// Must be called within a tokio runtime: a task drives the connection.
///
/// # Errors
/// The last attempt's failure; see [`ConnectError`] for what may be done next.
pub async fn connect(
    target: &Target,
    patience: Option<Duration>,
    observer: &mut (dyn FnMut(&Retry) + Send),
) -> Result<Connection, ConnectError> {
    let start = Instant::now();
    let patience = patience.unwrap_or_default();
    let mut pause = FIRST_PAUSE;
    for attempts in 1.. {
        let left = patience.saturating_sub(start.elapsed());
        // Without patience only each address is limited. The last attempt gets a second of its own: cut
        // short at once, it would say "no answer" where "refused" is the truth.
        let limit = if patience.is_zero() {
            Duration::MAX
        } else {
            left.max(LAST_ATTEMPT)
        };
        let failure = match attempt::attempt(target, limit).await {
            Ok(connection) => return Ok(connection),
            Err(failure) => failure,
        };
        let left = patience.saturating_sub(start.elapsed());
        if !failure.may_pass || left.is_zero() {
            return Err(failure.error.after(attempts, start.elapsed()));
        }
        let retry = Retry {
            attempts,
            cause: failure.error.cause(),
            pause: jitter(pause).min(left),
            left,
        };
        observer(&retry);
        sleep(retry.pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    unreachable!("4 billion attempts take 272 years")
}

/// Half to all of the pause: many clients that lost the same server shall not come back at once.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + random() as f64 / u64::MAX as f64 / 2.0)
}

/// A number that nobody needs to be unable to guess.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}
