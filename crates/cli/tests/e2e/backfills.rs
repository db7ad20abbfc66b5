//! `segue backfill status` and `try`: rows that are written in batches, looked at from elsewhere, and tried before.

use crate::harness::{Database, Project, database, eventually};

const TABLE: &str =
    "CREATE TABLE users (id int PRIMARY KEY, name text, visits int NOT NULL DEFAULT 0);\n";

/// A project whose first migration is deployed, with rows in the table, and all tables large.
fn begun(database: &Database, migration: &str) -> Project {
    let project = Project::new();
    project.file("segue.toml", "[lint]\nlarge_rows = 1\n");
    project.migration("0001_first", TABLE);
    project.on(database, &["deploy"]).exits(0);
    database
        .sql("INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 20000) g; ANALYZE");
    project.migration("0002_rows", migration);
    project
}

#[test]
fn why_a_plan_stopped_is_forgotten_once_it_goes_on() {
    let Some(database) = database() else { return };
    let project = begun(&database, "UPDATE users SET name = upper(name);");
    let plan = || {
        let status = project.on(&database, &["status", "--json"]).exits(2).json();
        status["migrations"][1]["plan"].clone()
    };
    let written = || plan()["percent"].as_u64() > Some(0);
    let deploy = project.start_on(&database, &["deploy", "--max-rate", "2000"]);
    eventually("rows are written", written);
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130);
    let stopped = plan();
    let problem = stopped["problem"].as_str().unwrap_or_default();
    assert!(problem.contains("interrupted"), "{stopped:#}");
    assert!(stopped["seconds_left"].is_null(), "{stopped:#}");
    let goes_on = project.start_on(&database, &["deploy", "--max-rate", "2000"]);
    eventually("it goes on", || plan()["problem"].is_null());
    goes_on.signal(libc::SIGKILL);
    goes_on.wait();
    assert!(plan()["problem"].is_null(), "{:#}", plan());
}

#[test]
fn rows_that_are_written_elsewhere_are_looked_at_and_it_is_said_why_they_wait() {
    let Some(database) = database() else { return };
    let project = begun(&database, "UPDATE users SET name = upper(name);");
    project
        .on(&database, &["backfill", "status"])
        .exits(0)
        .prints("no rows are being written in batches");
    let deploy = project.start_on(&database, &["deploy", "--max-rate", "2000"]);
    let document = || {
        project
            .on(&database, &["backfill", "status", "--json"])
            .exits(0)
            .json()
    };
    eventually("rows are written", || {
        document()["writing"][0]["rows"].as_u64() > Some(0)
    });
    let writing = &document()["writing"][0];
    assert_eq!(writing["table"], "public.users", "{writing:#}");
    assert!(
        writing["rows_per_second"].as_f64() > Some(0.0),
        "{writing:#}"
    );
    assert!(writing["process"].is_string(), "{writing:#}");
    project.on(&database, &["pause"]).exits(0);
    eventually("it is said that they wait", || {
        document()["writing"][0]["waits"]
            .as_str()
            .is_some_and(|why| why.starts_with("paused"))
    });
    project
        .on(&database, &["backfill", "status"])
        .exits(0)
        .prints("of the table")
        .prints("waits: paused; `segue resume` goes on");
    deploy.signal(libc::SIGKILL);
    deploy.wait();
    eventually("nobody goes on with it", || {
        let outcome = project.on(&database, &["backfill", "status"]).exits(0);
        outcome.out.contains("paused, and nobody is at it")
    });
    project.on(&database, &["resume"]).exits(0);
    project.on(&database, &["deploy"]).exits(0);
    assert_eq!(document()["writing"], serde_json::json!([]));
    assert_eq!(
        database.sql("SELECT coalesce(max(waits), 'none') FROM segue.rollouts"),
        "none"
    );
}

#[test]
fn a_few_rows_are_tried_and_nothing_of_it_stays() {
    let Some(database) = database() else { return };
    let project = begun(
        &database,
        "UPDATE users SET visits = visits + 1;\nDELETE FROM users WHERE id % 2 = 0;\n\
         ALTER TABLE users ADD COLUMN slug text;\nUPDATE users SET slug = lower(name);",
    );
    let tried = project
        .on(&database, &["backfill", "try", "--json"])
        .exits(1)
        .json();
    let steps = tried["steps"].as_array().expect("a list");
    assert_eq!(steps.len(), 3, "{tried:#}");
    let counting = &steps[0];
    assert_eq!(
        counting["changes"].as_array().map(Vec::len),
        Some(10),
        "{counting:#}"
    );
    assert_eq!(counting["changes"][0]["row"], "id = (1)", "{counting:#}");
    assert_eq!(counting["changes"][0]["before"], "(0)", "{counting:#}");
    assert_eq!(counting["changes"][0]["after"], "(1)", "{counting:#}");
    let all = counting["all_rows"].as_u64().expect("a number");
    assert!((15_000..25_000).contains(&all), "{counting:#}");
    // what comes behind rows that are written needs them written
    for step in &steps[1..] {
        assert!(
            step["problems"][0]
                .to_string()
                .contains("cannot be rolled back with it"),
            "{step:#}"
        );
    }
    assert_eq!(
        database.sql("SELECT max(visits), count(*) FROM users"),
        "0|20000"
    );
    assert_eq!(
        database.sql("SELECT to_regclass('segue.rollouts') IS NULL"),
        "t"
    );
    let columns =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0";
    assert_eq!(database.sql(columns), "3");
    project
        .on(&database, &["backfill", "try"])
        .exits(1)
        .prints("id = (1): (0) -> (1)")
        .prints("rows, ")
        .says("`segue test` tries it");
}

#[test]
fn a_deletion_is_tried_with_the_rows_that_would_go() {
    let Some(database) = database() else { return };
    let project = begun(&database, "DELETE FROM users WHERE id % 2 = 0;");
    project
        .on(&database, &["backfill", "try"])
        .exits(0)
        .prints("delete rows of public.users")
        .prints("id = (2): (2,\"name 2\",0) -> deleted");
    assert_eq!(database.sql("SELECT count(*) FROM users"), "20000");
}
