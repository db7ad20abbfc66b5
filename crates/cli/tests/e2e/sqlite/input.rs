//! Texts as people and programs write them, and what SQLite itself makes of each.

use super::Lite;

#[test]
fn triggers_virtual_tables_and_odd_names_arrive_whole() {
    let text = "\u{feff}-- a comment; with a semicolon\r\n\
        CREATE TABLE \"it's; \"\"odd\"\" ü\" (\"a b\" text DEFAULT 'BEGIN; END;', [c;d] int, `e` int);\r\n\
        CREATE TABLE log (what text) STRICT;\r\n\
        CREATE TABLE pairs (a int, b int, c int GENERATED ALWAYS AS (a + b) STORED, PRIMARY KEY (a, b)) WITHOUT ROWID;\r\n\
        CREATE TRIGGER \"begin\" AFTER INSERT ON pairs WHEN new.a > 0 BEGIN\r\n\
          INSERT INTO log VALUES (CASE WHEN new.b > 1 THEN 'END; -- no' ELSE CASE new.a WHEN 1 THEN 'one' ELSE 'BEGIN' END END);\r\n\
          /* END; */ INSERT INTO log SELECT 'it''s;' WHERE new.c = 2;\r\n\
        END;\r\n\
        CREATE VIRTUAL TABLE words USING fts5(body, tokenize = 'porter');\r\n\
        CREATE VIRTUAL TABLE boxes USING rtree(id, x1, x2);\r\n\
        INSERT INTO pairs (a, b) VALUES (1, 1), (2, 2);\r\n\
        INSERT INTO words VALUES ('running; fast');\r\n\
        INSERT INTO boxes VALUES (1, 0.0, 1.0);;\r\n\
        CREATE TABLE math (x real CHECK (pow(x, 2) < 100));\r\n\
        CREATE VIEW last AS SELECT 1 AS \"end\" -- no semicolon";
    let lite = Lite::own();
    lite.write(1, "odd", text);
    lite.first_deploy().exits(0);
    assert_eq!(
        lite.sql("SELECT * FROM pairs; SELECT * FROM log; SELECT body FROM words WHERE words MATCH 'run'; SELECT count(*) FROM boxes"),
        "1|1|2\n2|2|4\none\nit's;\nEND; -- no\nrunning; fast\n1"
    );
    assert_eq!(
        lite.sql(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' OR name LIKE 'it%' ORDER BY name"
        ),
        "begin\nit's; \"odd\" ü"
    );
    let document = lite.segue(&["status", "--json"]).exits(0).json();
    assert_eq!(document["migrations"][0]["state"], "applied");
}

#[test]
fn files_with_nothing_to_run_are_recorded() {
    let lite = Lite::own();
    lite.write(1, "comment", "-- nothing to do\n/* here */\n")
        .write(2, "semicolons", ";;\n;\r\n")
        .write(3, "mark", "\u{feff}")
        .write(
            4,
            "unfinished_comment",
            "SELECT 1 /* as SQLite has it, the end closes this",
        );
    lite.first_deploy().exits(0).prints("4 migrations applied");
    lite.deploy().exits(0).prints("up to date");
}

#[test]
fn an_empty_file_is_what_it_is_for_the_tool() {
    for tool in crate::tools::TOOLS {
        let lite = Lite::new(tool);
        lite.write(1, "empty", "");
        // Diesel refuses it; to the others it is nothing to run.
        let code = i32::from(tool == crate::tools::Tool::Diesel);
        lite.first_deploy().exits(code);
        assert_eq!(lite.tables(), "");
    }
}

#[test]
fn errors_point_at_the_word() {
    let cases = [
        (
            "SELECT 1;\nCREATE TABL x (id int);",
            "near \"TABL\": syntax error",
            ":2:8",
        ),
        (
            "SELECT 1;\n\n  SELECT 'ü', colum FROM (SELECT 1 AS x);",
            "no such column: colum",
            ":3:15",
        ),
        (
            "CREATE TABLE a (id int);\nALTER TABLE a ADD COLUMN id int;",
            "duplicate column name: id",
            ":2:1",
        ),
        (
            "CREATE TABLE a (id int NOT NULL);\nINSERT INTO a VALUES (NULL);",
            "NOT NULL constraint failed: a.id",
            ":2:1",
        ),
        (
            "CREATE TABLE a (id int UNIQUE);\nINSERT INTO a VALUES (1), (1);",
            "UNIQUE constraint failed: a.id",
            ":2:1",
        ),
        (
            "CREATE TABLE a (id int) STRICT;\nINSERT INTO a VALUES ('x');",
            "cannot store TEXT value in INT column a.id",
            ":2:1",
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;",
            "no such table: main.a",
            ":1:34",
        ),
        (
            "SELECT 1;\nSELECT $a(;);",
            "unrecognized token: \"$a(\"",
            ":2:8",
        ),
        ("SELECT 1\u{a0};", "unrecognized token", ":1:8"),
    ];
    for (text, message, place) in cases {
        let lite = Lite::own();
        lite.write(1, "wrong", text);
        lite.first_deploy()
            .exits(1)
            .says(message)
            .says(place)
            .says("nothing of");
        assert_eq!(lite.tables(), "", "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_said_before_anything_runs() {
    let cases = [
        (
            "SELECT 1;\nSELECT 'a;\n",
            "this string is never closed",
            ":2:8",
        ),
        (
            "CREATE TABLE \"a (id int);",
            "this quoted identifier is never closed",
            ":1:14",
        ),
        (
            "CREATE TABLE a (id int);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  SELECT 1;\n",
            "this statement is never finished",
            ":2:1",
        ),
        (
            "SELECT 1;\n.mode csv\n",
            "`.mode csv` is a command of the sqlite3 shell",
            ":2:1",
        ),
        ("SELECT 1;\0SELECT 2;", "zero byte", ":1:10"),
        (
            "CREATE TABLE a (id int);\nROLLBACK;",
            "takes back what it has done",
            ":2:1",
        ),
        (
            "BEGIN;\nVACUUM;\nCOMMIT;",
            "VACUUM cannot run in the transaction that the file has begun",
            ":2:1",
        ),
    ];
    for (text, message, place) in cases {
        let lite = Lite::own();
        lite.write(1, "fine", "CREATE TABLE fine (id int);")
            .write(2, "wrong", text);
        lite.first_deploy().exits(1).says(message).says(place);
        assert_eq!(lite.tables(), "", "{text}");
    }
}

#[test]
fn a_breakpoint_of_drizzle_ends_a_statement() {
    let lite = Lite::new(crate::tools::Tool::Drizzle);
    lite.write(1, "one", "CREATE TABLE one (id int)--> statement-breakpoint\nCREATE TABLE two (id int)\n--> statement-breakpoint\n\
        CREATE TRIGGER t AFTER INSERT ON one BEGIN INSERT INTO two VALUES (1); SELECT 1; END--> statement-breakpoint\nINSERT INTO one VALUES (1);\n");
    lite.deploy().exits(0);
    assert_eq!(lite.sql("SELECT * FROM two"), "1");
}

#[test]
fn a_constraint_that_rolls_back_by_itself_leaves_nothing_half_done() {
    for text in [
        "CREATE TABLE a (id int UNIQUE);\nINSERT INTO a VALUES (1);\nINSERT OR ROLLBACK INTO a VALUES (1);\nCREATE TABLE b (id int);",
        "CREATE TABLE a (id int UNIQUE ON CONFLICT ROLLBACK);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (id int);",
        "CREATE TABLE a (id int);\nCREATE TRIGGER t BEFORE INSERT ON a BEGIN SELECT RAISE(ROLLBACK, 'UNIQUE no'); END;\nINSERT INTO a VALUES (1);\nCREATE TABLE b (id int);",
    ] {
        let lite = Lite::own();
        lite.write(1, "one", text);
        lite.first_deploy()
            .exits(1)
            .says("UNIQUE")
            .says(":3:1")
            .says("nothing of");
        assert_eq!(lite.tables(), "", "{text}");
        assert_eq!(lite.sql("SELECT count(*) FROM _segue_migrations"), "0");
    }
}

#[test]
fn savepoints_of_a_file_stay_within_its_transaction() {
    let lite = Lite::own();
    lite.write(1, "one", "CREATE TABLE a (id int);\nSAVEPOINT s;\nINSERT INTO a VALUES (1);\nROLLBACK TO s;\nRELEASE s;\nINSERT INTO a VALUES (2);\n");
    lite.first_deploy().exits(0);
    assert_eq!(lite.sql("SELECT * FROM a"), "2");
}
