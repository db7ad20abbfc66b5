//! One deploy at a time: segue's own lock, and the lock of the tool whose history is written. In PostgreSQL
//! these are advisory locks, in SQLite one lock on the file.

use std::time::{Duration, Instant};

use segue_db::{
    Session,
    postgres::lock::{self, Holder, SEGUE_KEY},
    sqlite,
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
    /// Takes the locks, waiting up to `patience` for another deploy to end; not [confirmed](Self::confirm) yet.
    pub(crate) async fn take(
        session: &Session,
        tool_keys: Vec<i64>,
        patience: Option<Duration>,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Self, Failure> {
        if let Session::Sqlite(file) = session {
            take_file(file, patience, interrupt, events).await?;
            return Ok(Self { keys: Vec::new() });
        }
        let keys: Vec<i64> = std::iter::once(SEGUE_KEY).chain(tool_keys).collect();
        let mut taken = Vec::with_capacity(keys.len());
        for key in keys {
            if take_one(session, key, patience, interrupt, events).await? {
                taken.push(key);
            }
        }
        Ok(Self { keys: taken })
    }

    /// Makes sure that it is ours, before anything is written: behind a pooler it may stay with another's connection.
    pub(crate) async fn confirm(&self, session: &Session) -> Result<(), Failure> {
        if let Session::Postgres(_) = session
            && !lock::is_ours(session, SEGUE_KEY).await?
        {
            return Err(shared_connection());
        }
        Ok(())
    }

    /// Waits until another session is done with a plan, as long as `patience` says; while it waits, others may deploy.
    pub(crate) async fn wait_for_plan(
        self,
        session: &Session,
        rollout: i64,
        refusal: Failure,
        patience: Option<Duration>,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), Failure> {
        self.release(session).await;
        let mut wait = Wait::new(patience, interrupt);
        let mut refusal = Some(refusal);
        while let Some(holder) = lock::other_holder(session, lock::plan_key(rollout)).await? {
            let refuse = || {
                refusal
                    .take()
                    .unwrap_or_else(|| held_by(PLAN, Some(&holder)))
            };
            wait.once(refuse, Some(holder.clone()), events).await?;
        }
        Ok(())
    }

    /// What is held.
    pub(crate) fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// Gives the locks back; what goes wrong here ends with the connection.
    pub(crate) async fn release(self, session: &Session) {
        match session {
            Session::Postgres(_) => {
                let _ = lock::unlock_all(session).await;
            }
            Session::Sqlite(file) => file.unlock(),
        }
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

/// What is held where a plan is.
pub(crate) const PLAN: &str = "the plan is being carried out by another session";

/// Takes a lock; whether it was taken, or is held by a session that does for us what it is for.
async fn take_one(
    session: &Session,
    key: i64,
    patience: Option<Duration>,
    interrupt: &Interrupt,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<bool, Failure> {
    let mut wait = Wait::new(patience, interrupt);
    while !lock::try_lock(session, key).await? {
        let holder = lock::holder(session, key).await?;
        // It keeps the tool away as long as its plan is not done, and lets other deploys of segue work meanwhile.
        if key != SEGUE_KEY
            && let Some(holder) = &holder
            && lock::carries_a_plan(session, &holder.pid).await?
        {
            return Ok(false);
        }
        let told = holder.clone();
        let refuse = || held(told.as_ref(), key);
        wait.once(refuse, holder, events).await?;
    }
    Ok(true)
}

/// Takes segue's own lock back, which was given up for a while, however long another deploy has it.
pub(crate) async fn take_back(
    session: &Session,
    interrupt: &Interrupt,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<(), Failure> {
    let patience = Some(Duration::MAX);
    let taken = take_one(session, SEGUE_KEY, patience, interrupt, events).await;
    taken.map(drop).map_err(|failure| match failure.kind {
        FailureKind::Interrupted => Failure::new(
            FailureKind::Interrupted,
            Problem::new("stopped while waiting for another deploy")
                .help("what was done is kept: `segue deploy` goes on behind it"),
        ),
        _ => failure,
    })
}

async fn take_file(
    file: &sqlite::Session,
    patience: Option<Duration>,
    interrupt: &Interrupt,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<(), Failure> {
    file.make().await?;
    let mut wait = Wait::new(patience, interrupt);
    loop {
        let taken = file.try_lock().map_err(|error| {
            Failure::refused(
                Problem::new(format!(
                    "the file of the database cannot be locked: {error}"
                ))
                .note("a lock on it (flock) keeps two deploys apart"),
            )
        })?;
        if taken {
            return Ok(());
        }
        let refuse = || {
            Failure::new(
                FailureKind::Locked,
                Problem::new("another deploy is running on this database")
                    .help("wait for it with --wait; its lock on the file ends with its process"),
            )
        };
        wait.once(refuse, None, events).await?;
    }
}

/// Waiting for another deploy to end.
struct Wait<'a> {
    patience: Option<Duration>,
    interrupt: &'a Interrupt,
    start: Instant,
    told: bool,
}

impl<'a> Wait<'a> {
    fn new(patience: Option<Duration>, interrupt: &'a Interrupt) -> Self {
        Self {
            patience,
            interrupt,
            start: Instant::now(),
            told: false,
        }
    }

    /// Waits a moment, or gives up: because the user stops it, or with `refuse` when patience is over.
    async fn once(
        &mut self,
        refuse: impl FnOnce() -> Failure,
        holder: Option<Holder>,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), Failure> {
        if self.interrupt.has_come() {
            return Err(Failure::new(
                FailureKind::Interrupted,
                Problem::new("stopped while waiting for another deploy; nothing was changed"),
            ));
        }
        if self
            .patience
            .is_none_or(|patience| self.start.elapsed() >= patience)
        {
            return Err(refuse());
        }
        if !self.told {
            self.told = true;
            events(Event::WaitingForDeploy(holder));
        }
        self.interrupt.sleep(PAUSE).await;
        Ok(())
    }
}

fn held(holder: Option<&Holder>, key: i64) -> Failure {
    let who = if key == SEGUE_KEY {
        "another deploy is running on this database"
    } else {
        "the project's own migration tool is running on this database"
    };
    held_by(who, holder)
}

/// Somebody else has a lock that we need.
pub(crate) fn held_by(who: &str, holder: Option<&Holder>) -> Failure {
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
