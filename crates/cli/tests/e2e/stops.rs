//! Ctrl-C, SIGTERM, a killed command, a killed server: what was under way is rolled back or known.

use segue_cluster::{Cluster, Stop};

use crate::{
    harness::{Database, Project, Running, Session, database, eventually},
    tools::{TOOLS, Tool},
};

/// Waits until a statement with these words runs in the database.
fn runs(db: &Database, words: &str) {
    let query = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'segue' AND state = 'active' \
         AND datname = current_database() AND query LIKE '%{words}%'"
    );
    eventually(words, || db.sql(&query) == "1");
}

/// A session with an open transaction that has written to `app.t`.
fn writer(db: &Database) -> Session {
    let session = db.session("BEGIN;\nINSERT INTO app.t VALUES (1);\n");
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'app.t'::regclass AND granted";
    eventually("the row is written", || db.sql(held) == "1");
    session
}

/// Waits until no session of segue is left.
fn all_gone(db: &Database) {
    eventually("the sessions are gone", || db.sessions_of_segue() == "0");
}

const SLEEPING: &str = "CREATE TABLE one (id int);\nSELECT pg_sleep(3600);\n";

#[test]
fn ctrl_c_and_sigterm_roll_back_what_is_under_way() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        for tool in TOOLS {
            let Some(db) = database() else { return };
            let project = tool.project();
            tool.write(&project, 1, "one", SLEEPING);
            let deploy = project.start_on(&db, &["deploy"]);
            runs(&db, "pg_sleep");
            deploy.signal(signal);
            deploy.wait().exits(130).says("interrupted").says(&format!(
                "nothing of `{}` is committed",
                tool.name(1, "one")
            ));
            assert_eq!(db.sessions_of_segue(), "0");
            assert_eq!(tool.applied(&db), "");
            assert!(!db.relations("public").ends_with("one"));
            tool.write(&project, 1, "one", &SLEEPING.replace("3600", "0"));
            project.on(&db, &["deploy"]).exits(0);
        }
    }
}

#[test]
fn ctrl_c_in_the_middle_of_many_transactions_leaves_them_known() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        let text = "CREATE TABLE one (id int);\nCREATE INDEX CONCURRENTLY i ON one (id);\nSELECT pg_sleep(3600);\n";
        tool.write(&project, 1, "one", text);
        let deploy = project.start_on(&db, &["deploy"]);
        runs(&db, "pg_sleep");
        deploy.signal(libc::SIGINT);
        deploy
            .wait()
            .exits(130)
            .says("statements 1–2 of 3 of")
            .says("run the same command again");
        tool.write(&project, 1, "one", &text.replace("3600", "0"));
        project
            .on(&db, &["deploy"])
            .exits(0)
            .says("going on at statement 3");
        assert_eq!(tool.applied(&db), tool.key(1, "one"));
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn ctrl_c_among_many_short_statements_is_not_lost() {
    let Some(db) = database() else { return };
    let project = Project::new();
    let many = "INSERT INTO one VALUES (1);\n".repeat(100_000);
    // The last one is there so that a signal that was lost shows, however fast the rest is.
    let text = format!("CREATE TABLE one (id int);\n{many}SELECT pg_sleep(3600);\n");
    project.migration("20240101000001_one", &text);
    let deploy = project.start_on(&db, &["deploy"]);
    runs(&db, "INSERT INTO one");
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130);
    assert_eq!(db.relations("public"), "");
}

#[test]
fn ctrl_c_says_in_json_that_it_was_interrupted() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration("20240101000001_first", "CREATE TABLE first (id int);")
        .migration("20240101000002_one", SLEEPING);
    let deploy = project.start_on(&db, &["deploy", "--json"]);
    runs(&db, "pg_sleep");
    deploy.signal(libc::SIGINT);
    let document = deploy.wait().exits(130).json();
    assert_eq!(document["error"]["kind"], "interrupted");
    assert_eq!(document["applied"][0]["name"], "20240101000001_first");
}

#[test]
fn ctrl_c_while_waiting_for_a_lock_ends_the_wait() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TABLE app.t (id int)");
    let _blocker = writer(&db);
    let project = Project::new();
    project.migration("20240101000001_one", "ALTER TABLE app.t ADD COLUMN x int;");
    let mut deploy = project.start_on(&db, &["deploy"]);
    deploy.until_it_says("blocked by process");
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130).says("nothing of");
    assert_eq!(db.sessions_of_segue(), "0");
}

#[test]
fn ctrl_c_while_waiting_for_another_deploy_ends_the_wait() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration("20240101000001_one", SLEEPING);
    let first = project.start_on(&db, &["deploy"]);
    runs(&db, "pg_sleep");
    let mut second = project.start_on(&db, &["deploy", "--wait"]);
    second.until_it_says("waiting for another deploy");
    second.signal(libc::SIGTERM);
    second.wait().exits(130).says("nothing was changed");
    first.signal(libc::SIGINT);
    first.wait().exits(130);
}

#[test]
fn ctrl_c_while_waiting_for_the_server_ends_the_wait() {
    let project = Project::new();
    project.migration("20240101000001_one", "SELECT 1;");
    for command in [
        &["deploy"][..],
        &["status"],
        &["baseline"],
        &["resolve", "--applied", "20240101000001_one"],
    ] {
        let url = [
            "--url",
            "postgresql://x@127.0.0.1:1/x",
            "--connect-timeout",
            "1h",
        ];
        let mut running = project.start(&[command, &url].concat());
        running.until_it_says("waiting for the server");
        running.signal(libc::SIGINT);
        // `status` has nothing to end in order, so the signal itself may end it.
        eventually(&format!("{command:?} ends"), || !running.is_running());
        let outcome = running.wait();
        assert!(matches!(outcome.code, Some(130) | None), "{outcome}");
    }
}

#[test]
fn ctrl_c_while_an_index_is_built_leaves_no_invalid_one() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TABLE app.t (id int)");
    let blocker = writer(&db);
    let project = Project::new();
    project.migration(
        "20240101000001_one",
        "CREATE INDEX CONCURRENTLY t_id ON app.t (id);",
    );
    let mut deploy = project.start_on(&db, &["deploy"]);
    deploy.until_it_says("blocked by process");
    deploy.signal(libc::SIGINT);
    // Dropping what is left waits for the same transaction.
    let building = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'segue' \
         AND datname = current_database() AND query LIKE 'CREATE INDEX%'";
    eventually("the build is stopped", || db.sql(building) == "0");
    blocker.end();
    deploy.wait().exits(130);
    let indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'app.t'::regclass";
    assert_eq!(db.sql(indexes), "0");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql(&format!("{indexes} AND indisvalid")), "1");
}

fn kill(deploy: Running) {
    deploy.signal(libc::SIGKILL);
    assert_eq!(deploy.wait().code, None);
}

#[test]
fn a_command_killed_while_an_index_is_built_is_continued() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        db.sql("CREATE SCHEMA app; CREATE TABLE app.t (id int)");
        let blocker = writer(&db);
        let project = tool.project();
        tool.write(
            &project,
            1,
            "one",
            "CREATE TABLE app.u (id int);\nCREATE INDEX CONCURRENTLY t_id ON app.t (id);\n\
             CREATE TABLE app.v (id int);\n",
        );
        let mut deploy = project.start_on(&db, &["deploy"]);
        deploy.until_it_says("blocked by process");
        kill(deploy);
        // The server has not noticed: it still builds, and still holds the lock of the deploy.
        db.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'segue' AND datname = current_database()",
        );
        all_gone(&db);
        blocker.end();
        project
            .on(&db, &["status"])
            .exits(2)
            .prints("1 of 3 statements committed");
        project
            .on(&db, &["deploy"])
            .exits(0)
            .says("dropped app.t_id")
            .says("going on at statement 2");
        assert_eq!(db.relations("app"), "t u v");
        let indexes = "SELECT count(*), bool_and(indisvalid) FROM pg_index \
             WHERE indrelid = 'app.t'::regclass";
        assert_eq!(db.sql(indexes), "1|t");
        assert_eq!(tool.applied(&db), tool.key(1, "one"));
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn an_index_that_was_finished_after_the_command_was_killed_is_not_built_twice() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TABLE app.t (id int)");
    let blocker = writer(&db);
    let project = Project::new();
    project.migration(
        "20240101000001_one",
        "CREATE INDEX CONCURRENTLY t_id ON app.t (id);\nCREATE TABLE app.v (id int);\n",
    );
    let mut deploy = project.start_on(&db, &["deploy"]);
    deploy.until_it_says("blocked by process");
    kill(deploy);
    blocker.end();
    all_gone(&db);
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.relations("app"), "t v");
    assert_eq!(
        db.sql(
            "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indrelid = 'app.t'::regclass"
        ),
        "1|t"
    );
}

#[test]
fn a_command_killed_in_a_transaction_leaves_nothing_of_it() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration("20240101000001_one", SLEEPING);
    let deploy = project.start_on(&db, &["deploy"]);
    runs(&db, "pg_sleep");
    kill(deploy);
    db.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'segue' AND datname = current_database()",
    );
    all_gone(&db);
    assert_eq!(db.relations("public"), "");
    project
        .migration("20240101000001_one", &SLEEPING.replace("3600", "0"))
        .on(&db, &["deploy"])
        .exits(0);
}

#[test]
fn a_statement_of_unknown_outcome_is_not_run_twice() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration("20240101000001_zero", "SELECT 1;");
    project.on(&db, &["deploy"]).exits(0);
    project.migration(
        "20240101000002_one",
        "CREATE TABLE one (id int);\nCREATE DATABASE not_twice;\n",
    );
    // As a deploy leaves it that was killed at the second statement.
    db.sql(
        "BEGIN; CREATE TABLE one (id int); \
         INSERT INTO segue.migrations (name, checksum) VALUES ('20240101000002_one', ''); \
         INSERT INTO segue.progress (layout, migration, name, done, doing, checksum, begun_at) \
         VALUES ('segue', '20240101000002_one', '20240101000002_one', 1, 2, \
         encode(sha256('CREATE TABLE one (id int)'), 'hex'), transaction_timestamp()); COMMIT",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("whether statement 2 of `20240101000002_one` took effect is not known")
        .says("migration.sql:2:1")
        .says("segue resolve --applied 20240101000002_one");
    project
        .on(&db, &["resolve", "--applied", "20240101000002_one"])
        .exits(0);
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn a_server_killed_in_the_middle_is_said_and_the_next_deploy_goes_on() {
    if database().is_none() {
        return;
    }
    let mut cluster = Cluster::start().unwrap();
    let url = cluster.create_database().unwrap();
    let project = Project::new();
    let text = "CREATE TABLE one (id int);\nCREATE INDEX CONCURRENTLY i ON one (id);\n\
        CREATE TABLE two (id int);\nSELECT pg_sleep(3600);\nCREATE TABLE three (id int);\n";
    project
        .migration("20240101000001_zero", "CREATE TABLE zero (id int);")
        .migration("20240101000002_one", text);
    let deploy = project.start(&["deploy", "--url", &url]);
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
    eventually("it sleeps", || {
        cluster.psql(&url, asleep).unwrap().trim() == "1"
    });
    cluster.stop(Stop::Kill).unwrap();
    deploy
        .wait()
        .exits(1)
        .says("the connection to the server was lost")
        .says("statements 1–2 of 5 of `20240101000002_one`")
        .says("run the same command again");
    project
        .segue(&["deploy", "--url", &url])
        .exits(1)
        .says("cannot reach");
    cluster.start_again().unwrap();
    project
        .migration("20240101000002_one", &text.replace("3600", "0"))
        .segue(&["deploy", "--url", &url, "--connect-timeout", "30s"])
        .exits(0)
        .says("going on at statement 3");
    let tables = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class \
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    assert_eq!(
        cluster.psql(&url, tables).unwrap().trim(),
        "one three two zero"
    );
    project.segue(&["status", "--url", &url]).exits(0);
}

#[test]
fn a_server_killed_in_the_first_transaction_is_told_in_plain_words() {
    if database().is_none() {
        return;
    }
    let mut cluster = Cluster::start().unwrap();
    let url = cluster.create_database().unwrap();
    let project = Project::new();
    project.migration("20240101000001_one", SLEEPING);
    let deploy = project.start(&["deploy", "--url", &url]);
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
    eventually("it sleeps", || {
        cluster.psql(&url, asleep).unwrap().trim() == "1"
    });
    cluster.stop(Stop::Immediate).unwrap();
    // There is no statement 0.
    deploy.wait().exits(1).never_says("1–0");
}

#[test]
fn a_terminated_session_is_said_and_the_next_deploy_works() {
    let Some(db) = database() else { return };
    let project = Tool::Prisma.project();
    Tool::Prisma.write(&project, 1, "one", SLEEPING);
    let deploy = project.start_on(&db, &["deploy"]);
    runs(&db, "pg_sleep");
    db.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE application_name = 'segue' AND datname = current_database()",
    );
    deploy
        .wait()
        .exits(1)
        .says("terminating connection due to administrator command");
    Tool::Prisma.write(&project, 1, "one", &SLEEPING.replace("3600", "0"));
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(Tool::Prisma.rows(&db).lines().count(), 1);
}
