//! Another hand decides about a migration that segue left half-way: what segue kept of it must not count.

use super::harness::{Project, database};

const BROKEN: &str = "CREATE TABLE one (id int);\n\
                      CREATE INDEX CONCURRENTLY one_id ON one (id);\n\
                      SELECT 1 / 0;\n";
const LOCK: &str = "provider = \"postgresql\"\n";

#[test]
fn a_migration_that_prisma_rolled_back_runs_from_its_start() {
    let Some(db) = database() else { return };
    let project = Project::new();
    let file = "migrations/20240101000001_one/migration.sql";
    project
        .file("migrations/migration_lock.toml", LOCK)
        .file(file, BROKEN)
        .on(&db, &["deploy"])
        .exits(1);
    // What `prisma migrate resolve --rolled-back` does, and a person before it.
    db.sql("DROP TABLE one; UPDATE _prisma_migrations SET rolled_back_at = now()");
    project.on(&db, &["status"]).exits(2).prints("pending");
    project
        .file(file, BROKEN.replace("1 / 0", "1"))
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql("SELECT to_regclass('one_id')"), "one_id");
    assert_eq!(
        db.sql(
            "SELECT string_agg(concat(finished_at IS NOT NULL, rolled_back_at IS NOT NULL), ' ' \
             ORDER BY started_at) FROM _prisma_migrations"
        ),
        "ft tf"
    );
    db.has_no_progress();
}

#[test]
fn a_migration_that_prisma_began_anew_and_failed_is_prismas() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .file("migrations/migration_lock.toml", LOCK)
        .file("migrations/20240101000001_one/migration.sql", BROKEN)
        .on(&db, &["deploy"])
        .exits(1);
    db.sql(
        "UPDATE _prisma_migrations SET rolled_back_at = now(); \
         INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) \
         VALUES ('x', '', '20240101000001_one', now() + interval '1 second')",
    );
    project.on(&db, &["status"]).exits(2).prints("failed");
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("resolve --rolled-back");
}

#[test]
fn a_dirty_row_that_was_deleted_makes_the_sqlx_migration_pending_again() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .file("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n")
        .file("migrations/1_one.sql", BROKEN)
        .on(&db, &["deploy"])
        .exits(1);
    db.sql("DROP TABLE one; DELETE FROM _sqlx_migrations");
    project
        .file("migrations/1_one.sql", BROKEN.replace("1 / 0", "1"))
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql("SELECT to_regclass('one_id')"), "one_id");
    assert_eq!(db.sql("SELECT success FROM _sqlx_migrations"), "t");
    db.has_no_progress();
}

#[test]
fn nothing_of_segues_is_left_beside_another_tools_history() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .file("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n")
        .file("migrations/1_one.sql", BROKEN.replace("1 / 0", "1"))
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql("SELECT to_regnamespace('segue') IS NULL"), "t");
}
