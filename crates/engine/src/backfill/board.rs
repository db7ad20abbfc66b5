//! What the workers, the one that looks after them and the one that tells of them know of each other.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use segue_db::{
    own::batches::{Checkpoint, Controls},
    postgres::{blockers::Blocker, replication::Lag},
};
use tokio::sync::watch;

use super::{Hold, Pace, hold::rest, slowdown::AppWatch};
use crate::{Busy, Event, Interrupt, activity::ActivityWatch};

use self::around::Others;

mod around;

/// Clocks that differ by fewer seconds than this are the same to windows, which are told in minutes.
const SAME: i64 = 5;

/// What is known to all.
pub(super) struct Board<'a> {
    pub(super) pace: &'a Pace,
    /// How long a round trip to the server takes.
    pub(super) trip: Duration,
    pub(super) interrupt: &'a Interrupt,
    /// Whether all are to stop, because one has failed.
    stopping: watch::Sender<bool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// As they are committed.
    parts: Vec<Checkpoint>,
    /// How many parts are taken by a worker, from the first on.
    taken: usize,
    /// How many batches run.
    running: usize,
    controls: Controls,
    /// How far the server's clock is ahead of this machine's.
    ahead_of_us: SignedDuration,
    /// It was told that the clocks differ.
    has_told_clocks: bool,
    looked: Option<Instant>,
    /// The worst lag, and how far it is on the way to what is allowed.
    lag: Option<(f64, Lag)>,
    /// How busy the database is, watched; between two looks.
    activity: Option<Box<ActivityWatch>>,
    /// Why it is not quiet.
    busy: Option<Busy>,
    /// How many transactions we have ended.
    own: u64,
    /// What others do.
    others: Others,
    /// The app, watched; between two looks.
    app: Option<Box<AppWatch>>,
    /// It was tried to watch the app.
    has_sought_app: bool,
    /// How many times as long as before the app's statements take.
    slowdown: Option<f64>,
    /// How many rows were written that the rate did not allow yet, and when.
    ahead: Option<(f64, Instant)>,
    /// Until when somebody has the way who waited for us.
    yields: Option<Instant>,
    /// Who was last seen to block a worker.
    blockers: Vec<Blocker>,
    /// Why they wait, as that is kept in the database.
    waits: Option<String>,
    /// Nothing can be learned of replicas.
    is_blind: bool,
    /// It was told that some replicas cannot be seen.
    has_told_hidden: bool,
    events: Vec<Event>,
    /// Batches that were committed: how many rows each wrote, and how long it took.
    batches: Vec<(u64, Duration)>,
}

impl State {
    /// Windows go by the server's clock: whichever machine deploys, they are the same.
    fn server_time(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.ahead_of_us).unwrap_or(now)
    }

    /// The clocks are compared.
    fn set_clock(&mut self, server: Timestamp) {
        self.ahead_of_us = server.duration_since(Timestamp::now());
    }

    /// How many rows more than this rate allows are written by now.
    fn ahead(&self, rate: u64) -> f64 {
        let left =
            |(rows, since): (f64, Instant)| rows - since.elapsed().as_secs_f64() * rate as f64;
        self.ahead.map_or(0.0, left)
    }
}

impl<'a> Board<'a> {
    /// `trip`: how long a round trip to the server takes.
    pub(super) fn new(pace: &'a Pace, trip: Duration, interrupt: &'a Interrupt) -> Self {
        Self {
            pace,
            trip,
            interrupt,
            stopping: watch::channel(false).0,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // what is in it is whole between any two statements
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These are the parts now; none is taken.
    pub(super) fn begin(&self, parts: Vec<Checkpoint>) {
        self.stopping.send_replace(false);
        let mut state = self.state();
        state.parts = parts;
        state.taken = 0;
    }

    pub(super) fn parts(&self) -> Vec<Checkpoint> {
        self.state().parts.clone()
    }

    /// A part for a worker, that is not done.
    pub(super) fn take(&self) -> Option<Checkpoint> {
        let mut state = self.state();
        while let Some(part) = state.parts.get(state.taken).copied() {
            state.taken += 1;
            if part.next < part.until {
                return Some(part);
            }
        }
        None
    }

    /// All are to stop.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether a worker is to stop, because of the user or of another worker.
    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow() || self.interrupt.has_come()
    }

    /// Waits until the workers are to stop.
    pub(super) async fn stops(&self) {
        let mut stopping = self.stopping.subscribe();
        tokio::select! {
            () = self.interrupt.comes() => {}
            // the sender is ours
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    /// Sleeps, but no longer than until the workers are to stop.
    pub(super) async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stops() => {}
        }
    }

    /// Why no batch may begin now.
    pub(super) fn hold(&self) -> Option<Hold> {
        let state = self.state();
        if state.controls.paused {
            return Some(Hold::Paused);
        }
        if let Some(opening) = self.pace.windows.opens(state.server_time()) {
            return Some(Hold::Closed(opening));
        }
        if let Some(busy) = self.pace.quiet.and(state.busy.as_ref()) {
            return Some(Hold::Busy(busy.clone()));
        }
        if let Some((load, lag)) = &state.lag
            && *load >= 1.0
        {
            return Some(Hold::Behind(lag.clone()));
        }
        if let Some((times, most)) = state.slowdown.zip(self.pace.slowdown())
            && times > most
        {
            return Some(Hold::Slower { times, most });
        }
        let now = Instant::now();
        if state.yields.is_some_and(|until| now < until) {
            return Some(Hold::InTheWay);
        }
        let rate = self.rate_of(&state)?;
        (state.ahead(rate) > 0.0).then_some(Hold::Rate(rate))
    }

    /// How long the rate asks to wait until the next batch may begin: batches may be shorter than it takes to look again.
    pub(super) fn until_rate_allows(&self) -> Option<Duration> {
        let state = self.state();
        let rate = self.rate_of(&state)?;
        let ahead = state.ahead(rate);
        (ahead > 0.0).then(|| Duration::from_secs_f64(ahead / rate as f64))
    }

    /// How many rows a second may be written: as was told last.
    pub(super) fn rate(&self) -> Option<u64> {
        self.rate_of(&self.state())
    }

    fn rate_of(&self, state: &State) -> Option<u64> {
        let rate = state.controls.max_rate.or(self.pace.max_rate);
        rate.filter(|rate| *rate > 0)
    }

    /// A batch begins.
    pub(super) fn begins(&self) {
        self.state().running += 1;
    }

    /// A batch has ended, whatever came of it.
    pub(super) fn ended(&self) {
        let mut state = self.state();
        state.running = state.running.saturating_sub(1);
        state.own += 1;
    }

    pub(super) fn has_running(&self) -> bool {
        self.state().running > 0
    }

    /// A batch is committed, and wrote so many rows in so much time. Gives how long its worker is to rest.
    pub(super) fn committed(&self, at: Checkpoint, rows: u64, took: Duration) -> Duration {
        let mut state = self.state();
        if let Some(part) = state.parts.get_mut(at.worker) {
            *part = at;
        }
        state.blockers.clear();
        // none took no time: that one only keeps a place
        if !took.is_zero() {
            state.batches.push((rows, took));
        }
        if let Some(rate) = self.rate_of(&state) {
            let ahead = state.ahead(rate).max(-took.as_secs_f64() * rate as f64);
            state.ahead = Some((ahead + rows as f64, Instant::now()));
        }
        state
            .lag
            .as_ref()
            .map_or(Duration::ZERO, |(load, _)| rest(*load, took))
    }

    /// Whether it is time to look at what people want, and how far replicas are.
    pub(super) fn should_look(&self, every: Duration) -> bool {
        let looked = self.state().looked;
        looked.is_none_or(|looked| looked.elapsed() >= every)
    }

    pub(super) fn looked(&self, controls: Controls, lag: Option<(f64, Lag)>) {
        let mut state = self.state();
        state.looked = Some(Instant::now());
        state.own += 1;
        let clock = controls
            .clock
            .and_then(|time| Timestamp::from_microsecond(time).ok());
        if let Some(clock) = clock {
            state.set_clock(clock);
        }
        state.controls = controls;
        state.lag = lag;
    }

    /// Whether it is to be kept now why they wait: it is another thing than what was kept last.
    pub(super) fn keeps_waits(&self, why: Option<&str>) -> bool {
        let mut state = self.state();
        let is_new = state.waits.as_deref() != why;
        state.waits = why.map(str::to_owned);
        is_new
    }

    /// Nothing can be learned of replicas: they are not asked for again.
    pub(super) fn blind(&self) {
        self.state().is_blind = true;
    }

    pub(super) fn is_blind(&self) -> bool {
        self.state().is_blind
    }

    /// Whether it is to be told now that some replicas cannot be seen: once.
    pub(super) fn tells_hidden(&self) -> bool {
        !std::mem::replace(&mut self.state().has_told_hidden, true)
    }

    /// What there is to say of clocks that differ, where windows go by them: once.
    pub(super) fn clocks_differ(&self) -> Option<String> {
        let mut state = self.state();
        let seconds = state.ahead_of_us.as_secs();
        if self.pace.windows.are_any_time() || seconds.abs() < SAME || state.has_told_clocks {
            return None;
        }
        state.has_told_clocks = true;
        let side = if seconds > 0 { "behind" } else { "ahead of" };
        Some(format!(
            "warning: this machine's clock is {} s {side} the server's: time windows go by the server's",
            seconds.abs()
        ))
    }

    /// Somebody who waited for us goes first.
    pub(super) fn give_way(&self, time: Duration) {
        self.state().yields = Some(Instant::now() + time);
    }

    pub(super) fn blocked_by(&self, chain: Vec<Blocker>) {
        self.state().blockers = chain;
    }

    pub(super) fn blockers(&self) -> Vec<Blocker> {
        self.state().blockers.clone()
    }

    /// Tells whoever listens.
    pub(super) fn tell(&self, event: Event) {
        self.state().events.push(event);
    }

    /// The batches that were committed since this was last asked.
    pub(super) fn batches(&self) -> Vec<(u64, Duration)> {
        std::mem::take(&mut self.state().batches)
    }

    /// What is to be told.
    pub(super) fn told(&self) -> Vec<Event> {
        std::mem::take(&mut self.state().events)
    }
}

#[cfg(test)]
mod tests {
    use segue_project::{Window, Windows};

    use super::*;

    #[test]
    fn windows_go_by_the_servers_clock_and_it_is_told_once_that_the_clocks_differ() {
        let window = Window::parse("Fri 10:00-11:00 UTC").expect("it is one");
        let pace = Pace {
            windows: Windows::new(vec![window]),
            ..Pace::default()
        };
        let interrupt = Interrupt::never();
        let board = Board::new(&pace, Duration::ZERO, &interrupt);
        let at = |text: &str| {
            let time: Timestamp = text.parse().expect(text);
            let clock = Some(time.as_microsecond());
            board.looked(
                Controls {
                    clock,
                    ..Controls::default()
                },
                None,
            );
        };
        at("2001-06-01T10:30:00Z");
        assert_eq!(board.hold(), None);
        let told = board.clocks_differ().expect("they differ by years");
        assert!(told.contains("ahead of the server's"), "{told}");
        assert_eq!(board.clocks_differ(), None);
        at("2001-06-01T11:30:00Z");
        let hold = board.hold().expect("it is closed").to_string();
        assert!(hold.ends_with("until 2001-06-08 10:00 UTC"), "{hold}");
    }
}
