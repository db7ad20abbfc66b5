//! The cases of `tests/cases` on a server: a plan does what it says, and its script ends where the statements lead.

use std::{fs, path::Path};

use crate::harness::{Database, Project, database, database_of_superuser};

struct Case {
    name: String,
    schema: String,
    migrations: Vec<(String, String)>,
    strategy: String,
    /// The only major version that it is for.
    server: Option<String>,
}

/// Those that are planned.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "case"))
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| case(path)).collect()
}

fn case(path: &Path) -> Option<Case> {
    let text = fs::read_to_string(path).unwrap();
    let mut case = Case {
        name: path.file_stem()?.to_str()?.to_owned(),
        schema: String::new(),
        migrations: Vec::new(),
        strategy: "online".to_owned(),
        server: None,
    };
    for section in text.split("\n=== ").skip(1) {
        let (name, body) = section.split_once('\n').unwrap_or((section, ""));
        match name.split_once(' ').unwrap_or((name, "")) {
            ("schema", _) => body.clone_into(&mut case.schema),
            ("migration", file) => {
                let file = file.replace('/', "_");
                case.migrations.push((file, format!("{body}\n")));
            }
            ("facts", _) => {
                let mut lines = body.lines();
                let server = lines.find_map(|line| line.strip_prefix("server "));
                case.server = server.map(str::to_owned);
                if body.contains("strategy direct") {
                    "direct".clone_into(&mut case.strategy);
                }
            }
            ("refused", _) => return None,
            _ => {}
        }
    }
    Some(case)
}

/// Roles are the server's, not a database's.
fn with_roles(db: &Database, case: &Case) -> String {
    let (roles, rest): (Vec<&str>, Vec<&str>) =
        (case.schema.lines()).partition(|line| line.starts_with("CREATE ROLE "));
    for role in roles {
        let _there_already = db.cluster.psql("postgres", role);
    }
    rest.join("\n")
}

/// What only a superuser may make, which is there before.
fn of_superusers(schema: &str) -> (String, String) {
    let (theirs, rest): (Vec<&str>, Vec<&str>) =
        (schema.lines()).partition(|line| line.ends_with("FOR ALL TABLES;"));
    (theirs.join("\n"), rest.join("\n"))
}

/// What is wrong with a case on a server.
fn wrong(case: &Case) -> Option<String> {
    let (naive, planned, shadow) = (database()?, database()?, database_of_superuser()?);
    let major = naive.sql("SELECT current_setting('server_version_num')::int / 10000");
    if case.server.as_ref().is_some_and(|only| *only != major) {
        return None;
    }
    // MERGE is there from 15 on (sql-merge.html)
    let merges = (case.migrations.iter()).any(|(_, text)| text.contains("MERGE INTO"));
    if merges && major == "14" {
        return None;
    }
    let schema = with_roles(&naive, case);
    let project = Project::new();
    project.file("schema.sql", &case.schema);
    let mut arguments = vec![
        "plan",
        "--schema",
        "schema.sql",
        "--strategy",
        &case.strategy,
    ];
    for (name, text) in &case.migrations {
        project.file(name, text);
        arguments.push(name);
    }
    arguments.extend(["--server-version", &major]);
    let verify = ["--verify", "--shadow-url", &shadow.url];
    let verified = project.segue(&[&arguments[..], &verify].concat());
    if verified.code != Some(0) {
        return Some(format!("{}: {}", case.name, verified.err));
    }
    let document = project
        .segue(&[&arguments[..], &["--json"]].concat())
        .json();
    let left = document["barrier"]["left"].as_array().map_or(0, Vec::len);
    let script = project.segue(&[&arguments[..], &["--format", "sql"]].concat());
    let (of_superuser, schema) = of_superusers(&schema);
    for database in [&naive, &planned] {
        database.sql(&schema);
        database.as_superuser(&of_superuser);
    }
    for (_, text) in &case.migrations[..case.migrations.len() - left] {
        naive.sql(text);
    }
    if let Err(error) = planned.cluster.psql(&planned.url, &script.out) {
        return Some(format!("{}: {error}\n{}", case.name, script.out));
    }
    // what is kept of rows
    planned.sql("DROP SCHEMA IF EXISTS segue CASCADE");
    let sides = [
        "diff",
        "--from",
        &naive.url,
        "--to",
        &planned.url,
        "--exit-code",
    ];
    let end = project.segue(&sides);
    (end.code != Some(0)).then(|| format!("{}: {end}", case.name))
}

/// Every case of one share of them does on a server what its plan says, and its script ends where the statements lead. In shares, they
/// take minutes each and run beside each other.
fn do_what_is_said(share: usize) {
    const SHARES: usize = 3;
    if database().is_none() {
        return;
    }
    let cases = cases();
    let own = cases.iter().skip(share).step_by(SHARES);
    let wrong: Vec<String> = own.filter_map(wrong).collect();
    assert!(
        wrong.is_empty(),
        "{} of them:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn every_case_does_on_a_server_what_its_plan_says_in_the_first_share() {
    do_what_is_said(0);
}

#[test]
fn every_case_does_on_a_server_what_its_plan_says_in_the_second_share() {
    do_what_is_said(1);
}

#[test]
fn every_case_does_on_a_server_what_its_plan_says_in_the_third_share() {
    do_what_is_said(2);
}

#[test]
fn a_script_writes_all_rows_as_the_statements_would() {
    const SCHEMA: &str =
        "CREATE TABLE users (id int PRIMARY KEY, name text, score int DEFAULT 7, seen int);\n";
    const ROWS: &str = "INSERT INTO users SELECT n, nullif('Name ' || n % 100, 'Name 3'), n % 50, 1 FROM generate_series(1, 30000) n;";
    const MIGRATION: &str = "ALTER TABLE users RENAME COLUMN name TO full_name;\n\
         ALTER TABLE users ALTER COLUMN score TYPE bigint;\n\
         -- segue: backfill users.slug = lower(full_name)\n\
         ALTER TABLE users ADD COLUMN slug text;\n\
         UPDATE users SET seen = seen + 1 WHERE id % 2 = 0;\n\
         DELETE FROM users WHERE id % 7 = 0;\n";
    let (Some(naive), Some(planned)) = (database(), database()) else {
        return;
    };
    let project = Project::new();
    project
        .file("schema.sql", SCHEMA)
        .file("m.sql", MIGRATION)
        .file("rows.json", "{\"users\": 4000000}");
    let files = ["--schema", "schema.sql", "--stats", "rows.json", "m.sql"];
    let script = project
        .segue(&[&["plan", "--format", "sql"], &files[..]].concat())
        .exits(0);
    for db in [&naive, &planned] {
        db.sql(&format!("{SCHEMA}{ROWS}"));
    }
    naive.sql(&format!(
        "{MIGRATION}UPDATE users SET slug = lower(full_name);"
    ));
    planned.sql(&script.out);
    let rows = "SELECT count(*), md5(string_agg((id, full_name, score, seen, slug)::text, ';' ORDER BY id)) FROM users";
    assert_eq!(planned.sql(rows), naive.sql(rows), "{}", script.out);
}
