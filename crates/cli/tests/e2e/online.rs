//! Plans carried out by the command: expand, contract, the way back, who is in the way, and what every tool's history says.

use segue_cluster::Cluster;
use serde_json::Value;

use crate::{
    harness::{Database, Outcome, Project, Session, database, eventually},
    tools::{TOOLS, Tool},
};

const FIRST: &str =
    "CREATE TABLE users (id bigserial PRIMARY KEY, name text, nick text, age int);\n";

/// Narrowing: what the old app relies on waits for contract.
const SECOND: &str = "ALTER TABLE users ALTER COLUMN name SET NOT NULL;\n\
     ALTER TABLE users DROP COLUMN nick;\n\
     CREATE INDEX users_name ON users (name);\n";

/// A database in use that has the first migration, and a project with a second one.
fn in_use(tool: Tool) -> Option<(Database, Project)> {
    let db = database()?;
    let project = tool.project();
    tool.write(&project, 1, "first", FIRST);
    project.on(&db, &["deploy"]).exits(0);
    fill(&db);
    tool.write(&project, 2, "second", SECOND);
    Some((db, project))
}

fn fill(db: &Database) {
    db.sql(
        "INSERT INTO users (name, nick, age) SELECT 'n' || g, 'k' || g, g % 90 FROM generate_series(1, 20000) g; \
         ANALYZE users",
    );
}

/// What `users` is like, as the server describes it.
fn shape(db: &Database) -> String {
    db.sql(
        "SELECT string_agg(part, E'\\n' ORDER BY part) FROM ( \
         SELECT attname || ' ' || attnotnull AS part FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped \
         UNION ALL SELECT pg_get_indexdef(indexrelid) || indisvalid FROM pg_index WHERE indrelid = 'users'::regclass \
         UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'users'::regclass) p",
    )
}

/// A session that has read the table, and does not end its transaction.
fn reader(db: &Database) -> Session {
    let session = db.session("BEGIN;\nSELECT count(*) FROM users;\n");
    let held = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE l.relation = 'users'::regclass AND l.granted AND a.application_name = 'the blocker'";
    eventually("the table is read", || db.sql(held) == "1");
    session
}

fn state(project: &Project, db: &Database, number: usize) -> String {
    let document = project.on(db, &["status", "--json"]).json();
    let state = &document["migrations"][number]["state"];
    state.as_str().unwrap().to_owned()
}

fn nothing_is_left(db: &Database) {
    let left = db.sql(
        "SELECT coalesce(string_agg(name, ' '), '') FROM ( \
         SELECT attname::text AS name FROM pg_attribute WHERE attname LIKE 'segue%' AND NOT attisdropped \
         UNION ALL SELECT tgname FROM pg_trigger WHERE tgname LIKE 'segue%' \
         UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'segue%') n",
    );
    assert_eq!(left, "");
}

#[test]
fn what_is_pending_is_expanded_then_contracted_and_every_tool_agrees() {
    for tool in TOOLS {
        let Some((db, project)) = in_use(tool) else {
            return;
        };
        let before = tool.applied(&db);
        project
            .on(&db, &["deploy"])
            .exits(0)
            .prints("the new app may start");
        assert_ne!(tool.applied(&db), before, "{tool:?}");
        assert_eq!(state(&project, &db, 1), "expanded");
        assert_eq!(db.sql("SELECT count(nick) FROM users"), "20000");
        project.on(&db, &["deploy"]).exits(0).prints("up to date");
        project.on(&db, &["contract"]).exits(0).prints("contracted");
        assert_eq!(state(&project, &db, 1), "contracted");
        let expected = database().unwrap();
        expected.sql(&format!("{FIRST}{SECOND}"));
        assert_eq!(shape(&db), shape(&expected), "{tool:?}");
        nothing_is_left(&db);
        project
            .on(&db, &["contract"])
            .exits(0)
            .prints("nothing waits");
    }
}

#[test]
fn what_is_rolled_back_is_pending_again_and_the_schema_the_one_from_before() {
    for tool in TOOLS {
        let Some((db, project)) = in_use(tool) else {
            return;
        };
        let (schema, history) = (shape(&db), tool.applied(&db));
        project.on(&db, &["deploy"]).exits(0);
        project
            .on(&db, &["rollback"])
            .exits(0)
            .prints("rolled back");
        assert_eq!(shape(&db), schema, "{tool:?}");
        assert_eq!(tool.applied(&db), history, "{tool:?}");
        assert_eq!(state(&project, &db, 1), "rolled back");
        nothing_is_left(&db);
        project
            .on(&db, &["rollback"])
            .exits(0)
            .prints("nothing is expanded");
        project
            .on(&db, &["deploy"])
            .exits(0)
            .prints("the new app may start");
        assert_eq!(state(&project, &db, 1), "expanded");
    }
}

#[test]
fn later_migrations_wait_until_what_is_expanded_is_contracted() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project.on(&db, &["deploy"]).exits(0);
    Tool::Segue.write(
        &project,
        3,
        "third",
        "ALTER TABLE users ADD COLUMN more int;\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("waits for contract")
        .says("segue contract");
    project.on(&db, &["contract"]).exits(0);
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("1 migration applied");
}

#[test]
fn behind_contract_there_is_no_way_back() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    db.sql("CREATE TABLE gone (id int); INSERT INTO gone SELECT generate_series(1, 20000); ANALYZE gone");
    Tool::Segue.write(
        &project,
        2,
        "second",
        &format!("DROP TABLE gone;\n{SECOND}"),
    );
    project.on(&db, &["deploy"]).exits(0);
    let blocker = reader(&db);
    project
        .on(&db, &["contract", "--lock-budget", "0"])
        .exits(1)
        .says("step 2 of 2 of contract")
        .says("gave up");
    assert_eq!(state(&project, &db, 1), "contracting");
    project
        .on(&db, &["rollback"])
        .exits(1)
        .says("has begun")
        .says("a migration that does the reverse");
    blocker.end();
    project.on(&db, &["contract"]).exits(0);
}

#[test]
fn a_contract_that_has_done_nothing_yet_can_still_be_taken_back() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let before = shape(&db);
    project.on(&db, &["deploy"]).exits(0);
    let blocker = reader(&db);
    project
        .on(&db, &["contract", "--lock-budget", "0"])
        .exits(1)
        .says("gave up");
    assert_eq!(state(&project, &db, 1), "expanded");
    blocker.end();
    project.on(&db, &["rollback"]).exits(0);
    assert_eq!(shape(&db), before);
}

#[test]
fn contract_waits_for_as_long_as_it_is_told() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project.on(&db, &["deploy"]).exits(0);
    project
        .on(&db, &["contract", "--after", "24h"])
        .exits(0)
        .prints("too early");
    assert_eq!(state(&project, &db, 1), "expanded");
    db.sql("UPDATE segue.rollouts SET expanded_at = expanded_at - interval '25 h'");
    project
        .on(&db, &["contract", "--after", "24h"])
        .exits(0)
        .prints("contracted");
}

#[test]
fn a_reader_in_the_way_is_told_and_nobody_waits_behind_us() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let blocker = reader(&db);
    let mut deploy = project.start_on(&db, &["deploy", "--verbose"]);
    deploy.until_it_says("blocked by process");
    deploy.until_it_says("rolled back, again in");
    for _ in 0..20 {
        db.sql("SET statement_timeout = '5s'; SELECT count(*) FROM users WHERE id = 1");
    }
    assert!(deploy.is_running());
    blocker.end();
    deploy.wait().exits(0);
}

#[test]
fn behind_the_budget_it_names_who_was_in_the_way_and_goes_on_later() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let blocker = reader(&db);
    project
        .on(&db, &["deploy", "--lock-budget", "500ms"])
        .exits(1)
        .says("step 2 of")
        .says("it was kept waiting by process")
        .says("the blocker")
        .says("1 of");
    assert_eq!(state(&project, &db, 1), "expanding");
    blocker.end();
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("the new app may start");
}

#[test]
fn a_plan_that_is_begun_goes_on_as_a_whole() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    Tool::Segue.write(
        &project,
        3,
        "third",
        "ALTER TABLE users ADD COLUMN phone text;",
    );
    let (second, third) = (Tool::Segue.key(2, "second"), Tool::Segue.key(3, "third"));
    let blocker = reader(&db);
    project
        .on(&db, &["deploy", "--lock-budget", "500ms"])
        .exits(1);
    for arguments in [
        &["deploy", "--to", &second][..],
        &["deploy", "--dry-run", "--to", &second],
    ] {
        project
            .on(&db, arguments)
            .exits(1)
            .says(&format!("`{second}` is deployed together with `{third}`"))
            .says("segue rollback");
    }
    project
        .on(&db, &["contract"])
        .exits(1)
        .says(&format!("{second} and {third} are not expanded yet"));
    blocker.end();
    project.on(&db, &["deploy", "--to", &third]).exits(0);
}

#[test]
fn a_rollback_says_what_keeps_it_waiting_and_that_it_is_done() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let second = Tool::Segue.key(2, "second");
    project.on(&db, &["deploy"]).exits(0);
    let blocker = reader(&db);
    let outcome = project
        .on(&db, &["rollback", "--lock-budget", "3s"])
        .exits(1)
        .says("gave up after");
    let told = outcome
        .err
        .lines()
        .any(|line| line.starts_with("segue waits for a lock, "));
    assert!(told, "{outcome}");
    assert!(!outcome.err.contains("user request"), "{outcome}");
    blocker.end();
    project.on(&db, &["rollback"]).exits(0);
    let outcome = project
        .on(&db, &["rollback", &second])
        .exits(1)
        .says(&format!("`{second}` was rolled back already"));
    assert!(!outcome.err.contains("segue revert"), "{outcome}");
}

#[test]
fn what_blocks_is_ended_when_that_is_wanted() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let _blocker = reader(&db);
    project
        .on(&db, &["deploy", "--cancel-blockers"])
        .exits(0)
        .says("ended what kept us waiting");
    let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'the blocker' AND datname = current_database()";
    eventually("it is gone", || db.sql(left) == "0");
}

#[test]
fn an_index_that_waits_for_an_old_transaction_for_too_long_leaves_nothing() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project.on(&db, &["deploy"]).exits(0);
    project.on(&db, &["contract"]).exits(0);
    Tool::Segue.write(
        &project,
        3,
        "third",
        "CREATE INDEX users_age ON users (age);\n",
    );
    let writer = db.session("BEGIN;\nUPDATE users SET age = 1 WHERE id = 1;\n");
    let held = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE l.relation = 'users'::regclass AND l.granted AND a.application_name = 'the blocker'";
    eventually("a row is written", || db.sql(held) == "1");
    let mut deploy = project.start_on(&db, &["deploy", "--lock-budget", "1s"]);
    deploy.until_it_says("blocked by process");
    writer.end();
    let _ = deploy.wait();
    let invalid =
        "SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass AND NOT indisvalid";
    assert_eq!(db.sql(invalid), "0");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(state(&project, &db, 2), "contracted");
    assert_eq!(db.sql(invalid), "0");
}

#[test]
fn a_change_by_another_hand_stops_it_and_is_told() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project.on(&db, &["deploy"]).exits(0);
    db.sql("ALTER TABLE users ADD COLUMN stray int; CREATE TABLE elsewhere (id int)");
    project
        .on(&db, &["contract"])
        .exits(1)
        .says("changed by another hand")
        .says("public.users: there is now column stray integer")
        .never_says("elsewhere");
    project.on(&db, &["contract", "--accept-changes"]).exits(0);
}

#[test]
fn no_app_runs_where_one_says_so() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project
        .on(&db, &["deploy", "--strategy", "direct"])
        .exits(0)
        .prints("1 migration applied");
    assert_eq!(state(&project, &db, 1), "applied");
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project.file("segue.toml", "[env.dev]\nstrategy = \"direct\"\n");
    project
        .on(&db, &["deploy", "--env", "dev"])
        .exits(0)
        .prints("1 migration applied");
    project.file("segue.toml", "strategy = \"fast\"\n");
    project
        .on(&db, &["status"])
        .exits(1)
        .says("`strategy` is `fast`")
        .says("`online`");
}

#[test]
fn a_renamed_column_has_both_names_until_contract() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let before = shape(&db);
    Tool::Segue.write(
        &project,
        2,
        "second",
        "-- names\nALTER TABLE users RENAME COLUMN nick TO alias;\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("wait for contract");
    let both = "SELECT count(*) FROM users WHERE nick IS DISTINCT FROM alias";
    db.sql("UPDATE users SET nick = 'by the old name' WHERE id = 1");
    db.sql("UPDATE users SET alias = 'by the new name' WHERE id = 2");
    assert_eq!(db.sql(both), "0");
    // somebody writes past the trigger: contract names the row, and the way back stays open
    db.sql("ALTER TABLE users DISABLE TRIGGER USER; UPDATE users SET alias = 'alone' WHERE id = 3; ALTER TABLE users ENABLE ALWAYS TRIGGER \"~segue_sync_users_alias\"");
    project
        .on(&db, &["contract"])
        .exits(1)
        .says("id = (3)")
        .says("segue rollback");
    db.sql("UPDATE users SET alias = 'alone' || '' , nick = 'alone' WHERE id = 3");
    db.sql("UPDATE users SET nick = alias WHERE id = 3");
    project.on(&db, &["rollback"]).exits(0);
    assert_eq!(shape(&db), before);
    project.on(&db, &["deploy"]).exits(0);
    project.on(&db, &["contract"]).exits(0);
    assert_eq!(
        db.sql("SELECT alias FROM users WHERE id = 2"),
        "by the new name"
    );
    assert_eq!(state(&project, &db, 1), "contracted");
}

#[test]
fn rows_that_the_schema_before_cannot_hold_are_named_before_anything_is_taken_back() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    db.sql("ALTER TABLE users ALTER COLUMN name SET NOT NULL");
    let before = shape(&db);
    Tool::Segue.write(
        &project,
        2,
        "second",
        "ALTER TABLE users ADD COLUMN more text;\nALTER TABLE users ALTER COLUMN name DROP NOT NULL;\nCREATE INDEX users_more ON users (more);\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("until something else is deployed");
    let expanded = shape(&db);
    db.sql("UPDATE users SET name = NULL WHERE id = 7");
    project
        .on(&db, &["rollback"])
        .exits(1)
        .says("name of public.users is NULL: id = (7)");
    assert_eq!(shape(&db), expanded);
    db.sql("UPDATE users SET name = '' WHERE id = 7");
    project.on(&db, &["rollback"]).exits(0);
    assert_eq!(shape(&db), before);
    assert_eq!(state(&project, &db, 1), "rolled back");
}

#[test]
fn what_came_before_something_else_is_not_rolled_back() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    Tool::Segue.write(
        &project,
        2,
        "second",
        "CREATE INDEX users_more ON users (nick, id);\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    Tool::Segue.write(&project, 3, "third", "CREATE TABLE apart (id int);\n");
    project.on(&db, &["deploy"]).exits(0);
    project
        .on(&db, &["rollback"])
        .exits(1)
        .says("third` was deployed behind it");
}

#[test]
fn a_dry_run_prints_the_plan_and_changes_nothing() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let before = shape(&db);
    project
        .on(&db, &["deploy", "--dry-run"])
        .exits(0)
        .prints("for when only the new app runs")
        .prints("CREATE INDEX CONCURRENTLY users_name");
    let document = project.on(&db, &["deploy", "--dry-run", "--json"]).json();
    assert!(
        document["plan"]["contract"]
            .as_array()
            .is_some_and(|steps| !steps.is_empty())
    );
    assert_eq!(shape(&db), before);
    assert_eq!(db.sql("SELECT to_regclass('segue.rollouts') IS NULL"), "t");
}

#[test]
fn a_plan_that_does_what_is_written_is_a_migration_as_always() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    Tool::Segue.write(
        &project,
        2,
        "second",
        "ALTER TABLE users ADD COLUMN more int;\nCREATE TABLE other (id int);\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("1 migration applied");
    assert_eq!(state(&project, &db, 1), "applied");
}

#[test]
fn events_are_lines_of_json() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let outcome = project.on(&db, &["deploy", "--events", "--json"]).exits(0);
    let names = |outcome: &Outcome| -> Vec<String> {
        let lines = outcome.err.lines();
        let events = lines.map(|line| serde_json::from_str::<Value>(line).expect(line));
        events
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect()
    };
    let seen = names(&outcome);
    assert_eq!(
        seen.first().map(String::as_str),
        Some("plan_begins"),
        "{seen:?}"
    );
    assert_eq!(
        seen.last().map(String::as_str),
        Some("expanded"),
        "{seen:?}"
    );
    assert!(outcome.json()["expanded"][0]["steps"].as_u64() > Some(0));
    let back = project
        .on(&db, &["rollback", "--events", "--json"])
        .exits(0);
    assert!(names(&back).contains(&"step_undone".to_owned()));
}

#[test]
fn words_to_a_plan_need_one() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    project
        .on(&db, &["pause"])
        .exits(1)
        .says("no plan is under way");
    project.on(&db, &["throttle"]).exits(64);
    project.on(&db, &["deploy"]).exits(0);
    project
        .on(&db, &["pause"])
        .exits(0)
        .prints("until `segue resume`");
    let document = project.on(&db, &["status", "--json"]).json();
    assert_eq!(document["migrations"][1]["plan"]["paused"], true);
    project.on(&db, &["resume"]).exits(0);
    project.on(&db, &["throttle", "--max-rate", "500"]).exits(0);
    assert_eq!(db.sql("SELECT max_rate FROM segue.rollouts"), "500");
}

#[test]
fn a_long_seed_between_other_migrations_is_run_as_it_is() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let rows = "INSERT INTO users (name, nick) VALUES ('a', 'b');\n".repeat(600);
    Tool::Segue.write(
        &project,
        2,
        "second",
        "CREATE INDEX users_name ON users (name);\n",
    );
    Tool::Segue.write(&project, 3, "third", &rows);
    Tool::Segue.write(
        &project,
        4,
        "fourth",
        "ALTER TABLE users ALTER COLUMN name SET NOT NULL;\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(0)
        .says("build index users_name")
        .says("applied")
        .says("name of public.users takes no NULL");
    assert_eq!(db.sql("SELECT count(*) FROM users"), "20600");
    project.on(&db, &["status"]).exits(0);
}

/// It would hold its lock for minutes, and a wait of a moment never makes it go.
#[test]
fn an_autovacuum_in_the_way_is_asked_to_go() {
    if Cluster::for_test().is_none() {
        return;
    }
    let cluster = Cluster::builder()
        .setting("autovacuum", "on")
        .setting("autovacuum_naptime", "1s")
        .start()
        .unwrap();
    let url = cluster.create_database().unwrap();
    let sql = |script: &str| cluster.psql(&url, script).unwrap().trim().to_owned();
    sql("CREATE TABLE users (id bigserial PRIMARY KEY, age int); \
         INSERT INTO users (age) SELECT g FROM generate_series(1, 50000) g; ANALYZE users; \
         ALTER TABLE users SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, \
         autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0); \
         DELETE FROM users WHERE id % 2 = 0");
    let vacuums = "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'users'::regclass";
    eventually("an autovacuum has begun", || sql(vacuums) == "1");
    let project = Project::new();
    project.migration(
        "20240101000001_check",
        "ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0);\n",
    );
    project
        .segue(&[
            "resolve",
            "--url",
            &url,
            "--applied",
            "20240101000001_check",
        ])
        .exits(0);
    project.migration(
        "20240101000002_check",
        "ALTER TABLE users ADD CONSTRAINT grown_up CHECK (age > 0);\n",
    );
    let deploy = ["deploy", "--url", &url, "--lock-budget", "6s"];
    project
        .segue(&deploy)
        .exits(0)
        .prints("the new app may start");
}

/// A session that has written to the table, and does not end its transaction: an index of it waits for that.
fn writer(db: &Database) -> Session {
    let session = db.session("BEGIN;\nINSERT INTO users (name) VALUES ('held');\n");
    let held = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
         WHERE l.relation = 'users'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted AND a.application_name = 'the blocker'";
    eventually("a row is written", || db.sql(held) == "1");
    session
}

/// A project whose second migration is an index.
fn index_pending() -> Option<(Database, Project)> {
    let (db, project) = in_use(Tool::Segue)?;
    Tool::Segue.write(
        &project,
        2,
        "second",
        "CREATE INDEX users_name ON users (name);\n",
    );
    Some((db, project))
}

#[test]
fn a_build_that_waits_for_too_long_ends_although_what_it_left_cannot_be_dropped() {
    let Some((db, project)) = index_pending() else {
        return;
    };
    let held = writer(&db);
    project
        .on(&db, &["deploy", "--lock-budget", "1s"])
        .exits(1)
        .says("blocked by process");
    held.end();
    project.on(&db, &["deploy"]).exits(0);
    let all = "SELECT string_agg(relname || indisvalid, ' ' ORDER BY relname) FROM pg_index JOIN pg_class ON oid = indexrelid \
         WHERE indrelid = 'users'::regclass";
    assert_eq!(db.sql(all), "users_nametrue users_pkeytrue");
}

#[test]
fn what_an_interrupted_reindex_leaves_is_dropped() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let reindex = "REINDEX TABLE CONCURRENTLY users;\n";
    Tool::Segue.write(&project, 2, "second", reindex);
    // what waits for contract makes it a plan
    let drop = "ALTER TABLE users DROP COLUMN nick;\n";
    Tool::Segue.write(&project, 3, "third", drop);
    let indexes = "SELECT string_agg(relname || indisvalid, ' ' ORDER BY relname) FROM pg_index JOIN pg_class c ON c.oid = indexrelid \
         WHERE indrelid = 'users'::regclass";
    let before = db.sql(indexes);
    let held = writer(&db);
    project
        .on(&db, &["deploy", "--lock-budget", "1s"])
        .exits(1)
        .says("blocked by process");
    held.end();
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql(indexes), before);
}

#[test]
fn a_build_ends_those_that_it_waits_for_where_it_is_told_to() {
    let Some((db, project)) = index_pending() else {
        return;
    };
    let _held = writer(&db);
    project
        .on(&db, &["deploy", "--lock-budget", "8s", "--cancel-blockers"])
        .exits(0);
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_name'::regclass";
    assert_eq!(db.sql(valid), "t");
}

const RENAME: &str = "ALTER TABLE users RENAME COLUMN nick TO alias;\n";

/// A project whose second migration, a new name of a column, is expanded.
fn renamed() -> Option<(Database, Project)> {
    let (db, project) = in_use(Tool::Segue)?;
    Tool::Segue.write(&project, 2, "second", RENAME);
    project.on(&db, &["deploy"]).exits(0);
    Some((db, project))
}

#[test]
fn contract_stops_where_a_migration_of_the_plan_was_edited_or_is_gone() {
    let Some((db, project)) = renamed() else {
        return;
    };
    let before = shape(&db);
    Tool::Segue.write(
        &project,
        2,
        "second",
        "ALTER TABLE users RENAME COLUMN nick TO other;\n",
    );
    project.on(&db, &["contract"]).exits(1).says("second");
    assert_eq!(shape(&db), before);
    Tool::Segue.write(&project, 2, "second", RENAME);
    project.on(&db, &["contract"]).exits(0);
    assert!(shape(&db).contains("alias"));
}

#[test]
fn contract_stops_where_a_table_has_come_that_inherits_from_one_of_the_plan() {
    let Some((db, project)) = renamed() else {
        return;
    };
    db.sql("CREATE TABLE kids () INHERITS (users)");
    project.on(&db, &["contract"]).exits(1).says("child");
    db.sql("DROP TABLE kids");
    project.on(&db, &["contract"]).exits(0);
}

#[test]
fn contract_stops_where_what_a_trigger_of_the_plan_calls_is_another() {
    let Some((db, project)) = renamed() else {
        return;
    };
    db.sql(
        "DO $do$ DECLARE f text; BEGIN SELECT tgfoid::regproc::text INTO f FROM pg_trigger WHERE tgrelid = 'users'::regclass AND tgname LIKE '~segue%' LIMIT 1; \
         EXECUTE 'CREATE OR REPLACE FUNCTION ' || f || '() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$'; END $do$",
    );
    project
        .on(&db, &["contract"])
        .exits(1)
        .says("what it calls");
}

#[test]
fn a_rollback_takes_back_the_last_plan_also_where_an_earlier_one_waits() {
    let Some((db, project)) = in_use(Tool::Segue) else {
        return;
    };
    let table = "CREATE TABLE others (id bigint PRIMARY KEY, name text);\n";
    Tool::Segue.write(&project, 2, "second", table);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO others SELECT n, 'name ' || n FROM generate_series(1, 500) n; ANALYZE others; SELECT count(*) FROM others");
    Tool::Segue.write(&project, 3, "third", RENAME);
    project.on(&db, &["deploy"]).exits(0);
    let before = shape(&db);
    let index = "CREATE INDEX others_name ON others (name);\n";
    Tool::Segue.write(&project, 4, "fourth", index);
    project.on(&db, &["deploy"]).exits(0);
    project.on(&db, &["rollback"]).exits(0).prints("fourth");
    assert_eq!(shape(&db), before);
    project.on(&db, &["rollback"]).exits(0).prints("third");
}
