//! golang-migrate: a history of one row, and what can and cannot be told from it.

use crate::harness::{Database, Project, database, eventually};

const HISTORY: &str = "SELECT concat_ws(' ', version, dirty) FROM schema_migrations";

/// Three migrations with a table each.
fn three() -> Project {
    let project = Project::new();
    project.file(
        "go.mod",
        "module example\n\nrequire github.com/golang-migrate/migrate/v4 v4.18.1\n",
    );
    for (number, name) in [(1, "one"), (2, "two"), (3, "three")] {
        let stem = format!("migrations/00000{number}_{name}");
        project
            .file(
                format!("{stem}.up.sql"),
                format!("CREATE TABLE {name} (id int);\n"),
            )
            .file(format!("{stem}.down.sql"), format!("DROP TABLE {name};\n"));
    }
    project
}

/// What the tool leaves when it stops at a version.
fn dirty(db: &Database, version: i64) {
    db.sql(&format!(
        "TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES ({version}, true)"
    ));
}

#[test]
fn one_row_with_the_latest_version_is_kept() {
    let Some(db) = database() else { return };
    let project = three();
    project.on(&db, &["deploy", "--to", "000002_two"]).exits(0);
    assert_eq!(db.sql(HISTORY), "2 f");
    project
        .on(&db, &["status"])
        .exits(2)
        .prints("pending  000003_three")
        .prints("2 of 3 migrations applied");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql(HISTORY), "3 f");
    project.on(&db, &["deploy"]).exits(0).prints("up to date");
    let columns = "SELECT string_agg(concat_ws(' ', column_name, data_type, is_nullable), ', ') \
         FROM information_schema.columns WHERE table_name = 'schema_migrations'";
    assert_eq!(db.sql(columns), "version bigint NO, dirty boolean NO");
}

#[test]
fn files_with_their_own_transaction_are_run() {
    let Some(db) = database() else { return };
    let project = three();
    project
        .file(
            "migrations/000002_two.up.sql",
            "BEGIN;\n\nCREATE TABLE two (id int);\nINSERT INTO two VALUES (2);\n\nCOMMIT;\n",
        )
        .on(&db, &["deploy"])
        .exits(0)
        .prints("3 migrations applied");
    assert_eq!(db.sql("SELECT id FROM two"), "2");
    assert_eq!(db.sql(HISTORY), "3 f");
}

#[test]
fn a_version_that_the_tool_left_dirty_is_refused_until_it_is_resolved() {
    let Some(db) = database() else { return };
    let project = three();
    project.on(&db, &["deploy", "--to", "000001_one"]).exits(0);
    dirty(&db, 2);
    project
        .on(&db, &["status"])
        .exits(2)
        .prints("failed   000002_two");
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("`000002_two` was begun by golang-migrate and did not end")
        .says("resolve --rolled-back");
    project
        .on(&db, &["resolve", "--rolled-back", "000002_two"])
        .exits(0);
    assert_eq!(db.sql(HISTORY), "1 f");
    dirty(&db, 2);
    db.sql("CREATE TABLE two (id int)");
    project
        .on(&db, &["resolve", "--applied", "000002_two"])
        .exits(0);
    assert_eq!(db.sql(HISTORY), "2 f");
    project
        .on(&db, &["deploy"])
        .exits(0)
        .prints("1 migration applied");
}

#[test]
fn the_first_version_rolled_back_leaves_no_row() {
    // -1 is what the tool writes before it takes the first one back.
    for version in [1, -1] {
        let Some(db) = database() else { return };
        let project = three();
        project.on(&db, &["deploy", "--to", "000001_one"]).exits(0);
        dirty(&db, version);
        db.sql("DROP TABLE one");
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("`000001_one` was begun");
        project
            .on(&db, &["resolve", "--rolled-back", "000001_one"])
            .exits(0);
        assert_eq!(db.sql(HISTORY), "");
        project.on(&db, &["deploy"]).exits(0);
        assert_eq!(db.sql(HISTORY), "3 f");
    }
}

#[test]
fn what_segue_leaves_half_way_is_dirty_for_the_tool_and_goes_on_here() {
    let Some(db) = database() else { return };
    let project = three();
    let text = "CREATE TABLE two (id int);\nCREATE INDEX CONCURRENTLY two_id ON two (id);\nSELECT 1 / 0;\n";
    project
        .file("migrations/000002_two.up.sql", text)
        .on(&db, &["deploy"])
        .exits(1)
        .says("statements 1–2 of 3 of `000002_two` are committed");
    assert_eq!(db.sql(HISTORY), "2 t");
    project
        .file("migrations/000002_two.up.sql", text.replace("1 / 0", "1"))
        .on(&db, &["deploy"])
        .exits(0)
        .says("going on at");
    assert_eq!(db.sql(HISTORY), "3 f");
    db.has_no_progress();
}

#[test]
fn a_failure_with_nothing_committed_gives_the_version_before_back() {
    let Some(db) = database() else { return };
    let project = three();
    project
        .file(
            "migrations/000002_two.up.sql",
            "CREATE INDEX CONCURRENTLY two_id ON nowhere (id);\nSELECT 1;\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("nothing of `000002_two` is committed");
    assert_eq!(db.sql(HISTORY), "1 f");
}

#[test]
fn a_version_without_its_file_is_refused() {
    let Some(db) = database() else { return };
    let project = three();
    project.on(&db, &["deploy"]).exits(0);
    project
        .remove("migrations/000003_three.up.sql")
        .remove("migrations/000003_three.down.sql")
        .on(&db, &["deploy"])
        .exits(1)
        .says("not on disk: 3");
}

#[test]
fn nothing_is_recorded_that_would_pass_over_pending_ones() {
    let Some(db) = database() else { return };
    let project = three();
    project.on(&db, &["deploy", "--to", "000001_one"]).exits(0);
    project
        .on(&db, &["resolve", "--applied", "000003_three"])
        .exits(1)
        .says("`000002_two` comes before `000003_three`, and is not applied")
        .says("the latest version only");
    assert_eq!(db.sql(HISTORY), "1 f");
}

#[test]
fn a_version_with_a_down_file_only_counts_and_is_reported() {
    let Some(db) = database() else { return };
    let project = three();
    project
        .remove("migrations/000002_two.up.sql")
        .on(&db, &["deploy"])
        .exits(0)
        .says("note: 000002_two: has no .up file")
        .prints("3 migrations applied");
    assert_eq!(db.relations("public"), "one schema_migrations three");
}

#[test]
fn two_files_of_one_version_are_refused() {
    let Some(db) = database() else { return };
    three()
        .file("migrations/2_again.up.sql", "SELECT 1;\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("have the same version, 2");
    db.is_untouched();
}

/// `GenerateAdvisoryLockId` in SQL: the CRC-32 of schema, table and database with zeros between.
const KEY: &str = "SELECT (crc * 1486364155) & 4294967295 FROM (SELECT crc # 4294967295 AS crc FROM \
    (WITH RECURSIVE name AS (SELECT convert_to('public', 'UTF8') || '\\x00' || \
       convert_to('schema_migrations', 'UTF8') || '\\x00' || convert_to(current_database(), 'UTF8') AS b), \
     steps(i, crc) AS (SELECT 0, 4294967295 UNION ALL SELECT i + 1, \
       CASE WHEN i % 9 = 0 THEN crc # get_byte(b, i / 9) \
            WHEN crc & 1 = 1 THEN (crc >> 1) # 3988292384 ELSE crc >> 1 END \
       FROM steps, name WHERE i < 9 * length(b)) \
     SELECT crc FROM steps ORDER BY i DESC LIMIT 1) a) c";

#[test]
fn the_lock_of_the_tool_is_waited_for() {
    let Some(db) = database() else { return };
    let project = three();
    let key = db.sql(KEY);
    let holder = db.session(&format!("SELECT pg_advisory_lock({key});\n"));
    eventually("the lock is held", || {
        db.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted") == "1"
    });
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("the project's own migration tool is running");
    let mut waiting = project.start_on(&db, &["deploy", "--wait", "60s"]);
    waiting.until_it_says("waiting");
    holder.end();
    waiting.wait().exits(0);
    assert_eq!(db.sql(HISTORY), "3 f");
}

#[test]
fn a_new_migration_goes_on_with_the_numbers_in_use() {
    three()
        .segue(&["new", "four"])
        .exits(0)
        .prints("migrations/000004_four.up.sql")
        .prints("migrations/000004_four.down.sql");
}

#[test]
fn a_migration_behind_which_the_tool_itself_has_applied_another_one_is_not_rolled_back() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.file("segue.toml", "layout = \"golang-migrate\"\n");
    project.file(
        "migrations/000001_users.up.sql",
        "CREATE TABLE users (id int, name text);\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'n' FROM generate_series(1, 2000) g");
    project.file(
        "migrations/000002_rename.up.sql",
        "ALTER TABLE users RENAME COLUMN name TO full_name;\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    project.file(
        "migrations/000003_later.up.sql",
        "CREATE TABLE later (id int);\n",
    );
    // as `migrate up` does
    db.sql("CREATE TABLE later (id int); UPDATE schema_migrations SET version = 3");
    project
        .on(&db, &["rollback"])
        .exits(1)
        .says("000002_rename cannot be rolled back: `000003_later` was applied behind it");
    project.on(&db, &["contract"]).exits(0);
}
