//! Whether the app's statements take longer than before the deploy.

use std::{collections::VecDeque, time::Duration};

use segue_db::{
    ServerError, Session,
    postgres::statements::{Reading, Record},
};

use crate::app_load::{AppBefore, Slowdown};

/// Over what time their times are taken.
const SPAN: Duration = Duration::from_secs(10);
/// Of fewer calls nothing follows.
const ENOUGH: u64 = 10;
/// How much longer a statement has to take to be waited for, in milliseconds: the fastest ones take twice as long for a busy
/// processor alone.
const MORE: f64 = 1.0;

/// The app's statements, watched while rows are written.
pub(super) struct AppWatch {
    record: Record,
    before: AppBefore,
    readings: VecDeque<Reading>,
    /// What came of the last look.
    last: Option<f64>,
}

/// What may be learned of them.
pub(super) enum Found {
    /// How they fare.
    Watch(Box<AppWatch>),
    /// So many are hidden from this role, and no other is known.
    Hidden(u64),
    /// Nothing.
    Nothing,
}

impl AppWatch {
    /// Begins to watch, by what was kept with the plan.
    pub(super) async fn begin(session: &Session, rollout: i64) -> Result<Found, ServerError> {
        let Some(before) = AppBefore::read(session, rollout).await? else {
            return Ok(Found::Nothing);
        };
        let Some(mut record) = Record::find(session).await? else {
            return Ok(Found::Nothing);
        };
        let first = record.read(session).await?;
        if before.is_empty() {
            return Ok(match first.hidden {
                0 => Found::Nothing,
                many => Found::Hidden(many),
            });
        }
        Ok(Found::Watch(Box::new(Self {
            record,
            before,
            readings: VecDeque::from([first]),
            last: None,
        })))
    }

    /// How many times as long as before the same statements took over the last seconds; none where too few of them ran to tell, or
    /// it makes no difference to anybody.
    pub(super) async fn look(&mut self, session: &Session) -> Result<Option<f64>, ServerError> {
        if !self.record.is_due() {
            return Ok(self.last);
        }
        let now = self.record.read(session).await?;
        while self
            .readings
            .get(1)
            .is_some_and(|second| now.at.duration_since(second.at) >= SPAN)
        {
            self.readings.pop_front();
        }
        let slowdown = self
            .readings
            .front()
            .and_then(|first| self.before.slowdown(&self.record, first, &now));
        self.readings.push_back(now);
        self.last = slowdown.filter(matters).map(|slowdown| slowdown.times);
        Ok(self.last)
    }
}

fn matters(slowdown: &Slowdown) -> bool {
    slowdown.calls >= ENOUGH && slowdown.more >= MORE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_calls_and_small_differences_do_not_matter() {
        let slowdown = |calls, more| Slowdown {
            calls,
            times: 9.0,
            more,
        };
        assert!(matters(&slowdown(10, 1.0)));
        assert!(!matters(&slowdown(9, 1.0)));
        assert!(!matters(&slowdown(1000, 0.9)));
    }
}
