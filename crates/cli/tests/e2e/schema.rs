//! `segue schema`: the schema that migrations make, and where the unknown rest of it is learned.

use std::process::{Command, Stdio};

use crate::harness::{Project, database, database_of_superuser};

fn shop() -> Project {
    let project = Project::new();
    project
        .migration(
            "20260101000000_users",
            "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);",
        )
        .migration(
            "20260102000000_orders",
            "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));",
        );
    project
}

/// What a DO block does only a server knows.
fn with_a_do_block() -> Project {
    let project = shop();
    project.migration(
        "20260103000000_more",
        "CREATE TABLE before (id int);\nDO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'made (id int)'; END $$;\n\
         ALTER TABLE made ADD COLUMN name text;\n",
    );
    project
}

#[test]
fn the_schema_is_printed_without_a_database() {
    let project = shop();
    project
        .segue(&["schema", "--no-shadow"])
        .exits(0)
        .prints("users")
        .prints("orders")
        .says("the model is that of PostgreSQL 17: no database is configured");
    project
        .segue(&["schema", "--format", "sql", "--server-version", "16"])
        .exits(0)
        .prints("CREATE TABLE public.users")
        .never_says("the model is that of");
}

#[test]
fn an_earlier_moment_is_the_schema_of_then() {
    let project = shop();
    project
        .segue(&["schema", "--at", "20260101000000", "--format", "sql"])
        .exits(0)
        .prints("CREATE TABLE public.users")
        .never_says("orders");
    project
        .segue(&["schema", "--at", "nothing"])
        .exits(1)
        .says("nothing");
}

#[test]
fn the_sql_makes_the_same_schema() {
    let Some(database) = database() else { return };
    let project = shop();
    let sql = project
        .on(&database, &["schema", "--format", "sql"])
        .exits(0)
        .out;
    database.sql(&sql);
    assert_eq!(database.relations("public"), "orders users");
}

#[test]
fn what_a_do_block_does_is_learned_and_counted() {
    if database().is_none() {
        return;
    }
    let project = with_a_do_block();
    let outcome = project
        .segue(&["schema", "--format", "sql"])
        .exits(0)
        .prints("CREATE TABLE public.made")
        .says("1 of 5 statements cannot be told from the text, and were learned from a throwaway PostgreSQL")
        .says("migration.sql:2: a DO block");
    assert!(outcome.out.contains("name text"), "{outcome}");
    let document = project.segue(&["schema", "--json"]).exits(0).json();
    assert_eq!(document["learning"]["statements"], 5);
    assert_eq!(document["learning"]["opaque"][0]["line"], 2);
    assert_eq!(document["learning"]["opaque"][0]["learned"], true);
    assert!(document["schema"]["tables"]["public.made"].is_object());
}

/// The folders of tools whose migrations touch their own history, and its table.
fn of_tools() -> [(Project, &'static str); 4] {
    let on = |table: &str| {
        format!(
            "CREATE TABLE a (id int);\nINSERT INTO {table} SELECT * FROM {table} WHERE false;\n\
             CREATE INDEX own ON {table} (version);\nCREATE VIEW applied AS SELECT version FROM {table};\n\
             DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'made (id int)'; END $$;\n"
        )
    };
    let sqlx = Project::new();
    sqlx.file("migrations/20260101000000_a.sql", on("_sqlx_migrations"))
        .file(
            "Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\nsqlx = \"0.8\"\n",
        );
    let diesel = Project::new();
    diesel
        .file("diesel.toml", "")
        .file(
            "migrations/2026-01-01-000000_a/up.sql",
            on("__diesel_schema_migrations"),
        )
        .file("migrations/2026-01-01-000000_a/down.sql", "");
    let golang_migrate = Project::new();
    golang_migrate
        .file("go.mod", "module example\n")
        .file("migrations/000001_a.up.sql", on("schema_migrations"))
        .file("migrations/000001_a.down.sql", "");
    let flyway = Project::new();
    flyway.file("migrations/V1__a.sql", on("flyway_schema_history"));
    [
        (sqlx, "_sqlx_migrations"),
        (diesel, "__diesel_schema_migrations"),
        (golang_migrate, "schema_migrations"),
        (flyway, "flyway_schema_history"),
    ]
}

#[test]
fn migrations_may_name_the_history_which_is_not_told() {
    for (project, table) in of_tools() {
        let Some(database) = database() else { return };
        let without = project
            .segue(&["schema", "--no-shadow", "--format", "sql"])
            .exits(0)
            .says("1 of 5 statements cannot be told");
        let sql = project.segue(&["schema", "--format", "sql"]).exits(0);
        for told in [&without, &sql] {
            assert!(
                !told.out.contains(&format!("TABLE public.{table}"))
                    && !told.out.contains("INDEX own"),
                "{told}"
            );
        }
        sql.prints("CREATE TABLE public.a")
            .prints("CREATE TABLE public.made");
        project.on(&database, &["deploy"]).exits(0);
        project
            .on(&database, &["status", "--drift"])
            .exits(0)
            .prints("no drift");
    }
}

#[test]
fn a_dump_that_makes_the_history_itself_is_told_as_it_is() {
    let project = Project::new();
    project
        .file("go.mod", "module example\n")
        .file(
            "migrations/000001_dump.up.sql",
            "CREATE TABLE public.schema_migrations (version bigint NOT NULL, dirty boolean NOT NULL);\n\
             CREATE TABLE a (id int);\n",
        )
        .file("migrations/000001_dump.down.sql", "");
    project
        .segue(&["schema", "--no-shadow", "--format", "sql"])
        .exits(0)
        .prints("CREATE TABLE public.a")
        .never_says("cannot be told");
}

#[test]
fn without_a_shadow_it_says_what_is_missing() {
    let project = with_a_do_block();
    let outcome = project
        .segue(&["schema", "--no-shadow"])
        .exits(0)
        .says("2 of 5 statements cannot be told from the text: what they do is missing here")
        .says("migration.sql:2: a DO block")
        .says("made");
    assert!(!outcome.out.contains("made"), "{outcome}");
}

#[test]
fn a_named_server_gets_a_database_of_ours_that_goes_again() {
    let Some(database) = database_of_superuser() else {
        return;
    };
    // It is not empty itself, which does not matter to a role that may create databases.
    database.sql("CREATE TABLE somebodys (id int)");
    with_a_do_block()
        .segue(&["schema", "--shadow-url", &database.url])
        .exits(0)
        .prints("made")
        .says("segue_shadow_");
    assert_eq!(database.relations("public"), "somebodys");
    // Those that another test makes by hand have the number of this process.
    let left = format!(
        "SELECT count(*) FROM pg_database WHERE datname LIKE 'segue\\_shadow\\_%' \
         AND datname NOT LIKE 'segue\\_shadow\\_{}\\_%'",
        std::process::id()
    );
    assert_eq!(database.sql(&left), "0");
}

#[test]
fn what_an_interrupted_run_has_left_is_removed_by_the_next_one() {
    let Some(database) = database_of_superuser() else {
        return;
    };
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_micros();
    let number = std::process::id();
    let recent = format!("segue_shadow_{number}_{now}");
    let old = format!("segue_shadow_{number}_{}", now - 3_600_000_000);
    let somebodys = format!("segue_shadow_{number}_{}_kept", now - 3_600_000_000);
    for name in [&recent, &old, &somebodys] {
        database.sql(&format!("CREATE DATABASE {name}"));
    }
    with_a_do_block()
        .segue(&["schema", "--shadow-url", &database.url])
        .exits(0);
    let left = database.sql(&format!(
        "SELECT datname FROM pg_database WHERE datname LIKE 'segue_shadow_{number}_%' ORDER BY datname"
    ));
    assert!(
        left.contains(&recent) && left.contains(&somebodys),
        "{left}"
    );
    assert!(!left.lines().any(|line| line == old), "{left}");
    for name in [&recent, &somebodys] {
        database.sql(&format!("DROP DATABASE {name}"));
    }
}

#[test]
fn an_empty_database_is_used_and_emptied_and_another_one_is_refused() {
    let Some(database) = database_of_superuser() else {
        return;
    };
    let (name, role) = (database.name(), format!("plain_{}", database.name()));
    database.sql(&format!(
        "CREATE ROLE {role} LOGIN; ALTER DATABASE {name} OWNER TO {role}; ALTER SCHEMA public OWNER TO {role}"
    ));
    let url = database.url_of(&role, &name);
    let project = with_a_do_block();
    let schema = ["schema", "--shadow-url", &url];
    project.segue(&schema).exits(0).prints("made");
    assert_eq!(database.relations("public"), "");
    project.segue(&schema).exits(0).prints("made");
    database.sql(&format!("SET ROLE {role}; CREATE TABLE somebodys (id int)"));
    project
        .segue(&schema)
        .exits(1)
        .says("the shadow database is not empty")
        .says("somebodys");
    assert_eq!(database.relations("public"), "somebodys");
}

#[test]
fn a_shadow_that_cannot_be_reached_is_named() {
    with_a_do_block()
        .segue(&[
            "schema",
            "--shadow-url",
            "postgres://nobody@127.0.0.1:1/none",
        ])
        .exits(1)
        .says("--shadow-url");
}

#[test]
fn a_migration_that_the_server_refuses_is_shown_with_its_place() {
    if database().is_none() {
        return;
    }
    let project = shop();
    project.migration(
        "20260103000000_wrong",
        "ALTER TABLE users ADD COLUMN a int;\nDO $$ BEGIN EXECUTE 'SELECT 1/' || '0'; END $$;\n",
    );
    project
        .segue(&["schema"])
        .exits(1)
        .says("division by zero")
        .says("migration.sql:2");
}

#[test]
fn roles_that_migrations_name_are_made_in_a_throwaway_server() {
    if database().is_none() {
        return;
    }
    let project = with_a_do_block();
    project.migration(
        "20260104000000_rights",
        "GRANT SELECT ON users TO reader_of_shop;\nDO $$ BEGIN PERFORM 1; END $$;\n",
    );
    project
        .segue(&["schema", "--format", "sql"])
        .exits(0)
        .prints("reader_of_shop");
}

#[test]
fn the_formats_of_schemas_are_for_schemas() {
    shop()
        .segue(&["status", "--format", "sql"])
        .exits(64)
        .says("`segue schema`");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    for command in PRINTING {
        // As behind `| head`, once head has ended.
        let (code, said) = written_to(command, closed_pipe());
        assert_eq!(code, Some(0), "{command:?}: {said}");
        assert!(!said.contains("panicked"), "{command:?}: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_written_down_is_a_failure() {
    for command in PRINTING {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let full = full.expect("a device that is full");
        let (code, said) = written_to(command, full.into());
        assert_eq!(code, Some(1), "{command:?}: {said}");
        assert!(
            said.contains("standard output cannot be written to"),
            "{command:?}: {said}"
        );
    }
}

/// Commands that print much.
const PRINTING: [&[&str]; 3] = [
    &["schema", "--no-shadow"],
    &["completions", "bash"],
    &["man"],
];

/// What a command ends with, and what it says, where its output goes elsewhere.
fn written_to(command: &[&str], out: Stdio) -> (Option<i32>, String) {
    let project = shop();
    let output = Command::new(env!("CARGO_BIN_EXE_segue"))
        .args(command)
        .arg("--dir")
        .arg(project.root())
        .stdout(out)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said.into_owned())
}

fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}
