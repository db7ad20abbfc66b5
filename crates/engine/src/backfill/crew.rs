//! The connections of a backfill: those of the workers, and the one that looks after them.

use std::time::{Duration, Instant};

use segue_db::{ServerError, Session};

use crate::{Failure, Opener, Settings};

/// How many round trips are measured: one may be slow by chance.
const MEASURED: u32 = 3;

/// The connections beside the deploy's own.
pub(super) struct Crew {
    /// Of further workers.
    pub(super) others: Vec<Session>,
    /// Of the one that looks after them.
    pub(super) overseer: Option<Session>,
    /// The processes of all workers on the server, the deploy's first.
    pub(super) pids: Vec<String>,
    /// How long a round trip to the server takes.
    pub(super) trip: Duration,
    /// What people should know of it.
    pub(super) notices: Vec<String>,
}

impl Crew {
    /// Opens what there is to be had. Without any of it the deploy's own connection works alone.
    pub(super) async fn gather(
        session: &Session,
        opener: Option<&Opener>,
        settings: &Settings,
        workers: usize,
    ) -> Result<Self, Failure> {
        let mut crew = Self {
            others: Vec::new(),
            overseer: None,
            pids: vec![pid(session).await?],
            trip: trip(session).await?,
            notices: Vec::new(),
        };
        let Some(opener) = opener else {
            crew.notices.push(ALONE.to_owned());
            return Ok(crew);
        };
        crew.overseer = open(opener, settings).await;
        if crew.overseer.is_none() {
            crew.notices.push(ALONE.to_owned());
            return Ok(crew);
        }
        while crew.pids.len() < workers {
            let Some(session) = open(opener, settings).await else {
                crew.notices.push(format!(
                    "warning: no further connection could be opened: {} of {} workers write rows",
                    crew.pids.len(),
                    workers
                ));
                break;
            };
            crew.pids.push(pid(&session).await?);
            crew.others.push(session);
        }
        Ok(crew)
    }

    /// Ends the connections.
    pub(super) async fn dismiss(self) {
        for session in self.others.into_iter().chain(self.overseer) {
            session.close().await;
        }
    }
}

const ALONE: &str = "warning: no second connection could be opened: one worker writes rows, and does not see who waits for them";

/// A further connection, set as the deploy's own is.
pub(super) async fn open(opener: &Opener, settings: &Settings) -> Option<Session> {
    let session = opener().await?;
    settings.start(&session).await.ok()?;
    Some(session)
}

/// The shortest of some round trips.
async fn trip(session: &Session) -> Result<Duration, ServerError> {
    let mut shortest = Duration::MAX;
    for _ in 0..MEASURED {
        let start = Instant::now();
        session.execute("SELECT").await?;
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}

async fn pid(session: &Session) -> Result<String, ServerError> {
    let rows = session.rows("SELECT pg_catalog.pg_backend_pid()").await?;
    let pid = rows.into_iter().flatten().next().flatten();
    pid.ok_or_else(|| ServerError::Lost("it does not tell its process".to_owned()))
}
