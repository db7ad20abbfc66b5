//! Databases for tests: made, migrated, looked at, taken back, removed; by the role of docs/security.md, which may create
//! databases here. Its password is in no failure.
// A part of what a crate has where it says nothing: an app's own futures are around those of this one.
#![recursion_limit = "96"]
#![cfg(all(feature = "testing", feature = "macros", unix))]

mod asserting;
mod server;
mod way_back;

use std::{fs, path::Path};

use segue::{Failure, testing::TestDatabase};
use segue_cluster::{
    Cluster,
    planted::{DEPLOYER, is_not_in},
};
use tempfile::TempDir;

/// A project of three migrations: two with a way back of their own, one without.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Self { folder };
        project.file(
            "1_users/migration.sql",
            "CREATE TABLE users (id bigint PRIMARY KEY, email varchar(200) NOT NULL);\n\
             CREATE UNIQUE INDEX users_email_idx ON users (email);\n\
             CREATE TYPE mood AS ENUM ('sad', 'happy');",
        );
        project.file("1_users/down.sql", "DROP TABLE users; DROP TYPE mood;");
        project.file(
            "2_posts/migration.sql",
            "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint REFERENCES users, body text DEFAULT 'none');",
        );
        project.file(
            "3_phone/migration.sql",
            "ALTER TABLE users ADD COLUMN phone text;",
        );
        project.file("3_phone/down.sql", "ALTER TABLE users DROP COLUMN phone;");
        project
    }

    pub(crate) fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.dir().join("migrations").join(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("made");
        fs::write(path, text).expect("written");
        self
    }

    pub(crate) fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// A database with all of them.
    pub(crate) async fn on(&self, cluster: &Cluster) -> TestDatabase {
        let made = self.builder(cluster).create().await;
        made.unwrap_or_else(|failure| panic!("{}", told(&failure)))
    }

    pub(crate) fn builder(&self, cluster: &Cluster) -> segue::testing::TestDatabaseBuilder {
        TestDatabase::builder()
            .dir(self.dir())
            .url(cluster.deployer_url("postgres"))
    }
}

/// A server whose role that deploys may create databases; `None`: the tests run without one.
pub(crate) fn server() -> Option<Cluster> {
    let cluster = Cluster::for_deploys()?;
    let more = format!("ALTER ROLE {DEPLOYER} CREATEDB");
    cluster.psql("postgres", &more).expect("it is given");
    Some(cluster)
}

/// All that a failure says.
pub(crate) fn told(failure: &Failure) -> String {
    is_not_in("a failure", format!("{failure} {failure:?}"));
    let problems = failure.problems.iter();
    let lines = problems.map(|problem| {
        format!(
            "{}\n{}\n{}",
            problem.message,
            problem.notes.join("\n"),
            problem.help.as_deref().unwrap_or_default()
        )
    });
    lines.collect()
}

/// How many databases there are whose names begin so.
pub(crate) fn databases(cluster: &Cluster, prefix: &str) -> usize {
    let list = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{prefix}%'");
    let text = cluster.psql("postgres", &list).expect("counted");
    text.trim().parse().expect("a number")
}
