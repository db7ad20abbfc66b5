//! The examples of other tools' projects, without their apps.

use std::{path::Path, process::Command};

use crate::harness::{Database, Project, database};

/// A copy of an example, without what was installed beside it.
fn example(name: &str) -> Project {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    let project = Project::new();
    let kept = std::fs::read_dir(folder).unwrap().flatten();
    for entry in kept.filter(|entry| entry.file_name() != "node_modules") {
        let copied = Command::new("cp")
            .arg("-R")
            .arg(entry.path())
            .arg(project.root())
            .status();
        assert!(copied.unwrap().success());
    }
    project
}

/// Deploys the first migration, then the second one on tables in use, to the end.
fn deployed(name: &str, first: &str) -> Option<(Database, Project)> {
    let db = database()?;
    let project = example(name);
    project.on(&db, &["deploy", "--to", first]).exits(0);
    db.sql("INSERT INTO users (email, @) SELECT 'e' || n, 'n' || n FROM generate_series(1, 500) n; ANALYZE"
        .replace('@', if name == "prisma" { "name" } else { "full_name" })
        .as_str());
    project.on(&db, &["deploy"]).exits(0);
    project.on(&db, &["contract"]).exits(0);
    project.on(&db, &["status"]).exits(0);
    Some((db, project))
}

#[test]
fn the_prisma_app_is_deployed_and_keeps_its_rows() {
    let Some((db, project)) = deployed("prisma", "20260105090000_init") else {
        return;
    };
    assert_eq!(db.sql("SELECT count(full_name) FROM users"), "500");
    assert_eq!(
        db.sql("SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL"),
        "2"
    );
    project.on(&db, &["status", "-v"]).says("Prisma Migrate");
}

#[test]
fn the_drizzle_app_is_deployed() {
    let Some((db, project)) = deployed("drizzle", "0000_init") else {
        return;
    };
    assert_eq!(db.sql("SELECT count(slug) FROM posts"), "0");
    assert_eq!(
        db.sql("SELECT count(*) FROM drizzle.__drizzle_migrations"),
        "2"
    );
    project.on(&db, &["status", "-v"]).says("Drizzle");
}
