//! Reading the schema of real servers: one SQL file for each family of objects, and what the model must say of it.
//! Needs PostgreSQL's binaries. `SEGUE_TEST_PG` chooses the version.

use segue_catalog::{Name, QName, model::Table};
use segue_cluster::Cluster;
use segue_db::{
    Introspected, introspect,
    postgres::{
        Session,
        connect::connect,
        url::{Defaults, read},
    },
};

mod columns;
mod constraints;
mod indexes;
mod newer;
mod opaque;
mod partitions;
mod privileges;
mod programs;
mod publications;
mod transactions;
mod types;
mod views;

/// A server with a database in which a script has run; none, which is for skipping the test, as
/// [`Cluster::for_test`] says.
struct Server {
    cluster: Cluster,
    url: String,
    major: u32,
}

impl Server {
    fn with(script: &str) -> Option<Self> {
        let cluster = Cluster::for_test()?;
        let url = cluster.create_database().expect("a database");
        let major = cluster.version().major;
        let server = Self {
            cluster,
            url,
            major,
        };
        server.run(script);
        Some(server)
    }

    fn run(&self, script: &str) {
        self.cluster.psql(&self.url, script).expect("it runs");
    }

    async fn session(&self) -> Session {
        self.session_of(&self.url).await
    }

    /// A session as another role.
    async fn session_as(&self, role: &str) -> Session {
        self.session_of(&self.url.replacen("tester", role, 1)).await
    }

    async fn session_of(&self, url: &str) -> Session {
        let defaults = Defaults {
            user: "tester".into(),
            ..Defaults::default()
        };
        let target = read(url, &defaults).expect("a right URL");
        Session::new(
            connect(&target, None, &mut |_| {})
                .await
                .expect("connected"),
        )
    }

    async fn introspected(&self) -> Introspected {
        let read = introspect(&self.session().await).await.expect("it is read");
        assert_eq!(read.notes, Vec::<String>::new());
        read
    }
}

fn name(text: &str) -> Name {
    Name::stored(text)
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(Name::stored).collect()
}

/// A name as `schema.name`, in the schema `public` where it has none.
fn qname(text: &str) -> QName {
    let (schema, name) = text.split_once('.').unwrap_or(("public", text));
    QName::new(schema, name)
}

fn table<'a>(read: &'a Introspected, name: &str) -> &'a Table {
    read.catalog.tables.get(&qname(name)).expect(name)
}
