//! What a migration does to its session must not reach the next one, nor the history.

use crate::{
    harness::{Database, Project, database, database_of_superuser},
    tools::{TOOLS, Tool},
};

/// A role that may make things in the database, and nothing else.
fn role(db: &Database) -> String {
    let role = format!("owner_of_{}", db.name());
    db.as_superuser(&format!(
        "CREATE ROLE {role}; GRANT {role} TO deployer; GRANT CREATE ON DATABASE {} TO {role}; \
         CREATE SCHEMA app AUTHORIZATION deployer; GRANT ALL ON SCHEMA public, app TO {role}",
        db.name()
    ));
    role
}

#[test]
fn a_search_path_does_not_reach_the_next_migration_nor_the_history() {
    for statement in [
        "SET search_path TO app;",
        "SELECT pg_catalog.set_config('search_path', 'app', false);",
        "SET SESSION search_path = '';",
    ] {
        for tool in TOOLS {
            let Some(db) = database() else { return };
            let project = tool.project();
            let first =
                format!("CREATE SCHEMA app;\n{statement}\nCREATE TABLE app.one (id int);\n");
            tool.write(&project, 1, "one", &first);
            tool.write(&project, 2, "two", "CREATE TABLE two (id int);");
            project.on(&db, &["deploy"]).exits(0);
            assert_eq!(db.relations("app"), "one", "{tool:?} {statement}");
            assert!(db.relations("public").ends_with("two"), "{tool:?}");
            assert_eq!(tool.applied(&db).lines().count(), 2, "{tool:?}");
            project.on(&db, &["status"]).exits(0);
        }
    }
}

#[test]
fn a_search_path_does_not_reach_the_next_migration_behind_a_commit() {
    let Some(db) = database() else { return };
    let project = Tool::Prisma.project();
    let first = "CREATE SCHEMA app;\nSET search_path TO app;\nCREATE TABLE one (id int);\n\
        CREATE INDEX CONCURRENTLY i ON one (id);\nCREATE TABLE more (id int);\n";
    Tool::Prisma.write(&project, 1, "one", first);
    Tool::Prisma.write(&project, 2, "two", "CREATE TABLE two (id int);");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.relations("app"), "more one");
    assert_eq!(db.relations("public"), "_prisma_migrations two");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn a_role_does_not_reach_the_next_migration_nor_the_history() {
    for tool in TOOLS {
        // nobody else may set a session's authorization
        let Some(db) = database_of_superuser() else {
            return;
        };
        let role = role(&db);
        for statement in [
            format!("SET ROLE {role};"),
            format!("SET SESSION AUTHORIZATION {role};"),
        ] {
            let project = tool.project();
            let first = format!("{statement}\nCREATE TABLE app.one (id int);\n");
            tool.write(&project, 1, "one", &first);
            tool.write(&project, 2, "two", "CREATE TABLE app.two (id int);");
            project.on(&db, &["deploy"]).exits(0);
            let owners = "SELECT relname, pg_get_userbyid(relowner) FROM pg_class \
                 WHERE relnamespace = 'app'::regnamespace ORDER BY 1";
            let expected = format!("one|{role}\ntwo|{}", segue_cluster::SUPERUSER);
            assert_eq!(db.sql(owners), expected, "{tool:?}");
            assert_eq!(tool.applied(&db).lines().count(), 2, "{tool:?}");
            db.sql(&format!(
                "DROP TABLE app.one, app.two; TRUNCATE {}",
                tool.table()
            ));
        }
    }
}

#[test]
fn a_role_in_a_migration_of_many_transactions_is_not_the_one_that_keeps_the_record() {
    for tool in [Tool::Segue, Tool::Prisma, Tool::Diesel] {
        let Some(db) = database() else { return };
        let role = role(&db);
        let project = tool.project();
        let first = format!(
            "SET ROLE {role};\nCREATE TABLE app.one (id int);\nCREATE INDEX CONCURRENTLY i ON app.one (id);\n\
             CREATE TABLE app.more (id int);\nCOMMIT;\nCREATE TABLE app.last (id int);\n"
        );
        tool.write(&project, 1, "one", &first);
        tool.write(&project, 2, "two", "CREATE TABLE app.two (id int);");
        project.on(&db, &["deploy"]).exits(0);
        let owner = |table: &str| {
            db.sql(&format!(
                "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'app.{table}'::regclass"
            ))
        };
        assert_eq!(owner("one"), role);
        assert_eq!(owner("more"), role);
        assert_eq!(owner("last"), role);
        assert_eq!(owner("two"), "deployer");
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn settings_do_not_reach_the_next_migration() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20240101000001_one",
            "SET check_function_bodies = off;\nSET statement_timeout = '10ms';\nSET statement_timeout = 0;\n\
             SET TimeZone = 'Asia/Tokyo';\nSET standard_conforming_strings = on;\n\
             SELECT set_config('my.setting', 'x', false);\n",
        )
        .migration(
            "20240101000002_two",
            "CREATE TABLE two AS SELECT current_setting('timezone') AS zone, \
             current_setting('check_function_bodies') AS checks, \
             coalesce(current_setting('my.setting', true), '') AS mine;\n",
        )
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql("SELECT * FROM two"), "UTC|on|");
}

#[test]
fn temporary_tables_do_not_reach_the_next_migration() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20240101000001_one",
            "CREATE TEMP TABLE two (secret int);\nINSERT INTO two VALUES (1);\n\
             PREPARE q AS SELECT 1;\nDECLARE c CURSOR WITH HOLD FOR SELECT 1;\nLISTEN l;\n",
        )
        .migration(
            "20240101000002_two",
            "CREATE TABLE two (id int);\nPREPARE q AS SELECT 2;\nDECLARE c CURSOR WITH HOLD FOR SELECT 1;\n",
        )
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.relations("public"), "two");
}

#[test]
fn a_temporary_table_that_shadows_the_history_does_no_harm() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        let (_, table) = tool.table().split_once('.').unwrap();
        let first = format!("CREATE TEMP TABLE {table} (x int);\nCREATE TABLE one (id int);\n");
        tool.write(&project, 1, "one", &first);
        tool.write(&project, 2, "two", "CREATE TABLE two (id int);\n");
        project.on(&db, &["deploy"]).exits(0);
        assert_eq!(tool.applied(&db).lines().count(), 2, "{tool:?}");
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn advisory_locks_of_a_migration_do_not_outlive_the_deploy() {
    let Some(db) = database() else { return };
    Project::new()
        .migration("20240101000001_one", "SELECT pg_advisory_lock(42);\n")
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(
        db.sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
             (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        "0"
    );
}

#[test]
fn a_migration_that_gives_all_advisory_locks_back_does_not_let_a_second_deploy_in() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration("20240101000001_one", "SELECT pg_advisory_unlock_all();\n")
        .migration("20240101000002_two", "SELECT pg_sleep(3600);\n");
    let running = project.start_on(&db, &["deploy"]);
    crate::harness::eventually("the second migration runs", || {
        db.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)%' AND pid <> pg_backend_pid() AND datname = current_database()") == "1"
    });
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("another deploy is running");
    drop(running);
}

#[test]
fn the_schema_of_the_url_is_where_names_without_one_go() {
    for tool in [Tool::Segue, Tool::Prisma, Tool::Diesel, Tool::Sqlx] {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        let url = format!("{}?schema=app", db.url);
        project.segue(&["deploy", "--url", &url]).exits(0);
        assert!(db.relations("app").contains("one"), "{tool:?}");
        assert_eq!(db.relations("public"), "", "{tool:?}");
        project.segue(&["status", "--url", &url]).exits(0);
    }
}
