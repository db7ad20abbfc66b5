//! A second connection: it sees who blocks the first one, and whether the first one is ours alone.

use std::{future::Future, pin::Pin, time::Duration};

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
    pid: String,
    /// Who blocked the deploy's session when that was last looked at and somebody did.
    seen: Vec<Blocker>,
}

/// How long a look may take: it must never hold up the deploy itself.
const LOOK: Duration = Duration::from_secs(2);

impl Observer {
    pub(crate) fn new(open: Option<Opener>, pid: &str) -> Self {
        Self {
            open,
            session: None,
            pid: pid.to_owned(),
            seen: Vec::new(),
        }
    }

    /// Who blocks the deploy's session now; empty if nobody, or if it cannot be learned.
    pub(crate) async fn look(&mut self) -> Vec<Blocker> {
        let look = async {
            self.connect().await;
            let session = self.session.as_ref()?;
            blockers::chain(session, &self.pid).await.ok()
        };
        let chain = tokio::time::timeout(LOOK, look).await;
        let chain = chain.ok().flatten().unwrap_or_default();
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
        if self.session.is_none()
            && let Some(open) = &self.open
        {
            self.session = open().await;
            // One failed attempt is enough: the server may have no connection left.
            if self.session.is_none() {
                self.open = None;
            }
        }
    }
}
