//! Why batches wait.

use std::{fmt, time::Duration};

use segue_db::postgres::replication::{Follower, Lag, Lags};
use segue_project::Opening;

use super::Pace;
use crate::Busy;

/// Why batches wait. Shown as what they wait for.
#[derive(Debug, Clone, PartialEq)]
pub enum Hold {
    /// Somebody has told them to, until somebody tells them to go on.
    Paused,
    /// It is no time to write rows.
    Closed(Opening),
    /// The database is busy.
    Busy(Busy),
    /// Somebody who follows the log is too far behind.
    Behind(Lag),
    /// The app's statements take so many times as long as before the deploy, more than may be.
    Slower {
        /// How many times as long.
        times: f64,
        /// How many times as long they may take.
        most: f64,
    },
    /// Somebody waited for a row or a table that a batch held: it is rolled back, and tried again smaller.
    InTheWay,
    /// As many rows were written as may be for now: so many a second.
    Rate(u64),
}

impl Hold {
    /// As in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Closed(_) => "window",
            Self::Busy(_) => "busy",
            Self::Behind(_) => "replication",
            Self::Slower { .. } => "app",
            Self::InTheWay => "waiters",
            Self::Rate(_) => "rate",
        }
    }

    /// Whether it comes and goes many times.
    pub(super) fn is_short(&self) -> bool {
        matches!(self, Self::InTheWay | Self::Rate(_))
    }

    /// Whether it is for the same reason.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Behind(one), Self::Behind(other)) => one.follower == other.follower,
            (Self::Slower { .. }, Self::Slower { .. }) => true,
            (Self::Busy(one), Self::Busy(other)) => {
                matches!(one, Busy::Unknown) == matches!(other, Busy::Unknown)
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused => f.write_str("paused; `segue resume` goes on"),
            Self::Closed(opening) => write!(f, "outside of the time windows until {opening}"),
            Self::Busy(busy) => busy.fmt(f),
            Self::Behind(lag) => behind(f, lag),
            Self::Slower { times, most } => write!(
                f,
                "the app's statements take {times:.1} times as long as before the deploy; the limit is {most} (`max_slowdown`)"
            ),
            Self::InTheWay => f.write_str(
                "somebody waited for a row of the batch: it is tried again with fewer rows",
            ),
            Self::Rate(rate) => write!(f, "held to {rate} rows a second"),
        }
    }
}

fn behind(f: &mut fmt::Formatter<'_>, lag: &Lag) -> fmt::Result {
    match &lag.follower {
        Follower::Replica(name) => write!(f, "replica {name:?} is ")?,
        Follower::Slot { name, .. } => write!(f, "replication slot {name:?} is ")?,
    }
    if let Some(time) = lag.time {
        write!(f, "{:.1} s and ", time.as_secs_f64())?;
    }
    write!(f, "{} MB behind", lag.bytes >> 20)?;
    match &lag.follower {
        Follower::Slot {
            is_active: false, ..
        } => f.write_str("; nobody reads from it: start what reads from it, or drop it"),
        _ => Ok(()),
    }
}

/// How far the worst of the followers is on the way to what is allowed: at 1 it is there.
pub(super) fn worst(lags: &Lags, pace: &Pace) -> Option<(f64, Lag)> {
    let load = |lag: &Lag| {
        let of_time = lag.time.zip(pace.max_lag);
        let of_time = of_time.map_or(0.0, |(time, most)| {
            ratio(time.as_secs_f64(), most.as_secs_f64())
        });
        let of_bytes =
            (pace.max_lag_bytes).map_or(0.0, |most| ratio(lag.bytes as f64, most as f64));
        of_time.max(of_bytes)
    };
    let loads = lags.lags.iter().map(|lag| (load(lag), lag.clone()));
    loads.max_by(|(one, _), (other, _)| one.total_cmp(other))
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { part }
}

/// How long to rest after a batch that took so long: nothing up to half of the lag that is allowed, as long as the batch
/// took where it is nearly all of it.
pub(super) fn rest(load: f64, took: Duration) -> Duration {
    took.mul_f64(((load - 0.5) * 2.0).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lag(follower: Follower, megabytes: u64, time: Option<u64>) -> Lag {
        Lag {
            follower,
            bytes: megabytes << 20,
            time: time.map(Duration::from_secs),
        }
    }

    fn replica(megabytes: u64, time: Option<u64>) -> Lag {
        lag(Follower::Replica("a".to_owned()), megabytes, time)
    }

    fn load(pace: &Pace, lag: Lag) -> f64 {
        let lags = Lags {
            lags: vec![lag],
            hidden: 0,
        };
        worst(&lags, pace).expect("there is one").0
    }

    #[test]
    fn a_lag_counts_by_time_or_by_bytes_whichever_is_worse() {
        let pace = Pace::default();
        assert_eq!(load(&pace, replica(64, Some(1))), 0.25);
        assert_eq!(load(&pace, replica(64, Some(10))), 2.0);
        assert_eq!(load(&pace, replica(512, None)), 2.0);
        assert_eq!(worst(&Lags::default(), &pace), None);
    }

    #[test]
    fn what_is_not_limited_does_not_count() {
        let pace = Pace {
            max_lag: None,
            max_lag_bytes: None,
            ..Pace::default()
        };
        assert_eq!(load(&pace, replica(1 << 20, Some(3600))), 0.0);
    }

    #[test]
    fn batches_slow_down_before_they_stop() {
        let took = Duration::from_millis(100);
        assert_eq!(rest(0.4, took), Duration::ZERO);
        assert_eq!(rest(0.75, took), Duration::from_millis(50));
        assert_eq!(rest(3.0, took), took);
    }

    #[test]
    fn who_is_behind_is_named() {
        let slot = Follower::Slot {
            name: "cdc".to_owned(),
            is_active: false,
        };
        assert_eq!(
            Hold::Behind(lag(slot, 300, None)).to_string(),
            "replication slot \"cdc\" is 300 MB behind; nobody reads from it: start what reads from it, or drop it"
        );
        assert_eq!(
            Hold::Behind(replica(3, Some(7))).to_string(),
            "replica \"a\" is 7.0 s and 3 MB behind"
        );
    }
}
