//! The thread that makes and drops databases on a server: it lives longer than the runtime of a single test, and whoever
//! drops a value can wait for it, in a task and while a panic goes through.

use std::{
    sync::{Arc, Mutex, PoisonError, mpsc as blocking},
    thread,
    time::Duration,
};

use segue_db::{Row, ServerError, Session, postgres::url::Target};
use segue_engine::{Failure, FailureKind};
use segue_sql::Problem;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::abandoned;
use crate::shadow::session_of;

/// How long whoever drops a database waits for that: a server that does not answer must not hold up a test for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the server did not do something.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It refused.
    Refused(ServerError),
    /// It cannot be reached.
    Gone(Failure),
}

impl Trouble {
    /// The server's code for what it refused.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.code(),
            Self::Gone(_) => None,
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(error) => error.into(),
            Trouble::Gone(failure) => failure,
        }
    }
}

/// What a statement came to.
pub(super) type Answer = Result<Vec<Row>, Trouble>;

/// Statements, and who waits for what the last one comes to.
struct Order {
    statements: Vec<String>,
    tell: Box<dyn FnOnce(Answer) + Send>,
}

/// The way to the thread. It ends once nobody has one any more and all orders are carried out.
#[derive(Clone)]
pub(super) struct Keeper {
    orders: mpsc::UnboundedSender<Order>,
}

impl Keeper {
    /// Starts the thread and connects. The name that the target gives to its sessions shows to others that what was made
    /// under it is in use.
    ///
    /// # Errors
    /// No connection.
    pub(super) async fn start(target: Target, tidies: bool) -> Result<Self, Failure> {
        let (orders, ordered) = mpsc::unbounded_channel();
        let (tell, connected) = oneshot::channel();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else {
                // Whoever waits sees that nobody will tell any more.
                return;
            };
            runtime.block_on(async move {
                // It does nothing but stay: for as long as it is there, we are.
                let anchor = match session_of(&target).await {
                    Ok(anchor) => anchor,
                    Err(failure) => {
                        let _ = tell.send(Err(failure));
                        return;
                    }
                };
                let _ = tell.send(Ok(()));
                serve(target, ordered, tidies).await;
                anchor.close().await;
            });
        };
        let started = thread::Builder::new()
            .name("segue test databases".to_owned())
            .spawn(work);
        if let Err(error) = started {
            let problem = Problem::new(format!("no thread for test databases: {error}"));
            return Err(Failure::new(FailureKind::Connection, problem));
        }
        connected.await.map_err(|_| gone())??;
        Ok(Self { orders })
    }

    /// Carries out a statement.
    pub(super) async fn rows(&self, sql: impl Into<String>) -> Answer {
        let (tell, told) = oneshot::channel();
        self.order(vec![sql.into()], move |answer| {
            let _ = tell.send(answer);
        });
        told.await.unwrap_or_else(|_| Err(Trouble::Gone(gone())))
    }

    /// Removes a database, whoever is connected to it.
    pub(super) async fn remove(&self, name: &str) -> Answer {
        let (tell, told) = oneshot::channel();
        self.order(removal(name), move |answer| {
            let _ = tell.send(answer);
        });
        told.await.unwrap_or_else(|_| Err(Trouble::Gone(gone())))
    }

    /// The same for whoever cannot wait in a task; also within a task.
    pub(super) fn remove_blocking(&self, name: &str) -> Answer {
        let (tell, told) = blocking::channel();
        self.order(removal(name), move |answer| {
            let _ = tell.send(answer);
        });
        told.recv_timeout(PATIENCE)
            .unwrap_or_else(|_| Err(Trouble::Gone(gone())))
    }

    fn order(&self, statements: Vec<String>, tell: impl FnOnce(Answer) + Send + 'static) {
        let tell = Box::new(tell);
        // Where the thread has ended the order is dropped, and with it what would tell.
        let _ = self.orders.send(Order { statements, tell });
    }
}

/// What removes a database. Who is connected is sent away first: the server by itself would look every 100 ms only whether
/// they are gone (`CountOtherDBBackends`), and the client of the test has just been dropped as a rule.
fn removal(name: &str) -> Vec<String> {
    let (text, name) = (segue_db::literal(name), segue_db::identifier(name));
    let connected = format!("FROM pg_catalog.pg_stat_activity WHERE datname = {text}");
    let body = format!(
        "BEGIN FOR i IN 1..50 LOOP PERFORM pg_catalog.pg_terminate_backend(pid) {connected}; EXIT WHEN NOT FOUND; \
         PERFORM pg_catalog.pg_sleep(0.002), pg_catalog.pg_stat_clear_snapshot(); END LOOP; END"
    );
    vec![
        format!("DO LANGUAGE plpgsql {}", segue_db::literal(&body)),
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
    ]
}

fn gone() -> Failure {
    Failure::new(
        FailureKind::Connection,
        Problem::new("the server of the test databases does not answer any more"),
    )
}

/// Sessions that nobody uses at the moment.
type Idle = Arc<Mutex<Vec<Session>>>;

async fn serve(target: Target, mut ordered: mpsc::UnboundedReceiver<Order>, tidies: bool) {
    let target = Arc::new(target);
    let idle = Idle::default();
    let mut under_way = JoinSet::new();
    if tidies {
        // Beside what is ordered: no test waits for it.
        let (target, idle) = (Arc::clone(&target), Arc::clone(&idle));
        under_way.spawn(async move {
            if let Ok(session) = taken(&target, &idle).await {
                abandoned::remove(&session).await;
                put_back(&idle, session);
            }
        });
    }
    while let Some(Order { statements, tell }) = ordered.recv().await {
        let (target, idle) = (Arc::clone(&target), Arc::clone(&idle));
        under_way.spawn(async move { tell(carried_out(&target, &idle, &statements).await) });
        while under_way.try_join_next().is_some() {}
    }
    while under_way.join_next().await.is_some() {}
    let last = std::mem::take(&mut *idle.lock().unwrap_or_else(PoisonError::into_inner));
    for session in last {
        session.close().await;
    }
}

async fn carried_out(target: &Target, idle: &Idle, statements: &[String]) -> Answer {
    let session = taken(target, idle).await.map_err(Trouble::Gone)?;
    let mut answer = Ok(Vec::new());
    for sql in statements {
        answer = session.rows(sql).await;
        if answer.is_err() {
            break;
        }
    }
    // A session that the server has ended refuses without a code: the next order gets another one.
    let is_good = match &answer {
        Ok(_) => true,
        Err(error) => error.code().is_some(),
    };
    if is_good {
        put_back(idle, session);
    }
    answer.map_err(Trouble::Refused)
}

async fn taken(target: &Target, idle: &Idle) -> Result<Session, Failure> {
    let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
    match free {
        Some(session) => Ok(session),
        None => session_of(target).await,
    }
}

fn put_back(idle: &Idle, session: Session) {
    idle.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(session);
}
