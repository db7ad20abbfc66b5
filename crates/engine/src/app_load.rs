//! How the app's statements fare: before a plan is begun, which is kept with it, and how much longer they take since.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use segue_db::{
    Session,
    own::evidence,
    postgres::statements::{Count, Reading, Record},
};
use serde::{Deserialize, Serialize};

use crate::{Failure, Interrupt};

/// Of so many statements, those that took the most time, it is kept how long they take.
const KEPT: usize = 500;
/// What was called so often while it was looked at is known by that; what was not, by all that is on record.
const ENOUGH: u64 = 10;
/// Over how much time the pace before a plan is taken.
const LEAST: Duration = Duration::from_secs(1);

/// The pace of statements between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StatementPace {
    /// How many ended in a second.
    pub per_second: f64,
    /// How long one took, in milliseconds; none where none ended.
    pub mean_milliseconds: Option<f64>,
}

impl StatementPace {
    /// That of the app's statements.
    pub(crate) fn between(record: &Record, before: &Reading, now: &Reading) -> Self {
        let mut all = Count::default();
        for (_, count) in record.between(before, now) {
            all += count;
        }
        let elapsed = now.at.duration_since(before.at).as_secs_f64();
        Self {
            per_second: all.calls as f64 / elapsed.max(f64::EPSILON),
            mean_milliseconds: all.mean(),
        }
    }
}

/// How the app's statements fared before a plan was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AppBefore {
    /// All of them, in the time right before; none where it was too short to tell.
    pub(crate) pace: Option<StatementPace>,
    /// How long each took, in milliseconds, by what the server calls it.
    means: BTreeMap<i64, f64>,
}

/// Statements whose times are known from before, at present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slowdown {
    /// How many of them ended.
    pub(crate) calls: u64,
    /// How many times as long they took.
    pub(crate) times: f64,
    /// How much longer each took, in milliseconds.
    pub(crate) more: f64,
}

impl AppBefore {
    fn of(record: &Record, first: &Reading, last: &Reading) -> Self {
        let recent: BTreeMap<i64, Count> = record.between(first, last).collect();
        let mut all: Vec<(i64, Count)> = record.all(last).collect();
        all.sort_by(|(_, one), (_, other)| other.milliseconds.total_cmp(&one.milliseconds));
        let means = all.into_iter().take(KEPT).filter_map(|(id, count)| {
            let recent = recent.get(&id).filter(|recent| recent.calls >= ENOUGH);
            Some((id, recent.copied().unwrap_or(count).mean()?))
        });
        let is_long = last.at.duration_since(first.at) >= LEAST;
        Self {
            pace: is_long.then(|| StatementPace::between(record, first, last)),
            means: means.collect(),
        }
    }

    /// Whether nothing is known that could be compared with.
    pub(crate) fn is_empty(&self) -> bool {
        self.means.is_empty()
    }

    /// What was kept with a plan; none where nothing was, or another version has.
    ///
    /// # Errors
    /// What the server refused, or that it is gone.
    pub(crate) async fn read(
        session: &Session,
        rollout: i64,
    ) -> Result<Option<Self>, segue_db::ServerError> {
        let kept = evidence::app_before(session, rollout).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What keeps it with a plan.
    pub(crate) fn keep(&self, rollout: i64) -> Option<String> {
        let text = serde_json::to_string(self).ok()?;
        Some(evidence::keep_app_before(rollout, &text))
    }

    /// How much longer the same statements took between two moments than before; none where none of them ran. Another mix of
    /// statements is no slowdown.
    pub(crate) fn slowdown(
        &self,
        record: &Record,
        before: &Reading,
        now: &Reading,
    ) -> Option<Slowdown> {
        let (mut took, mut expected) = (Count::default(), 0.0);
        for (id, count) in record.between(before, now) {
            if let Some(mean) = self.means.get(&id) {
                took += count;
                expected += mean * count.calls as f64;
            }
        }
        (took.calls > 0 && expected > 0.0).then(|| Slowdown {
            calls: took.calls,
            times: took.milliseconds / expected,
            more: (took.milliseconds - expected) / took.calls as f64,
        })
    }
}

/// The look at the app's statements before a plan, begun before it is known whether there will be one.
pub(crate) struct Sampling {
    record: Record,
    first: Reading,
}

impl Sampling {
    /// Begins it; none where there is no record, or it cannot be read: a deploy does not fail for it.
    pub(crate) async fn begin(session: &Session) -> Option<Self> {
        if matches!(session, Session::Sqlite(_)) {
            return None;
        }
        let mut record = Record::find(session).await.ok().flatten()?;
        let first = record.read(session).await.ok()?;
        Some(Self { record, first })
    }

    /// Ends it. Before what takes long anyhow it waits until the pace can be told.
    pub(crate) async fn end(
        mut self,
        session: &Session,
        takes_long: bool,
        interrupt: &Interrupt,
    ) -> Result<Option<AppBefore>, Failure> {
        let left = LEAST.saturating_sub(Instant::now().duration_since(self.first.at));
        if takes_long && !left.is_zero() {
            interrupt.sleep(left).await;
            interrupt.refuses()?;
        }
        let last = self.record.read(session).await.ok();
        Ok(last.map(|last| AppBefore::of(&self.record, &self.first, &last)))
    }
}
