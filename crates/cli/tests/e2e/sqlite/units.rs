//! Migrations that are not one transaction: what is committed is known, and gone on with.

use super::Lite;
use super::TOOLS;
use crate::tools::Tool;

#[test]
fn the_files_own_commits_are_kept_and_a_failure_behind_them_is_gone_on_with() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        let text = "CREATE TABLE one (id integer PRIMARY KEY);\nINSERT INTO one VALUES (1);\nCOMMIT;\n\
            CREATE TABLE two (id int);\nINSERT INTO one VALUES (1);\n";
        lite.write(1, "one", text);
        lite.first_deploy()
            .exits(1)
            .says("UNIQUE constraint failed: one.id")
            .says(":5:1")
            .says("statements 1–3 of 5 of")
            .says("continues at statement 4");
        assert_eq!(lite.tables(), "one", "{tool:?}");
        lite.segue(&["status"])
            .exits(2)
            .prints("3 of 5 statements committed");
        lite.write(1, "one", &text.replace("one VALUES (1);\n\n", "x"));
        lite.write(
            1,
            "one",
            &text.replace(
                "INSERT INTO one VALUES (1);\nCOMMIT",
                "INSERT INTO one VALUES (7);\nCOMMIT",
            ),
        );
        lite.deploy().exits(1).says("the first 3 statements");
        // The last line is the one to mend.
        let mended = text
            .trim_end()
            .strip_suffix("INSERT INTO one VALUES (1);")
            .unwrap();
        lite.write(1, "one", &format!("{mended}INSERT INTO one VALUES (2);\n"));
        lite.deploy().exits(0).says("going on at statement 4");
        assert_eq!(lite.sql("SELECT * FROM one"), "1\n2", "{tool:?}");
        assert_eq!(lite.tables(), "one two", "{tool:?}");
        lite.deploy().exits(0).prints("up to date");
        if tool == Tool::Segue {
            assert_eq!(lite.sql("SELECT count(*) FROM _segue_progress"), "0");
        } else {
            assert_eq!(lite.own_tables(), "", "{tool:?}");
        }
    }
}

#[test]
fn what_refuses_a_transaction_runs_outside_of_one() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        lite.write(
            1,
            "one",
            "PRAGMA journal_mode = WAL;\nCREATE TABLE one (id int);\nVACUUM;\nPRAGMA synchronous = OFF;\n\
             PRAGMA user_version = 7;\nPRAGMA wal_checkpoint(TRUNCATE);\nCREATE TABLE two (id int);\n",
        );
        lite.first_deploy().exits(0);
        assert_eq!(lite.tables(), "one two", "{tool:?}");
        assert_eq!(
            lite.sql("PRAGMA journal_mode; PRAGMA user_version"),
            "wal\n7"
        );
        lite.write(2, "two", "CREATE TABLE three (id int);");
        lite.deploy().exits(0).prints("1 migration applied");
        lite.segue(&["status"]).exits(0);
    }
}

#[test]
fn another_database_is_attached_again_when_a_deploy_goes_on() {
    let lite = Lite::own();
    let text = "PRAGMA temp_store = MEMORY;\nATTACH 'other.db' AS other;\nCREATE TABLE other.one (id int);\nCOMMIT;\n\
        INSERT INTO other.one VALUES (1);\nINSERT INTO nowhere VALUES (1);\nDETACH other;\n";
    lite.write(1, "one", text);
    lite.first_deploy()
        .exits(1)
        .says("no such table: nowhere")
        .says("continues at statement 5");
    lite.write(1, "one", &text.replace("nowhere", "other.one"));
    lite.deploy().exits(0).says("going on at statement 5");
    let other = rusqlite::Connection::open(lite.project.root().join("other.db")).unwrap();
    assert_eq!(super::sql(&other, "SELECT * FROM one"), "1\n1");
    assert_eq!(lite.tables(), "");
}

#[test]
fn a_lock_that_a_file_takes_for_itself_ends_with_it() {
    let lite = Lite::own();
    lite.write(
        1,
        "one",
        "PRAGMA locking_mode = EXCLUSIVE;\nCREATE TABLE one (id int);\n",
    )
    .write(2, "two", "CREATE TABLE two (id int);");
    lite.first_deploy().exits(0).prints("2 migrations applied");
    assert_eq!(lite.tables(), "one two");
}

#[test]
fn a_migration_without_a_transaction_runs_statement_by_statement() {
    let diesel = Lite::new(Tool::Diesel);
    diesel.project.file(
        "migrations/2024-01-01-000001_one/metadata.toml",
        "run_in_transaction = false\n",
    );
    let sqlx = Lite::new(Tool::Sqlx);
    for (lite, first) in [(&diesel, ""), (&sqlx, "-- no-transaction\n")] {
        let text = format!(
            "{first}CREATE TABLE one (id int);\nVACUUM;\nINSERT INTO nowhere VALUES (1);\n"
        );
        lite.write(1, "one", &text);
        lite.first_deploy().exits(1).says("statements 1–2 of 3");
        lite.write(1, "one", &text.replace("nowhere", "one"));
        lite.deploy().exits(0).says("going on at statement 3");
        assert_eq!(lite.sql("SELECT count(*) FROM one"), "1");
    }
    assert_eq!(
        sqlx_times(&sqlx),
        "1|1",
        "success and a time that is not negative"
    );
}

fn sqlx_times(lite: &Lite) -> String {
    lite.sql("SELECT success, execution_time >= 0 FROM _sqlx_migrations")
}

#[test]
fn a_failed_beginning_can_be_resolved_either_way() {
    for tool in TOOLS {
        for applied in [true, false] {
            let lite = Lite::new(tool);
            lite.write(
                1,
                "one",
                "CREATE TABLE one (id int);\nCOMMIT;\nINSERT INTO nowhere VALUES (1);\n",
            );
            lite.first_deploy().exits(1);
            let name = tool.name(1, "one");
            if applied {
                lite.segue(&["resolve", "--applied", &name]).exits(0);
                lite.segue(&["status"]).exits(0);
                lite.deploy().exits(0).prints("up to date");
            } else {
                lite.segue(&["resolve", "--rolled-back", &name]).exits(0);
                lite.sql("DROP TABLE one");
                lite.write(1, "one", "CREATE TABLE again (id int);");
                lite.deploy().exits(0).prints("1 migration applied");
                assert_eq!(lite.tables(), "again", "{tool:?}");
            }
        }
    }
}

#[test]
fn what_the_tools_left_half_way_waits_for_a_decision() {
    let lite = Lite::new(Tool::Prisma);
    lite.write(1, "one", "CREATE TABLE one (id int);");
    lite.deploy().exits(0);
    // As Prisma leaves it: the row of a migration that failed; and one that an adapter wrote, with times as text.
    lite.write(2, "two", "CREATE TABLE two (id int);").write(
        3,
        "three",
        "CREATE TABLE three (id int);",
    );
    lite.sql(
        "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, logs) \
         VALUES ('a', 'x', '20240101000002_two', 1704067200000, 'boom'); \
         INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) \
         SELECT 'b', checksum, '20240101000003_three', '2024-01-01T00:00:00.000+00:00', '2024-01-01T00:00:01.000+00:00', 1 \
         FROM _prisma_migrations LIMIT 1",
    );
    lite.deploy()
        .exits(1)
        .says("was begun by Prisma")
        .says("resolve --rolled-back");
    lite.segue(&["resolve", "--rolled-back", "20240101000002_two"])
        .exits(0);
    lite.segue(&["deploy", "--allow-edited"])
        .exits(0)
        .prints("1 migration applied");
    assert_eq!(
        lite.sql("SELECT migration_name, typeof(rolled_back_at), typeof(finished_at) FROM _prisma_migrations ORDER BY rowid"),
        "20240101000001_one|null|integer\n20240101000002_two|text|null\n20240101000003_three|null|text\n20240101000002_two|null|text"
    );

    let lite = Lite::new(Tool::Sqlx);
    lite.write(1, "one", "CREATE TABLE one (id int);");
    lite.first_deploy().exits(0);
    lite.sql("UPDATE _sqlx_migrations SET success = 0");
    lite.deploy().exits(1).says("was begun by sqlx");
}
