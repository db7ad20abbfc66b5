//! How fast rows are written, and what is waited for.

use std::time::Duration;

use segue_plan::OwnPace;
use segue_project::{Quiet, Windows};

/// How fast rows are written, and what is waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// How long a batch shall take: as long as somebody may have to wait for one of its rows. None: nothing was said, 50 ms, up to
    /// 100 where the server is far away, and 20 where it goes in slices.
    pub target: Option<Duration>,
    /// How many batches may run at once, each over a connection of its own.
    pub workers: usize,
    /// How many rows a second may be written, all workers together.
    pub max_rate: Option<u64>,
    /// How far a replica may fall behind, in time; none: replicas are not waited for.
    pub max_lag: Option<Duration>,
    /// How many bytes of the log a replica or a replication slot may be behind; none: they are not waited for.
    pub max_lag_bytes: Option<u64>,
    /// How many times as long as before the deploy the app's statements may take, 0: however long; none: nothing was said, 5.
    pub max_slowdown: Option<f64>,
    /// Whether a batch goes in slices where an app is at work: its statements wait less for a core, and the rows take longer.
    pub slices: bool,
    /// When rows may be written.
    pub windows: Windows,
    /// How quiet the database has to be then.
    pub quiet: Option<Quiet>,
}

/// How many times as long the app's statements may take where nothing is said of it.
const SLOWDOWN: f64 = 5.0;

/// How long a batch takes where nothing is said of it. Longer ones gain little, and their rows and their log keep an app's statements
/// waiting (measured: `docs/decisions/0020-rows-in-batches.md`).
const TARGET: Duration = Duration::from_millis(50);
/// As long as so many round trips, where that is longer: a batch has two of them, which are not to be more than a tenth of it.
const TRIPS: u32 = 20;
/// How long it takes in slices, where an app is at work: fewer of its statements meet a row of the batch, and wait less for it.
const SLICED: Duration = Duration::from_millis(20);
/// How long it takes at most where nothing is said of it.
const FAR: Duration = Duration::from_millis(100);

impl Pace {
    /// How many times as long as before the deploy the app's statements may take; none: however long.
    pub(super) fn slowdown(&self) -> Option<f64> {
        Some(self.max_slowdown.unwrap_or(SLOWDOWN)).filter(|most| *most > 0.0)
    }

    /// How long a batch shall take on a server to which a round trip takes so long, in slices or in one piece.
    pub(super) fn target(&self, trip: Duration, is_sliced: bool) -> Duration {
        let usual = match is_sliced {
            true => SLICED,
            false => trip.saturating_mul(TRIPS).clamp(TARGET, FAR),
        };
        self.target.unwrap_or(usual)
    }

    /// The same with what a file says of its own rows. The rate is the smaller one.
    pub(super) fn with(&self, own: OwnPace) -> Self {
        let rates = self.max_rate.into_iter().chain(own.max_rate);
        Self {
            target: own
                .target_milliseconds
                .map(Duration::from_millis)
                .or(self.target),
            max_rate: rates.min(),
            ..self.clone()
        }
    }
}

impl Default for Pace {
    /// One worker, batches as short as the way to the server lets them be, replicas at most 5 s or 256 MB behind, the app at most 5
    /// times as slow.
    fn default() -> Self {
        Self {
            target: None,
            workers: 1,
            max_rate: None,
            max_lag: Some(Duration::from_secs(5)),
            max_lag_bytes: Some(256 << 20),
            max_slowdown: None,
            slices: true,
            windows: Windows::default(),
            quiet: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_longer_where_the_server_is_far_away_up_to_a_limit_and_as_long_as_was_said() {
        let ms = Duration::from_millis;
        let pace = Pace::default();
        assert_eq!(pace.target(Duration::from_micros(80), false), ms(50));
        assert_eq!(pace.target(Duration::from_micros(80), true), ms(20));
        assert_eq!(pace.target(ms(4), false), ms(80));
        assert_eq!(pace.target(ms(40), false), ms(100));
        let said = Pace {
            target: Some(ms(7)),
            ..pace
        };
        assert_eq!(said.target(ms(40), false), ms(7));
        assert_eq!(said.target(ms(0), true), ms(7));
        let own = OwnPace {
            target_milliseconds: Some(2000),
            ..OwnPace::default()
        };
        assert_eq!(said.with(own).target(ms(40), false), ms(2000));
    }
}
