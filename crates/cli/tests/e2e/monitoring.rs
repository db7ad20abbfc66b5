//! What is told of a deploy to those who are not at its terminal.

use crate::harness::{Database, Project, database};

mod app;
mod metrics;
mod traces;
mod webhooks;
mod windows;

/// A window on the day after tomorrow, which is not today.
fn elsewhen() -> String {
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let day = usize::try_from(since / 86_400).unwrap() + 2;
    format!("{} 00:00-24:00 UTC", days[day % 7])
}

const TABLE: &str =
    "CREATE TABLE users (id int PRIMARY KEY, name text, visits int NOT NULL DEFAULT 0);\n";

/// A project whose first migration is deployed, with rows in the table, all tables large, and a second one that writes rows in
/// batches and leaves something to contract. `more` is behind what stands in segue.toml.
fn begun(more: &str) -> Option<(Database, Project)> {
    let db = database()?;
    let project = Project::new();
    project.migration("0001_first", TABLE);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 20000) g; ANALYZE");
    project.migration(
        "0002_rows",
        "UPDATE users SET name = upper(name);\nALTER TABLE users DROP COLUMN visits;\n",
    );
    project.file(
        "segue.toml",
        format!("{more}\n[lint]\nlarge_rows = 1\n").as_str(),
    );
    Some((db, project))
}
