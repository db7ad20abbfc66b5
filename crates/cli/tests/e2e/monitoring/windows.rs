//! `windows.large`: large steps wait for a window that is long enough.

use super::{begun, elsewhen};
use crate::harness::{Database, Project};

const INDEX: &str = "CREATE INDEX users_name ON users (name);\n";

/// As [`begun`], with an index to build, which counts as large.
fn with_index(windows: &str) -> Option<(Database, Project)> {
    let (db, project) = begun("")?;
    project.migration("0002_rows", INDEX);
    set(&project, windows);
    Some((db, project))
}

fn set(project: &Project, windows: &str) {
    let toml = format!(
        "[windows]\nlarge = [{windows}]\n[lint]\nlarge_rows = 1\nlongest_blocking = \"1ms\"\n"
    );
    project.file("segue.toml", toml.as_str());
}

fn indexes(db: &Database) -> String {
    db.sql("SELECT count(*) FROM pg_class WHERE relname = 'users_name'")
}

/// A deploy that has begun, and was stopped while it waited.
fn stopped(project: &Project, db: &Database) {
    let mut deploy = project.start_on(db, &["deploy"]);
    deploy.until_it_says("waits for the time window of");
    assert_eq!(indexes(db), "0");
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130);
}

#[test]
fn an_index_build_waits_for_its_window_and_goes_on_once_it_is_open() {
    let Some((db, project)) = with_index(&format!("\"{}\"", elsewhen())) else {
        return;
    };
    stopped(&project, &db);
    set(&project, "\"00:00-24:00 UTC\"");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(indexes(&db), "1");
}

#[test]
fn what_no_window_is_long_enough_for_is_refused() {
    let Some((db, project)) = with_index(&format!("\"{}\"", elsewhen())) else {
        return;
    };
    stopped(&project, &db);
    // as if the table had some hundred gigabytes
    db.sql(
        "UPDATE segue.rollouts SET plan = regexp_replace(plan, '\"most_milliseconds\":\\d+', '\"most_milliseconds\":9000000', 'g')",
    );
    set(&project, "\"00:00-02:00 UTC\"");
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("is likely to take up to 150 min, and none of the time windows is that long");
    assert_eq!(indexes(&db), "0");
    set(&project, "\"00:00-24:00 UTC\"");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(indexes(&db), "1");
}

#[test]
fn what_is_small_waits_for_no_window() {
    let Some((db, project)) = with_index(&format!("\"{}\"", elsewhen())) else {
        return;
    };
    project.migration("0002_rows", "ALTER TABLE users ADD COLUMN a int;\n");
    project.on(&db, &["deploy"]).exits(0);
}
