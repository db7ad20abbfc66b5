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

/// Makes the file of a table longer by some gigabytes that are nowhere: only its size is asked for.
fn grow(db: &Database, table: &str) {
    let path = "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('";
    let path = db.as_superuser(&format!("{path}{table}')"));
    let segments = (0..20).map(|number| match number {
        0 => path.clone(),
        number => format!("{path}.{number}"),
    });
    for segment in segments {
        let mut options = std::fs::OpenOptions::new();
        let file = options.create(true).append(true).open(segment).unwrap();
        file.set_len(1 << 30).unwrap();
    }
}

#[test]
fn what_no_window_is_long_enough_for_is_refused_before_anything_is_begun() {
    let Some((db, project)) = with_index("\"00:00-00:01 UTC\", \"12:00-12:01 UTC\"") else {
        return;
    };
    grow(&db, "users");
    for command in [["deploy", "--dry-run"].as_slice(), &["deploy"]] {
        project
            .on(&db, command)
            .exits(1)
            .says("and none of the time windows is that long")
            .says("segue.toml:2:9")
            .says("none of these is as long")
            .says("nothing was begun");
    }
    assert_eq!(db.sql("SELECT to_regclass('segue.rollouts') IS NULL"), "t");
    assert_eq!(indexes(&db), "0");
}

#[test]
fn an_index_build_waits_for_a_quiet_database() {
    let Some((db, project)) = with_index("") else {
        return;
    };
    let toml = project
        .text("segue.toml")
        .replace("large = []", "quiet = \"below 30 % of the day's peak\"");
    project.file("segue.toml", toml.as_str());
    let app = db.session("SELECT 1 \\watch 0.01\n");
    let mut deploy = project.start_on(&db, &["deploy"]);
    deploy.until_it_says("waits: looking for 10 s at how busy the database is");
    deploy.until_it_says("waits: the database is busy");
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130);
    assert_eq!(indexes(&db), "0");
    assert_eq!(db.sql("SELECT count(*) > 0 FROM segue.activity"), "t");
    // as if it had been much busier within the day
    db.sql("UPDATE segue.activity SET per_second = 100000");
    let done = project.on(&db, &["deploy", "--events"]).exits(0);
    let waits = done.err.lines().find(|line| line.contains("step_waits"));
    let waits: serde_json::Value = serde_json::from_str(waits.expect("it waited")).unwrap();
    assert_eq!(waits["reason"], "busy", "{waits:#}");
    assert!(waits["until"].is_null(), "{waits:#}");
    assert_eq!(indexes(&db), "1");
    drop(app);
}
