//! `segue watch`: a deploy that runs elsewhere, seen as JSON, as text and in a terminal.

use crate::{
    harness::{Database, Project, Running, database, eventually},
    terminal::Terminal,
};

/// A deploy that writes rows slowly.
fn writing(database: &Database) -> (Project, Running) {
    let project = Project::new();
    project.file("segue.toml", "[lint]\nlarge_rows = 1\n");
    project.migration(
        "0001_first",
        "CREATE TABLE users (id int PRIMARY KEY, name text);\n",
    );
    project.on(database, &["deploy"]).exits(0);
    database
        .sql("INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 20000) g; ANALYZE");
    project.migration("0002_rows", "UPDATE users SET name = upper(name);");
    let deploy = project.start_on(database, &["deploy", "--max-rate", "500"]);
    (project, deploy)
}

fn seen(project: &Project, database: &Database) -> serde_json::Value {
    let watched = project.on(database, &["watch", "--once", "--format", "json"]);
    watched.exits(0).json()
}

fn end(deploy: Running) {
    deploy.signal(libc::SIGKILL);
    deploy.wait();
}

#[test]
fn rows_that_are_written_and_paused_are_seen() {
    let Some(database) = database() else { return };
    let (project, deploy) = writing(&database);
    eventually("rows are seen at their pace", || {
        let step = &seen(&project, &database)["plans"][0]["step"];
        step["rows"]["rows_per_second"].as_f64() > Some(0.0)
    });
    let document = seen(&project, &database);
    let plan = &document["plans"][0];
    assert_eq!(plan["state"], "expanding", "{document:#}");
    assert_eq!(plan["migrations"], "0002_rows", "{document:#}");
    assert!(plan["process"].is_string(), "{document:#}");
    let rows = &plan["step"]["rows"];
    assert_eq!(rows["table"], "public.users", "{document:#}");
    let done = rows["done"].as_f64().unwrap();
    assert!(done > 0.0 && done < 1.0, "{document:#}");
    assert_eq!(document["tables"][0]["table"], "public.users");
    project.on(&database, &["pause"]).exits(0);
    eventually("they wait", || {
        let plan = &seen(&project, &database)["plans"][0];
        plan["paused"] == true && plan["step"]["rows"]["rows_per_second"] == 0.0
    });
    project
        .on(&database, &["watch", "--once"])
        .exits(0)
        .prints("rows written, 0 a second")
        .prints("waits: paused; `segue resume` goes on");
    end(deploy);
}

#[test]
fn the_session_that_keeps_a_deploy_waiting_is_named() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project.migration("0001_first", "CREATE TABLE users (id int);\n");
    project.on(&database, &["deploy"]).exits(0);
    let holder = database.session("BEGIN;\nLOCK TABLE users;\n");
    eventually("the lock is held", || {
        database.sql("SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass AND mode = 'AccessExclusiveLock' AND granted")
            == "1"
    });
    project.migration("0002_column", "ALTER TABLE users ADD COLUMN name text;\n");
    let deploy = project.start_on(&database, &["deploy", "--lock-timeout", "60s"]);
    let mut document = serde_json::Value::Null;
    eventually("the blocker is seen", || {
        document = seen(&project, &database);
        document["blocker"].is_string()
    });
    let locks = document["locks"].as_array().unwrap();
    let blocker = locks
        .iter()
        .find(|one| one["process"] == document["blocker"])
        .unwrap();
    assert_eq!(blocker["application"], "the blocker", "{document:#}");
    assert_eq!(blocker["segue"], false, "{document:#}");
    let waiter = locks.iter().find(|one| one["segue"] == true).unwrap();
    assert_eq!(waiter["relation"], "users", "{document:#}");
    assert!(waiter["waiting_seconds"].is_number(), "{document:#}");
    // the view ends it, and asks before
    let mut terminal =
        Terminal::of_size(project.command(&["watch", "--url", &database.url]), 120, 30);
    terminal.until_it_shows("waits");
    terminal.types("c");
    terminal.until_it_shows("[y/N]");
    terminal.types("y");
    terminal.until_it_shows("told");
    terminal.types("q");
    terminal.ends(0);
    deploy.wait().exits(0);
    drop(holder);
}

#[test]
fn the_view_draws_the_step_pauses_and_leaves_the_terminal_as_it_was() {
    let Some(database) = database() else { return };
    let (project, deploy) = writing(&database);
    eventually("rows are written", || {
        !seen(&project, &database)["plans"][0]["step"].is_null()
    });
    let mut terminal =
        Terminal::of_size(project.command(&["watch", "--url", &database.url]), 120, 30);
    let before = terminal.modes();
    terminal.until_it_shows("1/");
    assert_ne!(terminal.modes(), before, "keys are read as they are typed");
    terminal.types("p");
    terminal.until_it_shows("alone");
    assert_eq!(
        database.sql("SELECT paused FROM segue.rollouts ORDER BY id DESC LIMIT 1"),
        "t"
    );
    terminal.types("t250\r");
    // blanks that are there already are not drawn, nor are other letters: the journal tells
    eventually("the rate is kept", || {
        database.sql("SELECT max_rate FROM segue.rollouts ORDER BY id DESC LIMIT 1") == "250"
    });
    terminal.types("q");
    let modes = terminal.modes_at_the_end();
    assert_eq!(modes, before);
    let shown = terminal.ends(0);
    // the alternate screen is entered and left (xterm's private modes 1049 and 25)
    assert!(
        shown.contains("\u{1b}[?1049h") && shown.contains("\u{1b}[?1049l"),
        "{shown:?}"
    );
    assert!(shown.contains("\u{1b}[?25h"), "{shown:?}");
    // a signal ends it as well
    let mut terminal =
        Terminal::of_size(project.command(&["watch", "--url", &database.url]), 120, 30);
    terminal.until_it_shows("Rollout");
    terminal.signal(libc::SIGTERM);
    assert_eq!(terminal.modes_at_the_end(), before);
    assert!(terminal.ends(130).contains("\u{1b}[?1049l"));
    end(deploy);
}

#[test]
fn there_is_nothing_to_watch_in_sqlite_and_where_no_plan_is_open() {
    let project = Project::new();
    project.migration("0001_first", "CREATE TABLE users (id int PRIMARY KEY);\n");
    let url = project.sqlite();
    project
        .segue(&["watch", "--once", "--url", &url])
        .exits(1)
        .says("there is nothing to watch in SQLite");
    let Some(database) = database() else { return };
    project
        .on(&database, &["watch", "--once"])
        .exits(0)
        .prints("no plan is under way on this database");
}
