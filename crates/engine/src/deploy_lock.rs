//! One deploy at a time: segue's own lock, and the lock of the tool whose history is written.

use std::time::{Duration, Instant};

use segue_db::postgres::{
    Session,
    lock::{self, Holder, SEGUE_KEY},
};
use segue_sql::Problem;

use crate::{Event, Failure, FailureKind, Interrupt};

/// Between two looks at a lock that somebody else holds.
const PAUSE: Duration = Duration::from_millis(200);

/// The locks of a deploy. They end with the connection in any case; [`release`](Self::release) gives them
/// back to a pooler's connection too.
pub(crate) struct DeployLock {
    keys: Vec<i64>,
}

impl DeployLock {
    /// Takes the locks, waiting up to `patience` for another deploy to end.
    pub(crate) async fn take(
        session: &Session,
        tool_keys: Vec<i64>,
        patience: Option<Duration>,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Self, Failure> {
        let keys: Vec<i64> = std::iter::once(SEGUE_KEY).chain(tool_keys).collect();
        for key in &keys {
            take_one(session, *key, patience, interrupt, events).await?;
        }
        if !lock::is_ours(session, SEGUE_KEY).await? {
            return Err(shared_connection());
        }
        Ok(Self { keys })
    }

    /// What is held.
    pub(crate) fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// Gives the locks back; what goes wrong here ends with the connection.
    pub(crate) async fn release(self, session: &Session) {
        let _ = lock::unlock_all(session).await;
    }
}

/// A pooler stands between, and gives the connection to others between our transactions.
pub(crate) fn shared_connection() -> Failure {
    Failure::refused(
        Problem::new("a pooler shares this connection between transactions")
            .note("locks and settings of a deploy need one connection from start to end")
            .help("give the database's direct URL, or a pooler's port in session mode"),
    )
}

async fn take_one(
    session: &Session,
    key: i64,
    patience: Option<Duration>,
    interrupt: &Interrupt,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<(), Failure> {
    let start = Instant::now();
    let mut told = false;
    while !lock::try_lock(session, key).await? {
        let holder = lock::holder(session, key).await?;
        if interrupt.has_come() {
            return Err(Failure::new(
                FailureKind::Interrupted,
                Problem::new("stopped while waiting for another deploy; nothing was changed"),
            ));
        }
        if patience.is_none_or(|patience| start.elapsed() >= patience) {
            return Err(held(holder.as_ref(), key));
        }
        if !told {
            told = true;
            events(Event::WaitingForDeploy(holder));
        }
        interrupt.sleep(PAUSE).await;
    }
    Ok(())
}

fn held(holder: Option<&Holder>, key: i64) -> Failure {
    let who = if key == SEGUE_KEY {
        "another deploy is running on this database"
    } else {
        "the project's own migration tool is running on this database"
    };
    let mut problem = Problem::new(who);
    if let Some(holder) = holder {
        problem = problem.note(format!(
            "process {} of user {}{}{}, connected since {}",
            holder.pid,
            holder.user,
            if holder.application.is_empty() {
                String::new()
            } else {
                format!(" ({})", holder.application)
            },
            holder
                .address
                .as_deref()
                .map_or_else(String::new, |address| format!(" from {address}")),
            holder.since
        ));
    }
    Failure::new(
        FailureKind::Locked,
        problem.help("wait for it with --wait; if nothing runs there any more, end that process with pg_terminate_backend"),
    )
}
