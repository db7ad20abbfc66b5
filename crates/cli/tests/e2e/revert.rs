//! `segue revert`: a migration that takes an earlier one back.

use std::fs;

use crate::harness::{Database, Outcome, Project, database};

const FIRST: &str = "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, nick text);";

fn revert(project: &Project, database: &Database, arguments: &[&str]) -> Outcome {
    let shadow = database.url_of("tester", "postgres");
    let all = [&["revert"], arguments, &["--shadow-url", &shadow]].concat();
    project.on(database, &all)
}

/// The migration that was written last.
fn written(project: &Project) -> String {
    let mut names: Vec<_> = fs::read_dir(project.root().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    fs::read_to_string(names.last().unwrap().join("migration.sql")).unwrap()
}

/// What the columns of the table are, in order of their names.
fn columns(database: &Database) -> String {
    database.sql(
        "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped",
    )
}

#[test]
fn an_earlier_migration_is_taken_back_with_what_came_behind_it_left_alone() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration("0001_first", FIRST)
        .migration(
            "0002_change",
            "ALTER TABLE users RENAME COLUMN name TO full_name; ALTER TABLE users DROP COLUMN nick; ALTER TABLE users ADD COLUMN age int;",
        )
        .migration("0003_more", "ALTER TABLE users ADD COLUMN phone text;");
    project.on(&database, &["deploy"]).exits(0);
    database.sql("INSERT INTO users VALUES (1, 'Ada', 36, '123')");
    revert(&project, &database, &["0002_change"])
        .exits(0)
        .prints("_revert_change/migration.sql")
        .says(
            "not brought back, a backup may have it: table public.users: the values of column nick",
        );
    let text = written(&project);
    assert!(text.starts_with("-- Takes back 0002_change."), "{text}");
    assert!(text.contains("RENAME COLUMN full_name TO name"), "{text}");
    project
        .on(&database, &["deploy", "--strategy", "direct"])
        .exits(0);
    assert_eq!(columns(&database), "id name nick phone");
    assert_eq!(database.sql("SELECT name, phone FROM users"), "Ada|123");
}

#[test]
fn columns_of_a_table_that_gets_another_name_too_get_theirs_back() {
    for change in [
        "ALTER TABLE users RENAME COLUMN name TO full_name; ALTER TABLE users RENAME TO people;",
        "ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME COLUMN name TO full_name;",
    ] {
        let Some(database) = database() else { return };
        let project = Project::new();
        project
            .migration("0001_first", FIRST)
            .migration("0002_change", change);
        let direct = ["deploy", "--strategy", "direct"];
        project.on(&database, &direct).exits(0);
        database.sql("INSERT INTO people VALUES (1, 'Ada', 'A')");
        let reverted = revert(&project, &database, &["0002_change"]).exits(0);
        assert!(!reverted.err.contains("not brought back"), "{reverted}");
        project.on(&database, &direct).exits(0);
        assert_eq!(columns(&database), "id name nick");
        assert_eq!(database.sql("SELECT name FROM users"), "Ada");
    }
}

#[test]
fn the_way_back_of_a_file_with_both_is_its_lower_part() {
    for (up, down) in [
        ("-- +goose Up", "-- +goose Down"),
        ("-- migrate:up", "-- migrate:down"),
        ("--migrate:up", "--  migrate:down"),
    ] {
        let Some(database) = database() else { return };
        let project = Project::new();
        let both =
            |there: &str, back: &str| format!("{up}\n{there};\n\n{down}\n-- back\n{back};\n");
        let first = both("CREATE TABLE users (id int)", "DROP TABLE users");
        project.file("migrations/20240101000001_first.sql", &first);
        let second = both(
            "ALTER TABLE users ADD COLUMN age int",
            "ALTER TABLE users DROP COLUMN age",
        );
        project.file("migrations/20240101000002_age.sql", &second);
        project.on(&database, &["deploy"]).exits(0);
        revert(&project, &database, &["20240101000002_age"]).exits(0);
        project
            .on(&database, &["deploy", "--strategy", "direct"])
            .exits(0);
        assert_eq!(columns(&database), "id", "{up}");
    }
}

#[test]
fn a_script_for_the_way_back_is_what_the_new_migration_does() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project.migration("0001_first", FIRST).migration(
        "0002_upper",
        "-- shouting\nUPDATE users SET name = upper(name); ALTER TABLE users ADD COLUMN age int;",
    );
    project.file(
        "migrations/0002_upper/down.sql",
        "-- as far as that can be done\nUPDATE users SET name = lower(name);\nALTER TABLE users DROP COLUMN age;\n",
    );
    revert(&project, &database, &["0002_upper", "--name", "quiet"])
        .exits(0)
        .prints("_quiet/migration.sql")
        .says("the script that 0002_upper has");
    let text = written(&project);
    assert!(
        text.contains("UPDATE users SET name = lower(name);"),
        "{text}"
    );
    assert!(text.contains("-- as far as that can be done"), "{text}");
}

#[test]
fn a_script_without_a_statement_is_no_way_back() {
    let dbmate = "-- migrate:up\nCREATE TABLE users (id int);\n\n-- migrate:down\n\n";
    let up = "CREATE TABLE users (id int);";
    let cases: [&[(&str, &str)]; 4] = [
        &[
            ("20240101000001_users/migration.sql", up),
            ("20240101000001_users/down.sql", "-- nothing yet\n"),
        ],
        &[
            ("20240101000001_users.up.sql", up),
            (
                "20240101000001_users.down.sql",
                "-- Add down migration script here\n",
            ),
        ],
        &[("000001_users.up.sql", up), ("000001_users.down.sql", "")],
        &[("20240101000001_users.sql", dbmate)],
    ];
    for (files, layout) in cases
        .iter()
        .zip(["segue", "sqlx", "golang-migrate", "dbmate"])
    {
        let Some(database) = database() else { return };
        let project = Project::new();
        for (path, text) in *files {
            project.file(format!("migrations/{path}"), text);
        }
        let (name, _) = files[0].0.split_once(['.', '/']).unwrap();
        let outcome = revert(&project, &database, &[name, "--layout", layout]).exits(0);
        assert!(!outcome.err.contains("the script that"), "{outcome}");
        let path = outcome
            .out
            .lines()
            .find_map(|line| line.strip_prefix("wrote "));
        let text = project.text(path.unwrap());
        assert!(
            text.contains("DROP TABLE public.users;"),
            "{layout}: {text}"
        );
    }
}

#[test]
fn what_a_script_leaves_is_told_and_stands_in_the_file() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project.migration(
        "0001_two",
        "CREATE TABLE one (id int); CREATE TABLE two (id int);",
    );
    project.file("migrations/0001_two/down.sql", "DROP TABLE one;\n");
    revert(&project, &database, &["0001_two"])
        .exits(0)
        .says("not taken back by that script: table public.two");
    let text = written(&project);
    assert!(text.contains("--   table public.two: "), "{text}");
    assert!(text.contains("DROP TABLE one;"), "{text}");
}

#[test]
fn a_value_of_an_enum_is_taken_back_while_an_app_runs() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "0001_first",
            "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE users (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'sad');",
        )
        .migration("0002_ok", "ALTER TYPE mood ADD VALUE 'ok';");
    project.on(&database, &["deploy"]).exits(0);
    database.sql("INSERT INTO users (id) VALUES (1)");
    revert(&project, &database, &["0002_ok"]).exits(0);
    let text = written(&project);
    assert!(
        text.contains("ALTER TYPE public.mood_new RENAME TO mood;"),
        "{text}"
    );
    project.on(&database, &["deploy"]).exits(0);
    project.on(&database, &["contract"]).exits(0);
    let values = "SELECT string_agg(value::text, ' ') FROM unnest(enum_range(NULL::mood)) value";
    assert_eq!(database.sql(values), "sad");
    assert_eq!(database.sql("SELECT mood FROM users"), "sad");
}

#[test]
fn what_later_migrations_build_on_is_not_taken_back() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration("0001_first", FIRST)
        .migration("0002_age", "ALTER TABLE users ADD COLUMN age int;")
        .migration("0003_view", "CREATE VIEW ages AS SELECT age FROM users;")
        .migration("0004_rows", "INSERT INTO users (id, name) VALUES (1, 'x');");
    let count = || {
        fs::read_dir(project.root().join("migrations"))
            .unwrap()
            .count()
    };
    revert(&project, &database, &["0002_age"])
        .exits(1)
        .says("`0002_age` cannot be taken back by itself")
        .says("from `0003_view` on");
    revert(&project, &database, &["0004_rows"])
        .exits(1)
        .says("changes nothing of the schema")
        .says("segue rollback");
    revert(&project, &database, &["0005_none"])
        .exits(1)
        .says("there is no migration `0005_none`");
    assert_eq!(count(), 4, "nothing was written");
}
