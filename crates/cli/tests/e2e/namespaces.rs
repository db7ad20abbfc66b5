//! Schemas: what names mean where the server has a search path of its own, projects that have a schema each, and definitions and
//! names that are long.

use crate::harness::{Database, Project, database};

/// A project in a layout whose history lies where names without a schema lead, with what its file says beside.
fn project(more: &str) -> Project {
    let project = Project::new();
    project.file(
        "segue.toml",
        format!("layout = \"sqlx\"\n{more}\n[lint]\nlarge_rows = 1\n"),
    );
    project
}

fn migration(project: &Project, name: &str, sql: &str) {
    project.file(format!("migrations/{name}.sql"), sql);
}

const RENAME: &str = "ALTER TABLE users RENAME COLUMN name TO full_name;\n";

fn columns(database: &Database, schema: &str) -> String {
    database.sql(&format!(
        "SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns \
         WHERE table_schema = '{schema}' AND table_name = 'users'"
    ))
}

#[test]
fn names_mean_what_the_servers_search_path_says() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TABLE public.users (id int PRIMARY KEY, name text)");
    db.as_superuser(
        "DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path = app, public', pg_catalog.current_database()); END $$",
    );
    let project = project("");
    migration(
        &project,
        "0001_users",
        "CREATE TABLE users (id int PRIMARY KEY, name text);\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO app.users SELECT g, 'n ' || g FROM generate_series(1, 1000) g; ANALYZE");
    migration(&project, "0002_name", RENAME);
    project.on(&db, &["deploy"]).exits(0).prints("expanded");
    assert_eq!(columns(&db, "app"), "full_name id name");
    project.on(&db, &["contract", "--observe", "none"]).exits(0);
    assert_eq!(columns(&db, "app"), "full_name id");
    assert_eq!(columns(&db, "public"), "id name");
}

#[test]
fn two_projects_in_schemas_of_one_database_have_their_plans_each() {
    let Some(db) = database() else { return };
    let projects = ["one", "two"].map(|schema| {
        db.sql(&format!("CREATE SCHEMA {schema}"));
        let project = project(&format!("schema = \"{schema}\"\n"));
        migration(&project, "0001_users", "CREATE TABLE users (id int PRIMARY KEY, name text);\n");
        project.on(&db, &["deploy"]).exits(0);
        db.sql(&format!(
            "INSERT INTO {schema}.users SELECT g, 'n ' || g FROM generate_series(1, 1000) g; ANALYZE"
        ));
        migration(&project, "0002_name", RENAME);
        project.on(&db, &["deploy"]).exits(0).prints("expanded");
        project
    });
    let [one, two] = projects;
    two.on(&db, &["rollback"])
        .exits(0)
        .prints("0002_name rolled back");
    assert_eq!(columns(&db, "two"), "id name");
    assert_eq!(columns(&db, "one"), "full_name id name");
    one.on(&db, &["contract", "--observe", "none"])
        .exits(0)
        .prints("contracted");
    assert_eq!(columns(&db, "one"), "full_name id");
    two.on(&db, &["contract", "--observe", "none"])
        .exits(0)
        .prints("nothing waits");
    two.on(&db, &["deploy"]).exits(0).prints("expanded");
}

#[test]
fn a_table_with_a_long_check_can_be_planned_for() {
    let Some(db) = database() else { return };
    let project = project("");
    let values: Vec<String> = (0..400)
        .map(|number| {
            format!(
                "'{number:08x}-{:04x}-4000-8000-{:012x}'",
                number * 7,
                number * 7919
            )
        })
        .collect();
    let table = format!(
        "CREATE TABLE users (id int PRIMARY KEY, name text, tenant uuid CHECK (tenant NOT IN ({})));\n",
        values.join(", ")
    );
    migration(&project, "0001_users", &table);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'n ' || g FROM generate_series(1, 1000) g; ANALYZE");
    migration(&project, "0002_name", RENAME);
    project.on(&db, &["deploy"]).exits(0).prints("expanded");
    project.on(&db, &["contract", "--observe", "none"]).exits(0);
    assert_eq!(columns(&db, "public"), "full_name id tenant");
}
