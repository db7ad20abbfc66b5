//! A database with three sessions in it: one that runs statements, and two that watch it.

use segue_catalog::{Catalog, Change, Session as Names};
use segue_cluster::Cluster;
use segue_db::{
    introspect,
    postgres::{
        Session,
        connect::connect,
        url::{self, Defaults},
    },
};
use segue_engine::trace::{Traced, Tracer};
use segue_plan::{Line, Script};

/// The sessions.
pub(crate) struct Database {
    pub(crate) session: Session,
    witnesses: [Session; 2],
}

impl Database {
    pub(crate) async fn new(cluster: &Cluster) -> Self {
        let database = cluster.create_database().expect("a database");
        Self {
            session: session(&database).await,
            witnesses: [session(&database).await, session(&database).await],
        }
    }

    pub(crate) fn tracer(&self) -> Tracer<'_> {
        let [guard, watcher] = &self.witnesses;
        Tracer::new(&self.session, Some([guard, watcher]))
    }

    /// What names and times mean in a new session.
    pub(crate) async fn names(&self) -> Names {
        let rows = self.session.rows("SHOW timezone").await.expect("it is set");
        let mut names = Names::default();
        names.time_zone = rows.into_iter().flatten().flatten().next();
        names
    }

    /// The schema that the server has.
    pub(crate) async fn look(&self) -> Catalog {
        introspect(&self.session).await.expect("it is read").catalog
    }

    pub(crate) async fn close(self) {
        self.session.close().await;
        for witness in self.witnesses {
            witness.close().await;
        }
    }
}

async fn session(url: &str) -> Session {
    let target = url::read(url, &Defaults::default()).expect("a URL");
    let connection = connect(&target, None, &mut |_| {}).await;
    Session::new(connection.expect("a connection"))
}

/// The model's state while statements are run.
pub(crate) struct State {
    pub(crate) catalog: Catalog,
    pub(crate) names: Names,
}

impl State {
    /// Runs a statement on the server, and follows what it did.
    pub(crate) async fn follow(
        &mut self,
        database: &Database,
        tracer: &mut Tracer<'_>,
        script: &Script,
        line: &Line,
    ) -> Traced {
        let names = self.names.clone();
        let traced = tracer.run(script, line).await.expect("the server lives");
        match &traced {
            Traced::Refused(_) => {
                self.catalog = line.before.clone();
                self.names = names;
            }
            Traced::Opaque(_) => self.catalog = database.look().await,
            _ if line.changes.iter().any(is_guess) => self.catalog = database.look().await,
            _ => {}
        }
        traced
    }
}

fn is_guess(change: &Change) -> bool {
    matches!(change, Change::Unknown { .. })
}
