//! `segue testdb`: a command with a database of its own, and databases over HTTP.

mod around;
mod serve;
mod variables;

use crate::harness::{Database, Project, database_of_superuser};

/// A project of two migrations, and a server for its tests, where databases may be made.
fn ready() -> Option<(Project, Database)> {
    let server = database_of_superuser()?;
    let project = Project::new();
    project
        .migration("1_users", "CREATE TABLE users (id int PRIMARY KEY);")
        .migration("2_posts", "CREATE TABLE posts (id int PRIMARY KEY);")
        .file("migrations/2_posts/down.sql", "DROP TABLE posts;");
    Some((project, server))
}

impl Database {
    /// How many databases of this run there are: those of other tests are on the same server, so only this name counts.
    fn is_there(&self, name: &str) -> bool {
        let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
        self.sql(&count) == "1"
    }
}
