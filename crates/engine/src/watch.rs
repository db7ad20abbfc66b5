//! Pieces on their way to the server, watched: how far they are, who blocks them, whether the user wants to stop, and whether
//! they take longer than they may.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use segue_db::{BatchError, Canceller, Pieces};

use crate::{Event, run::Run};

impl Run<'_> {
    /// Runs pieces while it tells how far they are, who blocks them, and whether the user wants to stop. What takes longer than
    /// it may is cancelled.
    pub(crate) async fn watch(
        &mut self,
        pieces: &mut Pieces<'_>,
        start: Instant,
        watching: Watching,
    ) -> Result<(), BatchError> {
        let sent = Instant::now();
        let reached = AtomicUsize::new(0);
        let mut done = |number: usize| {
            reached.fetch_max(number, Ordering::Relaxed);
        };
        let stop = AtomicBool::new(false);
        let batch = self.session.batch(pieces, &mut done, &stop);
        tokio::pin!(batch);
        let mut next_look = sent + watching.look_after;
        let mut waits_since = None;
        let mut told = 0;
        let mut cancelling = Cancelling::default();
        loop {
            tokio::select! {
                biased;
                result = &mut batch => {
                    cancelling.arrive().await;
                    return result;
                }
                () = self.interrupt.comes(), if !stop.load(Ordering::Relaxed) => {
                    stop.store(true, Ordering::Relaxed);
                    cancelling.send(self.session.canceller());
                }
                () = tokio::time::sleep(TICK) => {
                    if watching.is_over(sent, waits_since) {
                        stop.store(true, Ordering::Relaxed);
                    }
                    if stop.load(Ordering::Relaxed) {
                        cancelling.send(self.session.canceller());
                    }
                    let done = reached.load(Ordering::Relaxed);
                    if done != told {
                        told = done;
                        (self.events)(Event::Statement { done, of: watching.of });
                    }
                    if Instant::now() >= next_look {
                        next_look = Instant::now() + LONG_WAIT;
                        let chain = self.observer.look().await;
                        if chain.is_empty() {
                            waits_since = None;
                        } else {
                            waits_since.get_or_insert_with(Instant::now);
                            (self.events)(Event::WaitingForLock { chain, since: start.elapsed() });
                        }
                    }
                }
            }
        }
    }
}

/// How pieces are watched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watching {
    /// How long they may run before it is looked who blocks them.
    pub(crate) look_after: Duration,
    /// How many statements there are.
    pub(crate) of: usize,
    /// How long all of them may take together.
    pub(crate) deadline: Option<Duration>,
    /// How long they may wait for others at a stretch.
    pub(crate) longest_wait: Option<Duration>,
}

impl Watching {
    /// However long they take.
    pub(crate) fn new(look_after: Duration, of: usize) -> Self {
        Self {
            look_after,
            of,
            deadline: None,
            longest_wait: None,
        }
    }

    fn is_over(&self, sent: Instant, waits_since: Option<Instant>) -> bool {
        let passed = |since: Instant, limit: Option<Duration>| {
            limit.is_some_and(|limit| since.elapsed() >= limit)
        };
        passed(sent, self.deadline)
            || waits_since.is_some_and(|since| passed(since, self.longest_wait))
    }
}

/// Cancel requests, one at a time and beside the batch: one that comes between two statements has no
/// effect, so they are repeated until the batch ends, and none may be left to hit what comes after it.
#[derive(Default)]
pub(crate) struct Cancelling {
    under_way: Option<tokio::task::JoinHandle<()>>,
}

impl Cancelling {
    pub(crate) fn send(&mut self, cancel: Canceller) {
        if self
            .under_way
            .as_ref()
            .is_none_or(|task| task.is_finished())
        {
            self.under_way = Some(tokio::spawn(async move {
                cancel.cancel().await;
            }));
        }
    }

    pub(crate) async fn arrive(self) {
        if let Some(task) = self.under_way {
            let _ = task.await;
        }
    }
}

/// How often progress is told while statements run.
const TICK: Duration = Duration::from_millis(25);
/// How long a statement may run before its wait is looked into.
pub(crate) const LONG_WAIT: Duration = Duration::from_secs(1);
/// The same, once a lock was not to be had: shorter than the lock timeout, so that we still wait.
pub(crate) const SHORT_WAIT: Duration = Duration::from_millis(30);
