//! Tells how far the rows are, how fast they are written, and why they are not.

use std::time::{Duration, Instant};

use segue_db::own::batches::{Checkpoint, fraction};

use super::{Board, Hold, parts};
use crate::Event;

/// How far the rows of a table are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The table.
    pub table: String,
    /// How many rows were written, by earlier runs too.
    pub rows: u64,
    /// How much of the table is done, from 0 to 1.
    pub done: f64,
    /// How often the table was begun; more than once where rows were left, or the table was rewritten meanwhile.
    pub round: u32,
    /// How many rows a second are written at present.
    pub per_second: f64,
    /// How long it will take from now on, at this pace; none where nothing is known of that yet.
    pub left: Option<Duration>,
}

/// How often it is looked whether there is something to tell.
const TICK: Duration = Duration::from_millis(100);
/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(250);
/// How often what comes and goes many times is told.
const SHORT: Duration = Duration::from_secs(10);
/// Over what time the pace is taken.
const PACE: Duration = Duration::from_secs(10);

/// Tells of a round.
pub(super) struct Teller<'a> {
    table: String,
    events: &'a mut (dyn FnMut(Event) + Send),
    held: Option<Hold>,
    /// When what comes and goes was last told: that somebody waited, and the rate.
    short: [Option<Instant>; 2],
    speed: Speed,
    told: Option<Instant>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(table: String, events: &'a mut (dyn FnMut(Event) + Send)) -> Self {
        Self {
            table,
            events,
            held: None,
            short: [None; 2],
            speed: Speed::default(),
            told: None,
        }
    }

    /// Tells until it is dropped.
    pub(super) async fn tell(&mut self, board: &Board<'_>) {
        loop {
            self.tick(board);
            tokio::time::sleep(TICK).await;
        }
    }

    fn tick(&mut self, board: &Board<'_>) {
        self.tell_rest(board);
        self.tell_hold(board.hold());
        if self.told.is_none_or(|told| told.elapsed() >= PROGRESS) {
            self.tell_progress(&board.parts());
        }
    }

    /// What the others wanted to be told.
    pub(super) fn tell_rest(&mut self, board: &Board<'_>) {
        for (rows, took) in board.batches() {
            let table = self.table.clone();
            (self.events)(Event::Batch { table, rows, took });
        }
        for event in board.told() {
            match event {
                Event::FillingWaits { hold, .. } if hold.is_short() => self.tell_short(hold),
                event => (self.events)(event),
            }
        }
    }

    fn tell_hold(&mut self, hold: Option<Hold>) {
        match hold {
            Some(hold) if hold.is_short() => self.tell_short(hold),
            Some(hold) => {
                if !self.held.as_ref().is_some_and(|held| held.is_like(&hold)) {
                    self.waits(hold.clone());
                    self.held = Some(hold);
                }
            }
            None => self.held = None,
        }
    }

    fn tell_short(&mut self, hold: Hold) {
        let told = &mut self.short[usize::from(hold == Hold::InTheWay)];
        if told.is_none_or(|told| told.elapsed() >= SHORT) {
            *told = Some(Instant::now());
            self.waits(hold);
        }
    }

    fn waits(&mut self, hold: Hold) {
        let table = self.table.clone();
        (self.events)(Event::FillingWaits { table, hold });
    }

    /// How far it is now.
    pub(super) fn tell_progress(&mut self, parts: &[Checkpoint]) {
        self.told = Some(Instant::now());
        let (done, rows) = (fraction(parts), parts::rows(parts));
        self.speed.note(Instant::now(), done, rows);
        (self.events)(Event::Filling(Progress {
            table: self.table.clone(),
            rows,
            done,
            round: parts.first().map_or(1, |part| part.round),
            per_second: self.speed.rows(),
            left: self.speed.left(done),
        }));
    }
}

/// How fast it goes, over the last seconds.
#[derive(Default)]
struct Speed {
    /// When, how much of the table, and how many rows.
    notes: std::collections::VecDeque<(Instant, f64, u64)>,
}

impl Speed {
    fn note(&mut self, now: Instant, done: f64, rows: u64) {
        self.notes.push_back((now, done, rows));
        while self.notes.len() > 2
            && self
                .notes
                .get(1)
                .is_some_and(|(at, ..)| now.duration_since(*at) >= PACE)
        {
            self.notes.pop_front();
        }
    }

    /// The time, the share of the table and the rows between the first and the last note.
    fn between(&self) -> Option<(f64, f64, f64)> {
        let ((from, done_before, rows_before), (to, done, rows)) =
            (self.notes.front()?, self.notes.back()?);
        let time = to.duration_since(*from).as_secs_f64();
        let rows = rows.saturating_sub(*rows_before) as f64;
        (time > 0.0).then_some((time, done - done_before, rows))
    }

    fn rows(&self) -> f64 {
        self.between().map_or(0.0, |(time, _, rows)| rows / time)
    }

    fn left(&self, done: f64) -> Option<Duration> {
        let (time, share, _) = self.between()?;
        (share > 0.0)
            .then(|| Duration::try_from_secs_f64((1.0 - done).max(0.0) / share * time).ok())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_follows_the_pace_of_the_last_seconds() {
        let start = Instant::now();
        let mut speed = Speed::default();
        let mut note = |second: u64, done: f64, rows: u64| {
            speed.note(start + Duration::from_secs(second), done, rows);
            (speed.rows(), speed.left(done))
        };
        assert_eq!(note(0, 0.0, 0), (0.0, None));
        assert_eq!(note(10, 0.5, 5000), (500.0, Some(Duration::from_secs(10))));
        // ten times as slow from here on
        let (rows, left) = note(20, 0.55, 5500);
        assert_eq!(rows, 50.0);
        let left = left.expect("it goes on").as_secs_f64();
        assert!((left - 90.0).abs() < 0.001, "{left}");
        note(30, 0.55, 5500);
        assert_eq!(note(41, 0.55, 5500), (0.0, None));
    }
}
