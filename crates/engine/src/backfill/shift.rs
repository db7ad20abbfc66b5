//! All workers at their work, with the one that looks after them and the one that tells of them.

use std::{future::Future, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use segue_db::Session;
use tokio::sync::{Notify, watch};

use super::{Board, Stop, Teller, look::Watched, overseer::Overseer};
use crate::Opener;

/// How long the one that looks after the workers is waited for behind them: its connection may be gone.
const AT_MOST: Duration = Duration::from_secs(2);

/// Who looks after the workers and tells of them.
pub(super) struct Shift<'s, 'a> {
    pub(super) opener: Option<&'s Opener>,
    /// The connection of the one that looks after them, where there is one.
    pub(super) overseer: Option<&'s mut Session>,
    /// The processes of the workers on the server.
    pub(super) pids: &'s [String],
    pub(super) watched: Watched<'s>,
    pub(super) board: &'s Board<'s>,
    /// Those of the workers.
    pub(super) doorbells: &'s [Notify],
    pub(super) teller: &'s mut Teller<'a>,
}

impl Shift<'_, '_> {
    /// Lets all workers work until their parts are done or one has stopped. None is left in the middle of a batch.
    pub(super) async fn run<F>(self, workers: impl IntoIterator<Item = F>) -> Result<(), Stop>
    where
        F: Future<Output = Result<(), Stop>>,
    {
        let mut working: FuturesUnordered<F> = workers.into_iter().collect();
        let (board, watched) = (self.board, self.watched);
        let (tells, at_home) = watch::channel(false);
        let overseer = self.opener.zip(self.overseer);
        let overseer =
            overseer.map(|(opener, session)| Overseer::new(session, opener, self.pids.to_vec()));
        let mut is_overseen = overseer.is_some();
        let oversee = async {
            match overseer {
                Some(mut overseer) => {
                    let doorbells = self.doorbells;
                    overseer.oversee(&watched, board, doorbells, at_home).await
                }
                None => Ok(()),
            }
        };
        let tell = self.teller.tell(board);
        tokio::pin!(oversee, tell);
        let mut first = None;
        loop {
            let stop = tokio::select! {
                biased;
                ended = working.next() => match ended {
                    Some(Ok(())) => continue,
                    Some(Err(stop)) => stop,
                    None => break,
                },
                Err(error) = &mut oversee, if is_overseen => {
                    is_overseen = false;
                    Stop::Server(error)
                }
                () = &mut tell => continue,
            };
            board.stop();
            first.get_or_insert(stop);
        }
        if is_overseen {
            // no transaction of it is to outlast the workers; whether it could still look matters to nobody
            tells.send_replace(true);
            let _ = tokio::time::timeout(AT_MOST, oversee).await;
        }
        first.map_or(Ok(()), Err)
    }
}
