//! Rows of a dev database that break what the schema shall demand: said before anything is run.

use crate::harness::{Database, Outcome, Project, database};

fn run(project: &Project, database: &Database, arguments: &[&str]) -> Outcome {
    let shadow = database.url_of("tester", "postgres");
    project.on(database, &[arguments, &["--shadow-url", &shadow]].concat())
}

const BEFORE: &str = "CREATE TABLE teams (id int PRIMARY KEY);\n\
     CREATE TABLE users (id int PRIMARY KEY, mail text, age int, team int, nick text);\n";

const ROWS: &str = "INSERT INTO teams VALUES (1); \
     INSERT INTO users VALUES (1, 'a', 7, 1, 'x'), (2, 'a', -7, 2, 'X'), (3, 'b', -8, 3, NULL), (4, NULL, NULL, NULL, 'y')";

/// A project whose database has rows, and the schema that it shall have.
fn begun(database: &Database, after: &str) -> Project {
    let project = Project::new();
    project.migration("20260101000000_users", BEFORE);
    project.on(database, &["deploy"]).exits(0);
    database.sql(ROWS);
    project.file("schema.sql", after);
    project
}

fn users(columns: &str, behind: &str) -> String {
    format!("CREATE TABLE teams (id int PRIMARY KEY);\nCREATE TABLE users ({columns});\n{behind}")
}

const COLUMNS: &str = "id int PRIMARY KEY, mail text, age int, team int, nick text";

#[test]
fn push_says_which_rows_break_each_new_demand_and_runs_nothing() {
    let Some(database) = database() else { return };
    let columns = "id int PRIMARY KEY, mail text CONSTRAINT one_mail UNIQUE, age int CONSTRAINT grown CHECK (age >= 0), \
         team int CONSTRAINT of_team REFERENCES teams, nick text NOT NULL, made date NOT NULL";
    let after = users(
        columns,
        "CREATE UNIQUE INDEX one_nick ON users (lower(nick));\nCREATE TABLE new (id int);",
    );
    let project = begun(&database, &after);
    let outcome = run(&project, &database, &["push"]).exits(1);
    for words in [
        "2 rows of public.users break constraint one_mail on public.users",
        "at mail = a: 2 rows",
        "2 rows of public.users break constraint grown on public.users",
        "at id = 2",
        "2 rows of public.users break constraint of_team on public.users",
        "at team = 3",
        "1 row of public.users breaks column public.users.nick",
        "at id = 3",
        "4 rows of public.users break column public.users.made",
        "the column is new and has no default",
        "2 rows of public.users break index public.one_nick",
        "at lower(nick) = x: 2 rows",
        "change or remove these rows first",
    ] {
        assert!(outcome.err.contains(words), "{words}\n{outcome}");
    }
    assert_eq!(database.relations("public"), "teams users");
    database.sql("UPDATE users SET mail = id, age = id, team = 1, nick = id");
    project.file(
        "schema.sql",
        after.replace(
            "made date NOT NULL",
            "made date NOT NULL DEFAULT '2026-01-01'",
        ),
    );
    run(&project, &database, &["push"]).exits(0);
    run(&project, &database, &["push"])
        .exits(0)
        .prints("has the schema already");
}

#[test]
fn rows_are_looked_for_under_the_names_and_types_that_the_database_has() {
    let Some(database) = database() else { return };
    let after = "CREATE TABLE teams (id int PRIMARY KEY);\n\
         -- segue: renamed from users\n\
         CREATE TABLE people (id int PRIMARY KEY,\n\
           -- segue: renamed from mail\n\
           email text CONSTRAINT one UNIQUE CONSTRAINT short CHECK (length(email) > 1), age int, team text, nick text);\n";
    let project = begun(&database, after);
    run(&project, &database, &["push"])
        .exits(1)
        .says("2 rows of public.users break constraint one on public.people")
        .says("at email = a: 2 rows")
        .says("3 rows of public.users break constraint short on public.people");
    database.sql("UPDATE users SET mail = 'mail ' || id");
    run(&project, &database, &["push"]).exits(0);
    assert_eq!(database.relations("public"), "people teams");
}

#[test]
fn what_holds_already_or_is_not_enforced_on_rows_is_no_breach() {
    let Some(database) = database() else { return };
    let after = users(
        COLUMNS,
        "ALTER TABLE users ADD CONSTRAINT later CHECK (age > 0) NOT VALID;\n\
         CREATE UNIQUE INDEX wide ON users (id, nick);\n\
         CREATE UNIQUE INDEX partial ON users (mail) WHERE id > 1;\n\
         CREATE TABLE more (id int PRIMARY KEY, note text NOT NULL, of int REFERENCES users);",
    );
    let project = begun(&database, &after);
    run(&project, &database, &["push"])
        .exits(0)
        .never_says("not known whether");
}

#[test]
fn a_reference_to_a_table_that_is_new_is_broken_by_every_row() {
    let Some(database) = database() else { return };
    let columns = COLUMNS.replace("nick text", "nick text REFERENCES nicks");
    let after = format!(
        "CREATE TABLE nicks (nick text PRIMARY KEY);\n{}",
        users(&columns, "")
    );
    let project = begun(&database, &after);
    run(&project, &database, &["push"])
        .exits(1)
        .says("3 rows of public.users break constraint users_nick_fkey on public.users");
}

#[test]
fn what_the_server_does_not_answer_is_said_and_it_goes_on() {
    let Some(database) = database() else { return };
    let after = users(
        COLUMNS,
        "CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';\n\
         ALTER TABLE users ADD CONSTRAINT fitting CHECK (fits(age));",
    );
    let project = begun(&database, &after);
    run(&project, &database, &["push"]).exits(0).says(
        "constraint fitting on public.users: not known whether rows of public.users break it",
    );
}

#[test]
fn dev_writes_a_migration_that_rows_break_and_does_not_apply_it() {
    let Some(database) = database() else { return };
    let after = users(&COLUMNS.replace("nick text", "nick text NOT NULL"), "");
    let project = begun(&database, &after);
    run(&project, &database, &["dev", "--name", "nick"])
        .exits(1)
        .prints("_nick/migration.sql")
        .says("1 row of public.users breaks column public.users.nick")
        .says("it would fail on these rows, and was not applied");
    assert!(project.on(&database, &["status"]).out.contains("pending"));
    database.sql("UPDATE users SET nick = '' WHERE nick IS NULL");
    project.on(&database, &["deploy"]).exits(0);
}
