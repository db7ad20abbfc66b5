use super::*;

fn whole(sql: &str) -> Vec<Range<usize>> {
    std::iter::once(0..sql.len()).collect()
}

fn texts(sql: &str) -> Vec<String> {
    let source = Source::new("m.sql", sql);
    let statements = split(&source, &whole(sql)).expect("splits");
    statements.iter().map(|s| s.text(sql).to_owned()).collect()
}

fn kinds(sql: &str) -> Vec<Kind> {
    let source = Source::new("m.sql", sql);
    let statements = split(&source, &whole(sql)).expect("splits");
    statements.iter().map(|s| s.kind).collect()
}

#[test]
fn quotes_comments_and_triggers_hide_semicolons() {
    assert_eq!(
        texts("-- a;\nSELECT ';', \";\", `;`, [;], 'it''s;' /* ; */;;\nSELECT 2"),
        ["SELECT ';', \";\", `;`, [;], 'it''s;'", "SELECT 2"]
    );
    let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  UPDATE a SET x = CASE WHEN 1 THEN 2 END;\n  SELECT 1;\nEND";
    assert_eq!(
        texts(&format!("{trigger};\nSELECT 1;")),
        [trigger, "SELECT 1"]
    );
    assert_eq!(
        texts("DROP TRIGGER t; SELECT 1"),
        ["DROP TRIGGER t", "SELECT 1"]
    );
    assert_eq!(texts(" -- nothing\n"), Vec::<String>::new());
}

#[test]
fn what_is_open_is_pointed_at() {
    for sql in [
        "SELECT 'a",
        "SELECT \"a",
        "SELECT [a",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
        ".mode csv",
    ] {
        let source = Source::new("m.sql", sql);
        let problems = split(&source, &whole(sql)).expect_err(sql);
        assert_eq!(problems.len(), 1, "{sql}");
        assert!(problems[0].place.is_some(), "{sql}");
    }
}

#[test]
fn pragmas_and_transactions_are_known() {
    assert_eq!(
        kinds(
            "PRAGMA foreign_keys=OFF; pragma 'main' . foreign_keys(2); PRAGMA foreign_keys /* = */; PRAGMA journal_mode = WAL;"
        ),
        [
            Kind::ForeignKeys(false),
            Kind::ForeignKeys(true),
            Kind::Plain,
            Kind::OutsideTransaction("PRAGMA")
        ]
    );
    assert_eq!(
        kinds(
            "begin immediate; ROLLBACK TO a; rollback; end; DROP TABLE x; INSERT OR REPLACE INTO a VALUES (1); INSERT INTO a VALUES (1)"
        ),
        [
            Kind::Begin,
            Kind::Plain,
            Kind::Rollback,
            Kind::Commit,
            Kind::ActsOnForeignKeys,
            Kind::ActsOnForeignKeys,
            Kind::Plain
        ]
    );
}

/// Where SQLite itself ends each statement: `prepare` leaves the rest of the text as its tail.
fn tails(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    use rusqlite::fallible_iterator::FallibleIterator;
    let mut batch = rusqlite::Batch::new(connection, sql);
    let mut statements = Vec::new();
    while let Some(mut statement) = batch.next().expect(sql) {
        statements.push(statement.expanded_sql().expect("no memory is short"));
        let mut rows = statement.raw_query();
        while rows.next().expect(sql).is_some() {}
    }
    statements
}

#[test]
fn statements_end_where_sqlite_itself_ends_them() {
    let script = "\u{feff}CREATE TABLE [a;b] (\"x;\" int, `y;` text DEFAULT 'it''s; -- no');
        ; ;; -- trigger;
        CREATE TABLE log (what text);
        CREATE TRIGGER one AFTER INSERT ON [a;b] BEGIN
          -- END;
          INSERT INTO log VALUES ('BEGIN; END;');
          UPDATE log SET what = CASE WHEN what = ';' THEN 'END' ELSE CASE 1 WHEN 1 THEN what END END;
        END;
        CREATE TEMP TRIGGER IF NOT EXISTS two AFTER DELETE ON [a;b] WHEN old.\"x;\" > 1 BEGIN SELECT 1; END /* ; */ ;
        CREATE /* ; */ TEMPORARY -- TRIGGER ;
          TRIGGER three AFTER DELETE ON [a;b] BEGIN SELECT \"end\" FROM (SELECT 1 AS \"end\"); END;
        CREATE TABLE \"trigger\" (\"create\" text, begin_at int);
        CREATE VIEW v AS SELECT 'CREATE TRIGGER x BEGIN' AS t;
        EXPLAIN CREATE TRIGGER four AFTER INSERT ON log BEGIN SELECT 1; SELECT 2; END;
        DROP TRIGGER one; ALTER TABLE log RENAME TO \"trigger log\";
        SELECT x'3b', 1e3, 0x3b, .5, 5--;
        ;
        SELECT '{\"a\": \";\"}' ->> 'a', 1 <> 2, '\u{a0};ü';
        BEGIN; SAVEPOINT s; RELEASE s; END TRANSACTION;
        INSERT INTO log2 VALUES (1) -- the last one, without a semicolon";
    let script = script.replace("log2", "\"trigger log\"");
    let connection = rusqlite::Connection::open_in_memory().expect("opens");
    let ours = texts(&script);
    let theirs = tails(&connection, &script);
    let plain = |text: &str| text.trim_start_matches('\u{feff}').trim().to_owned();
    assert_eq!(ours.len(), theirs.len(), "{ours:#?}\n{theirs:#?}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        // Each is all that SQLite took, less comments and blanks in front and the semicolon.
        let theirs = plain(theirs);
        let theirs = theirs.trim_end_matches(';').trim_end();
        assert!(
            theirs.contains(plain(ours).as_str()),
            "{ours:?} is not in {theirs:?}"
        );
    }
}
