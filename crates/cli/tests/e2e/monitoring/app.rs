//! The app's statements: beside the time before the deploy, and waited for where they take longer.

use serde_json::Value;

use super::{
    TABLE,
    webhooks::{Answer, Receiver, hook},
};
use crate::{
    gate::recording,
    harness::{Database, Project, Session, eventually},
};

/// A project with rows to write and an app, whose one statement takes as long as the table `speed` says.
fn with_app(toml: &str) -> Option<(Database, Project, Session)> {
    let cluster = recording()?;
    let url = cluster.create_database().expect("a database");
    let (_, name) = url.rsplit_once('/').unwrap();
    // the superuser: the extension is no trusted one
    let db = Database::of(cluster, segue_cluster::SUPERUSER, name);
    db.sql("CREATE EXTENSION pg_stat_statements");
    let project = Project::new();
    project.migration("0001_first", TABLE);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 20000) g; ANALYZE");
    db.sql("CREATE TABLE speed AS SELECT 0.001::float8 AS seconds");
    project.migration("0002_rows", "UPDATE users SET name = upper(name);\n");
    let toml = format!("{toml}\n[lint]\nlarge_rows = 1\n");
    project.file("segue.toml", toml.as_str());
    let app = db.session("SELECT pg_sleep(seconds) FROM speed \\watch 0.02\n");
    let calls = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE 'SELECT pg_sleep%'";
    eventually("the app runs", || db.sql(calls) != "0");
    Some((db, project, app))
}

fn deploy(project: &Project, db: &Database) -> std::process::Child {
    let mut command = project.command(&["deploy", "--max-rate", "200", "--url", &db.url]);
    command.env("TOKEN", "x");
    command.spawn().unwrap()
}

fn seen(project: &Project, db: &Database) -> Value {
    let watched = project.segue_with(
        &[("TOKEN", "x")],
        &["watch", "--once", "--format", "json", "--url", &db.url],
    );
    watched.exits(0).json()
}

#[test]
fn an_app_that_gets_slower_is_shown_beside_before_waited_for_and_told() {
    let receiver = Receiver::that(Answer::Status(200));
    let toml = format!(
        "[backfill]\nmax_slowdown = 3.5\n{}on = [\"waiting_for_app\"]\n",
        hook(receiver.port)
    );
    let Some((db, project, app)) = with_app(&toml) else {
        return;
    };
    let mut deploy = deploy(&project, &db);
    eventually("it is known how the app fared before", || {
        seen(&project, &db)["statements"]["before"]["mean_milliseconds"].as_f64() > Some(1.0)
    });
    let statements = &seen(&project, &db)["statements"];
    assert!(statements["times"].as_f64() < Some(3.0), "{statements:#}");
    assert!(
        statements["before"]["per_second"].as_f64() > Some(5.0),
        "{statements:#}"
    );
    assert_eq!(receiver.events().len(), 0);
    db.sql("UPDATE speed SET seconds = 0.05");
    eventually("it waits", || {
        let document = seen(&project, &db);
        let why = document["plans"][0]["waits"].as_str();
        why.is_some_and(|why| why.contains("the limit is 3.5 (`max_slowdown`)"))
            && document["statements"]["times"].as_f64() > Some(3.5)
    });
    project
        .segue_with(&[("TOKEN", "x")], &["watch", "--once", "--url", &db.url])
        .exits(0)
        .prints("ms each before the deploy")
        .prints("times as long as before the deploy");
    eventually("it is told", || !receiver.events().is_empty());
    let told = receiver.one("waiting_for_app");
    assert!(told["times"].as_f64() > Some(3.5), "{told:#}");
    assert_eq!(told["max_slowdown"], 3.5, "{told:#}");
    assert_eq!(told["step"]["phase"], "expand", "{told:#}");
    db.sql("UPDATE speed SET seconds = 0.001");
    eventually("it goes on", || {
        let why = &seen(&project, &db)["plans"][0]["waits"];
        why.as_str().is_none_or(|why| why.contains("held to"))
    });
    deploy.kill().unwrap();
    deploy.wait().unwrap();
    drop(app);
}

#[test]
fn the_statements_of_a_deploy_are_not_the_apps() {
    let Some((db, project, app)) = with_app("") else {
        return;
    };
    drop(app);
    let mut deploy = deploy(&project, &db);
    eventually("rows are written", || {
        seen(&project, &db)["plans"][0]["step"]["rows"]["rows_per_second"].as_f64() > Some(0.0)
    });
    let document = seen(&project, &db);
    assert_eq!(document["statements"]["per_second"], 0.0, "{document:#}");
    assert!(document["statements"]["times"].is_null(), "{document:#}");
    deploy.kill().unwrap();
    deploy.wait().unwrap();
}

#[test]
fn what_is_no_factor_is_refused_with_its_place() {
    let project = Project::new();
    project.migration("0001_first", TABLE);
    project.file("segue.toml", "[backfill]\nmax_slowdown = 0.5\n");
    project
        .segue(&["status", "--url", "postgres://nobody@127.0.0.1:1/x"])
        .exits(1)
        .says("`backfill.max_slowdown` must be a number of more than 1, or 0")
        .says("segue.toml:2:16");
}
