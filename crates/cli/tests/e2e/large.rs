//! Seeds of megabytes and folders of many migrations: little more memory than one text, exact errors, a stop at
//! once. The sizes of real life are measured by `bench/large`.

use std::fmt::Write;

use crate::harness::{Database, Project, database, eventually};

const SIZE: usize = 10 << 20;
/// A text that is large enough for its deploy to be looked at, and small beside the others.
const LITTLE: usize = 1 << 20;
const SEED: &str = "20240101000001_seed";

/// One statement to a line.
fn inserts() -> String {
    inserts_of(SIZE)
}

fn inserts_of(size: usize) -> String {
    let mut sql = "CREATE TABLE seed (id int, name text);\n".to_owned();
    for id in 0.. {
        if sql.len() > size {
            break;
        }
        writeln!(
            sql,
            "INSERT INTO seed VALUES ({id}, 'a name that makes the statement as long as statements are, {id}');"
        )
        .unwrap();
    }
    sql
}

/// One statement in one line.
fn literal(size: usize) -> String {
    format!("SELECT length('{}');", "long text ".repeat(size / 10))
}

fn copy() -> String {
    let mut sql = "CREATE TABLE seed (id int, name text);\nCOPY seed FROM stdin;\n".to_owned();
    while sql.len() < SIZE {
        sql.push_str(
            "1\ta name that makes the rows of this statement as long as rows are, and longer\n",
        );
    }
    sql + "\\.\nSELECT 1;\n"
}

/// One text, and room for what of the program is in memory, which differs from run to run.
const ONE: f64 = 1.3;

/// Deploys a seed; how many times its size was needed at most, beside what any deploy needs.
fn weigh(url: &str, rest: f64, sql: &str) -> f64 {
    (deploy_of(url, sql) - rest) / sql.len() as f64
}

/// What any deploy needs beside its text, in this build and on an empty database of this kind: most of it is the
/// program itself.
fn rest(url: &str) -> f64 {
    let sql = inserts_of(LITTLE);
    deploy_of(url, &sql) - sql.len() as f64
}

fn rest_on_server() -> f64 {
    rest(&database().expect("there is a server").url)
}

/// The most memory that it had, in bytes.
fn deploy_of(url: &str, sql: &str) -> f64 {
    let project = Project::new();
    project.migration(SEED, sql);
    let (outcome, peak) = project.start(&["deploy", "--url", url]).wait_and_weigh();
    outcome.exits(0);
    peak as f64
}

#[test]
fn a_seed_of_many_statements_takes_little_more_memory_than_its_text() {
    let Some(db) = database() else { return };
    let file = Project::new();
    let times = weigh(&db.url, rest_on_server(), &inserts());
    assert!(times < ONE, "{times} times its size");
    let times = weigh(&file.sqlite(), rest(&Project::new().sqlite()), &inserts());
    assert!(times < ONE, "{times} times its size");
}

#[test]
fn a_seed_of_one_statement_takes_its_text_and_one_copy() {
    let Some(db) = database() else { return };
    let times = weigh(&db.url, rest_on_server(), &literal(4 * SIZE));
    assert!(times < 1.0 + ONE, "{times} times its size");
}

#[test]
fn the_data_of_a_copy_are_not_copied_as_a_whole() {
    let Some(db) = database() else { return };
    let times = weigh(&db.url, rest_on_server(), &copy());
    assert!(times < ONE, "{times} times its size");
    assert!(db.sql("SELECT count(*) > 1000 FROM seed") == "t");
}

#[test]
fn seeds_that_are_applied_take_no_memory() {
    let Some(db) = database() else { return };
    let project = Project::new();
    for number in 1..=5 {
        project.migration(
            &format!("2024010100000{number}_seed"),
            &format!("SELECT {number};\n/* {} */", "x".repeat(SIZE)),
        );
    }
    let (outcome, peak) = project.start_on(&db, &["deploy"]).wait_and_weigh();
    outcome.exits(0).says("20240101000005_seed");
    let rest = rest_on_server();
    let times = (peak as f64 - rest) / SIZE as f64;
    assert!(times < ONE, "{times} times the size of one to deploy five");
    let (outcome, peak) = project.start_on(&db, &["deploy"]).wait_and_weigh();
    outcome.exits(0).prints("up to date");
    let times = (peak as f64 - rest) / SIZE as f64;
    assert!(
        times < ONE,
        "{times} times the size of one for five that are applied"
    );
}

#[test]
fn a_plan_holds_no_sql_that_nobody_asked_for() {
    let project = Project::new();
    let url = project.sqlite();
    for number in 1..=5 {
        project.migration(&format!("2024010100000{number}_seed"), &inserts());
    }
    let (outcome, peak) = project
        .start(&["deploy", "--dry-run", "--url", &url])
        .wait_and_weigh();
    outcome.exits(0).prints("5 migrations would be applied");
    let times = (peak as f64 - rest(&Project::new().sqlite())) / SIZE as f64;
    assert!(times < ONE, "{times} times the size of one to plan five");
}

/// The error is in the last line: its place is right, and what is shown is short.
#[test]
fn an_error_at_the_end_of_a_large_file_has_its_place() {
    let Some(db) = database() else { return };
    let size = 1 << 20;
    let one_line = format!("/* {} */ ", "ž".repeat(size / 2));
    for url in [db.url, Project::new().sqlite()] {
        for (sql, column) in [(inserts_of(size), 1), (one_line.clone(), size / 2 + 8)] {
            let project = Project::new();
            let line = sql.lines().count() + usize::from(sql.ends_with('\n'));
            project.migration(SEED, &format!("{sql}SELECT 1 FROM nowhere;"));
            // At the name of the table.
            let at = column + 14;
            let outcome = project
                .segue(&["deploy", "--url", &url])
                .exits(1)
                .says(&format!("migration.sql:{line}:{at}"))
                .says("nowhere");
            assert!(outcome.err.len() < 4000, "{} bytes", outcome.err.len());
            let json = project.segue(&["deploy", "--url", &url, "--json"]).json();
            let place = &json["error"]["problems"][0]["place"];
            assert_eq!(
                (&place["line"], &place["column"]),
                (&line.into(), &at.into())
            );
        }
    }
}

#[test]
fn a_value_of_megabytes_is_not_repeated() {
    let Some(db) = database() else { return };
    let value = "x".repeat(1 << 20);
    for (url, sql) in [
        (db.url, format!("SELECT '{value}'::int;")),
        (
            Project::new().sqlite(),
            format!("SELECT 1 {value} {value};"),
        ),
    ] {
        let project = Project::new();
        project.migration(SEED, &sql);
        let outcome = project
            .segue(&["deploy", "--url", &url])
            .exits(1)
            .says("bytes more");
        assert!(outcome.err.len() < 10_000, "{} bytes", outcome.err.len());
    }
}

#[test]
fn ctrl_c_stops_a_large_seed_and_nothing_of_it_is_left() {
    let Some(db) = database() else { return };
    let sleeping = format!(
        "{}SELECT pg_sleep(3600);\n{}",
        inserts(),
        "SELECT 1;\n".repeat(1000)
    );
    let counting =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;\n";
    let project = Project::new();
    project.migration(SEED, &sleeping);
    let deploy = project.start_on(&db, &["deploy"]);
    let query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'segue' \
                 AND datname = current_database() AND query LIKE '%pg_sleep(3600)%' AND state = 'active' \
                 AND pid <> pg_backend_pid()";
    eventually("it sleeps", || db.sql(query) == "1");
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130).says("nothing of");
    assert_eq!(db.relations("public"), "");

    let project = Project::new();
    project.migration(SEED, &format!("{}{counting}", inserts()));
    let file = project.sqlite();
    let deploy = project.start(&["deploy", "--url", &file]);
    let journal = project.root().join("../home/test.sqlite-journal");
    eventually("it has begun", || journal.exists());
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130).says("nothing of");
    project
        .segue(&["status", "--url", &file])
        .exits(2)
        .prints("pending");
}

#[test]
fn a_large_migration_that_changes_while_others_run_is_not_run() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20240101000001_one",
            "CREATE TABLE one (id int); SELECT pg_sleep(2);",
        )
        .migration("20240101000002_two", &inserts());
    let deploy = project.start_on(&db, &["deploy"]);
    until_it_sleeps(&db);
    project.migration("20240101000002_two", &inserts().replace("a name", "A NAME"));
    deploy
        .wait()
        .exits(1)
        .says("was changed while segue worked with it");
    assert_eq!(db.relations("public"), "one");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.relations("public"), "one seed");
}

fn until_it_sleeps(db: &Database) {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'segue' AND wait_event = 'PgSleep' \
                 AND datname = current_database()";
    eventually("it sleeps", || db.sql(query) == "1");
}

#[test]
fn thousands_of_statements_of_their_own_are_recorded_one_by_one() {
    let project = Project::new();
    let url = project.sqlite();
    let mut sql = "-- no-transaction\nCREATE TABLE t (id int);\n".to_owned();
    sql.push_str(&"INSERT INTO t VALUES (1);\n".repeat(500));
    project.file("migrations/1_one.sql", format!("{sql}SELECT nothing;\n"));
    let sqlx = ["deploy", "--layout", "sqlx", "--url", &url];
    project.segue(&sqlx).exits(1).says("501 of 502");
    project.file("migrations/1_one.sql", format!("{sql}SELECT 1;\n"));
    project
        .segue(&sqlx)
        .exits(0)
        .says("going on at statement 502");
    project.segue(&sqlx).exits(0).prints("up to date");
}

#[test]
fn thousands_of_migrations_are_deployed_and_listed() {
    let Some(db) = database() else { return };
    let project = Project::new();
    for number in 1..=1000 {
        project.file(
            format!("migrations/{number:04}_m.sql"),
            format!("SELECT {number};"),
        );
    }
    for url in [db.url, project.sqlite()] {
        let run = |arguments: &[&str]| {
            project.segue(&[arguments, &["--layout", "sqlx", "--url", &url]].concat())
        };
        assert_eq!(
            run(&["deploy", "--dry-run", "--json"]).json()["planned"]
                .as_array()
                .unwrap()
                .len(),
            1000
        );
        assert_eq!(
            run(&["deploy", "--json"]).json()["applied"]
                .as_array()
                .unwrap()
                .len(),
            1000
        );
        run(&["deploy"]).exits(0).prints("up to date");
        let status = run(&["status", "--json"]).exits(0).json();
        assert_eq!(status["migrations"].as_array().unwrap().len(), 1000);
    }
}
