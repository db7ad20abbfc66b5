//! `segue diff` between databases of SQLite's, and what its statements do as migrations.

use segue::{DiffOptions, Migrator, Side, Transition, catalog::sqlite::diff::Frame};

use super::{Lite, TOOLS, sql};
use crate::tools::Tool;

const FAMILY: &str = "CREATE TABLE parent (id integer PRIMARY KEY, name text);\n\
    CREATE TABLE child (id integer PRIMARY KEY, parent_id integer NOT NULL REFERENCES parent (id) ON DELETE CASCADE, x int);\n\
    CREATE INDEX by_parent ON child (parent_id);\n\
    INSERT INTO parent VALUES (1, 'a'), (2, 'b');\n\
    INSERT INTO child VALUES (10, 1, 0), (20, 2, 0);\n";

const WANTED: &str = "-- segue: renamed from parent\n\
    CREATE TABLE [parents] (id integer PRIMARY KEY, name text NOT NULL);\n\
    CREATE TABLE child (id integer PRIMARY KEY, parent_id integer NOT NULL REFERENCES parents (id) ON DELETE CASCADE);\n\
    CREATE INDEX by_parent ON child (parent_id);\n\
    CREATE VIEW names AS SELECT name FROM parents;\n\
    CREATE TRIGGER keep AFTER INSERT ON child BEGIN UPDATE child SET id = id; SELECT 1; END;\n";

fn family(tool: Tool) -> Lite {
    let lite = Lite::new(tool);
    lite.write(1, "family", FAMILY);
    lite.first_deploy().exits(0);
    lite.project.file("schema.sql", WANTED);
    lite
}

fn transition(lite: &Lite) -> Transition {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let database = Side::parse(lite.path().to_str().unwrap()).unwrap();
    let schema = lite.project.root().join("schema.sql");
    let schema = Side::parse(schema.to_str().unwrap()).unwrap();
    let migrator = Migrator::new().dir(lite.project.root());
    let found = migrator.diff(&database, &schema, DiffOptions::default());
    runtime.unwrap().block_on(found).unwrap()
}

/// All rows are there, and nothing else is to be done.
#[track_caller]
fn has_arrived(lite: &Lite) {
    assert_eq!(lite.sql("SELECT * FROM child"), "10|1\n20|2");
    assert_eq!(lite.sql("SELECT * FROM names"), "a\nb");
    assert_eq!(lite.sql("PRAGMA foreign_key_check"), "");
    let diff = [
        "diff",
        "--from",
        "app.db",
        "--to",
        "schema.sql",
        "--exit-code",
    ];
    let outcome = lite.project.start(&diff).wait();
    outcome.exits(0).prints("no differences");
}

#[test]
fn the_sql_runs_in_a_shell_and_a_second_diff_finds_nothing() {
    let lite = family(Tool::Segue);
    let diff = |more: &[&str]| {
        let sides = ["diff", "--from", "sqlite:app.db", "--to", "schema.sql"];
        lite.project.start(&[&sides, more].concat()).wait()
    };
    diff(&["--exit-code"])
        .exits(2)
        .prints("~ rename    table parent")
        .prints("- drop      column child.x")
        .prints("loses data: the values of `child.x`")
        .prints("fails if a row has NULL in `parents.name`");
    let document = diff(&["--json"]).exits(0).json();
    assert_eq!(document["changes"][0]["action"], "rename");
    let script = diff(&["--format", "sql"]).exits(0).out;
    sql(&lite.connection(), &script);
    has_arrived(&lite);
}

#[test]
fn as_a_migration_of_any_tools_it_is_one_transaction_and_keeps_all_rows() {
    for tool in TOOLS {
        let frame = match tool {
            Tool::Prisma => Frame::Script,
            Tool::Drizzle | Tool::DrizzleV1 | Tool::Sqlx | Tool::Refinery => Frame::Within,
            Tool::Flyway => Frame::Bare,
            _ => Frame::Deploy,
        };
        let lite = family(tool);
        lite.write(2, "change", &transition(&lite).sql_in(frame));
        let planned = lite
            .segue(&["deploy", "--dry-run", "--json"])
            .exits(0)
            .json();
        let units = planned["planned"][0]["units"].as_array().map(Vec::len);
        assert_eq!(units, Some(1), "{tool:?}: {planned}");
        lite.deploy().exits(0).prints("1 migration applied");
        has_arrived(&lite);
        lite.deploy().exits(0).prints("up to date");
    }
}

/// Drizzle, sqlx and refinery begin a transaction, run the file with foreign keys enforced, add a row to their history,
/// and commit.
#[test]
fn a_tool_with_a_transaction_of_its_own_loses_no_row_and_commits_its_record() {
    let lite = family(Tool::Sqlx);
    let script = transition(&lite).sql_in(Frame::Within);
    let mut connection = lite.connection();
    let enforce = "PRAGMA foreign_keys = ON";
    connection.execute_batch(enforce).unwrap();
    let transaction = connection.transaction().unwrap();
    transaction.execute_batch(&script).unwrap();
    transaction
        .execute_batch("CREATE TABLE record (x)")
        .unwrap();
    transaction.commit().unwrap();
    assert_eq!(sql(&connection, "PRAGMA foreign_keys"), "1");
    connection.execute_batch("DROP TABLE record").unwrap();
    drop(connection);
    has_arrived(&lite);
}

/// … and where the file was written for somebody else, it is refused before anything is lost.
#[test]
fn a_tool_that_enforces_keys_in_its_transaction_is_stopped_by_a_script_that_is_not_for_it() {
    let lite = family(Tool::Goose);
    let script = transition(&lite).sql_in(Frame::Deploy);
    let mut connection = lite.connection();
    let enforce = "PRAGMA foreign_keys = ON";
    connection.execute_batch(enforce).unwrap();
    let transaction = connection.transaction().unwrap();
    let error = transaction.execute_batch(&script).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("foreign keys have to be off here")
    );
    drop(transaction);
    drop(connection);
    assert_eq!(lite.sql("SELECT * FROM child"), "10|1|0\n20|2|0");
}

#[test]
fn a_column_in_the_middle_of_the_schema_is_added_at_the_end_and_that_is_all() {
    let lite = Lite::new(Tool::Segue);
    lite.write(1, "one", "CREATE TABLE t (a int, b int);\n");
    lite.first_deploy().exits(0);
    let wanted = "CREATE TABLE t (a int, new text, b int);\n";
    lite.project.file("schema.sql", wanted);
    let outcome = lite.segue(&["dev", "--name", "two", "--json"]).exits(0);
    let drafted = outcome.json().to_string();
    assert!(!drafted.contains("order of columns"), "{drafted}");
    let made = lite.sql("SELECT sql FROM sqlite_schema WHERE name = 't'");
    assert_eq!(made, "CREATE TABLE t (a int, b int, new text)");
    let again = lite.segue(&["dev", "--name", "three"]);
    again.exits(0).prints("no migration is needed");
    let diff = ["diff", "--from", "app.db", "--to", "schema.sql"];
    let ordered = [&diff[..], &["--column-order"]].concat();
    lite.project.start(&diff).wait().prints("no differences");
    let ordered = lite.project.start(&ordered).wait();
    ordered.exits(0).prints("~ alter     table t");
}
