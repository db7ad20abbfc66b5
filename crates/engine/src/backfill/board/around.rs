//! What is known of the database around the batches: how busy it is, and how the app's statements fare. Who looks takes the watch
//! from the board, and gives it back.

use std::time::{Duration, Instant};

use segue_db::postgres::company::Company;

use super::Board;
use crate::{
    Busy,
    activity::{ActivityWatch, Ended},
    backfill::{slices, slowdown::AppWatch},
};

/// Over what time it is taken whether an app is at work.
const SPAN: Duration = Duration::from_secs(5);
/// The shortest one: servers tell what sessions did up to a second late.
const LEAST: Duration = Duration::from_secs(2);
/// An app is at work that ends so many transactions a second. Fewer end by themselves: what vacuums, and what monitors.
const AT_WORK: f64 = 5.0;

/// What others do in the database.
pub(super) struct Others {
    ended: Ended,
    /// When a client was last seen that is not ours.
    seen: Option<Instant>,
}

impl Default for Others {
    fn default() -> Self {
        Self {
            ended: Ended::over(SPAN, LEAST),
            seen: None,
        }
    }
}

impl Others {
    fn note(&mut self, now: Instant, company: Company, own: u64) {
        self.ended.note(now, company.ended, own);
        if company.clients > 0 {
            self.seen = Some(now);
        }
    }

    /// Whether an app is at work, as far as is known: while it is not, whoever is connected may be one.
    fn are_at_work(&self, now: Instant) -> bool {
        let is_there = |seen: Instant| now.duration_since(seen) < SPAN;
        self.seen.is_some_and(is_there) && self.ended.pace().is_none_or(|pace| pace >= AT_WORK)
    }
}

impl Board<'_> {
    /// Others were seen to do this.
    pub(in crate::backfill) fn sees(&self, company: Company) {
        let mut state = self.state();
        let own = state.own;
        state.others.note(Instant::now(), company, own);
    }

    /// How long a batch is to take now.
    pub(in crate::backfill) fn target(&self) -> Duration {
        self.pace.target(self.trip, self.slice().is_some())
    }

    /// How long a slice of a batch is to take now; none: a batch goes in one piece.
    pub(in crate::backfill) fn slice(&self) -> Option<Duration> {
        let time = slices::time(self.trip).filter(|_| self.pace.slices)?;
        let is_needed = self.state().others.are_at_work(Instant::now());
        is_needed.then_some(time)
    }

    /// A transaction of ours has ended that is neither a batch nor a look.
    pub(in crate::backfill) fn asked(&self) {
        self.state().own += 1;
    }

    /// The watch on how busy the database is, to be given back by [`watches_activity`](Self::watches_activity), and how many
    /// transactions we have ended.
    pub(in crate::backfill) fn activity(&self) -> (Option<Box<ActivityWatch>>, u64) {
        let mut state = self.state();
        (state.activity.take(), state.own)
    }

    /// It is watched by this from here on, and not quiet for this reason.
    pub(in crate::backfill) fn watches_activity(
        &self,
        activity: Box<ActivityWatch>,
        busy: Option<Busy>,
    ) {
        let mut state = self.state();
        state.activity = Some(activity);
        state.busy = busy;
    }

    /// The watch on the app, to be given back by [`watches_app`](Self::watches_app).
    pub(in crate::backfill) fn app(&self) -> Option<Box<AppWatch>> {
        self.state().app.take()
    }

    /// The app is watched by this from here on, and its statements take so many times as long as before.
    pub(in crate::backfill) fn watches_app(
        &self,
        app: Option<Box<AppWatch>>,
        slowdown: Option<f64>,
    ) {
        let mut state = self.state();
        state.app = app;
        state.slowdown = slowdown;
    }

    /// Whether it is to be learned now what is known of the app: once.
    pub(in crate::backfill) fn seeks_app(&self) -> bool {
        self.pace.slowdown().is_some() && !std::mem::replace(&mut self.state().has_sought_app, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_at_work_that_is_connected_and_ends_transactions() {
        let start = Instant::now();
        let mut others = Others::default();
        let mut note = |second: u64, ended: u64, clients: u64, own: u64| {
            let now = start + Duration::from_secs(second);
            others.note(now, Company { ended, clients }, own);
            others.are_at_work(now)
        };
        // not known yet: whoever is connected may be one
        assert!(!note(0, 1000, 0, 0));
        assert!(note(1, 1020, 3, 20));
        // they are connected and do nothing
        assert!(!note(2, 1044, 3, 40));
        assert!(note(4, 1200, 3, 80));
        // connected for a moment each, and not when it is looked
        assert!(note(8, 1400, 0, 120));
        assert!(!note(9, 1420, 0, 140));
    }
}
