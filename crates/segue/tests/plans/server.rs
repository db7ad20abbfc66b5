//! The server: databases that are copies of others, and what is in them. Statements are run by the role that docs/security.md has
//! for deploys, so a plan that needed more than its rights would fail.

use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
};

use segue_catalog::Catalog;
use segue_cluster::{
    Cluster, installed,
    planted::{TEMPLATE, may_deploy},
};
use segue_db::{
    Session,
    postgres::{
        connect::connect,
        url::{self, Defaults},
    },
};

/// A server of our own, with a session that makes databases.
pub(crate) struct Server {
    cluster: Cluster,
    numbers: AtomicU32,
}

/// What is known of the plans of real histories (`known.txt`) is known of this version: from 18 on NOT NULL has a name.
const MAJOR: u32 = 15;

impl Server {
    /// A server of the version that the known plans are of, where it is installed and no other one is asked for. `None`: the
    /// tests run without a server.
    pub(crate) fn start() -> Option<Self> {
        let asked = ["SEGUE_TEST_PG", "SEGUE_TEST_PG_BIN"];
        let asked = asked.iter().any(|name| env::var_os(name).is_some());
        let builder = Cluster::builder();
        let is_there = installed().iter().any(|one| one.version.major == MAJOR);
        let builder = match is_there && !asked {
            true => builder.version(MAJOR),
            false => builder,
        };
        Some(Self {
            cluster: builder.for_deploys()?,
            numbers: AtomicU32::new(0),
        })
    }

    /// Its major version.
    pub(crate) fn major(&self) -> u16 {
        u16::try_from(self.cluster.version().major).expect("a major version")
    }

    /// A new database without anything in it.
    pub(crate) async fn empty(&self) -> String {
        self.copy(TEMPLATE).await
    }

    /// A new database with everything that another one has; nobody may be connected to that.
    pub(crate) async fn copy(&self, of: &str) -> String {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let name = format!("plan_{number}");
        let admin = self.as_superuser("postgres").await;
        for statement in [
            format!("CREATE DATABASE {name} TEMPLATE {of}"),
            may_deploy(&name),
        ] {
            admin.execute(&statement).await.expect("it is copied");
        }
        admin.close().await;
        name
    }

    pub(crate) async fn remove(&self, name: &str) {
        let admin = self.as_superuser("postgres").await;
        let dropped = admin
            .execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await;
        dropped.expect("it is dropped");
        admin.close().await;
    }

    /// A session in a database.
    pub(crate) async fn session(&self, database: &str) -> Session {
        opened(&self.cluster.deployer_url(database)).await
    }

    /// A session of the superuser: for databases, roles, and rows that no trigger is to see.
    pub(crate) async fn as_superuser(&self, database: &str) -> Session {
        opened(&self.cluster.url(database)).await
    }
}

async fn opened(url: &str) -> Session {
    let target = url::read(url, &Defaults::default()).expect("a URL");
    let connection = connect(&target, None, &mut |_| {}).await;
    let session = segue_db::postgres::Session::new(connection.expect("a connection"));
    Session::Postgres(Box::new(session))
}

/// The schema that a server has.
pub(crate) async fn look(session: &Session) -> Catalog {
    let Session::Postgres(session) = session else {
        panic!("it is a PostgreSQL server");
    };
    let read = segue_db::introspect(session).await.expect("it is read");
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    let mut catalog = read.catalog;
    // what is kept of rows
    segue_engine::replay::forget_own_schema(&mut catalog);
    catalog
}

/// The one value that a query gives.
pub(crate) async fn value(session: &Session, query: &str) -> Result<Option<String>, String> {
    let rows = session
        .rows(query)
        .await
        .map_err(|error| error.to_string())?;
    Ok(rows.into_iter().flatten().flatten().next())
}
