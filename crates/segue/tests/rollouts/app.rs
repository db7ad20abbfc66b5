//! Apps that go on working while their schema changes.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use segue_db::Session;

use crate::{scenario::Scenario, stand::Stand};

/// Where the numbers of new rows begin.
const FIRST: u64 = 1_000_000;

/// What the apps did.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// The numbers of the INSERTs that were acknowledged, less those of DELETEs.
    pub(crate) inserted: Vec<u64>,
    pub(crate) errors: Vec<String>,
    pub(crate) statements: u64,
}

/// What all apps of a database share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Apps {
    pub(crate) done: Arc<Mutex<Done>>,
    next: Arc<AtomicU64>,
}

/// One version of an app, at work over two connections.
pub(crate) struct App {
    stop: Arc<AtomicBool>,
    turns: Arc<AtomicU64>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Apps {
    /// Lets an app work.
    pub(crate) async fn start(
        &self,
        stand: &Stand,
        database: &str,
        scenario: &Scenario,
        section: &str,
    ) -> App {
        let statements = scenario.lines(section);
        let may_fail = scenario.lines("may fail");
        let app = App {
            stop: Arc::default(),
            turns: Arc::default(),
            tasks: Vec::new(),
        };
        let mut tasks = Vec::new();
        for _ in 0..2 {
            let session = stand.session(database).await;
            for statement in scenario.lines("sessions") {
                session
                    .rows(&statement)
                    .await
                    .expect("a statement of a session");
            }
            let worker = Worker {
                session,
                statements: statements.clone(),
                may_fail: may_fail.clone(),
                apps: self.clone(),
                stop: Arc::clone(&app.stop),
                turns: Arc::clone(&app.turns),
                name: section.to_owned(),
            };
            tasks.push(tokio::spawn(worker.work()));
        }
        App { tasks, ..app }
    }
}

impl App {
    /// Waits until everything was done so many times, while it is at work.
    pub(crate) async fn works(&self, turns: u64) {
        let until = self.turns.load(Ordering::Relaxed) + turns;
        let wait = async {
            while self.turns.load(Ordering::Relaxed) < until {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), wait).await;
        waited.expect("an app that works");
    }

    /// Lets it end what it is at.
    pub(crate) async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("no panic");
        }
    }
}

struct Worker {
    session: Session,
    statements: Vec<String>,
    may_fail: Vec<String>,
    apps: Apps,
    stop: Arc<AtomicBool>,
    turns: Arc<AtomicU64>,
    name: String,
}

impl Worker {
    async fn work(self) {
        while !self.stop.load(Ordering::Relaxed) {
            let number = FIRST + self.apps.next.fetch_add(1, Ordering::Relaxed);
            for statement in &self.statements {
                self.does(statement, number).await;
            }
            self.turns.fetch_add(1, Ordering::Relaxed);
        }
        self.session.close().await;
    }

    async fn does(&self, statement: &str, number: u64) {
        let by_chance = fastrand::u32(1..=100).to_string();
        let (statement, counts) = match statement.strip_prefix('~') {
            Some(statement) => (statement, false),
            None => (statement, statement.contains(":n")),
        };
        let sql = statement
            .replace(":n", &number.to_string())
            .replace(":r", &by_chance);
        let result = self.session.rows(&sql).await;
        let mut done = self.apps.done.lock().expect("no panic");
        done.statements += 1;
        match result {
            Ok(_) if counts && statement.starts_with("INSERT") => {
                done.inserted.push(number);
            }
            Ok(_) if counts && statement.starts_with("DELETE") => {
                done.inserted.retain(|one| *one != number);
            }
            Ok(_) => {}
            Err(error) => {
                let text = error.to_string();
                if !self.may_fail.iter().any(|part| text.contains(part)) {
                    done.errors.push(format!("{}: {sql}: {text}", self.name));
                }
            }
        }
    }
}
