//! Rows that are written in batches, on real servers: what is stopped goes on where it was, nothing is written twice, and whoever
//! waits for a batch does not wait long.
//!
//! All as the role that docs/security.md has for deploys, whose password is searched for in what is said and kept.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use segue_catalog::QName;
use segue_cluster::{
    Builder, Cluster, Stop,
    planted::{is_not_in, is_not_kept_in},
};
use segue_db::{
    Session, own,
    postgres::{
        connect::connect,
        url::{Defaults, read},
    },
};
use segue_engine::{
    Event, Failure, Interrupt, Opener, Pace, Patience, Settings,
    backfill::{self, Backfill, Filled},
};
use segue_plan::{Action, Batches, Effect, OwnPace, Phase, Step, Timeouts, Undo};
use segue_sql::Dialect;

mod controls;
mod fills;
mod slices;
mod stops;
mod waiters;

/// How long to wait for what has to happen: a test that hangs is one that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with a table `t` of `ROWS` rows, and a plan whose first step is to write them.
struct World {
    cluster: Mutex<Cluster>,
    /// Of the role that deploys.
    url: String,
    heard: Arc<Mutex<Vec<Event>>>,
}

const ROWS: u64 = 20_000;

const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, x int NOT NULL DEFAULT 0, done boolean, pad text); \
     INSERT INTO t SELECT i, 0, NULL, repeat('x', 100) FROM generate_series(1, 20000) i; \
     CREATE TABLE log (id int NOT NULL)";

/// What one run is given.
struct Job {
    batches: Batches,
    settings: Vec<String>,
    pace: Pace,
    locks: Duration,
    interrupt: Interrupt,
    has_opener: bool,
    /// How many connections can be opened beside the first.
    opens: usize,
}

/// Counts each write of a row that is marked when it is written.
fn marking() -> Job {
    job(
        "UPDATE ONLY public.t SET x = x + 1, done = true WHERE ctid >= $1::tid AND ctid < $2::tid AND done IS NULL",
        "SELECT NOT EXISTS (SELECT FROM ONLY public.t WHERE done IS NULL)",
    )
}

/// The same of rows that an app may go on making.
fn open_ended() -> Job {
    let mut job = marking();
    job.batches.left =
        Some("SELECT ctid, xmin::text FROM ONLY public.t WHERE done IS NULL".to_owned());
    job
}

/// Writes down every row that a batch has seen: one that is seen by two batches is there twice.
fn logging() -> Job {
    job(
        "INSERT INTO public.log SELECT id FROM ONLY public.t WHERE ctid >= $1::tid AND ctid < $2::tid",
        "SELECT (SELECT count(*) FROM public.log) >= (SELECT count(*) FROM public.t)",
    )
}

fn job(statement: &str, done: &str) -> Job {
    Job {
        batches: Batches {
            table: QName::new("public", "t"),
            besides: None,
            before: Vec::new(),
            statement: statement.to_owned(),
            done: done.to_owned(),
            left: None,
            pace: OwnPace::default(),
            compares: false,
            found: None,
            copies: false,
        },
        settings: Vec::new(),
        pace: Pace {
            target: Some(Duration::from_millis(5)),
            ..Pace::default()
        },
        locks: Duration::from_secs(60),
        interrupt: Interrupt::never(),
        has_opener: true,
        opens: usize::MAX,
    }
}

async fn open(url: &str) -> Option<Session> {
    let defaults = Defaults {
        user: "tester".into(),
        ..Defaults::default()
    };
    let target = read(url, &defaults).expect("a right URL");
    let connection = connect(&target, None, &mut |_| {}).await.ok()?;
    let session = segue_db::postgres::Session::new(connection);
    Some(Session::Postgres(Box::new(session)))
}

/// A server that was killed a moment ago may still refuse.
async fn session(url: &str) -> Session {
    let opens = async {
        loop {
            match open(url).await {
                Some(session) => return session,
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    let session = tokio::time::timeout(PATIENCE, opens).await;
    session.expect("a server that runs")
}

impl World {
    async fn start() -> Option<Self> {
        Self::with(Cluster::builder()).await
    }

    async fn with(builder: Builder) -> Option<Self> {
        Some(Self::on(builder.for_deploys()?).await)
    }

    async fn on(cluster: Cluster) -> Self {
        let url = cluster.create_database_to_deploy().expect("a database");
        let world = Self {
            cluster: Mutex::new(cluster),
            url,
            heard: Arc::default(),
        };
        let mut script = own::create(Dialect::Postgres);
        script.extend(own::rollouts::create());
        script.push(own::rollouts::begin(1, "segue", "[]", "{}", "0"));
        script.push("INSERT INTO segue.steps (rollout, step, state) VALUES (1, 0, 'begun')".into());
        script.push(TABLE.to_owned());
        world.sql(&script.join("; ")).await;
        world
    }

    /// Runs a script over a connection of its own; gives the last value of the last row.
    async fn sql(&self, script: &str) -> String {
        let session = session(&self.url).await;
        let rows = session.rows(script).await.expect(script);
        session.close().await;
        let value = rows.into_iter().last().into_iter().flatten().next_back();
        value.flatten().unwrap_or_default()
    }

    /// What a role that deploys may not: the test says why it is needed.
    async fn as_superuser(&self, script: &str) {
        let url = self.cluster.lock().expect("no panic").url(self.name());
        let session = session(&url).await;
        session.rows(script).await.expect(script);
        session.close().await;
    }

    /// The database's name.
    fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// Runs a job to its end, whatever that is.
    async fn run(&self, job: &Job) -> Result<Filled, Failure> {
        // before anything is waited for: what was heard of another run must not be taken for news
        let heard = Arc::clone(&self.heard);
        heard.lock().expect("no panic").clear();
        let url = self.url.clone();
        let session = session(&url).await;
        let settings = Settings::default();
        let left = AtomicUsize::new(job.opens);
        let opener: Opener = Box::new(move || {
            let url = url.clone();
            let is_left = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
            Box::pin(async move {
                is_left.ok()?;
                open(&url).await
            })
        });
        let step = Step {
            phase: Phase::Expand,
            serves: Vec::new(),
            recipe: "rows".into(),
            title: "fill".to_owned(),
            action: Action::Batches(job.batches.clone()),
            settings: job.settings.clone(),
            effect: Effect::default(),
            timeouts: Timeouts {
                lock: Some(Duration::from_millis(100)),
                statement: None,
            },
            hazards: Vec::new(),
            verify: None,
            keep: None,
            undo: Undo::Nothing,
            hindrances: Vec::new(),
            estimate: None,
        };
        let mut events = |event| {
            is_not_in("an event", format!("{event:?}"));
            heard.lock().expect("no panic").push(event);
        };
        let filled = backfill::run(Backfill {
            rollout: 1,
            number: 0,
            step: &step,
            batches: &job.batches,
            pace: &job.pace,
            settings: &settings,
            patience: Patience {
                steps: job.locks,
                ..Patience::default()
            },
            session: &session,
            opener: job.has_opener.then_some(&opener),
            interrupt: &job.interrupt,
            events: &mut events,
        });
        let filled = tokio::time::timeout(PATIENCE, filled).await;
        session.close().await;
        let filled = filled.expect("a backfill that ends");
        if let Err(failure) = &filled {
            is_not_in("a failure", format!("{failure} {failure:?}"));
        }
        filled
    }

    /// Ends the server in this way, and starts it again.
    fn restart(&self, how: Stop) {
        let mut cluster = self.cluster.lock().expect("no panic");
        cluster.restart(how).expect("it starts again");
    }

    /// Waits for an event.
    async fn hears(&self, wanted: impl Fn(&Event) -> bool) {
        let hears = async {
            loop {
                if self.heard.lock().expect("no panic").iter().any(&wanted) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let heard = tokio::time::timeout(PATIENCE, hears).await;
        heard.expect("an event that comes");
    }

    /// Waits until rows are written.
    async fn writes(&self) {
        self.hears(|event| matches!(event, Event::Filling(progress) if progress.rows > 0))
            .await;
    }

    fn has_heard(&self, wanted: impl Fn(&Event) -> bool) -> bool {
        self.heard.lock().expect("no panic").iter().any(wanted)
    }

    /// How many rows are marked and were written once; those written more often are an error.
    async fn marked(&self) -> u64 {
        let twice = self.sql("SELECT count(*) FROM t WHERE x > 1").await;
        assert_eq!(twice, "0", "rows were written twice");
        self.number("SELECT count(*) FROM t WHERE done AND x = 1")
            .await
    }

    /// How many rows are in the log; those that are there twice are an error.
    async fn logged(&self) -> u64 {
        let twice = "SELECT count(*) FROM (SELECT FROM log GROUP BY id HAVING count(*) > 1) twice";
        assert_eq!(self.sql(twice).await, "0", "rows were written twice");
        self.number("SELECT count(*) FROM log").await
    }

    async fn number(&self, query: &str) -> u64 {
        self.sql(query).await.parse().expect("a number")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Ok(cluster) = self.cluster.lock() {
            is_not_kept_in(&cluster, self.name());
        }
    }
}

fn rows(filled: Result<Filled, Failure>) -> u64 {
    filled.expect("it is done").rows
}
