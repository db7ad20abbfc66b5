//! Ctrl-C while a shadow database on a server of the user's is in use: nothing of it is left there.

use crate::harness::{Database, Project, Running, database, eventually};

/// Sleeps on a shadow database, and nowhere else.
const SLEEPING: &str = "DO $$ BEGIN IF current_database() LIKE 'segue_shadow%' THEN EXECUTE concat('SELECT pg_sleep(', 3600, ')'); \
     END IF; END $$;";

/// What takes long to be made.
const SLOW: &str = "CREATE TABLE users (id int PRIMARY KEY, phone text);\n\
     CREATE MATERIALIZED VIEW slow AS SELECT pg_sleep(3600)::text AS v;\n";

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY);\n";

fn asleep(database: &Database, on: &str) {
    let query = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE '{on}' AND query LIKE '%pg_sleep%' \
         AND state = 'active' AND pid <> pg_backend_pid()"
    );
    eventually("it sleeps on the shadow database", || {
        // what others run is not for everybody to see
        database.as_superuser(&query) == "1"
    });
}

fn interrupted(running: Running, database: &Database) {
    let own = format!("segue_shadow_{}_%", running.id());
    asleep(database, &own);
    running.signal(libc::SIGINT);
    running.wait().exits(130).says("interrupted");
    let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{own}'");
    assert_eq!(database.sql(&left), "0");
}

#[test]
fn ctrl_c_removes_the_shadow_database_of_each_command_that_has_one() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration("20260101000000_users", USERS)
        .file("schema.sql", USERS);
    project.on(&database, &["deploy"]).exits(0);
    project.file("schema.sql", SLOW);
    let shadow = database.url_of("tester", "postgres");
    let start = |arguments: &[&str]| {
        project.start_on(&database, &[arguments, &["--shadow-url", &shadow]].concat())
    };
    for arguments in [
        &["diff", "--from", "database", "--to", "schema.sql"][..],
        &["dev", "--name", "slow"],
        &["generate", "--name", "slow"],
        &["push"],
    ] {
        interrupted(start(arguments), &database);
    }
    assert_eq!(database.relations("public"), "users");
    let migrations = std::fs::read_dir(project.root().join("migrations")).unwrap();
    assert_eq!(migrations.count(), 1);
    project.migration("20260102000000_sleeping", SLEEPING);
    project.on(&database, &["deploy"]).exits(0);
    for arguments in [
        &["schema"][..],
        &["status", "--drift"],
        &["dev", "--name", "x"],
    ] {
        interrupted(start(arguments), &database);
    }
}

#[test]
fn ctrl_c_empties_the_shadow_database_that_is_named() {
    let Some(database) = database() else { return };
    let scratch = format!("{}_scratch", database.name());
    database.as_superuser("CREATE ROLE plain LOGIN");
    database.as_superuser(&format!("CREATE DATABASE {scratch} OWNER plain"));
    let project = Project::new();
    project.file("schema.sql", SLOW);
    let named = database.url_of("plain", &scratch);
    let arguments = [
        "diff",
        "--from",
        "empty",
        "--to",
        "schema.sql",
        "--shadow-url",
        &named,
    ];
    let running = project.start(&arguments);
    asleep(&database, &scratch);
    running.signal(libc::SIGTERM);
    running.wait().exits(130);
    let there = Database::of(database.cluster, "tester", &scratch);
    assert_eq!(there.relations("public"), "");
    project.file("schema.sql", USERS);
    project
        .segue(&arguments)
        .exits(0)
        .prints("create    table public.users");
}
