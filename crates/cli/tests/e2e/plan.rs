//! `segue plan`: what is planned, how it is printed, and what comes of it on a server.

mod cases;

use serde_json::json;

use crate::harness::{Project, database};

const SCHEMA: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n\
                      CREATE TABLE empty (id bigint PRIMARY KEY, email text);\n\
                      INSERT INTO users SELECT n, 'a' || n FROM generate_series(1, 200) n;\n";

const UNIQUE: &str = "-- nobody has two\nALTER TABLE users ADD UNIQUE (email);\n";

/// What `plan` is given in a folder that belongs to no project.
const LOOSE: [&str; 4] = ["plan", "--schema", "schema.sql", "m.sql"];

fn loose(migration: &str) -> Project {
    let project = Project::new();
    project.file("schema.sql", SCHEMA).file("m.sql", migration);
    project
}

/// As on a terminal, without the colours.
const SHOWN: &str = "\
Plan for 1 migration (online)
  expand    2 steps, safe while the old app runs
  blocking  expand 2: reads and writes of public.users wait, at most 500 ms
  takes     6.4 s to 58 s
  notice    1 remark on what the apps may notice, below

m.sql
  2  ALTER TABLE users ADD UNIQUE (email)

     expand 1  build the index of users_email_key of public.users
       CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON public.users (email);
       locks     SHARE UPDATE EXCLUSIVE on public.users: reads and writes go on (it waits for that
                 as long as it takes)
       takes     6.4 s to 58 s (an index is built while others write)
       notice    rows of public.users that are the same stop the build, and an app that writes such
                 rows is refused from then on (segue explain unique-on-duplicate-data)
       undo      DROP INDEX CONCURRENTLY IF EXISTS public.users_email_key

     expand 2  the index becomes users_email_key of public.users
       ALTER TABLE public.users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;
       locks     ACCESS EXCLUSIVE on public.users: reads and writes wait, at most 500 ms (each try
                 waits 100 ms for it)
       takes     milliseconds
       undo      ALTER TABLE public.users DROP CONSTRAINT IF EXISTS users_email_key
";

#[test]
fn a_plan_reads_like_this() {
    let project = loose(UNIQUE);
    project.file("rows.json", "{\"users\": 4000000}");
    let with_rows = [&LOOSE[..], &["--stats", "rows.json"]].concat();
    let outcome = project.segue(&with_rows).exits(0);
    assert_eq!(outcome.out, SHOWN);
    assert_eq!(outcome.err, "");
    let coloured = [&with_rows[..], &["--color", "always"]].concat();
    let outcome = project.segue(&coloured).exits(0).prints("\u{1b}[");
    let plain: String = {
        let mut parts = outcome.out.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            text + part.split_once('m').map_or("", |(_, rest)| rest)
        })
    };
    assert_eq!(plain, SHOWN);
    project
        .segue_with(&[("NO_COLOR", "1")], &with_rows)
        .exits(0)
        .never_says("\u{1b}[");
}

#[test]
fn programs_get_a_document() {
    let project = loose(UNIQUE);
    let document = project.segue(&[&LOOSE[..], &["--json"]].concat());
    let document = document.exits(0).json();
    assert_eq!(document["command"], json!("plan"));
    assert_eq!(document["strategy"], json!("online"));
    assert_eq!(document["migrations"][0]["file"], json!("m.sql"));
    assert_eq!(document["migrations"][0]["statements"][0]["line"], json!(2));
    let step = &document["expand"][1];
    assert_eq!(
        step["action"]["transaction"][0],
        json!(
            "ALTER TABLE public.users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key"
        )
    );
    assert_eq!(
        step["effect"]["locks"],
        json!({ "public.users": "access_exclusive" })
    );
    assert_eq!(
        step["timeouts"],
        json!({ "lock_milliseconds": 100, "statement_milliseconds": 400 })
    );
    assert_eq!(document["summary"]["expand"], json!(2));
    assert_eq!(
        document["summary"]["blocking"]["longest"],
        json!({ "milliseconds": 500, "is_limit": true })
    );
    assert_eq!(document["contract"], json!([]));
    assert_eq!(document["barrier"], json!(null));
}

#[test]
fn other_formats_are_for_scripts_reviews_and_graphs() {
    let project = loose(UNIQUE);
    let format = |format| project.segue(&[&LOOSE[..], &["--format", format]].concat());
    format("sql")
        .exits(0)
        .prints("-- for m.sql:2\n")
        .prints("\nCREATE UNIQUE INDEX CONCURRENTLY users_email_key ON public.users (email);\n")
        .prints(
            "BEGIN;\nSET LOCAL lock_timeout = '100ms';\nSET LOCAL statement_timeout = '400ms';\n",
        );
    format("md")
        .exits(0)
        .prints("| expand 2 |")
        .prints("```sql\n");
    format("dot")
        .exits(0)
        .prints("digraph plan {")
        .prints("expand_1 -> expand_2 [label = \"public.users\"];");
    format("tree").exits(64);
    format("sarif").exits(64);
    project.segue(&["status", "--format", "dot"]).exits(64);
}

#[test]
fn what_cannot_be_planned_is_refused_where_it_is_written() {
    let project = loose("SELECT 1;\nALTER TABLE users ADD COLUMN slug text NOT NULL;\n");
    project
        .segue(&LOOSE)
        .exits(1)
        .says("m.sql:2:1")
        .says("slug of public.users is to be NOT NULL")
        .says("`-- segue: backfill users.slug = …`");
    let document = project.segue(&[&LOOSE[..], &["--json"]].concat());
    let document = document.exits(1).json();
    assert_eq!(document["ok"], json!(false));
    assert_eq!(document["error"]["problems"][0]["place"]["line"], json!(2));
    let direct = [&LOOSE[..], &["--strategy", "direct"]].concat();
    project.segue(&direct).exits(0).prints("while no app runs");
}

#[test]
fn what_the_database_has_is_not_planned() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration(
        "20240101000001_users",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
    );
    project.on(&db, &["deploy"]).exits(0);
    project.migration("20240101000002_unique", UNIQUE);
    project
        .on(&db, &["plan"])
        .exits(0)
        .prints("Plan for 1 migration")
        .prints("CREATE UNIQUE INDEX CONCURRENTLY users_email_key")
        .never_says("CREATE TABLE users");
    // as it is: empty, and nobody uses it
    project
        .on(&db, &["plan", "--live"])
        .exits(0)
        .prints("as written");
    project.on(&db, &["deploy"]).exits(0);
    project.on(&db, &["plan"]).exits(0).prints("nothing to run");
    project.migration("20240101000002_unique", "SELECT 1;");
    project
        .on(&db, &["plan"])
        .exits(0)
        .says("was changed since it was applied, and is not planned");
}

#[test]
fn a_plan_that_the_server_does_not_follow_is_no_plan() {
    let project = loose(UNIQUE);
    let verify = [&LOOSE[..], &["--verify"]].concat();
    let outcome = project.segue(&verify);
    if outcome.err.contains("there is no shadow database") {
        return;
    }
    outcome.exits(0).says("2 steps did what the plan says");
    // a trigger may lock anything
    let trigger = "CREATE TABLE audit (at timestamptz DEFAULT now());\n\
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE audit; RETURN NULL; END $$;\n\
         CREATE TRIGGER note AFTER UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION note();\n";
    project
        .file("schema.sql", format!("{SCHEMA}{trigger}"))
        .file("m.sql", "UPDATE users SET email = '' WHERE id = 1;\n");
    project
        .segue(&verify)
        .exits(1)
        .says("error: expand 1: public.audit: said no lock, seen ACCESS EXCLUSIVE");
    let document = project
        .segue(&[&verify[..], &["--json"]].concat())
        .exits(1)
        .json();
    assert_eq!(document["ok"], json!(false));
    assert_eq!(document["verified"]["troubles"][0]["step"], json!(1));
}

#[test]
fn values_from_the_environment_are_in_no_plan() {
    let project = Project::new();
    project.file(
        "migrations/00001_a.sql",
        "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE a (b text DEFAULT '${TOKEN}');\n\
         ALTER TABLE a RENAME COLUMN b TO c;\nSELECT '${TOKEN}'::int;\n",
    );
    let token = [("TOKEN", "hunter2")];
    for format in ["text", "json", "sql", "md", "dot"] {
        let arguments = [
            "plan",
            "--dir",
            "migrations",
            "--verbose",
            "--format",
            format,
        ];
        project
            .segue_with(&token, &arguments)
            .exits(0)
            .never_says("hunter2");
    }
    project
        .segue_with(&token, &["plan", "--dir", "migrations", "--verify"])
        .never_says("hunter2");
    project.file(
        "migrations/00001_a.sql",
        "-- +goose Up\n-- +goose ENVSUB ON\nALTER TABLE ${TOKEN} ADD COLUMN b int;\n",
    );
    for verb in ["plan", "lint"] {
        project
            .segue_with(&token, &[verb, "--dir", "migrations"])
            .exits(1)
            .says("3 | ALTER TABLE ******* ADD COLUMN b int;")
            .never_says("hunter2");
    }
}

#[test]
fn lint_says_how_a_plan_does_it() {
    let project = loose(UNIQUE);
    let lint = ["lint", "--schema", "schema.sql", "m.sql"];
    project
        .segue(&lint)
        .prints("`segue plan` keeps the app running: build the index of users_email_key");
    let document = project.segue(&[&lint[..], &["--json"]].concat()).json();
    let findings = document["findings"].as_array().expect("a list");
    let planned = findings.iter().find(|one| one["plan"] != json!([]));
    let planned = &planned.expect("a finding with a plan")["plan"];
    assert_eq!(planned[1]["phase"], json!("expand"));
    assert_eq!(
        planned[1]["title"],
        json!("the index becomes users_email_key of public.users")
    );
    // nothing keeps the app waiting, so there is nothing to say
    project.file("m.sql", "CREATE TABLE other (id bigint PRIMARY KEY);\n");
    project.segue(&lint).exits(0).never_says("segue plan");
}
