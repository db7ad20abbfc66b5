//! Where the database comes from beside URLs: PostgreSQL's variables, service files, password files, and
//! the direct URL beside a pooler's.

use std::{fs, os::unix::fs::PermissionsExt};

use segue_cluster::Cluster;

use crate::harness::{Database, Project, database};

const PLAIN: &str = "20240101000001_one";

fn project() -> Project {
    let project = Project::new();
    project.migration(PLAIN, "CREATE TABLE one (id int);");
    project
}

/// Host, port and name of a database, as variables.
fn parts(db: &Database) -> [(&'static str, String); 3] {
    let folder = db.cluster.socket_dir().display().to_string();
    [
        ("PGHOST", folder),
        ("PGPORT", db.cluster.port().to_string()),
        ("PGDATABASE", db.name()),
    ]
}

fn variables(parts: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let user = ("PGUSER", segue_cluster::SUPERUSER.to_owned());
    parts.iter().cloned().chain([user]).collect()
}

fn borrowed<'a>(variables: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// A server that asks for a password on TCP; the same for all tests of this process.
fn closed() -> Option<&'static Cluster> {
    static CLOSED: std::sync::OnceLock<Option<Cluster>> = std::sync::OnceLock::new();
    CLOSED
        .get_or_init(|| {
            Cluster::for_test()?;
            let cluster = Cluster::builder().password("right one").start();
            Some(cluster.expect("it started before"))
        })
        .as_ref()
}

/// The URL of a new database on it, without the password.
fn closed_url(cluster: &Cluster) -> String {
    let url = cluster.create_database().expect("a database");
    let name = url.rsplit('/').next().unwrap();
    format!(
        "postgres://{}@127.0.0.1:{}/{name}",
        segue_cluster::SUPERUSER,
        cluster.port()
    )
}

fn write_closed(project: &Project, path: &str, text: &str) -> String {
    project.file(path, text);
    let path = project.root().join(path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

#[test]
fn variables_are_a_database_of_their_own() {
    let Some(db) = database() else { return };
    let variables = variables(&parts(&db));
    project()
        .segue_with(&borrowed(&variables), &["deploy"])
        .exits(0)
        .says("(environment variable PGHOST, with PGPORT, PGDATABASE, PGUSER)");
    assert_eq!(db.relations("public"), "one");
}

#[test]
fn variables_of_dotenv_are_one_too_but_complete_no_url_of_another_place() {
    let Some(db) = database() else { return };
    let text: String = variables(&parts(&db))
        .iter()
        .map(|(name, value)| format!("{name}='{value}'\n"))
        .collect();
    let project = project();
    project.file(".env", text);
    project
        .segue(&["status"])
        .exits(2)
        .says("(PGHOST in .env:1, with PGPORT");
    project
        .segue(&["status", "--url", "postgres://127.0.0.1:1/x"])
        .exits(1)
        .says("database \"x\" at 127.0.0.1:1 as postgres");
}

#[test]
fn a_url_goes_before_variables_and_is_completed_by_them() {
    let Some(db) = database() else { return };
    let mut variables = variables(&parts(&db));
    variables.push(("DATABASE_URL", "postgres:///postgres".to_owned()));
    project()
        .segue_with(&borrowed(&variables), &["status"])
        .exits(2)
        .says("database \"postgres\"")
        .says("(environment variable DATABASE_URL)");
}

#[test]
fn a_variable_that_would_name_the_database_must_not_be_empty() {
    project()
        .segue_with(&[("PGHOST", ""), ("PGDATABASE", "x")], &["deploy"])
        .exits(1)
        .says("PGHOST is set, but empty");
}

#[test]
fn a_service_is_a_database_and_its_mistakes_have_a_line() {
    let Some(db) = database() else { return };
    let project = project();
    let [(_, host), (_, port), (_, name)] = parts(&db);
    let user = segue_cluster::SUPERUSER;
    let text =
        format!("[app]\nhost={host}\nport={port}\ndbname={name}\nuser={user}\n[bad]\nhots=x\n");
    project.file("services", text);
    let file = project.root().join("services").display().to_string();
    let with = |service, arguments: &[&str]| {
        let variables = [("PGSERVICEFILE", file.as_str()), ("PGSERVICE", service)];
        project.segue_with(&variables, arguments)
    };
    with("app", &["deploy"])
        .exits(0)
        .says("(environment variable PGSERVICE");
    assert_eq!(db.relations("public"), "one");
    with("bad", &["status", "--url", "service=app"]).exits(0);
    with("bad", &["status"])
        .exits(1)
        .says("services:7:1")
        .says("hots=x")
        .says("no such parameter");
    with("none", &["status"])
        .exits(1)
        .says("there is no service `none`");
}

#[test]
fn passwords_come_from_the_variable_or_the_password_file() {
    let Some(cluster) = closed() else { return };
    let url = closed_url(cluster);
    let project = project();
    project
        .segue_with(
            &[("DATABASE_URL", &url), ("PGPASSWORD", "right one")],
            &["deploy"],
        )
        .exits(0)
        .never_says("right one");
    let user = segue_cluster::SUPERUSER;
    let port = cluster.port();
    let file = write_closed(
        &project,
        "passwords",
        &format!("# a comment\n127.0.0.1:{port}:*:other:no\n*:{port}:*:{user}:right one\n"),
    );
    let with =
        |variables: &[(&str, &str)]| project.segue_with(variables, &["status", "--url", &url]);
    with(&[("PGPASSFILE", &file)])
        .exits(0)
        .never_says("right one");
    let named = format!("{url}?passfile={file}");
    project.segue(&["status", "--url", &named]).exits(0);
    with(&[("PGPASSFILE", &file), ("PGPASSWORD", "wrong one")])
        .exits(1)
        .says("the password comes from environment variable PGPASSWORD")
        .never_says("wrong one");
    with(&[])
        .exits(1)
        .says("the server asks for a password")
        .says("PGPASSWORD");
}

#[test]
fn the_password_file_of_the_home_folder_counts_where_it_is_closed_to_others() {
    let Some(cluster) = closed() else { return };
    let url = closed_url(cluster);
    let project = project();
    let file = write_closed(&project, "../home/.pgpass", "*:*:*:*:right one\n");
    project.segue(&["deploy", "--url", &url]).exits(0);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    project
        .segue(&["status", "--url", &url])
        .exits(1)
        .says("others may read it")
        .says("chmod 0600");
    write_closed(&project, "../home/.pgpass", "*:*:*:*:wrong one\n");
    project
        .segue(&["status", "--url", &url])
        .exits(1)
        .says("the password comes from the password file")
        .says(".pgpass")
        .never_says("wrong one");
}

#[test]
fn the_name_of_the_application_is_segue_unless_somebody_says_otherwise() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration(
        PLAIN,
        "CREATE TABLE one AS SELECT current_setting('application_name') AS name;",
    );
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql("SELECT name FROM one"), "segue");
    let second = "20240101000002_two";
    project.migration(
        second,
        "CREATE TABLE two AS SELECT current_setting('application_name') AS name;",
    );
    let arguments = ["deploy", "--url", &db.url];
    project
        .segue_with(&[("PGAPPNAME", "ci")], &arguments)
        .exits(0);
    assert_eq!(db.sql("SELECT name FROM two"), "ci");
}

#[test]
fn a_direct_url_takes_the_place_of_a_poolers_and_it_is_said() {
    let Some(db) = database() else { return };
    let pooled = "postgres://app:secret@db.example.invalid:6543/app";
    let project = project();
    project
        .file(
            ".env",
            format!("DATABASE_URL={pooled}\nDIRECT_URL={}\n", db.url),
        )
        .segue(&["deploy"])
        .exits(0)
        .says("(DIRECT_URL in .env:2, because .env:1 is a pooler's)");
    assert_eq!(db.relations("public"), "one");
    // One that is given for this run is used, and only noted.
    project
        .segue(&["status", "--url", pooled])
        .exits(1)
        .says("db.example.invalid:6543")
        .never_says("secret");
}
