//! Foreign keys: who enforces them, and the rebuild of a table that others refer to.

use super::Lite;
use super::TOOLS;
use crate::tools::Tool;

/// A parent with two rows, and children that go with them.
const FAMILY: &str = "CREATE TABLE parent (id integer PRIMARY KEY, name text);\n\
    CREATE TABLE child (id integer PRIMARY KEY, parent_id integer NOT NULL REFERENCES parent (id) ON DELETE CASCADE);\n\
    INSERT INTO parent VALUES (1, 'a'), (2, 'b');\n\
    INSERT INTO child VALUES (10, 1), (11, 1), (20, 2);\n";

/// As Prisma writes it (`RedefineTables`).
const PRISMAS: &str = "-- RedefineTables\nPRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\n\
    CREATE TABLE \"new_parent\" (id integer PRIMARY KEY, name text NOT NULL);\n\
    INSERT INTO \"new_parent\" (id, name) SELECT id, name FROM parent;\n\
    DROP TABLE \"parent\";\n\
    ALTER TABLE \"new_parent\" RENAME TO \"parent\";\n\
    PRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;\n";

fn family(tool: Tool) -> Lite {
    let lite = Lite::new(tool);
    lite.write(1, "family", FAMILY);
    lite.first_deploy().exits(0);
    lite
}

const KEPT: &str = "10|1\n11|1\n20|2";

#[test]
fn the_rebuild_of_a_table_loses_no_row_that_refers_to_it() {
    let drizzles = PRISMAS
        .replace(";\n", ";--> statement-breakpoint\n")
        .replace("-- RedefineTables\n", "");
    for tool in TOOLS {
        for rebuild in [PRISMAS, &drizzles] {
            let lite = family(tool);
            lite.write(2, "rebuild", rebuild);
            lite.deploy().exits(0).prints("1 migration applied");
            assert_eq!(lite.sql("SELECT * FROM child"), KEPT, "{tool:?}");
            assert_eq!(lite.sql("SELECT * FROM parent"), "1|a\n2|b");
            assert_eq!(lite.sql("PRAGMA foreign_key_check"), "");
            assert!(
                lite.sql("SELECT sql FROM sqlite_schema WHERE name = 'parent'")
                    .contains("NOT NULL")
            );
            lite.deploy().exits(0).prints("up to date");
        }
    }
}

#[test]
fn a_rebuild_is_one_transaction_with_what_stands_around_it() {
    let lite = family(Tool::Prisma);
    lite.write(2, "rebuild", &format!("CREATE TABLE before (id int);\n{PRISMAS}CREATE TABLE after (id int);\nSELECT nonsense;\n"));
    let document = lite
        .segue(&["deploy", "--dry-run", "--json"])
        .exits(0)
        .json();
    assert_eq!(document["planned"][0]["units"].as_array().unwrap().len(), 1);
    lite.deploy().exits(1).says("nothing of").says(":12:8");
    assert_eq!(lite.tables(), "child parent");
    assert_eq!(lite.sql("SELECT * FROM child"), KEPT);
    assert_eq!(lite.own_tables(), "");
}

#[test]
fn a_rebuild_that_leaves_orphans_fails_and_names_them() {
    let lite = family(Tool::Prisma);
    let broken = PRISMAS.replace("FROM parent;", "FROM parent WHERE id = 1;");
    lite.write(2, "rebuild", &broken);
    lite.deploy()
        .exits(1)
        .says("the migration leaves rows that break a foreign key")
        .says("1 row of child has no row in parent (0 before)")
        .says("nothing of");
    assert_eq!(lite.sql("SELECT * FROM parent"), "1|a\n2|b");
    assert!(
        !lite
            .sql("SELECT sql FROM sqlite_schema WHERE name = 'parent'")
            .contains("NOT NULL")
    );
    assert_eq!(lite.own_tables(), "");
}

#[test]
fn what_was_broken_before_is_not_held_against_a_migration() {
    let lite = family(Tool::Drizzle);
    lite.sql("PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (30, 3), (31, 3)");
    lite.write(2, "rebuild", PRISMAS);
    lite.deploy().exits(0);
    // Also where the broken rows are in a table that gets another name.
    lite.write(
        3,
        "rename",
        "PRAGMA foreign_keys=OFF;\nALTER TABLE child RENAME TO kid;\nPRAGMA foreign_keys=ON;\n",
    );
    lite.deploy().exits(0);
    lite.write(4, "worse", "PRAGMA foreign_keys=OFF;\nINSERT INTO kid VALUES (40, 4);\nDELETE FROM kid WHERE id = 10;\nPRAGMA foreign_keys=ON;\n");
    lite.deploy()
        .exits(1)
        .says("3 rows of kid have no row in parent (2 before)");
    assert_eq!(lite.sql("SELECT count(*) FROM kid"), "5");
    // A key that cannot be checked at all is none of this migration's doing either.
    lite.sql("CREATE TABLE odd (x int REFERENCES parent (name))");
    lite.write(4, "worse", PRISMAS).deploy().exits(0);
}

#[test]
fn statements_beside_the_pragma_keep_their_own_setting() {
    let lite = family(Tool::Segue);
    let text = "DELETE FROM parent WHERE id = 1;\n\
        PRAGMA foreign_keys=OFF;\n\
        CREATE TABLE new_parent (id integer PRIMARY KEY, name text);\n\
        INSERT INTO new_parent SELECT * FROM parent;\n\
        INSERT INTO new_parent VALUES (3, 'c'), (4, 'd');\n\
        DROP TABLE parent;\n\
        ALTER TABLE new_parent RENAME TO parent;\n\
        PRAGMA foreign_keys=2;\n\
        INSERT INTO child VALUES (30, 3), (40, 4);\n\
        DELETE FROM parent WHERE id = 4;\n";
    lite.write(2, "mixed", text);
    lite.deploy().exits(0);
    assert_eq!(lite.sql("SELECT * FROM child"), "20|2\n30|3");
    assert_eq!(lite.sql("SELECT id FROM parent"), "2\n3");
    lite.sql("SELECT 1 / (count(*) = 0) FROM _segue_progress");

    // The first unit is committed, the one that leaves a broken row is not.
    lite.write(
        3,
        "again",
        &text
            .replace("id = 1;", "id = 2;")
            .replace("(30, 3), (40, 4)", "(40, 4), (50, 5)")
            .replace("(3, 'c'), ", ""),
    );
    lite.deploy()
        .exits(1)
        .says("1 row of child has no row in parent (0 before)")
        .says("statements 1–5 of 10");
    assert_eq!(lite.sql("SELECT * FROM child"), "30|3");
}

#[test]
fn a_table_that_is_emptied_cascades_where_the_tool_enforces_and_not_where_it_does_not() {
    for tool in TOOLS {
        let lite = family(tool);
        lite.write(2, "delete", "DELETE FROM parent WHERE id = 1;");
        lite.deploy().exits(0);
        let left = if matches!(tool, Tool::Diesel | Tool::Flyway) {
            KEPT
        } else {
            "20|2"
        };
        assert_eq!(lite.sql("SELECT * FROM child"), left, "{tool:?}");
    }
}

#[test]
fn the_url_and_the_file_say_who_enforces() {
    for (url, left) in [
        ("sqlite:app.db?_fk=0", KEPT),
        ("sqlite:app.db?_pragma=foreign_keys(1)", "20|2"),
        ("sqlite:app.db?_foreign_keys=on", "20|2"),
    ] {
        let lite = family(Tool::Diesel);
        lite.write(2, "delete", "DELETE FROM parent WHERE id = 1;");
        lite.project.segue(&["deploy", "--url", url]).exits(0);
        assert_eq!(lite.sql("SELECT * FROM child"), left, "{url}");
    }
    let lite = family(Tool::Diesel);
    lite.write(
        2,
        "delete",
        "PRAGMA foreign_keys = 'yes';\nDELETE FROM parent WHERE id = 1;",
    );
    lite.deploy().exits(0);
    assert_eq!(lite.sql("SELECT * FROM child"), "20|2");
}

#[test]
fn a_setting_that_is_left_behind_ends_with_its_migration() {
    let lite = family(Tool::Segue);
    lite.write(2, "off", "PRAGMA foreign_keys = OFF;\nPRAGMA recursive_triggers = ON;\nCREATE TEMP TABLE child (id int);\n")
        .write(3, "delete", "DELETE FROM parent WHERE id = 1;\nCREATE TABLE seen AS SELECT count(*) AS n FROM child;");
    lite.deploy().exits(0);
    assert_eq!(
        lite.sql("SELECT * FROM child; SELECT n FROM seen"),
        "20|2\n1"
    );
}

#[test]
fn an_insert_that_breaks_a_key_is_pointed_at() {
    let lite = family(Tool::Sqlx);
    lite.write(
        2,
        "wrong",
        "INSERT INTO child VALUES (12, 1);\n\n  INSERT INTO child VALUES (99, 99);\n",
    );
    lite.deploy()
        .exits(1)
        .says("FOREIGN KEY constraint failed")
        .says("SQLITE_CONSTRAINT_FOREIGNKEY")
        .says("0002_wrong.sql:3:3")
        .says("nothing of");
    assert_eq!(lite.sql("SELECT * FROM child"), KEPT);
}

#[test]
fn a_key_that_is_checked_at_the_end_fails_the_commit() {
    let lite = Lite::own();
    lite.write(
        1,
        "deferred",
        "CREATE TABLE p (id integer PRIMARY KEY);\n\
         CREATE TABLE c (p int REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\n",
    );
    lite.first_deploy()
        .exits(1)
        .says("could not be committed: FOREIGN KEY constraint failed");
    assert_eq!(lite.tables(), "");
    lite.write(1, "deferred", "CREATE TABLE p (id integer PRIMARY KEY);\n\
         CREATE TABLE c (p int REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\nINSERT INTO p VALUES (1);\n");
    lite.deploy().exits(0);
}
