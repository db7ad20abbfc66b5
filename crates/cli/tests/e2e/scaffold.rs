//! New migrations and new projects, and Drizzle's way from 0.x to 1.0.

use crate::{
    harness::{Project, database},
    tools::{TOOLS, Tool},
};

#[test]
fn a_new_migration_of_every_layout_is_read_again_and_pending() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        project.on(&db, &["deploy"]).exits(0);
        let created = project.segue(&["new", "Add phone (to users)"]).exits(0);
        let file = created.out.lines().next().unwrap().to_owned();
        assert!(file.contains("add_phone_to_users"), "{tool:?}: {created}");
        project
            .on(&db, &["status"])
            .exits(2)
            .prints("pending ")
            .prints("_add_phone_to_users")
            .prints("1 of 2 migrations applied");
        let path = file.trim_start_matches("./");
        let text = project.text(path);
        let sql = "\nCREATE TABLE phone (id int);\n";
        let filled = match tool {
            // Behind the line that begins the part to run.
            Tool::Goose | Tool::Dbmate => text.replacen('\n', sql, 1),
            _ => format!("{text}{sql}"),
        };
        project.file(path, filled);
        project.on(&db, &["deploy"]).exits(0);
        project.on(&db, &["status"]).exits(0);
        assert!(db.relations("public").contains("phone"), "{tool:?}");
    }
}

#[test]
fn a_new_migration_of_sqlx_goes_on_as_the_folder_has_begun() {
    let project = Project::new();
    project
        .file("migrations/0001_one.up.sql", "SELECT 1;")
        .file("migrations/0001_one.down.sql", "SELECT 1;")
        .segue(&["new", "two"])
        .exits(0)
        .prints("migrations/0002_two.up.sql")
        .prints("migrations/0002_two.down.sql");
}

#[test]
fn a_new_migration_of_diesel_has_both_directions() {
    let project = Tool::Diesel.project();
    Tool::Diesel.write(&project, 1, "one", "SELECT 1;");
    project
        .segue(&["new", "two"])
        .exits(0)
        .prints("_two/up.sql")
        .prints("_two/down.sql");
}

#[test]
fn a_new_migration_of_drizzle_is_in_the_journal() {
    let project = Tool::Drizzle.project();
    Tool::Drizzle.write(&project, 0, "one", "SELECT 1;");
    project.segue(&["new", "two"]).exits(0);
    let journal: serde_json::Value =
        serde_json::from_str(&project.text("drizzle/meta/_journal.json")).unwrap();
    assert_eq!(journal["entries"][1]["tag"], "0001_two");
    assert_eq!(journal["entries"][1]["idx"], 1);
    let when = |index: usize| journal["entries"][index]["when"].as_i64().unwrap();
    assert!(when(1) > when(0));
}

#[test]
fn a_name_without_letters_makes_no_migration() {
    let project = Project::new();
    project
        .file("migrations/.keep", "")
        .segue(&["new", "../.."])
        .exits(1)
        .says("needs a letter or digit");
    let outcome = project.segue(&["new", "../../etc/cron.d/x"]).exits(0);
    assert!(outcome.out.contains("_etc_cron_d_x"), "{outcome}");
}

#[test]
fn a_project_begins_with_init_new_and_deploy() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .segue(&["init"])
        .exits(0)
        .prints("segue.toml")
        .prints("next: segue new NAME");
    let created = project.segue(&["new", "first"]).exits(0);
    let file = created.out.trim().trim_start_matches("./").to_owned();
    project.file(file, "-- Why: to begin\n\nCREATE TABLE one (id int);\n");
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("1 migration applied");
    assert_eq!(db.relations("public"), "one");
    project.segue(&["init"]).exits(0).never_says("made ");
}

#[test]
fn init_sees_the_migrations_that_are_there() {
    let project = Tool::Prisma.project();
    Tool::Prisma.write(&project, 1, "one", "SELECT 1;");
    project
        .segue(&["init"])
        .exits(0)
        .prints("1 migration")
        .prints("Prisma Migrate")
        .prints("next: segue status");
    assert!(project.text("segue.toml").contains("layout = \"prisma\""));
}

/// What `drizzle-kit up` makes of a folder of 0.x.
fn upgraded() -> Project {
    let project = Tool::DrizzleV1.project();
    for (number, name) in [(1, "one"), (2, "two")] {
        let sql = format!("CREATE TABLE {name} (id int);");
        Tool::DrizzleV1.write(&project, number, name, &sql);
        let folder = Tool::DrizzleV1.name(number, name);
        project.file(format!("drizzle/{folder}/snapshot.json"), "{}");
    }
    project
}

#[test]
fn a_history_of_drizzle_0_is_taken_over_by_drizzle_1() {
    let Some(db) = database() else { return };
    let old = Tool::Drizzle.project();
    Tool::Drizzle.write(&old, 1, "one", "CREATE TABLE one (id int);");
    old.on(&db, &["deploy"]).exits(0);
    let new = upgraded();
    new.on(&db, &["status"])
        .exits(2)
        .prints("pending  20240101000002_two")
        .prints("1 of 2 migrations applied");
    let columns = "SELECT count(*) FROM pg_attribute WHERE attnum > 0 \
         AND attrelid = 'drizzle.__drizzle_migrations'::regclass";
    assert_eq!(db.sql(columns), "3", "status changes nothing");
    new.on(&db, &["deploy"])
        .exits(0)
        .prints("1 migration applied");
    let rows = "SELECT concat_ws(' ', id, name, created_at, length(hash), applied_at IS NULL) \
         FROM drizzle.__drizzle_migrations ORDER BY id";
    assert_eq!(
        db.sql(rows),
        "1 20240101000001_one 1704067201000 64 t\n2 20240101000002_two 1704067202000 64 f"
    );
    new.on(&db, &["status"]).exits(0);
    old.on(&db, &["deploy"])
        .exits(1)
        .says("deployed with the layout drizzle-v1");
    old.on(&db, &["deploy", "--layout", "drizzle"])
        .exits(1)
        .says("Drizzle 1.0 has taken over");
}

#[test]
fn a_history_of_drizzle_0_that_does_not_fit_is_left_alone() {
    let Some(db) = database() else { return };
    let old = Tool::Drizzle.project();
    Tool::Drizzle.write(&old, 7, "seven", "CREATE TABLE seven (id int);");
    old.on(&db, &["deploy"]).exits(0);
    let before = Tool::Drizzle.rows(&db);
    upgraded()
        .on(&db, &["deploy"])
        .exits(1)
        .says("does not fit the folder of 1.0");
    assert_eq!(Tool::Drizzle.rows(&db), before);
    assert_eq!(db.relations("public"), "seven");
}

#[test]
fn a_drizzle_entry_older_than_applied_ones_is_applied_and_not_skipped() {
    let Some(db) = database() else { return };
    let project = Tool::Drizzle.project();
    Tool::Drizzle.write(&project, 1, "one", "CREATE TABLE one (id int);");
    Tool::Drizzle.write(&project, 3, "three", "CREATE TABLE three (id int);");
    project.on(&db, &["deploy"]).exits(0);
    // Merged from another branch: at the end of the journal, with an earlier time.
    Tool::Drizzle.write(&project, 4, "late", "CREATE TABLE late (id int);");
    let when = |number| {
        1_704_067_200_000
            + if number == 4 {
                2000
            } else {
                number as i64 * 1000
            }
    };
    Tool::Drizzle.write_journal(&project, when);
    project.on(&db, &["status"]).exits(2).prints("0004_late");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.relations("public"), "late one three");
    assert_eq!(
        Tool::Drizzle.applied(&db),
        "1704067201000\n1704067202000\n1704067203000"
    );
    project.on(&db, &["status"]).exits(0);
}
