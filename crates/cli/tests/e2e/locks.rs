//! Locks that somebody else holds: tables, the deploy's own, and those of the project's tool.

use crate::{
    harness::{Database, Project, Session, database, eventually},
    tools::Tool,
};

/// A database with a table, and a project that wants to change it.
fn prepared() -> Option<(Database, Project)> {
    let db = database()?;
    db.sql("CREATE SCHEMA app; CREATE TABLE app.t (id int); INSERT INTO app.t VALUES (1)");
    let project = Project::new();
    project.migration(
        "20240101000001_change",
        "CREATE TABLE app.before (id int);\nALTER TABLE app.t ADD COLUMN phone text;\n",
    );
    Some((db, project))
}

/// A session that holds a lock on the table.
fn hold(db: &Database, mode: &str, then: &str) -> Session {
    let held = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE l.relation = 'app.t'::regclass AND l.granted AND a.application_name = 'the blocker'";
    let session = db.session(&format!(
        "BEGIN;\nLOCK TABLE app.t IN {mode} MODE;\n{then}\n"
    ));
    eventually("the lock is held", || db.sql(held) == "1");
    session
}

fn pid_of_the_blocker(db: &Database) -> String {
    db.sql(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'the blocker' \
         AND datname = current_database()",
    )
}

#[test]
fn a_deploy_waits_for_an_idle_transaction_and_shows_who_it_is() {
    let Some((db, project)) = prepared() else {
        return;
    };
    let blocker = hold(&db, "ACCESS SHARE", "");
    let pid = pid_of_the_blocker(&db);
    let mut deploy = project.start_on(&db, &["deploy", "--verbose"]);
    deploy.until_it_says(&format!(
        "blocked by process {pid}, user deployer (the blocker): idle in transaction"
    ));
    deploy.until_it_says("app.t");
    deploy.until_it_says("rolled back, again in");
    assert!(deploy.is_running());
    blocker.end();
    deploy.wait().exits(0).prints("1 migration applied");
    assert_eq!(db.relations("app"), "before t");
    assert_eq!(db.sql("SELECT phone IS NULL FROM app.t"), "t");
}

#[test]
fn a_deploy_waits_for_a_running_statement_and_shows_who_runs_it() {
    let Some((db, project)) = prepared() else {
        return;
    };
    let blocker = hold(
        &db,
        "ACCESS EXCLUSIVE",
        "SELECT pg_sleep(3600), 'a secret';",
    );
    let pid = pid_of_the_blocker(&db);
    let mut deploy = project.start_on(&db, &["deploy", "--strategy", "direct"]);
    deploy.until_it_says(&format!("blocked by process {pid}"));
    deploy.until_it_says("active");
    db.sql(&format!("SELECT pg_terminate_backend({pid})"));
    deploy.wait().exits(0).never_says("a secret");
    drop(blocker);
}

#[test]
fn the_whole_chain_of_those_that_wait_is_shown() {
    let Some((db, project)) = prepared() else {
        return;
    };
    db.sql("CREATE TABLE app.u (id int)");
    let root = db.session("BEGIN;\nLOCK TABLE app.u;\n");
    let locked = |table: &str| {
        db.sql(&format!(
            "SELECT count(*) FROM pg_locks WHERE relation = 'app.{table}'::regclass"
        ))
    };
    eventually("the root blocker", || locked("u") == "1");
    let root_pid = pid_of_the_blocker(&db);
    let middle = hold(&db, "ACCESS SHARE", "SELECT * FROM app.u;");
    eventually("the one between", || locked("u") == "2");
    let mut deploy = project.start_on(&db, &["deploy", "--strategy", "direct"]);
    deploy.until_it_says(&format!("\n    blocked by process {root_pid}"));
    let said = deploy.said();
    let (first, _) = said.split_once(&root_pid).unwrap();
    assert!(first.contains("\n  blocked by process "), "{said}");
    root.end();
    middle.end();
    deploy.wait().exits(0);
}

#[test]
fn a_spent_budget_ends_the_deploy_and_leaves_nothing() {
    let Some((db, project)) = prepared() else {
        return;
    };
    let blocker = hold(&db, "ACCESS SHARE", "");
    project
        .on(&db, &["deploy", "--lock-budget", "1s"])
        .exits(1)
        .says("gave up after")
        .says("20240101000001_change/migration.sql:2:1")
        .says("nothing of `20240101000001_change` is committed")
        .says("--lock-budget");
    let document = project
        .on(&db, &["deploy", "--lock-budget", "100ms", "--json"])
        .exits(1)
        .json();
    assert_eq!(document["error"]["kind"], "locked");
    assert_eq!(db.relations("app"), "t");
    assert_eq!(Tool::Segue.rows(&db), "");
    blocker.end();
    project.on(&db, &["deploy"]).exits(0);
}

#[test]
fn the_budget_may_come_from_segue_toml() {
    let Some((db, project)) = prepared() else {
        return;
    };
    let _blocker = hold(&db, "ACCESS SHARE", "");
    project
        .file(
            "segue.toml",
            "lock_budget = \"300ms\"\nlock_timeout = \"20ms\"\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("gave up after");
}

#[test]
fn the_application_is_not_stuck_behind_a_deploy_that_waits() {
    let Some((db, project)) = prepared() else {
        return;
    };
    let _blocker = hold(&db, "ACCESS SHARE", "");
    let mut deploy = project.start_on(&db, &["deploy", "--lock-budget", "10m"]);
    deploy.until_it_says("blocked by process");
    // In a plain queue these would wait until the blocker ends, which it does not.
    for _ in 0..20 {
        assert_eq!(db.sql("SELECT count(*) FROM app.t"), "1");
    }
    assert!(deploy.is_running());
}

#[test]
fn an_index_built_concurrently_waits_without_a_timeout() {
    let Some((db, project)) = prepared() else {
        return;
    };
    project.migration(
        "20240101000001_change",
        "CREATE INDEX CONCURRENTLY t_id ON app.t (id);\n",
    );
    let blocker = hold(&db, "ROW EXCLUSIVE", "");
    // longer than any lock is waited for, and within the time for all of it
    let mut deploy = project.start_on(&db, &["deploy", "--lock-budget", "5m"]);
    deploy.until_it_says("blocked by process");
    assert_eq!(db.sql("INSERT INTO app.t VALUES (2) RETURNING id"), "2");
    blocker.end();
    deploy.wait().exits(0);
    assert_eq!(
        db.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'app.t_id'::regclass"),
        "t"
    );
}

/// A project whose only migration waits until somebody gives an advisory lock back.
fn gated() -> Project {
    let project = Project::new();
    project.migration(
        "20240101000001_one",
        "CREATE TABLE one (id int);\nSET LOCAL lock_timeout = 0;\nSELECT pg_advisory_xact_lock(7);\n",
    );
    project
}

/// Holds that lock, and waits until a deploy of segue wants it.
fn gate(db: &Database) -> Session {
    let session = db.session("SELECT pg_advisory_lock(7);\n");
    eventually("the gate is shut", || waiting(db, true) == "1");
    session
}

fn waiting(db: &Database, granted: bool) -> String {
    db.sql(&format!(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND classid = 0 \
         AND granted = {granted} \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ))
}

#[test]
fn of_two_deploys_at_once_the_second_says_who_holds_the_lock() {
    let Some(db) = database() else { return };
    let project = gated();
    let shut = gate(&db);
    let first = project.start_on(&db, &["deploy"]);
    eventually("the first deploy is at work", || waiting(&db, false) == "1");
    let pid = db.sql(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("another deploy is running")
        .says(&format!("process {pid} of user deployer (segue)"))
        .says("--wait");
    for command in [
        &["baseline"][..],
        &["resolve", "--applied", "20240101000001_one"],
    ] {
        project
            .on(&db, command)
            .exits(1)
            .says("another deploy is running");
    }
    project
        .on(&db, &["deploy", "--wait", "300ms"])
        .exits(1)
        .says("waiting for another deploy")
        .says("another deploy is running");
    project.on(&db, &["status"]).exits(2);
    project.on(&db, &["deploy", "--dry-run"]).exits(0);
    shut.end();
    first.wait().exits(0).prints("1 migration applied");
}

#[test]
fn of_two_deploys_at_once_the_second_may_wait() {
    let Some(db) = database() else { return };
    let project = gated();
    let shut = gate(&db);
    let first = project.start_on(&db, &["deploy"]);
    eventually("the first deploy is at work", || waiting(&db, false) == "1");
    let mut second = project.start_on(&db, &["deploy", "--wait"]);
    second.until_it_says("waiting for another deploy: process ");
    shut.end();
    first.wait().exits(0).prints("1 migration applied");
    second.wait().exits(0).prints("up to date");
    assert_eq!(Tool::Segue.applied(&db), "20240101000001_one");
}

#[test]
fn of_many_deploys_at_once_exactly_one_applies() {
    let Some(db) = database() else { return };
    let project = Project::new();
    for number in 1..=5 {
        let sql = format!("CREATE TABLE t{number} (id int);");
        project.migration(&format!("2024010100000{number}_t"), &sql);
    }
    let deploys: Vec<_> = (0..6)
        .map(|_| project.start_on(&db, &["deploy", "--wait"]))
        .collect();
    let outcomes: Vec<_> = deploys.into_iter().map(|d| d.wait().exits(0)).collect();
    let applied = |out: &str| out.contains("5 migrations applied");
    assert_eq!(outcomes.iter().filter(|o| applied(&o.out)).count(), 1);
    assert_eq!(Tool::Segue.applied(&db).lines().count(), 5);
}

#[test]
fn deploys_of_two_databases_do_not_wait_for_each_other() {
    let (Some(db), Some(other)) = (database(), database()) else {
        return;
    };
    let project = gated();
    let shut = gate(&db);
    let first = project.start_on(&db, &["deploy"]);
    eventually("the first deploy is at work", || waiting(&db, false) == "1");
    project.on(&other, &["deploy"]).exits(0);
    shut.end();
    first.wait().exits(0);
}

#[test]
fn the_lock_of_prisma_keeps_a_deploy_away() {
    let Some(db) = database() else { return };
    let project = Tool::Prisma.project();
    Tool::Prisma.write(&project, 1, "one", "CREATE TABLE one (id int);");
    let prisma = db.session("SELECT pg_advisory_lock(72707369);\n");
    let pid = || pid_of_the_blocker(&db);
    eventually("the lock is held", || {
        db.sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369 \
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ) == "1"
    });
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("the project's own migration tool is running")
        .says(&format!("process {} of user", pid()))
        .says("the blocker");
    assert_eq!(db.relations("public"), "");
    let mut waits = project.start_on(&db, &["deploy", "--wait"]);
    waits.until_it_says("waiting for ");
    prisma.end();
    waits.wait().exits(0);
}

#[test]
fn who_keeps_the_schema_from_being_read_is_named() {
    let Some((db, project)) = prepared() else {
        return;
    };
    db.sql("ALTER TABLE app.t ADD PRIMARY KEY (id), ADD CHECK (id > 0); CREATE VIEW app.v AS SELECT id FROM app.t");
    project.file("segue.toml", "[lint]\nlarge_rows = 1\n");
    let blocker = hold(&db, "ACCESS EXCLUSIVE", "");
    let pid = pid_of_the_blocker(&db);
    let held = format!(
        "app.t is held by process {pid} of deployer the blocker (idle in transaction, open for"
    );
    project
        .on(&db, &["deploy", "--lock-budget", "1s"])
        .exits(1)
        .says("the schema cannot be read yet, trying again")
        .says("gave up after")
        .says(&held);
    project
        .on(&db, &["status", "--drift"])
        .exits(1)
        .says("of trying to read the schema")
        .says(&held);
    // it only has to know the sizes of what can be asked
    project.on(&db, &["doctor"]).prints("disk");
    let mut deploy = project.start_on(&db, &["deploy"]);
    deploy.until_it_says(&held);
    blocker.end();
    deploy.wait().exits(0);
}
