//! Ground truth: statements are run on a database that nobody needs, and what the server really does is compared with what
//! is said of them.
//!
//! Each statement is a transaction of its own, but for those between `BEGIN` and `COMMIT`. The tables need no rows: a server
//! takes the same locks on empty ones, and tells of the same work. What cannot be seen: the locks of a statement that runs
//! in no transaction, but for the first that it has to wait for; those that a statement takes on the other side of a
//! foreign key for the rows that it writes.

mod step;

use std::{collections::BTreeMap, time::Duration};

use segue_catalog::QName;
use segue_db::{
    ServerError,
    postgres::{
        Session,
        watch::{Before, Seen},
    },
};
use segue_plan::{Disagreement, Effect, Line, LockMode, Observed, Script};
use segue_sql::Kind;

pub use step::Inhabitants;

/// How long to wait at most for a statement to ask for its first lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often is looked.
const PERIOD: Duration = Duration::from_millis(10);

/// What came of a statement.
#[derive(Debug, Clone)]
pub enum Traced {
    /// It does what is said.
    Agrees(Observed),
    /// It does something else.
    Disagrees(Observed, Vec<Disagreement>),
    /// What it does could not be said; this is what it did.
    Opaque(Observed),
    /// The server refused it.
    Refused(String),
    /// It only steers a transaction, or is none of the server's.
    Passed,
}

/// Runs statements on a database and watches them.
pub struct Tracer<'s> {
    session: &'s Session,
    /// Two more sessions, on a server that takes several at a time: one that stands in the way, one that looks.
    witnesses: Option<[&'s Session; 2]>,
    /// Whether a transaction of the script is open.
    open: bool,
}

impl<'s> Tracer<'s> {
    /// Watches statements on this session.
    pub fn new(session: &'s Session, witnesses: Option<[&'s Session; 2]>) -> Self {
        Self {
            session,
            witnesses,
            open: false,
        }
    }

    /// Runs the next statement.
    ///
    /// # Errors
    /// The connection is lost, or the server refuses to be looked at.
    pub async fn run(&mut self, script: &Script, line: &Line) -> Result<Traced, ServerError> {
        let text = &script.source.text[line.span.clone()];
        match &line.kind {
            Kind::PsqlCommand(_) | Kind::CopyFromStdin => Ok(Traced::Passed),
            Kind::Begin | Kind::Commit | Kind::Rollback | Kind::PrepareTransaction => {
                self.open = line.kind == Kind::Begin;
                match self.session.execute(text).await {
                    Ok(()) => Ok(Traced::Passed),
                    Err(error) => self.refused(error).await,
                }
            }
            Kind::OutsideTransaction(_) if !self.open => self.alone(script, line).await,
            _ => self.within(script, line).await,
        }
    }

    /// In a transaction.
    async fn within(&mut self, script: &Script, line: &Line) -> Result<Traced, ServerError> {
        let text = &script.source.text[line.span.clone()];
        if !self.open {
            self.session.execute("BEGIN").await?;
        }
        let before = Before::look(self.session).await?;
        if let Err(error) = self.session.execute(text).await {
            return self.refused(error).await;
        }
        let seen = before.after(self.session).await?;
        if !self.open
            && let Err(error) = self.session.execute("COMMIT").await
        {
            return self.refused(error).await;
        }
        Ok(judged(observed(&seen, true), line, &script.effect(line)))
    }

    async fn refused(&mut self, error: ServerError) -> Result<Traced, ServerError> {
        if error.ends_connection() {
            return Err(error);
        }
        self.session.execute("ROLLBACK").await?;
        self.session
            .execute("SET client_min_messages = notice")
            .await?;
        self.open = false;
        Ok(Traced::Refused(error.to_string()))
    }

    /// Outside of any transaction.
    async fn alone(&mut self, script: &Script, line: &Line) -> Result<Traced, ServerError> {
        let text = &script.source.text[line.span.clone()];
        let before = Before::look(self.session).await?;
        let effect = script.effect(line);
        match self.watched(text, before, &effect).await? {
            Ok(observed) => Ok(judged(observed, line, &effect)),
            Err(error) => self.refused(error).await,
        }
    }

    /// What a statement does that runs outside of any transaction; what the server refuses of it.
    async fn watched(
        &self,
        text: &str,
        before: Before,
        effect: &Effect,
    ) -> Result<Result<Observed, ServerError>, ServerError> {
        let (ran, locks) = match self.witnesses {
            Some(witnesses) => self.witnessed(text, &before, witnesses).await?,
            None => (self.session.execute(text).await, BTreeMap::new()),
        };
        if let Err(error) = ran {
            return Ok(Err(error));
        }
        let mut seen = before.after(self.session).await?;
        seen.locks = locks;
        let mut observed = observed(&seen, false);
        observed.locks = Some(first_locks(effect, &observed));
        Ok(Ok(observed))
    }

    /// While somebody holds a lock on every table that lets others read and write, but keeps whoever maintains a table
    /// waiting: what the statement has to wait for is the first lock that it wants.
    async fn witnessed(
        &self,
        text: &str,
        before: &Before,
        [guard, watcher]: [&Session; 2],
    ) -> Result<(Result<(), ServerError>, BTreeMap<QName, Vec<String>>), ServerError> {
        let own = self
            .session
            .rows("SELECT pg_catalog.pg_backend_pid()")
            .await?;
        let own = own
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .unwrap_or_default();
        guard.execute("BEGIN").await?;
        for lock in before.guards() {
            guard.execute(&lock).await?;
        }
        let running = self.session.execute(text);
        let looking = async {
            let mut found = BTreeMap::new();
            let mut waited = Duration::ZERO;
            while waited < PATIENCE {
                let (locks, waits) = before.of_other(watcher, &own).await?;
                if waits {
                    found = locks;
                    break;
                }
                tokio::time::sleep(PERIOD).await;
                waited += PERIOD;
            }
            Ok::<_, ServerError>(found)
        };
        let mut running = std::pin::pin!(running);
        let looked = tokio::select! {
            // it has not had to wait
            ran = &mut running => Err(ran),
            found = looking => Ok(found),
        };
        // only now may it go on: what was seen of it is kept
        guard.execute("ROLLBACK").await?;
        match looked {
            Ok(found) => Ok((running.await, found?)),
            Err(ran) => Ok((ran, BTreeMap::new())),
        }
    }
}

/// Of a statement that was only seen to wait for its first lock, no other one is judged.
fn first_locks(effect: &Effect, seen: &Observed) -> BTreeMap<QName, LockMode> {
    let mut locks = effect.locks.clone();
    for (name, mode) in seen.locks.iter().flatten() {
        locks.insert(name.clone(), *mode);
    }
    locks
}

fn judged(observed: Observed, line: &Line, effect: &Effect) -> Traced {
    if effect.unknown.is_some() || !line.refused.is_empty() {
        return Traced::Opaque(observed);
    }
    let found = observed.disagreements(line, effect);
    if found.is_empty() {
        Traced::Agrees(observed)
    } else {
        Traced::Disagrees(observed, found)
    }
}

fn observed(seen: &Seen, in_transaction: bool) -> Observed {
    let mut observed = Observed {
        held: strongest(&seen.held),
        locks: Some(strongest(&seen.locks)),
        refiled: seen.refiled.clone(),
        // of several transactions only the last one's reads are counted
        read: in_transaction.then(|| seen.scanned.clone()),
        ..Observed::default()
    };
    for message in &seen.messages {
        observed.hear(message);
    }
    observed
}

fn strongest(modes: &BTreeMap<QName, Vec<String>>) -> BTreeMap<QName, LockMode> {
    let strongest = |modes: &[String]| modes.iter().filter_map(|mode| LockMode::named(mode)).max();
    modes
        .iter()
        .filter_map(|(name, modes)| Some((name.clone(), strongest(modes)?)))
        .collect()
}
