//! What is known of the database around the batches: how busy it is, and how the app's statements fare. Who looks takes the watch
//! from the board, and gives it back.

use super::Board;
use crate::{Busy, activity::ActivityWatch, backfill::slowdown::AppWatch};

impl Board<'_> {
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
