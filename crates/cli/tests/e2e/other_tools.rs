//! `segue init` in a project of a tool whose migrations segue does not read.

use crate::harness::{Project, database};

#[test]
fn init_names_the_tool_and_shows_the_way() {
    let package = |name: &str| format!("{{\"dependencies\": {{\"{name}\": \"1\"}}}}");
    let projects = [
        (
            "Alembic",
            "alembic.ini",
            String::new(),
            "alembic upgrade head",
        ),
        ("Django", "manage.py", String::new(), "manage.py migrate"),
        (
            "TypeORM",
            "package.json",
            package("typeorm"),
            "migration:run",
        ),
        ("Knex", "package.json", package("knex"), "migrate:latest"),
        (
            "node-pg-migrate",
            "package.json",
            package("node-pg-migrate"),
            "node-pg-migrate up",
        ),
        (
            "Liquibase",
            "db.changelog-root.xml",
            String::new(),
            "liquibase update",
        ),
    ];
    for (tool, file, text, command) in projects {
        let project = Project::new();
        project
            .file(file, text)
            .segue(&["init"])
            .exits(0)
            .prints("made segue.toml")
            .prints(&format!("migrations of {tool} ({file}"))
            .prints(command)
            .prints("segue new initial_schema")
            .prints("pg_dump --schema-only")
            .prints("segue baseline");
        assert!(
            project
                .text("segue.toml")
                .contains("layout = \"segue\"\ndir = \"migrations\"\n")
        );
        let document = project.segue(&["init", "--json"]).exits(0).json();
        assert_eq!(document["other_tool"]["name"], tool);
        assert_eq!(document["made"], serde_json::json!([]));
    }
}

#[test]
fn a_project_of_rails_begins_beside_its_migrations() {
    let project = Project::new();
    project
        .file("config/database.yml", "")
        .file("db/migrate/20240101000000_one.rb", "")
        .segue(&["init"])
        .exits(0)
        .prints("migrations of Rails")
        .prints("--exclude-table=schema_migrations --exclude-table=ar_internal_metadata");
}

#[test]
fn segues_migrations_are_not_put_among_those_of_the_other_tool() {
    let Some(db) = database() else { return };
    let project = Project::new();
    let file = "migrations/1700000000000_one.sql";
    project
        .file(
            "package.json",
            "{\"dependencies\": {\"node-pg-migrate\": \"1\"}}",
        )
        .file(
            file,
            "-- Up Migration\nCREATE TABLE one (id int);\n-- Down Migration\nDROP TABLE one;\n",
        )
        .segue(&["init"])
        .exits(0)
        .prints("migrations of node-pg-migrate")
        .prints("migrations go to segue/migrations");
    db.sql("CREATE TABLE one (id int); CREATE TABLE pgmigrations (id serial)");
    let created = project.segue(&["new", "initial_schema"]).exits(0);
    let path = created.out.lines().next().unwrap().to_owned();
    assert!(path.contains("segue/migrations/"), "{path}");
    project.file(path, "CREATE TABLE one (id int);\n");
    project.on(&db, &["baseline"]).exits(0);
    project.on(&db, &["deploy"]).exits(0).prints("up to date");
}

#[test]
fn a_project_with_migrations_that_segue_reads_is_not_told_of_another_tool() {
    let project = Project::new();
    project
        .file("package.json", "{\"dependencies\": {\"knex\": \"1\"}}")
        .file("prisma/schema.prisma", "")
        .file(
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        )
        .file(
            "prisma/migrations/20240101000001_one/migration.sql",
            "SELECT 1;\n",
        )
        .segue(&["init"])
        .exits(0)
        .prints("1 migration")
        .never_says("Knex");
}
