//! `segue status --drift`: a database compared with what its applied migrations make.

use crate::harness::{Database, Project, database};

fn deployed(database: &Database) -> Project {
    let project = Project::new();
    project
        .migration(
            "20260101000000_users",
            "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(100) NOT NULL, \
             age int CHECK (age > 0 AND age < 200));\n\
             CREATE INDEX users_by_email ON users (lower(email));\n\
             CREATE VIEW grown_up AS SELECT id, email FROM users WHERE age >= 18;\n",
        )
        .migration(
            "20260102000000_orders",
            "CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE);\n",
        );
    project.on(database, &["deploy"]).exits(0);
    project
}

const DRIFT: [&str; 2] = ["status", "--drift"];

#[test]
fn a_database_as_its_migrations_make_it_has_no_drift() {
    let Some(database) = database() else { return };
    let project = deployed(&database);
    let outcome = project
        .on(&database, &DRIFT)
        .exits(0)
        .prints("no drift: the database is what its migrations make\n");
    assert!(!outcome.out.contains("unclear"), "{outcome}");
    let document = project
        .on(&database, &["status", "--drift", "--json"])
        .json();
    assert_eq!(document["drift"]["drifted"], false);
    assert_eq!(document["drift"]["differences"], serde_json::json!([]));
}

#[test]
fn what_is_missing_unexpected_or_changed_is_drift() {
    let Some(database) = database() else { return };
    let project = deployed(&database);
    database.sql(
        "DROP INDEX users_by_email; CREATE TABLE by_hand (id int); \
         ALTER TABLE orders ADD COLUMN note text; ALTER TABLE orders ALTER user_id SET NOT NULL",
    );
    project
        .on(&database, &DRIFT)
        .exits(2)
        .prints("missing     index public.users_by_email")
        .prints("unexpected  table public.by_hand")
        .prints("unexpected  column public.orders.note")
        .prints("drift: ");
    let document = project
        .on(&database, &["status", "--drift", "--json"])
        .json();
    assert_eq!(document["drift"]["drifted"], true);
    let differences = document["drift"]["differences"].as_array().unwrap();
    let words: Vec<&str> = differences
        .iter()
        .map(|one| one["difference"].as_str().unwrap())
        .collect();
    for word in ["missing", "unexpected", "changed"] {
        assert!(words.contains(&word), "{document}");
    }
}

#[test]
fn only_what_is_applied_counts() {
    let Some(database) = database() else { return };
    let project = deployed(&database);
    project.migration("20260103000000_later", "CREATE TABLE later (id int);");
    project
        .on(&database, &DRIFT)
        .exits(2)
        .prints("pending  20260103000000_later")
        .prints("no drift");
}

#[test]
fn the_histories_of_tools_are_no_drift() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .file(
            "drizzle/meta/_journal.json",
            r#"{"version":"7","dialect":"postgresql","entries":[{"idx":0,"version":"7","when":1700000000000,"tag":"0000_a","breakpoints":true}]}"#,
        )
        .file("drizzle/0000_a.sql", "CREATE TABLE a (id int);");
    project.on(&database, &["deploy"]).exits(0);
    project.on(&database, &DRIFT).exits(0).prints("no drift");
}

#[test]
fn a_do_block_is_learned_for_the_comparison() {
    let Some(database) = database() else { return };
    let project = deployed(&database);
    project.migration(
        "20260103000000_do",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'made (id int)'; END $$;",
    );
    project.on(&database, &["deploy"]).exits(0);
    project
        .on(&database, &DRIFT)
        .exits(0)
        .prints("no drift")
        .says("cannot be told from the text, and were learned from a throwaway PostgreSQL");
    project
        .on(&database, &["status", "--drift", "--no-shadow"])
        .exits(2)
        .prints("unexpected  table public.made")
        .says("what they do is missing here");
}

#[test]
fn what_a_role_may_not_read_is_not_called_missing() {
    let Some(database) = database() else { return };
    let project = deployed(&database);
    let (name, role) = (database.name(), format!("reader_{}", database.name()));
    // It sees the catalogs, as every role does, and the history.
    database.as_superuser(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA segue TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA segue TO {role}"
    ));
    let url = database.url_of(&role, &name);
    project
        .segue(&["status", "--drift", "--url", &url])
        .never_says("missing ");
}

#[test]
fn what_a_server_refuses_to_show_is_reported_and_not_called_missing() {
    let Some(database) = database() else { return };
    let project = deployed(&database);
    project.migration(
        "20260103000000_rest",
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN age AS int CHECK (value > 0);\n\
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
         CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();\n\
         CREATE POLICY own ON users USING (id > 0); CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING;\n\
         CREATE SEQUENCE numbers START 5; COMMENT ON TABLE users IS 'people';\n\
         CREATE STATISTICS both_of (dependencies) ON email, age FROM users; CREATE PUBLICATION all_of FOR TABLE users;\n",
    );
    project.on(&database, &["deploy"]).exits(0);
    let (name, role) = (database.name(), format!("barred_{}", database.name()));
    database.as_superuser(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA segue TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA segue TO {role}"
    ));
    let url = database.url_of(&role, &name);
    for refused in [
        "pg_policy",
        "pg_trigger",
        "pg_index",
        "pg_constraint",
        "pg_attrdef",
        "pg_enum",
        "pg_rewrite",
        "pg_sequence",
        "pg_type",
        "pg_inherits",
        "pg_statistic_ext",
        "pg_publication",
        "pg_proc",
        "pg_description",
    ] {
        // It holds in this database alone.
        database.as_superuser(&format!(
            "REVOKE SELECT ON pg_catalog.{refused} FROM PUBLIC"
        ));
        let outcome = project
            .segue(&["status", "--drift", "--url", &url])
            .says("note: not read, and not compared: ")
            .says(&format!("permission denied for table {refused}"));
        assert!(!outcome.out.contains("missing "), "{refused}: {outcome}");
        assert!(!outcome.out.contains("no drift: "), "{refused}: {outcome}");
        database.as_superuser(&format!("GRANT SELECT ON pg_catalog.{refused} TO PUBLIC"));
    }
    project
        .segue(&["status", "--drift", "--url", &url])
        .exits(0)
        .prints("no drift: ");
}

#[test]
fn what_the_deploying_role_is_granted_to_begin_is_no_drift_and_what_others_are_is() {
    let Some(database) = database() else { return };
    let project = deployed(&database);
    let drift = |code: i32| project.on(&database, &["status", "--drift"]).exits(code);
    drift(0).prints("no drift: ");
    database.as_superuser("CREATE ROLE reader; GRANT CREATE ON SCHEMA public TO reader");
    drift(2).prints("+CREATE reader").never_says("app_owner");
    // where migrations grant it too, it is theirs to compare
    project.migration(
        "20260104000000_grant",
        "GRANT USAGE ON SCHEMA public TO app_owner;",
    );
    database.as_superuser("REVOKE CREATE ON SCHEMA public FROM reader; GRANT ALL ON SCHEMA public TO app_owner WITH GRANT OPTION");
    project.on(&database, &["deploy"]).exits(0);
    database.as_superuser("REVOKE USAGE ON SCHEMA public FROM app_owner CASCADE");
    drift(2).prints("app_owner");
}

#[test]
fn a_database_that_cannot_be_reached_is_no_drift() {
    let project = Project::new();
    project.migration("20260101000000_a", "CREATE TABLE a (id int);");
    project
        .segue(&[
            "status",
            "--drift",
            "--url",
            "postgres://nobody@127.0.0.1:1/none",
        ])
        .exits(1);
}

#[test]
fn sqlite_is_compared_too() {
    let project = Project::new();
    project.migration(
        "20260101000000_a",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT) STRICT; CREATE INDEX a_name ON a (name);",
    );
    let url = project.sqlite();
    project.segue(&["deploy", "--url", &url]).exits(0);
    project
        .segue(&["schema", "--url", &url])
        .exits(0)
        .prints("CREATE TABLE a");
    project
        .segue(&["status", "--drift", "--url", &url])
        .exits(0)
        .prints("no drift");
    let file = url.trim_start_matches("sqlite:").split('?').next().unwrap();
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch("DROP INDEX a_name").unwrap();
    project
        .segue(&["status", "--drift", "--url", &url])
        .exits(2)
        .prints("missing     index a_name");
}

#[test]
fn migrations_may_name_the_history_in_sqlite_too() {
    let project = Project::new();
    project
        .file("go.mod", "module example\n")
        .file(
            "migrations/1_a.up.sql",
            "CREATE TABLE a (id INTEGER PRIMARY KEY);\nDELETE FROM schema_migrations WHERE version = 0;\n",
        )
        .file("migrations/1_a.down.sql", "DROP TABLE a;\n");
    let url = project.sqlite();
    project.segue(&["deploy", "--url", &url]).exits(0);
    let schema = project.segue(&["schema", "--url", &url, "--format", "sql"]);
    let schema = schema.exits(0).prints("CREATE TABLE a");
    assert!(!schema.out.contains("version"), "{schema}");
    project
        .segue(&["status", "--drift", "--url", &url])
        .exits(0)
        .prints("no drift");
}
