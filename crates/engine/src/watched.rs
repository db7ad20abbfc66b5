//! A running rollout and the database around it, as they are at a moment: what `segue watch` shows. A few queries on one
//! connection, and no lock: the deploy has it.

use std::{
    collections::{BTreeMap, btree_map},
    time::{Duration, Instant},
};

use segue_db::{
    Place, Session,
    own::{self, rollouts},
    postgres::{
        blockers, inspect, replication,
        statements::{Reading, Record},
        surroundings::{self, DeadRows, Seen},
    },
};
use segue_project::Project;
use segue_sql::Problem;

use crate::{Failure, StatementPace, Underway, WatchedPlan, app_load::AppBefore, history, rollout};

mod locks;

/// How many of the longest transactions are told.
const TRANSACTIONS: usize = 5;

/// What was seen last, to which the next snapshot is compared.
#[derive(Debug, Default)]
pub struct Watch {
    last: Option<Last>,
    /// The record of statements, what it said last, and what came of that.
    record: Option<Record>,
    reading: Option<Reading>,
    statements: Option<WatchedStatements>,
    /// What is kept of the app before each open plan, by its number.
    before: BTreeMap<i64, Option<AppBefore>>,
}

#[derive(Debug)]
struct Last {
    at: Instant,
    plans: Vec<WatchedPlan>,
}

/// A snapshot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Watched {
    /// The open plans, the oldest first.
    pub plans: Vec<WatchedPlan>,
    /// Who waits for segue, for whom segue waits, and those between.
    pub locks: Vec<Seen>,
    /// The transactions that have been open the longest, the longest first.
    pub transactions: Vec<Seen>,
    /// How far everybody is behind who follows the log.
    pub lags: replication::Lags,
    /// Of the tables that the open plans touch.
    pub tables: Vec<DeadRows>,
    /// Of the app since it was looked at before; none where nothing tells.
    pub statements: Option<WatchedStatements>,
}

/// The app's statements between two snapshots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WatchedStatements {
    /// How they fared.
    pub pace: StatementPace,
    /// How they fared right before the oldest open plan was begun; none where it was not kept.
    pub before: Option<StatementPace>,
    /// How many times as long as before that plan the same statements take; none where none of them ran.
    pub times: Option<f64>,
    /// How many statements of other roles are hidden from this one.
    pub hidden: u64,
}

impl Watched {
    /// The first session of segue's that waits for one that is not its own, and that one.
    pub fn first_blocker(&self) -> Option<(&Seen, &Seen)> {
        let waiting = self.locks.iter().filter(|one| one.is_own);
        waiting
            .flat_map(|waiter| waiter.blockers.iter().map(move |pid| (waiter, pid)))
            .find_map(|(waiter, pid)| {
                let blocker = self
                    .locks
                    .iter()
                    .find(|one| one.pid == *pid && !one.is_own)?;
                Some((waiter, blocker))
            })
    }
}

impl Watch {
    /// Takes a snapshot; paces are known from the second one on.
    ///
    /// # Errors
    /// That there is nothing to watch in SQLite; what the server refused; a plan of another version.
    pub async fn snapshot(
        &mut self,
        session: &Session,
        project: &Project,
        place: &Place,
    ) -> Result<Watched, Failure> {
        if matches!(session, Session::Sqlite(_)) {
            return Err(Failure::refused(
                Problem::new("there is nothing to watch in SQLite")
                    .note(
                        "a deploy of a SQLite database has one writer, and nobody works beside it",
                    )
                    .help("`segue status` shows where every migration stands"),
            ));
        }
        let (mut plans, mut relations) = (Vec::new(), Vec::new());
        for underway in open(session, project, place).await? {
            let (plan, of_plan) = rollout::watched(session, &underway).await?;
            plans.push(plan);
            relations.extend(of_plan);
        }
        relations.sort_unstable();
        relations.dedup();
        let seen = surroundings::sessions(session).await?;
        self.look_at_app(session, &plans).await?;
        let at = Instant::now();
        if let Some(last) = &self.last {
            let elapsed = at.duration_since(last.at);
            plans
                .iter_mut()
                .for_each(|plan| add_pace(plan, &last.plans, elapsed));
        }
        self.last = Some(Last {
            at,
            plans: plans.clone(),
        });
        Ok(Watched {
            plans,
            locks: locks::of_segue(&seen),
            transactions: longest(&seen),
            lags: replication::lags(session).await?,
            tables: surroundings::dead_rows(session, &relations).await?,
            statements: self.statements,
        })
    }

    /// How the app's statements fare. A long record is read less often, and what it said last stands meanwhile.
    async fn look_at_app(
        &mut self,
        session: &Session,
        plans: &[WatchedPlan],
    ) -> Result<(), Failure> {
        if self.record.is_none() {
            self.record = Record::find(session).await.ok().flatten();
        }
        let Some(record) = &mut self.record else {
            return Ok(());
        };
        // a pace takes two readings, however long they take
        if self.statements.is_some() && !record.is_due() {
            return Ok(());
        }
        let now = record.read(session).await.ok();
        let readings = self.reading.take().zip(now.as_ref());
        self.statements = match readings {
            Some((before, now)) => self.statements(session, plans, &before, now).await?,
            None => None,
        };
        self.reading = now;
        Ok(())
    }

    async fn statements(
        &mut self,
        session: &Session,
        plans: &[WatchedPlan],
        before: &Reading,
        now: &Reading,
    ) -> Result<Option<WatchedStatements>, Failure> {
        self.before
            .retain(|id, _| plans.iter().any(|plan| plan.id == *id));
        for plan in plans {
            if let btree_map::Entry::Vacant(unread) = self.before.entry(plan.id) {
                unread.insert(AppBefore::read(session, plan.id).await?);
            }
        }
        let kept = self.before.values().flatten().next();
        Ok(self.record.as_ref().map(|record| WatchedStatements {
            pace: StatementPace::between(record, before, now),
            before: kept.and_then(|kept| kept.pace),
            times: kept
                .and_then(|kept| kept.slowdown(record, before, now))
                .map(|slowdown| slowdown.times),
            hidden: now.hidden,
        }))
    }
}

/// Ends what a session does that keeps one of segue's waiting, if it still does; whether it was told.
///
/// # Errors
/// What the server refused: it takes the same role, or `pg_signal_backend`.
pub async fn end_blocker(session: &Session, waiter: &str, pid: &str) -> Result<bool, Failure> {
    let chain = blockers::chain(session, waiter).await?;
    match chain.iter().find(|blocker| blocker.pid == pid) {
        Some(blocker) => Ok(blockers::end(session, blocker).await?),
        None => Ok(false),
    }
}

async fn open(
    session: &Session,
    project: &Project,
    place: &Place,
) -> Result<Vec<Underway>, Failure> {
    let there = "SELECT pg_catalog.to_regclass('segue.rollouts')";
    if session
        .rows(there)
        .await?
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .is_none()
    {
        return Ok(Vec::new());
    }
    let format = history::format_of(project.choice.layout, session.dialect())?;
    let (_, schema) = inspect::whereabouts(session).await?;
    // where it is, anywhere on the search path; else where it would be made
    let name = place.of(format, schema.as_deref()).name;
    let found = inspect::schema_of(session, &name).await?;
    let table = place.of(format, found.as_deref().or(schema.as_deref()));
    let key = history::own_key(session.dialect(), format, &table);
    let (settings, _) = own::read(session, Some(&key)).await?;
    match settings.version >= rollouts::VERSION {
        true => Ok(Underway::read(session, &key).await?.0),
        false => Ok(Vec::new()),
    }
}

fn longest(seen: &[Seen]) -> Vec<Seen> {
    let mut open: Vec<Seen> = seen
        .iter()
        .filter(|one| one.open_for.is_some())
        .cloned()
        .collect();
    open.sort_by_key(|one| std::cmp::Reverse(one.open_for));
    open.truncate(TRANSACTIONS);
    open
}

fn add_pace(plan: &mut WatchedPlan, before: &[WatchedPlan], elapsed: Duration) {
    let before = before
        .iter()
        .find(|one| one.id == plan.id)
        .and_then(|one| one.step.as_ref());
    let (Some(step), Some(before)) = (plan.step.as_mut(), before) else {
        return;
    };
    if step.index != before.index || step.is_back != before.is_back {
        return;
    }
    let (Some(now), Some(before)) = (step.rows.as_mut(), before.rows.as_ref()) else {
        return;
    };
    let seconds = elapsed.as_secs_f64().max(f64::EPSILON);
    now.per_second = Some(now.rows.saturating_sub(before.rows) as f64 / seconds);
    let share = now.done - before.done;
    now.left = (share > 0.0)
        .then(|| Duration::try_from_secs_f64((1.0 - now.done) / share * seconds).ok())
        .flatten();
}
