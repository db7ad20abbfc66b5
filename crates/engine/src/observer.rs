//! A second connection: it sees who blocks the first one, and whether the first one is ours alone.

use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use segue_db::{
    Session,
    postgres::blockers::{self, Blocker},
};

/// Opens another connection to the same database; `None` where that did not succeed.
pub type Opener =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Option<Session>> + Send>> + Send + Sync>;

/// Looks at the deploy's session from outside.
pub(crate) struct Observer {
    open: Option<Opener>,
    session: Option<Session>,
    /// When it was last tried to open one.
    tried: Option<Instant>,
    pid: String,
    /// Who blocked the deploy's session when that was last looked at and somebody did.
    seen: Vec<Blocker>,
}

/// How long a look may take: it must never hold up the deploy itself.
const LOOK: Duration = Duration::from_secs(2);

/// How long not to try again to open a connection.
const AGAIN: Duration = Duration::from_secs(5);

impl Observer {
    pub(crate) fn new(open: Option<Opener>, pid: &str) -> Self {
        Self {
            open,
            session: None,
            tried: None,
            pid: pid.to_owned(),
            seen: Vec::new(),
        }
    }

    /// Who blocks the deploy's session now; empty if nobody, or if it cannot be learned.
    pub(crate) async fn look(&mut self) -> Vec<Blocker> {
        let look = async {
            self.connect().await;
            let session = self.session.as_ref()?;
            Some(blockers::chain(session, &self.pid).await)
        };
        let looked = tokio::time::timeout(LOOK, look).await.ok().flatten();
        if matches!(&looked, Some(Err(error)) if error.ends_connection()) {
            self.session = None;
        }
        let chain = looked.and_then(Result::ok).unwrap_or_default();
        if !chain.is_empty() {
            self.seen.clone_from(&chain);
        }
        chain
    }

    /// Who was seen to block us since this was last asked.
    pub(crate) fn take_seen(&mut self) -> Vec<Blocker> {
        std::mem::take(&mut self.seen)
    }

    /// The connection that looks, and what opens others.
    pub(crate) fn parts(&self) -> (Option<&Session>, Option<&Opener>) {
        (self.session.as_ref(), self.open.as_ref())
    }

    /// Whether another connection is served by the process that serves the deploy's own: a pooler shares it
    /// between transactions. No server by itself does that; a pooler that is busy may not show it.
    pub(crate) async fn shares_our_process(&mut self) -> bool {
        let look = async {
            self.connect().await;
            let session = self.session.as_ref()?;
            let rows = session.rows("SELECT pg_backend_pid()").await.ok()?;
            rows.into_iter().next()?.into_iter().next()?
        };
        let pid = tokio::time::timeout(LOOK, look).await.ok().flatten();
        pid.as_ref() == Some(&self.pid)
    }

    async fn connect(&mut self) {
        // the server may have no connection left now, and one later
        let may_try = self.tried.is_none_or(|tried| tried.elapsed() >= AGAIN);
        if self.session.is_none()
            && may_try
            && let Some(open) = &self.open
        {
            self.tried = Some(Instant::now());
            self.session = open().await;
        }
    }
}
