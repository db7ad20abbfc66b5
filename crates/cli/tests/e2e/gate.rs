//! The gate before contract: what `pg_stat_statements` says of the statements that still run.

use std::sync::OnceLock;

use segue_cluster::{Cluster, SUPERUSER};

use crate::harness::{Database, Project, database, database_of_superuser, eventually};

const FIRST: &str = "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, nick text);";
const SECOND: &str = "ALTER TABLE users DROP COLUMN nick;";
const OLD: &str = "SELECT nick FROM users WHERE id = 1";

/// A server that keeps a record of statements.
pub(crate) fn recording() -> Option<&'static Cluster> {
    static RECORDING: OnceLock<Option<Cluster>> = OnceLock::new();
    let start = || {
        Cluster::for_test()?;
        let builder = Cluster::builder()
            .setting("shared_preload_libraries", "pg_stat_statements")
            // The commands of the documentation are about 5,000 statements, the default: none may push another out.
            .setting("pg_stat_statements.max", "20000");
        // A server without the module is no fault of segue's.
        builder.start().ok()
    };
    RECORDING.get_or_init(start).as_ref()
}

/// A database that has expanded a migration which takes something away.
fn expanded() -> Option<(Database, Project)> {
    let cluster = recording()?;
    let url = cluster.create_database().expect("a database");
    let (_, name) = url.rsplit_once('/').unwrap();
    // the superuser: the extension is no trusted one
    let db = Database::of(cluster, SUPERUSER, name);
    db.sql("CREATE EXTENSION pg_stat_statements");
    let project = Project::new();
    project.migration("0001_users", FIRST);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'n', 'k' FROM generate_series(1, 1000) g; ANALYZE users");
    db.sql(OLD);
    project.migration("0002_drop", SECOND);
    project.on(&db, &["deploy"]).exits(0);
    Some((db, project))
}

/// The old app, which runs until it is dropped.
fn old_app(db: &Database) -> crate::harness::Session {
    let calls = format!(
        "SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE '{}%'",
        &OLD[..20]
    );
    let before = db.sql(&calls);
    let app = db.session(&format!("{OLD} \\watch 0.05\n"));
    eventually("the old app runs", || db.sql(&calls) != before);
    app
}

#[test]
fn contract_waits_for_the_old_app_and_a_reason_goes_over_that() {
    let Some((db, project)) = expanded() else {
        return;
    };
    let app = old_app(&db);
    project
        .on(&db, &["contract", "--observe", "2s"])
        .exits(1)
        .says("1 statement still runs that will break")
        .says("users.nick is gone after contract")
        .says("its calls grew by");
    assert_eq!(db.sql("SELECT count(nick) FROM users"), "1000");
    project
        .on(
            &db,
            &["contract", "--observe", "2s", "--force", "the app bears it"],
        )
        .exits(0)
        .says("contract goes on: the app bears it");
    drop(app);
    let kept = db.sql("SELECT value FROM segue.settings WHERE name LIKE 'contract of plan%'");
    assert_eq!(kept, "the app bears it");
    let calls = "SELECT count(*) FROM segue.settings WHERE name LIKE 'calls of plan%'";
    assert_eq!(db.sql(calls), "0");
}

#[test]
fn statements_that_do_not_run_any_more_keep_nobody_waiting() {
    let Some((db, project)) = expanded() else {
        return;
    };
    // Called before the deploy, which has taken that down, and not since: nothing is waited for.
    let begun = std::time::Instant::now();
    db.sql("SELECT name FROM users WHERE id = 1");
    project.on(&db, &["contract"]).exits(0).prints("contracted");
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}

#[test]
fn what_ran_once_since_the_deploy_is_watched_and_passes() {
    let Some((db, project)) = expanded() else {
        return;
    };
    db.sql(OLD);
    project
        .file("segue.toml", "[contract]\nobserve = \"1s\"\n")
        .on(&db, &["contract"])
        .exits(0)
        .says("looking for 1 s")
        .prints("contracted");
}

#[test]
fn without_a_record_it_is_said_and_forbids_where_time_was_asked_for() {
    let Some(db) = database() else {
        return;
    };
    let project = Project::new();
    project.migration("0001_users", FIRST);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'n', 'k' FROM generate_series(1, 1000) g; ANALYZE users");
    project.migration("0002_drop", SECOND);
    project.on(&db, &["deploy"]).exits(0);
    project
        .on(&db, &["contract", "--observe", "1s"])
        .exits(1)
        .says("it cannot be told whether the old app still runs")
        .says("--observe none");
    project
        .on(&db, &["contract"])
        .exits(0)
        .says("it cannot be told whether the old app still runs");
}

#[test]
fn what_is_hidden_from_a_role_is_no_evidence() {
    let Some((db, project)) = expanded() else {
        return;
    };
    db.sql(
        "DO $$ BEGIN CREATE ROLE deployer LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
         GRANT ALL ON SCHEMA public, segue TO deployer; GRANT ALL ON ALL TABLES IN SCHEMA segue TO deployer; \
         ALTER TABLE users OWNER TO deployer; GRANT ALL ON ALL SEQUENCES IN SCHEMA segue TO deployer",
    );
    let url = db.url_of("deployer", &db.name());
    project
        .segue(&["contract", "--url", &url, "--observe", "1s"])
        .exits(1)
        .says("hidden from this one");
}

#[test]
fn what_was_recorded_is_judged() {
    let Some((db, project)) = expanded() else {
        return;
    };
    let shadow = database_of_superuser().expect("a server");
    db.sql("SELECT name FROM users WHERE id IN (1, 2, 3)");
    let file = project.root().join("old.jsonl");
    let file = file.to_str().expect("a path");
    project
        .on(&db, &["compat", "record", "--out", file])
        .exits(0);
    let arguments = [
        "compat",
        "--old",
        file,
        "--old",
        "database",
        "--shadow-url",
        &shadow.url,
        "--json",
    ];
    let document = project.on(&db, &arguments).exits(0).json();
    assert_eq!(document["migrations"], serde_json::json!(["0002_drop"]));
    let old = &document["apps"][0];
    let fails: Vec<&str> = old["queries"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|query| query["fares"][2]["verdict"] == "fails")
        .map(|query| query["query"].as_str().expect("a text"))
        .collect();
    assert!(
        fails
            .iter()
            .any(|text| text.starts_with("SELECT nick FROM users")),
        "{document:#}"
    );
    assert_eq!(old["cells"][1]["runs"], true, "{document:#}");
    assert_eq!(old["cells"][2]["runs"], false);
}
