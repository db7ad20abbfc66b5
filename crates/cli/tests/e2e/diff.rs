//! `segue diff`: what turns one schema into another, for everything that has one.

use std::process::Command;

use crate::harness::{Database, Project, database};

const OLD: &str = "CREATE TABLE users (id int PRIMARY KEY, email text, age int);\n\
     CREATE VIEW grown_up AS SELECT id FROM users WHERE age > 17;\n";

const NEW: &str = "CREATE VIEW grown_up AS SELECT id, mail FROM users WHERE age > 17;\n\
     CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);\n\
     CREATE TABLE users (\n  id int PRIMARY KEY,\n  -- segue: renamed from email\n  mail text,\n  age int\n);\n";

/// Shadow databases are made beside this one, which is faster than a server for each.
fn beside(database: &Database) -> String {
    database.url_of("tester", "postgres")
}

fn diff(project: &Project, database: &Database, from: &str, to: &str, more: &[&str]) -> String {
    let shadow = beside(database);
    let arguments = ["diff", "--from", from, "--to", to, "--shadow-url", &shadow];
    let outcome = project.segue(&[&arguments, more].concat()).exits(0);
    outcome.out
}

#[test]
fn what_is_printed_for_two_databases_makes_the_one_the_other() {
    let (Some(first), Some(second)) = (database(), database()) else {
        return;
    };
    let project = Project::new();
    first.sql(OLD);
    second.sql("CREATE TABLE users (id bigint PRIMARY KEY, age int NOT NULL); CREATE TYPE mood AS ENUM ('sad')");
    let sides = ["diff", "--from", &first.url, "--to", &second.url];
    project
        .segue(&sides)
        .exits(0)
        .prints("table public.users")
        .prints("loses data: the values of column email")
        .prints("type public.mood");
    project
        .segue(&[&sides[..], &["--exit-code"]].concat())
        .exits(2);
    let document = project.segue(&[&sides[..], &["--json"]].concat()).json();
    assert_eq!(document["differs"], true);
    let sql = project.segue(&[&sides[..], &["--format", "sql"]].concat());
    assert!(sql.out.contains("-- loses data:"), "{sql}");
    first.sql(&sql.out);
    let again = project.segue(&[&sides[..], &["--format", "sql", "--exit-code"]].concat());
    assert_eq!(again.exits(0).out, "");
}

#[test]
fn what_a_deploy_keeps_is_no_difference() {
    let (Some(first), Some(second)) = (database(), database()) else {
        return;
    };
    let project = Project::new();
    project.migration("20260101000000_a", OLD);
    project.on(&first, &["deploy"]).exits(0);
    second.sql(OLD);
    for (from, to) in [(&first, &second), (&second, &first)] {
        let said = diff(&project, &first, &from.url, &to.url, &[]);
        assert_eq!(said, "no differences\n");
    }
}

#[test]
fn files_folders_and_migrations_are_sides_whatever_the_order_of_their_statements() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration("20260101000000_a", OLD)
        .file("schema.sql", NEW)
        .file(
            "db/b.sql",
            "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);",
        )
        .file(
            "db/a.sql",
            "CREATE VIEW grown_up AS SELECT id, mail FROM users WHERE age > 17;",
        )
        .file(
            "db/c.sql",
            "CREATE TABLE users (id int PRIMARY KEY, mail text, age int);",
        );
    let sql = diff(
        &project,
        &database,
        "migrations",
        "schema",
        &["--format", "sql"],
    );
    assert!(sql.contains("RENAME COLUMN email TO mail"), "{sql}");
    assert!(!sql.contains("DROP COLUMN"), "{sql}");
    assert_eq!(
        diff(&project, &database, "schema.sql", "db", &[]),
        "no differences\n"
    );
    database.sql(OLD);
    assert_eq!(
        diff(
            &project,
            &database,
            &database.url,
            "migrations:migrations",
            &[]
        ),
        "no differences\n"
    );
    database.sql(&sql);
    // The hint is history by now.
    assert_eq!(
        diff(&project, &database, &database.url, "schema", &[]),
        "no differences\n"
    );
    let all = diff(&project, &database, "empty", "db", &["--format", "sql"]);
    assert!(all.contains("CREATE TABLE public.orders"), "{all}");
}

#[test]
fn everything_that_has_a_name_can_be_renamed_by_a_hint() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .file(
            "old.sql",
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b text);\n\
             CREATE TABLE people (id serial PRIMARY KEY, m mood, CONSTRAINT c1 CHECK (id > 0));\n\
             CREATE INDEX i1 ON people (m); CREATE VIEW v1 AS SELECT id FROM people;\n\
             CREATE FUNCTION f1(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SEQUENCE s1;",
        )
        .file(
            "new.sql",
            "-- segue: renamed from mood\nCREATE TYPE feeling AS ENUM (\n  -- segue: renamed from 'sad'\n  \
             'unhappy', 'ok');\n\
             CREATE TYPE pair AS (\n  aa int, -- segue: renamed from a\n  b text);\n\
             -- segue: renamed from people\nCREATE TABLE humans (\n  -- segue: renamed from id\n  nr serial PRIMARY KEY,\n  \
             m feeling,\n  -- segue: renamed from c1\n  CONSTRAINT c2 CHECK (nr > 0));\n\
             -- segue: renamed from i1\nCREATE INDEX i2 ON humans (m);\n\
             -- segue: renamed from v1\nCREATE VIEW v2 AS SELECT nr AS id FROM humans;\n\
             -- segue: renamed from f1\nCREATE FUNCTION f2(int) RETURNS int LANGUAGE sql AS 'SELECT 1';\n\
             -- segue: renamed from s1\nCREATE SEQUENCE s2;\n",
        );
    let sql = diff(
        &project,
        &database,
        "old.sql",
        "new.sql",
        &["--format", "sql"],
    );
    for word in ["DROP", "CREATE"] {
        assert!(!sql.contains(word), "{sql}");
    }
    // With the names that follow from those of the table and its column.
    assert!(
        sql.contains("RENAME TO humans_nr_seq") && sql.contains("TO humans_pkey"),
        "{sql}"
    );
    database.sql(&project.text("old.sql"));
    database.sql(&sql);
    assert_eq!(
        diff(&project, &database, &database.url, "new.sql", &[]),
        "no differences\n"
    );
}

#[test]
fn a_revision_of_git_is_a_side() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project.remove(".git");
    project.migration("20260101000000_a", OLD);
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "-c",
                "init.defaultBranch=main",
            ])
            .args(arguments)
            .current_dir(project.root())
            .output();
        assert!(
            output.is_ok_and(|output| output.status.success()),
            "{arguments:?}"
        );
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    project.migration("20260102000000_b", "CREATE TABLE later (id int);");
    let sql = diff(
        &project,
        &database,
        "git:HEAD",
        "migrations",
        &["--format", "sql"],
    );
    assert!(sql.starts_with("CREATE TABLE public.later"), "{sql}");
    project
        .segue(&["diff", "--from", "git:nowhere", "--to", "empty"])
        .exits(1)
        .says("git knows no revision `nowhere`");
    project
        .segue(&[
            "diff",
            "--from",
            "git:HEAD:nothing",
            "--to",
            "empty",
            "--no-shadow",
        ])
        .exits(1)
        .says("has nothing in `nothing`");
}

#[test]
fn wrong_sql_is_told_with_its_place() {
    let Some(database) = database() else { return };
    let project = Project::new();
    let wrong = |text: &str| {
        project.file("wrong.sql", text);
        let shadow = beside(&database);
        let side = [
            "diff",
            "--from",
            "empty",
            "--to",
            "wrong.sql",
            "--shadow-url",
            &shadow,
        ];
        project.segue(&side).exits(1)
    };
    wrong("CREATE TABLE a (\n  id int refernces b\n);\n")
        .says("syntax error at or near \"refernces\"")
        .says("wrong.sql:2:10");
    wrong("CREATE TABLE a (id int);\nCREATE VIEW v AS SELECT * FROM nothing;\n")
        .says("relation \"nothing\" does not exist")
        .says("wrong.sql:2:32")
        .says("nothing here makes it");
    wrong("CREATE VIEW v AS SELECT * FROM w;\nCREATE VIEW w AS SELECT * FROM v;\n")
        .says("wrong.sql:1:32")
        .says("wrong.sql:2:32");
    wrong("CREATE EXTENSION no_such_thing;\n")
        .says("the extension no_such_thing is not installed there")
        .says("--shadow-url");
    wrong("CREATE TABLE a (\n  -- segue: renamd from b\n  id int\n);\n")
        .says("segue does not know what this comment says")
        .says("wrong.sql:2:13")
        .says("did you mean `renamed`?");
}
