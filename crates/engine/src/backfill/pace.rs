//! How fast rows are written, and what is waited for.

use std::time::Duration;

use segue_plan::OwnPace;
use segue_project::{Quiet, Windows};

/// How fast rows are written, and what is waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// How long a batch shall take: as long as somebody may have to wait for one of its rows.
    pub target: Duration,
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
    /// When rows may be written.
    pub windows: Windows,
    /// How quiet the database has to be then.
    pub quiet: Option<Quiet>,
}

/// How many times as long the app's statements may take where nothing is said of it.
const SLOWDOWN: f64 = 5.0;

impl Pace {
    /// How many times as long as before the deploy the app's statements may take; none: however long.
    pub(super) fn slowdown(&self) -> Option<f64> {
        Some(self.max_slowdown.unwrap_or(SLOWDOWN)).filter(|most| *most > 0.0)
    }

    /// The same with what a file says of its own rows. The rate is the smaller one.
    pub(super) fn with(&self, own: OwnPace) -> Self {
        let rates = self.max_rate.into_iter().chain(own.max_rate);
        Self {
            target: own
                .target_milliseconds
                .map_or(self.target, Duration::from_millis),
            max_rate: rates.min(),
            ..self.clone()
        }
    }
}

impl Default for Pace {
    /// One worker, batches of 100 ms, replicas at most 5 s or 256 MB behind, the app at most 5 times as slow.
    fn default() -> Self {
        Self {
            target: Duration::from_millis(100),
            workers: 1,
            max_rate: None,
            max_lag: Some(Duration::from_secs(5)),
            max_lag_bytes: Some(256 << 20),
            max_slowdown: None,
            windows: Windows::default(),
            quiet: None,
        }
    }
}
