//! `segue test`: migrations on a throwaway server with rows.

use serde_json::Value;

use crate::harness::{Project, database_of_superuser};

const USERS: &str =
    "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, age int CHECK (age > 17));";

/// The document of one migration.
fn of<'a>(document: &'a Value, name: &str) -> &'a Value {
    let tests = document["tests"].as_array().expect("a list");
    let found = tests.iter().find(|one| one["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {document:#}"))
}

fn checks(test: &Value) -> Vec<(&str, bool)> {
    let checks = test["checks"].as_array().expect("a list").iter();
    checks
        .map(|check| {
            (
                check["name"].as_str().expect("a name"),
                check["ok"].as_bool().expect("a verdict"),
            )
        })
        .collect()
}

fn on_shadow(project: &Project, more: &[&str]) -> Option<crate::harness::Outcome> {
    let database = database_of_superuser()?;
    let mut arguments = vec!["test", "--json", "--shadow-url", &database.url];
    arguments.extend(more);
    Some(project.segue(&arguments))
}

#[test]
fn a_migration_is_deployed_taken_back_and_reversed_with_rows() {
    let project = Project::new();
    project
        .migration("0001_users", USERS)
        .migration(
            "0002_retype",
            "ALTER TABLE users ALTER COLUMN age TYPE bigint; CREATE INDEX users_name ON users (name);",
        )
        .migration("0003_drop", "ALTER TABLE users DROP COLUMN age;");
    let Some(outcome) = on_shadow(&project, &[]) else {
        return;
    };
    let document = outcome.exits(0).json();
    assert_eq!(document["ok"], true);
    let retype = of(&document, "0002_retype");
    let names = [
        "as written",
        "expand",
        "rollback",
        "interrupted",
        "contract",
        "same end",
        "again",
        "way back",
    ];
    assert_eq!(checks(retype), names.map(|name| (name, true)));
    assert_eq!(retype["lost"], serde_json::json!([]));
    let drop = of(&document, "0003_drop");
    assert_eq!(drop["verdict"], "passed");
    assert_eq!(
        drop["lost"],
        serde_json::json!(["public.users: the values of age"])
    );
}

#[test]
fn what_does_not_come_back_fails_unless_the_file_says_so() {
    let project = Project::new();
    project.migration("0001_users", USERS).migration(
        "0002_upper",
        "-- segue: batch keep=none\nUPDATE users SET name = upper(name);",
    );
    project.file("migrations/0002_upper/down.sql", "DROP TABLE users;");
    let Some(outcome) = on_shadow(&project, &["0002_upper"]) else {
        return;
    };
    let document = outcome.exits(1).json();
    assert_eq!(document["tests"].as_array().expect("a list").len(), 1);
    let failed: Vec<&str> = checks(of(&document, "0002_upper"))
        .into_iter()
        .filter(|(_, ok)| !ok)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(failed, ["rollback", "way back"]);
    project.file(
        "migrations/0002_upper/migration.sql",
        "-- segue: irreversible because nobody needs the old case\nUPDATE users SET name = upper(name);",
    );
    let outcome = on_shadow(&project, &["0002_upper"]).expect("a server");
    let document = outcome.exits(0).json();
    let notes = of(&document, "0002_upper")["notes"].to_string();
    assert!(notes.contains("nobody needs the old case"), "{notes}");
}

#[test]
fn assertions_are_run_on_rows_of_ones_own_behind_both_phases() {
    let project = Project::new();
    project.migration("0001_users", USERS).migration(
        "0002_slug",
        "ALTER TABLE users ADD COLUMN slug text; UPDATE users SET slug = lower(name);\n\
         -- segue: irreversible because it is a test",
    );
    project.file(
        "migrations/0002_slug/seed.sql",
        "INSERT INTO users VALUES (1, 'Ada', 36), (2, 'Grace', 40);",
    );
    let right = "-- expect: 1 | ada\n-- expect: 2 | grace\nSELECT id, slug FROM users ORDER BY id;\n\
                 -- expect: error 23514\nINSERT INTO users VALUES (3, 'x', 1);\n";
    project.file("migrations/0002_slug/test.sql", right);
    let Some(outcome) = on_shadow(&project, &["0002_slug"]) else {
        return;
    };
    let document = outcome.exits(0).json();
    let all = checks(of(&document, "0002_slug"));
    assert!(all.contains(&("assertions", true)), "{all:?}");
    project.file(
        "migrations/0002_slug/test.sql",
        format!("{right}-- expect: true\nSELECT count(*) = 3 FROM users;\n"),
    );
    let outcome = on_shadow(&project, &["0002_slug"]).expect("a server");
    let document = outcome.exits(1).json();
    let text = of(&document, "0002_slug").to_string();
    assert!(
        text.contains("it is not as expected") && text.contains("\"line\":7"),
        "{text}"
    );
}

#[test]
fn the_projects_own_database_and_unknown_migrations_are_refused() {
    let Some(database) = database_of_superuser() else {
        return;
    };
    let project = Project::new();
    project.migration("0001_users", USERS);
    let own = [
        "test",
        "--url",
        &database.url,
        "--shadow-url",
        &database.url,
    ];
    project.segue(&own).exits(1).says("project's own database");
    let unknown = ["test", "0001_user_s", "--shadow-url", &database.url];
    project
        .segue(&unknown)
        .exits(1)
        .says("did you mean 0001_users?");
}

#[test]
fn what_could_not_be_tried_has_not_passed_and_errors_have_their_place() {
    let project = Project::new();
    project
        .migration("0001_users", USERS)
        .migration("0002_wrong", "ALTER TABLE users ADD COLUMN name text;")
        .migration("0003_next", "ALTER TABLE users ADD COLUMN slug text;");
    let Some(outcome) = on_shadow(&project, &["0003_next"]) else {
        return;
    };
    let document = outcome.exits(1).json();
    assert_eq!(document["ok"], false);
    assert_eq!(of(&document, "0003_next")["verdict"], "skipped");
    let project = Project::new();
    project.migration("0001_users", USERS);
    project.file(
        "migrations/0001_users/test.sql",
        "SELECT\n  nam FROM users;\n",
    );
    let document = on_shadow(&project, &[]).expect("a server").exits(1).json();
    let text = of(&document, "0001_users").to_string();
    assert!(text.contains("\"line\":2,\"column\":3"), "{text}");
}

#[test]
fn migrations_between_those_that_are_tried_are_run_and_one_that_rows_forbid_meets_the_history_s_own()
 {
    let project = Project::new();
    project
        .migration(
            "0001_users",
            "CREATE TABLE users (id int PRIMARY KEY, old text);",
        )
        .migration(
            "0002_between",
            "ALTER TABLE users DROP COLUMN old; CREATE TABLE countries (code text PRIMARY KEY);\n\
             INSERT INTO countries VALUES ('de'), ('fr');",
        )
        .migration("0003_wanted", "ALTER TABLE users ADD COLUMN email text NOT NULL;")
        .file(
            "migrations/0003_wanted/test.sql",
            "-- expect: 2 | 0\nSELECT (SELECT count(*) FROM countries), (SELECT count(*) FROM users);\n",
        );
    let Some(outcome) = on_shadow(&project, &["0001_users", "0003_wanted"]) else {
        return;
    };
    let document = outcome.exits(0).json();
    let wanted = of(&document, "0003_wanted");
    let notes = wanted["notes"].to_string();
    assert!(notes.contains("so it was tried without"), "{notes}");
    assert!(checks(wanted).contains(&("assertions", true)), "{wanted:#}");
}

#[test]
fn a_history_that_does_not_run_twice_on_a_server_keeps_only_its_own_migration_from_being_tried() {
    let project = Project::new();
    let role = format!("once_{}", std::process::id());
    project
        .migration("0001_users", "CREATE TABLE users (id int PRIMARY KEY);")
        .migration("0002_role", &format!("CREATE ROLE {role};"))
        .migration(
            "0003_email",
            "ALTER TABLE users ADD COLUMN email text NOT NULL;",
        )
        .migration("0004_name", "ALTER TABLE users ADD COLUMN name text;");
    let Some(database) = database_of_superuser() else {
        return;
    };
    let arguments = ["test", "--json", "--shadow-url", &database.url];
    let names = ["0003_email", "0004_name"];
    let outcome = project.segue(&[&arguments[..], &names].concat());
    database.sql(&format!("DROP ROLE IF EXISTS {role}"));
    let document = outcome.exits(1).json();
    let email = of(&document, "0003_email");
    assert_eq!(checks(email), [("as written", false)]);
    let notes = email["notes"].to_string();
    assert!(notes.contains("does not run a second time"), "{notes}");
    assert_eq!(of(&document, "0004_name")["verdict"], "passed");
}

/// A server with pgTAP's files; none where `./test` has said that there are none.
fn with_pgtap() -> Option<segue_cluster::Cluster> {
    let there = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgtap'";
    for one in segue_cluster::installed() {
        let cluster = segue_cluster::Cluster::builder()
            .bin_dir(one.bin_dir)
            .start();
        let cluster = cluster.expect("it starts");
        if cluster.psql("postgres", there).expect("a number").trim() == "1" {
            return Some(cluster);
        }
    }
    let told = ["SEGUE_TEST_WITHOUT_PGTAP", "SEGUE_TEST_WITHOUT_PG"];
    let is_told = told.iter().any(|name| std::env::var_os(name).is_some());
    assert!(
        is_told,
        "no server has pgTAP: apt-get install pgtap, or set SEGUE_TEST_WITHOUT_PGTAP"
    );
    eprintln!("skipped: this test needs the extension pgTAP");
    None
}

#[test]
fn assertions_of_pgtap_are_heard_as_its_own_runner_writes_them() {
    let Some(cluster) = with_pgtap() else {
        return;
    };
    let file = |plan: u32, index: &str| {
        format!(
            "BEGIN;\nCREATE EXTENSION IF NOT EXISTS pgtap;\nSELECT plan({plan});\n\
             SELECT has_column('users', 'slug', 'users have a slug');\n\
             SELECT has_index('users', '{index}', 'it has an index');\n\
             SELECT throws_ok('INSERT INTO users (id) VALUES (NULL)', '23502');\n\
             SELECT todo('later', 1);\nSELECT has_table('nowhere');\n\
             SELECT * FROM finish();\nROLLBACK;\n"
        )
    };
    let project = Project::new();
    project.migration("0001_users", USERS).migration(
        "0002_slug",
        "ALTER TABLE users ADD COLUMN slug text; CREATE INDEX users_slug ON users (slug);",
    );
    let test = |text: &str| {
        project.file("migrations/0002_slug/test.sql", text);
        let url = cluster.url("postgres");
        project.segue(&["test", "0002_slug", "--json", "--shadow-url", &url])
    };
    let document = test(&file(4, "users_slug")).exits(0).json();
    let seen = checks(of(&document, "0002_slug"));
    assert_eq!(
        seen.iter()
            .filter(|one| **one == ("assertions", true))
            .count(),
        2,
        "{seen:?}"
    );
    let document = test(&file(4, "users_sl")).exits(1).json();
    let text = of(&document, "0002_slug").to_string();
    assert!(text.contains("not ok 2 - it has an index"), "{text}");
    assert!(text.contains("\"line\":5"), "{text}");
    let document = test(&file(5, "users_slug")).exits(1).json();
    let text = of(&document, "0002_slug").to_string();
    assert!(
        text.contains("# Looks like you planned 5 tests but ran 4"),
        "{text}"
    );
    let left = cluster.psql(
        "postgres",
        "SELECT count(*) FROM pg_database WHERE datname ~ 'shadow'",
    );
    assert_eq!(left.expect("a number").trim(), "0");
}

#[test]
fn it_is_said_that_rows_do_not_fit_the_schema_that_a_derived_way_back_leads_to() {
    let project = Project::new();
    project
        .migration("0001_users", USERS)
        .migration("0002_drop", "ALTER TABLE users DROP COLUMN name;");
    let Some(outcome) = on_shadow(&project, &["0002_drop"]) else {
        return;
    };
    let document = outcome.exits(1).json();
    let drop = of(&document, "0002_drop");
    assert!(checks(drop).contains(&("way back", false)), "{drop:#}");
    let text = drop.to_string();
    for part in [
        "ADD COLUMN name text NOT NULL",
        "rows that are there behind the migration do not fit the schema before it",
        "-- segue: irreversible because",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn rows_that_a_migration_writes_come_back_by_rollback() {
    let project = Project::new();
    project
        .migration("0001_users", USERS)
        .migration(
            "0002_rows",
            "UPDATE users SET name = upper(name);\n\
             UPDATE users SET age = 50 WHERE id IN (SELECT min(id) FROM users);\n\
             DELETE FROM users WHERE age > 1000;\n\
             INSERT INTO users VALUES (-77, 'new', 18);",
        )
        .file(
            "migrations/0002_rows/down.sql",
            "DELETE FROM users WHERE id = -77;",
        );
    let Some(outcome) = on_shadow(&project, &["0002_rows", "--rows", "1000"]) else {
        return;
    };
    let document = outcome.exits(0).json();
    let passed = checks(of(&document, "0002_rows"));
    assert!(passed.contains(&("rollback", true)), "{passed:?}");
}

#[test]
fn results_are_written_as_junit_xml() {
    let project = Project::new();
    project.migration("0001_users", USERS).migration(
        "0002_kinds",
        "-- segue: batch keep=none\nUPDATE users SET name = upper(name);",
    );
    let Some(outcome) = on_shadow(&project, &["--junit", "segue.xml"]) else {
        return;
    };
    outcome.exits(1);
    let text = project.text("segue.xml");
    for words in [
        "<testsuites name=\"segue test\" tests=\"2\" skipped=\"0\" failures=\"1\"",
        "<testcase name=\"0001_users\" classname=\"migrations\"",
        "<failure message=\"rollback: ",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    on_shadow(&project, &["--junit", "nowhere/segue.xml"])
        .expect("a server")
        .exits(1)
        .prints("cannot write `nowhere/segue.xml`");
}

#[cfg(feature = "embedded")]
#[test]
fn migrations_are_tried_on_the_embedded_server_one_session_at_a_time() {
    let project = Project::new();
    project
        .migration("0001_users", USERS)
        .migration(
            "0002_retype",
            "ALTER TABLE users ALTER COLUMN age TYPE bigint; CREATE INDEX users_name ON users (name);",
        )
        .migration("0003_drop", "ALTER TABLE users DROP COLUMN age;")
        .migration("0004_wrong", "ALTER TABLE users ADD COLUMN at timestamptz; UPDATE users SET at = now();")
        .file("migrations/0004_wrong/down.sql", "SELECT 1;");
    let outcome = project.segue(&["test", "--json", "--shadow-url", "embedded"]);
    let document = outcome.exits(1).json();
    let database = document["database"].as_str().expect("a name");
    assert_eq!(database, "the embedded PostgreSQL 17");
    let names = [
        "as written",
        "expand",
        "rollback",
        "interrupted",
        "contract",
        "same end",
        "again",
        "way back",
    ];
    assert_eq!(
        checks(of(&document, "0002_retype")),
        names.map(|name| (name, true))
    );
    let drop = of(&document, "0003_drop");
    assert_eq!(
        drop["lost"],
        serde_json::json!(["public.users: the values of age"])
    );
    let wrong = checks(of(&document, "0004_wrong"));
    assert!(wrong.contains(&("same end", true)), "{wrong:?}");
    assert!(wrong.contains(&("way back", false)), "{wrong:?}");
}

#[cfg(not(feature = "embedded"))]
#[test]
fn without_the_embedded_server_it_is_said_where_it_is_named() {
    let project = Project::new();
    project.migration("0001_users", USERS);
    project
        .segue(&["test", "--shadow-url", "embedded"])
        .exits(1)
        .says("this segue has no embedded PostgreSQL");
}
