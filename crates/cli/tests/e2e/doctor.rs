//! `segue doctor`: what is wrong is found, and the command that it gives mends it.

use serde_json::Value;

use crate::harness::{Database, Outcome, Project, database};

fn one() -> Project {
    let project = Project::new();
    project.migration("20240101000001_one", "CREATE TABLE one (id int);");
    project
}

/// The evidence and the remedy of a check's findings of this verdict.
#[track_caller]
fn findings(outcome: &Outcome, id: &str, verdict: &str) -> Vec<(String, String)> {
    let document = outcome.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = document["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| check["id"] == id && check["verdict"] == verdict)
        .map(|check| (text(&check["evidence"]), text(&check["mend"])))
        .collect()
}

#[track_caller]
fn only(outcome: &Outcome, id: &str, verdict: &str) -> (String, String) {
    let mut found = findings(outcome, id, verdict);
    assert_eq!(found.len(), 1, "{id} {verdict}: {outcome}");
    found.remove(0)
}

/// A user who may connect, and nothing else.
fn stranger(db: &Database) -> (String, String) {
    let name = format!("{}_stranger", db.name());
    db.as_superuser(&format!(
        "CREATE ROLE {name} LOGIN; REVOKE CREATE ON SCHEMA public FROM public"
    ));
    let url = db.url_of(&name, &db.name());
    (name, url)
}

#[test]
fn a_database_that_is_fine_has_nothing_but_good_news() {
    let Some(db) = database() else { return };
    let project = one();
    project
        .on(&db, &["doctor"])
        .exits(0)
        .prints("nothing would stop a deploy");
    db.is_untouched();
    project.on(&db, &["deploy"]).exits(0);
    let outcome = project.on(&db, &["doctor", "--json"]).exits(0);
    assert_eq!(only(&outcome, "history", "ok").0, "1 applied, 0 pending");
    for check in outcome.json()["checks"].as_array().unwrap() {
        assert_eq!(check["verdict"], "ok", "{check}");
        assert_ne!(check["about"], "", "{check}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_a_finding() {
    let project = one();
    let outcome = project
        .segue(&["doctor", "--json", "--url", "postgres://a@127.0.0.1:1/a"])
        .exits(2);
    only(&outcome, "project", "ok");
    only(&outcome, "files", "ok");
    let (evidence, mend) = only(&outcome, "connection", "problem");
    assert!(evidence.contains("refused"), "{evidence}");
    assert!(mend.contains("--connect-timeout"), "{mend}");
}

#[test]
fn a_broken_configuration_is_a_finding() {
    let outcome = one()
        .file("segue.toml", "url = \n")
        .segue(&["doctor", "--json"])
        .exits(2);
    let (evidence, _) = only(&outcome, "project", "problem");
    assert!(evidence.starts_with("segue.toml:1:"), "{evidence}");
}

#[test]
fn missing_rights_come_with_the_grants_that_mend_them() {
    let Some(db) = database() else { return };
    let (name, url) = stranger(&db);
    let project = one();
    project.segue(&["deploy", "--url", &url]).exits(1);
    let outcome = project.segue(&["doctor", "--json", "--url", &url]).exits(2);
    let grants = findings(&outcome, "permissions", "problem");
    assert!(
        grants.iter().any(|(evidence, _)| evidence.contains(&name)),
        "{outcome}"
    );
    for (_, grant) in &grants {
        db.as_superuser(grant);
    }
    let outcome = project.segue(&["doctor", "--json", "--url", &url]).exits(0);
    only(&outcome, "permissions", "ok");
    project.segue(&["deploy", "--url", &url]).exits(0);
}

#[test]
fn a_history_that_may_only_be_read_is_found() {
    let Some(db) = database() else { return };
    let (name, url) = stranger(&db);
    let project = one();
    project.on(&db, &["deploy"]).exits(0);
    db.as_superuser(&format!(
        "GRANT CREATE, USAGE ON SCHEMA public, segue TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA segue TO {name}"
    ));
    project.migration("20240101000002_two", "CREATE TABLE two (id int)");
    project.segue(&["deploy", "--url", &url]).exits(1);
    let outcome = project.segue(&["doctor", "--json", "--url", &url]).exits(2);
    let (evidence, grant) = only(&outcome, "permissions", "problem");
    assert!(evidence.contains("INSERT, UPDATE, DELETE"), "{evidence}");
    db.as_superuser(&grant);
    project.segue(&["deploy", "--url", &url]).exits(0);
}

#[test]
fn a_role_that_could_keep_no_plan_is_warned() {
    let Some(db) = database() else { return };
    let (name, url) = stranger(&db);
    db.as_superuser(&format!(
        "GRANT CREATE ON SCHEMA public TO {name}; SET ROLE {name}; CREATE TABLE one (id int); RESET ROLE"
    ));
    let project = Project::new();
    project.file("golang/1_two.up.sql", "CREATE TABLE two (id int);");
    let doctor = ["doctor", "--json", "--dir", "golang", "--url", &url];
    let outcome = project.segue(&doctor);
    let (evidence, grant) = only(&outcome, "permissions", "warning");
    assert!(evidence.contains("a plan is kept"), "{evidence}");
    db.as_superuser(&grant);
    let outcome = project.segue(&doctor);
    assert!(findings(&outcome, "permissions", "warning").is_empty());
}

#[test]
fn tables_of_another_owner_are_found() {
    let Some(db) = database() else { return };
    let (name, url) = stranger(&db);
    db.as_superuser(&format!("GRANT CREATE ON SCHEMA public TO {name}; GRANT CREATE ON DATABASE \"{}\" TO {name}; CREATE TABLE theirs (id int)", db.name()));
    let outcome = one().segue(&["doctor", "--json", "--url", &url]);
    let (evidence, mend) = only(&outcome, "ownership", "warning");
    assert!(
        evidence.starts_with("theirs belong to tester"),
        "{evidence}"
    );
    assert!(mend.contains("role = \"tester\""), "{mend}");
}

#[test]
fn what_the_history_says_against_a_deploy_is_found() {
    let Some(db) = database() else { return };
    let project = one();
    project
        .migration("20240101000002_two", "CREATE TABLE two (id int)")
        .on(&db, &["deploy"])
        .exits(0);
    project
        .migration("20240101000001_one", "CREATE TABLE changed (id int)")
        .remove("migrations/20240101000002_two");
    let outcome = project.on(&db, &["doctor", "--json"]).exits(2);
    let found = findings(&outcome, "history", "problem");
    assert!(
        found[0].0.contains("`20240101000001_one` was changed"),
        "{outcome}"
    );
    assert!(found[1].0.contains("20240101000002_two"), "{outcome}");
    project.on(&db, &["deploy"]).exits(1);
}

#[test]
fn a_pending_migration_that_cannot_be_read_is_found_with_its_line() {
    let Some(db) = database() else { return };
    let project = one();
    project.migration("20240101000002_two", "SELECT 1;\nSELECT 'open;\n");
    let outcome = project.on(&db, &["doctor", "--json"]).exits(2);
    let (evidence, _) = only(&outcome, "migrations", "problem");
    assert!(
        evidence.contains("20240101000002_two/migration.sql:2: this string is never closed"),
        "{evidence}"
    );
}

#[test]
fn extensions_that_are_missing_or_not_ours_to_create_are_found() {
    let Some(db) = database() else { return };
    let (name, url) = stranger(&db);
    db.as_superuser(&format!(
        "GRANT CREATE ON SCHEMA public TO {name}; GRANT CREATE ON DATABASE \"{}\" TO {name}",
        db.name()
    ));
    let project = one();
    project.migration(
        "20240101000002_two",
        "CREATE EXTENSION IF NOT EXISTS \"no such thing\"; CREATE EXTENSION plpgsql;",
    );
    let outcome = project.segue(&["doctor", "--json", "--url", &url]).exits(2);
    let (evidence, _) = only(&outcome, "extensions", "problem");
    assert_eq!(evidence, "no such thing is not on the server");
    assert_eq!(only(&outcome, "extensions", "ok").0, "plpgsql is there");
}

#[test]
fn old_transactions_and_other_deploys_are_found() {
    let Some(db) = database() else { return };
    let project = one();
    project.migration("20240101000002_two", "SELECT pg_sleep(60)");
    let mut running = project.start_on(&db, &["deploy"]);
    running.until_it_says("applied 20240101000001_one");
    let outcome = project.on(&db, &["doctor", "--json"]).exits(2);
    let (evidence, mend) = only(&outcome, "locks", "problem");
    assert!(
        evidence.starts_with("another deploy is running: process"),
        "{evidence}"
    );
    let end = mend.split(": ").last().expect("a statement");
    assert_eq!(db.sql(end), "t");
    running.wait();
    let outcome = project.on(&db, &["doctor", "--json"]).exits(0);
    only(&outcome, "locks", "ok");
}

#[test]
fn an_invalid_index_is_found_and_its_remedy_works() {
    let Some(db) = database() else { return };
    db.sql("CREATE TABLE one (id int); INSERT INTO one VALUES (1), (1)");
    let failing = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        db.sql("CREATE UNIQUE INDEX CONCURRENTLY one_id ON one (id)")
    }));
    assert!(failing.is_err(), "the index cannot be built");
    let outcome = Project::new()
        .migration("20240101000001_one", "SELECT 1")
        .on(&db, &["doctor", "--json"]);
    let (evidence, mend) = only(&outcome, "indexes", "warning");
    assert_eq!(evidence, "one_id is invalid");
    db.sql(&mend);
    assert_eq!(
        db.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"),
        "0"
    );
}

#[test]
fn a_read_only_default_and_harmful_settings_are_found() {
    let Some(db) = database() else { return };
    let name = db.name();
    db.as_superuser(&format!(
        "ALTER DATABASE \"{name}\" SET default_transaction_read_only = on; \
         ALTER DATABASE \"{name}\" SET standard_conforming_strings = off"
    ));
    let outcome = one().on(&db, &["doctor", "--json"]).exits(2);
    let (evidence, _) = only(&outcome, "read-only", "problem");
    assert!(
        evidence.contains("default_transaction_read_only"),
        "{evidence}"
    );
    let (evidence, _) = only(&outcome, "settings", "warning");
    assert!(
        evidence.starts_with("standard_conforming_strings is off"),
        "{evidence}"
    );
}

#[test]
fn a_file_of_sqlites_is_examined_too() {
    let project = one();
    let url = "sqlite:app.db";
    project
        .segue(&["deploy", "--url", url, "--create-database"])
        .exits(0);
    let outcome = project.segue(&["doctor", "--json", "--url", url]).exits(0);
    for id in ["version", "integrity", "locks", "disk", "history"] {
        only(&outcome, id, "ok");
    }
    project.file(
        "app.db",
        "this is no database, however long it may be; not at all",
    );
    let outcome = project.segue(&["doctor", "--json", "--url", url]).exits(2);
    let (evidence, _) = only(&outcome, "connection", "problem");
    assert!(evidence.contains("not a database"), "{evidence}");
}

#[test]
fn every_check_is_in_the_documentation() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor.md"))
            .expect("docs/doctor.md");
    let ids = segue::EARLY_CHECKS
        .iter()
        .copied()
        .chain(segue::CHECKS.iter().map(|check| (check.id, check.about)));
    for (id, about) in ids {
        let row = format!("| `{id}` | {about} |");
        assert!(page.contains(&row), "docs/doctor.md has no row {row}");
    }
}
