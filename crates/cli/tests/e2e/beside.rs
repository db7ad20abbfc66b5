//! Plans beside each other: what has nothing to do with a plan that is not done is deployed all the same, and what has is told so.

use crate::harness::{Database, Project, Running, database, eventually};

const TABLES: &str = "CREATE TABLE events (id int PRIMARY KEY, count int NOT NULL DEFAULT 0);\n\
     CREATE TABLE orders (id int PRIMARY KEY, note text);\n";

const COUNTING: &str = "UPDATE events SET count = count + 1;\n";

const MARK: &str = "ALTER TABLE orders ADD COLUMN mark text;\nUPDATE orders SET mark = upper(note);\n\
     ALTER TABLE orders ALTER COLUMN mark SET NOT NULL;\n";

/// Writes a migration as a layout has it.
fn written(project: &Project, layout: &str, name: &str, sql: &str) {
    match layout {
        "sqlx" => project.file(format!("migrations/{name}.sql"), sql),
        _ => project.migration(name, sql),
    };
}

/// A project with two tables full of rows, both large, in a layout.
fn filled(database: &Database, layout: &str) -> Project {
    let project = Project::new();
    project.file(
        "segue.toml",
        format!("layout = \"{layout}\"\n\n[lint]\nlarge_rows = 1\n"),
    );
    written(&project, layout, "0001_first", TABLES);
    project.on(database, &["deploy"]).exits(0);
    database.sql(
        "INSERT INTO events SELECT g FROM generate_series(1, 20000) g; \
         INSERT INTO orders SELECT g, 'note ' || g FROM generate_series(1, 1000) g; ANALYZE",
    );
    project
}

/// A deploy that writes rows so slowly that it would take minutes; it has begun.
fn writing(database: &Database, project: &Project, layout: &str) -> Running {
    written(project, layout, "0002_counting", COUNTING);
    let deploy = project.start_on(database, &["deploy", "--max-rate", "100"]);
    eventually("rows are written", || {
        let document = project
            .on(database, &["backfill", "status", "--json"])
            .exits(0)
            .json();
        document["writing"][0]["rows"].as_u64() > Some(0)
    });
    deploy
}

/// Each row is counted once.
fn is_counted(database: &Database) {
    assert_eq!(
        database.sql("SELECT min(count), max(count), count(*) FROM events"),
        "1|1|20000"
    );
}

#[test]
fn rows_that_are_written_for_long_hold_up_nothing_that_is_not_about_them() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    let mut deploy = writing(&db, &project, "segue");
    project.migration("0003_mark", MARK);
    project.on(&db, &["deploy"]).exits(0).prints("0003_mark");
    assert_eq!(
        db.sql("SELECT count(*) FROM orders WHERE mark LIKE 'NOTE %'"),
        "1000"
    );
    project
        .on(&db, &["status"])
        .exits(2)
        .prints("expanding")
        .prints("expanded");
    // what is new needs no plan
    project.migration("0004_new", "CREATE TABLE fresh (id int);\n");
    project.on(&db, &["deploy"]).exits(0).says("0004_new");
    project.on(&db, &["contract"]).exits(0).prints("0003_mark");
    assert!(deploy.is_running());
    project.on(&db, &["throttle", "--off"]).exits(0);
    deploy.wait().exits(0);
    is_counted(&db);
    project.on(&db, &["deploy"]).exits(0).prints("up to date");
    project.on(&db, &["status"]).exits(0);
    assert_eq!(db.sql("SELECT count(*) FROM segue.migrations"), "4");
}

#[test]
fn what_is_about_the_same_rows_is_told_so_and_may_wait() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    let deploy = writing(&db, &project, "segue");
    project.migration("0003_why", "ALTER TABLE events ADD COLUMN why text;\n");
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("`0003_why` cannot be deployed yet: it comes behind 0002_counting")
        .says("both are about public.events, and 0002_counting is being carried out")
        .says("--wait");
    let mut second = project.start_on(&db, &["deploy", "--wait", "60s"]);
    second.until_it_says("waiting");
    project.on(&db, &["throttle", "--off"]).exits(0);
    deploy.wait().exits(0);
    second.wait().exits(0).says("0003_why");
    is_counted(&db);
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn what_cannot_be_planned_with_what_a_plan_has_put_there_is_told_to_wait_for_it() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    project.migration(
        "0002_name",
        "ALTER TABLE orders RENAME COLUMN note TO remark;\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    for later in [
        "ALTER TABLE orders DROP COLUMN remark;\n",
        "ALTER TABLE orders ALTER COLUMN remark TYPE varchar(100);\n",
        "ALTER TABLE orders RENAME COLUMN remark TO words;\n",
    ] {
        project.migration("0003_later", later);
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("`0003_later` cannot be deployed yet: it comes behind 0002_name")
            .says("segue contract");
    }
    project.on(&db, &["contract"]).exits(0);
    project.on(&db, &["deploy"]).exits(0);
}

#[test]
fn a_rollback_waits_for_the_deploy_that_it_takes_back() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    let deploy = writing(&db, &project, "segue");
    let mut back = project.start_on(&db, &["rollback", "--wait", "60s"]);
    back.until_it_says("waiting");
    project.on(&db, &["throttle", "--off"]).exits(0);
    deploy.wait().exits(0);
    back.wait().exits(0).prints("0002_counting");
    assert_eq!(db.sql("SELECT max(count) FROM events"), "0");
}

#[test]
fn nothing_else_to_do_says_who_carries_the_plan_out() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    let deploy = writing(&db, &project, "segue");
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("0002_counting is being deployed by another session")
        .says("process ");
    project
        .on(&db, &["rollback"])
        .exits(1)
        .says("the plan is being carried out by another session");
    deploy.signal(libc::SIGKILL);
    deploy.wait();
    // now it is anybody's
    project.migration("0003_mark", MARK);
    eventually("its session has ended", || db.sessions_of_segue() == "0");
    project.on(&db, &["throttle", "--off"]).exits(0);
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("0002_counting")
        .prints("0003_mark");
    is_counted(&db);
}

#[test]
fn the_lock_of_the_projects_tool_is_held_for_all_of_them() {
    let Some(db) = database() else { return };
    let project = filled(&db, "sqlx");
    let deploy = writing(&db, &project, "sqlx");
    let tools =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1";
    let before = db.sql(tools);
    written(&project, "sqlx", "0003_mark", MARK);
    project.on(&db, &["deploy"]).exits(0).prints("0003_mark");
    assert_eq!(db.sql(tools), before);
    project.on(&db, &["throttle", "--off"]).exits(0);
    deploy.wait().exits(0);
    is_counted(&db);
    assert_eq!(db.sql(tools), "0");
    assert_eq!(
        db.sql("SELECT string_agg(version::text, ',' ORDER BY version) FROM _sqlx_migrations WHERE success"),
        "1,2,3"
    );
}

#[test]
fn a_plan_that_waits_for_contract_holds_up_what_is_about_the_same() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    project.migration(
        "0002_rename",
        "ALTER TABLE orders RENAME COLUMN note TO remark;\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    project.migration(
        "0003_rename",
        "ALTER TABLE events RENAME COLUMN count TO calls;\n",
    );
    project.on(&db, &["deploy"]).exits(0).prints("0003_rename");
    // a view of the one: its words say so
    project.migration(
        "0004_view",
        "CREATE VIEW remarks AS SELECT remark FROM orders;\n",
    );
    project
        .on(&db, &["deploy", "--dry-run"])
        .exits(1)
        .says("both are about public.orders, and 0002_rename waits for contract");
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("`segue contract`");
    project
        .on(&db, &["contract", "--to", "0002_rename"])
        .exits(0)
        .prints("0002_rename");
    let columns = "SELECT string_agg(attname, ',' ORDER BY attname) FROM pg_attribute \
         WHERE attrelid = 'TABLE'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(db.sql(&columns.replace("TABLE", "orders")), "id,remark");
    assert_eq!(
        db.sql(&columns.replace("TABLE", "events")),
        "calls,count,id"
    );
    project.on(&db, &["deploy"]).exits(0).says("0004_view");
    project
        .on(&db, &["contract"])
        .exits(0)
        .prints("0003_rename");
    assert_eq!(db.sql(&columns.replace("TABLE", "events")), "calls,id");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn each_of_them_can_be_rolled_back_by_its_name() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    project.migration(
        "0002_rename",
        "ALTER TABLE orders RENAME COLUMN note TO remark;\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    project.migration(
        "0003_rename",
        "ALTER TABLE events RENAME COLUMN count TO calls;\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    project
        .on(&db, &["rollback", "0001_first"])
        .exits(1)
        .says("no plan that could be rolled back is for `0001_first`");
    project
        .on(&db, &["rollback", "0002_rename"])
        .exits(0)
        .prints("0002_rename rolled back");
    assert_eq!(db.sql("SELECT count(note) FROM orders"), "1000");
    project
        .on(&db, &["rollback"])
        .exits(0)
        .prints("0003_rename rolled back");
    assert_eq!(db.sql("SELECT max(count) FROM events"), "0");
    assert_eq!(db.sql("SELECT count(note) FROM orders"), "1000");
}

#[test]
fn a_history_that_only_knows_the_latest_version_takes_one_plan_at_a_time() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.file(
        "segue.toml",
        "layout = \"golang-migrate\"\n\n[lint]\nlarge_rows = 1\n",
    );
    project.file("migrations/000001_first.up.sql", TABLES);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO events SELECT g FROM generate_series(1, 2000) g; ANALYZE");
    project.file(
        "migrations/000002_rename.up.sql",
        "ALTER TABLE events RENAME COLUMN count TO calls;\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    project.file(
        "migrations/000003_new.up.sql",
        "CREATE TABLE fresh (id int);\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("000002_rename waits for contract");
    project.on(&db, &["contract"]).exits(0);
    project.on(&db, &["deploy"]).exits(0).says("000003_new");
}

#[test]
fn a_plan_for_review_is_made_beside_another_one() {
    let Some(db) = database() else { return };
    let project = filled(&db, "segue");
    project.migration(
        "0002_rename",
        "ALTER TABLE orders RENAME COLUMN note TO remark;\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    project.migration(
        "0003_view",
        "CREATE VIEW notes AS SELECT remark FROM orders;\n",
    );
    project
        .on(&db, &["plan", "--out", "plan.json"])
        .exits(1)
        .says("both are about public.orders");
    project.remove("migrations/0003_view");
    project.migration(
        "0003_rename",
        "ALTER TABLE events RENAME COLUMN count TO calls;\n",
    );
    project
        .on(&db, &["plan", "--out", "plan.json"])
        .exits(0)
        .prints("calls");
    project
        .on(&db, &["deploy", "--plan", "plan.json"])
        .exits(0)
        .prints("0003_rename");
    project.on(&db, &["contract"]).exits(0);
    assert_eq!(
        db.sql("SELECT count(calls) FROM events WHERE calls = 0"),
        "20000"
    );
}
