//! A live connection and the task that drives it.
//!
//! Owns: the server's notices until somebody takes them, and the reason of a connection's end.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
    time::timeout,
};
use tokio_postgres::{AsyncMessage, Client, Config, Socket, error::DbError, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::cancel::Cancel;
use crate::postgres::url::Endpoint;

/// How many notices wait at most: a loop in a function may raise millions, and nobody reads them all.
const NOTICES: usize = 1000;

/// How long saying goodbye to the server may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection to a server.
pub struct Connection {
    /// To talk to the server.
    pub client: Client,
    /// What the server said beside its answers.
    pub notices: Notices,
    /// Stops what runs; may be cloned and used while the client is busy.
    pub cancel: Cancel,
    /// The server that answered, of those in the target.
    pub endpoint: Endpoint,
    task: JoinHandle<()>,
}

impl Connection {
    /// Why the connection is no more; none while it lives.
    pub fn ended(&self) -> Option<Ended> {
        self.notices.inbox().ended.clone()
    }

    /// Says goodbye to the server, so that it logs no lost connection, and waits (two seconds at
    /// most) until that is sent. Dropping does the same, as long as the runtime goes on running.
    pub async fn close(self) {
        drop(self.client);
        // A server that does not answer any more need not be told.
        let _ = timeout(CLOSE_TIMEOUT, self.task).await;
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("endpoint", &self.endpoint)
            .field("ended", &self.ended())
            .finish_non_exhaustive()
    }
}

/// The end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Why; none if we closed it ourselves.
    pub cause: Option<String>,
}

/// The server's notices and warnings. A statement's notices are here before its result is: the same
/// task receives both, in the order in which they were sent.
#[derive(Clone, Default)]
pub struct Notices {
    inbox: Arc<Mutex<Inbox>>,
}

#[derive(Default)]
struct Inbox {
    notices: VecDeque<DbError>,
    dropped: usize,
    ended: Option<Ended>,
}

impl Notices {
    /// Takes what came since the last time, oldest first; at most the latest thousand.
    pub fn drain(&self) -> Vec<DbError> {
        self.inbox().notices.drain(..).collect()
    }

    /// Takes the number of those that came since the last time and were dropped to bound memory.
    pub fn dropped(&self) -> usize {
        std::mem::take(&mut self.inbox().dropped)
    }

    fn push(&self, notice: DbError) {
        let mut inbox = self.inbox();
        if inbox.notices.len() == NOTICES {
            inbox.notices.pop_front();
            inbox.dropped += 1;
        }
        inbox.notices.push_back(notice);
    }

    /// Nothing is done under the lock that could leave it half done.
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects by that encryption and starts the task. `config` has one host.
pub(super) async fn open<T>(
    config: &Config,
    endpoint: &Endpoint,
    tls: T,
    tls_of_cancel: Option<MakeRustlsConnect>,
) -> Result<Connection, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    let notices = Notices::default();
    let task = tokio::spawn(drive(connection, notices.clone()));
    Ok(Connection {
        cancel: Cancel::new(client.cancel_token(), config, endpoint, tls_of_cancel),
        client,
        notices,
        endpoint: endpoint.clone(),
        task,
    })
}

async fn drive<S, T>(mut connection: tokio_postgres::Connection<S, T>, notices: Notices)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let cause = loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notice(notice))) => notices.push(notice),
            // Nobody listens to channels here.
            Some(Ok(_)) => {}
            Some(Err(error)) => break Some(super::error::causes(&error)),
            None => break None,
        }
    };
    notices.inbox().ended = Some(Ended { cause });
}
