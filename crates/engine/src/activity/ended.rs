//! The transactions of a database that others have ended, and how many that are in a second.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Readings of how many transactions have ended, over a time.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Over what time the pace is taken.
    span: Duration,
    /// The shortest time over which it is.
    least: Duration,
    /// When, how many had ended, and how many of them are our own.
    readings: VecDeque<(Instant, u64, u64)>,
}

impl Ended {
    /// None so far. Servers tell what sessions did up to some seconds late: a pace over less time than that means little.
    pub(crate) fn over(span: Duration, least: Duration) -> Self {
        Self {
            span,
            least,
            readings: VecDeque::new(),
        }
    }

    /// So many have ended since the server counts them, `own` of them by us.
    pub(crate) fn note(&mut self, at: Instant, ended: u64, own: u64) {
        // the server has begun to count anew
        if self
            .readings
            .back()
            .is_some_and(|(_, before, _)| *before > ended)
        {
            self.readings.clear();
        }
        self.readings.push_back((at, ended, own));
        while self
            .readings
            .get(1)
            .is_some_and(|(second, ..)| at.duration_since(*second) >= self.span)
        {
            self.readings.pop_front();
        }
    }

    /// How many transactions a second others have ended; none where it was not looked at for long enough.
    pub(crate) fn pace(&self) -> Option<f64> {
        let ((from, before, own_before), (to, now, own)) =
            (self.readings.front()?, self.readings.back()?);
        let time = to.duration_since(*from);
        let others = (now - before).saturating_sub(own.saturating_sub(*own_before));
        (time >= self.least).then(|| others as f64 / time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_others_over_the_last_time() {
        let start = Instant::now();
        let mut ended = Ended::over(Duration::from_secs(60), Duration::from_secs(10));
        let mut note = |second: u64, count: u64, own: u64| {
            ended.note(start + Duration::from_secs(second), count, own);
            ended.pace()
        };
        assert_eq!(note(0, 1000, 0), None);
        assert_eq!(note(5, 1500, 0), None);
        assert_eq!(note(10, 2000, 200), Some(80.0));
        assert_eq!(note(60, 2000, 200), Some(800.0 / 60.0));
        // only what came within the minute
        assert_eq!(note(71, 2610, 200), Some(10.0));
        // counted anew
        assert_eq!(note(72, 5, 200), None);
    }
}
