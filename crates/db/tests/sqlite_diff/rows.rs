//! What becomes of rows, and what is said of them.

use segue_catalog::sqlite::{
    diff,
    diff::{Diff, Frame, Options},
};
use segue_db::Session;

use super::databases::{as_run, carry_out, database, read, schema, values};

async fn changed(from: &str, to: &str) -> Session {
    let session = database(from).await;
    let to = schema(to).await;
    carry_out(&session, &to, &Options::default(), Frame::Script).await;
    session
}

/// What SQLite says when it is run, and that nothing has come of it.
async fn refused(session: &Session, to: &str) -> (Diff, String) {
    let before = read(session).await;
    let to = schema(to).await;
    let found = diff(&before, &to, &Options::default());
    let script = as_run(&found, Frame::Script);
    let refused = session.execute(&script).await.expect_err(&script);
    let _ = session.execute("ROLLBACK").await;
    assert_eq!(read(session).await, before, "nothing has come of it");
    (found, format!("{refused:?}"))
}

#[tokio::test]
async fn numbers_go_on_behind_rows_that_are_no_more() {
    for rows in ["(1), (9)", "(9)"] {
        let session = changed(
            &format!(
                "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES {rows}; DELETE FROM t WHERE id = 9"
            ),
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE)",
        )
        .await;
        session
            .execute("INSERT INTO t (a) VALUES (1)")
            .await
            .expect("runs");
        assert_eq!(values(&session, "SELECT max(id) FROM t").await, "10");
        assert_eq!(
            values(&session, "SELECT * FROM sqlite_sequence").await,
            "t,10"
        );
        session.close().await;
    }
}

#[tokio::test]
async fn a_rowid_without_a_name_is_kept_for_what_refers_to_it() {
    let from =
        "CREATE TABLE docs (title); CREATE VIRTUAL TABLE texts USING fts5(title, content='docs');
         INSERT INTO docs VALUES ('a'), ('b'), ('c'); DELETE FROM docs WHERE title = 'b';
         INSERT INTO texts (texts) VALUES ('rebuild')";
    let to = "CREATE TABLE docs (title UNIQUE); CREATE VIRTUAL TABLE texts USING fts5(title, content='docs')";
    let session = changed(from, to).await;
    assert_eq!(values(&session, "SELECT rowid FROM docs").await, "1;3");
    let found = values(&session, "SELECT title FROM texts WHERE texts MATCH 'c'").await;
    assert_eq!(found, "c");
    session.close().await;
    let session = changed(
        "CREATE TABLE t (rowid); INSERT INTO t VALUES ('mine'), ('yours'); DELETE FROM t WHERE rowid = 'mine'",
        "CREATE TABLE t (rowid UNIQUE)",
    )
    .await;
    assert_eq!(
        values(&session, "SELECT _rowid_, rowid FROM t").await,
        "2,yours"
    );
    session.close().await;
    let session = changed(
        "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); DELETE FROM t WHERE a = 1",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a)",
    )
    .await;
    assert_eq!(
        values(&session, "SELECT id, a FROM t").await,
        "2,2",
        "it becomes a name"
    );
    session.close().await;
}

#[tokio::test]
async fn no_trigger_fires_for_rows_that_move() {
    let schema = |check: &str| {
        format!(
            "CREATE TABLE t (a {check}); CREATE TABLE log (what);
             CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('insert'); END;
             CREATE TRIGGER d BEFORE DELETE ON t BEGIN INSERT INTO log VALUES ('delete'); END;"
        )
    };
    let from = format!("{} INSERT INTO t VALUES (1); DELETE FROM log", schema(""));
    let session = changed(&from, &schema("UNIQUE")).await;
    assert_eq!(values(&session, "SELECT * FROM log").await, "");
    session.execute("DELETE FROM t").await.expect("runs");
    assert_eq!(values(&session, "SELECT * FROM log").await, "delete");
    session.close().await;
}

#[tokio::test]
async fn a_new_column_that_needs_a_value_is_said_and_refused_where_there_are_rows() {
    let to = "CREATE TABLE t (a, b INT NOT NULL)";
    let session = database("CREATE TABLE t (a); INSERT INTO t VALUES (1)").await;
    let (found, refused) = refused(&session, to).await;
    assert_eq!(
        found.changes[0].notes,
        ["fails if `t` has rows: its new column `b` is NOT NULL and has no default"]
    );
    assert!(refused.contains("NOT NULL constraint failed"), "{refused}");
    session.close().await;
    changed("CREATE TABLE t (a)", to).await.close().await;
}

#[tokio::test]
async fn a_column_that_becomes_not_null_is_said_and_refused_where_it_has_nulls() {
    let to = "CREATE TABLE t (id INTEGER PRIMARY KEY NOT NULL, a INT NOT NULL DEFAULT 0)";
    let session =
        database("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT); INSERT INTO t (a) VALUES (NULL)")
            .await;
    let (found, _) = refused(&session, to).await;
    assert_eq!(
        found.changes[0].notes,
        ["fails if a row has NULL in `t.a`, which becomes NOT NULL: set those first"]
    );
    session.execute("UPDATE t SET a = 1").await.expect("runs");
    let to = schema(to).await;
    carry_out(&session, &to, &Options::default(), Frame::Script).await;
    session.close().await;
}

#[tokio::test]
async fn rows_that_would_break_a_new_key_are_refused() {
    let session = database(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p); INSERT INTO c VALUES (7)",
    )
    .await;
    let to = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)";
    let (_, refused) = refused(&session, to).await;
    assert!(
        refused.contains("rows would break a foreign key"),
        "{refused}"
    );
    session.close().await;
}

#[tokio::test]
async fn rows_that_broke_a_key_before_may_go_on_doing_so() {
    let session = database(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p);
         PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (7); PRAGMA foreign_keys = ON",
    )
    .await;
    let to =
        schema("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p UNIQUE REFERENCES p)")
            .await;
    let found = diff(&read(&session).await, &to, &Options::default());
    let script = as_run(&found, Frame::Script);
    session.execute(&script).await.expect("runs");
    assert_eq!(values(&session, "SELECT * FROM c").await, "7");
    session.close().await;
}

#[tokio::test]
async fn what_is_lost_is_said() {
    for (from, to, lost) in [
        (
            "CREATE TABLE t (a, b UNIQUE, c AS (a))",
            "CREATE TABLE t (a)",
            "the values of `t.b`",
        ),
        (
            "CREATE TABLE t (a, b)",
            "CREATE TABLE t (a, b AS (a))",
            "the values of `t.b`",
        ),
        ("CREATE TABLE t (a, c AS (a))", "CREATE TABLE t (a)", ""),
        ("CREATE TABLE t (a)", "CREATE TABLE t (a INT)", ""),
        ("CREATE TABLE t (a)", "", "all rows of `t`"),
        (
            "CREATE TABLE t (a)",
            "CREATE VIRTUAL TABLE t USING fts5(a)",
            "",
        ),
        (
            "CREATE VIRTUAL TABLE t USING fts5(a)",
            "CREATE VIRTUAL TABLE t USING fts5(a, content='')",
            "all rows of `t`",
        ),
        (
            "CREATE VIRTUAL TABLE t USING rtree(id, a, b)",
            "CREATE VIRTUAL TABLE t USING rtree(id, a, b, +c)",
            "all rows of `t`",
        ),
        (
            "CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID",
            "CREATE TABLE t (b PRIMARY KEY) WITHOUT ROWID",
            "all rows of `t`",
        ),
    ] {
        let found = diff(&schema(from).await, &schema(to).await, &Options::default());
        let all: Vec<_> = found
            .changes
            .iter()
            .filter_map(|change| change.loses.as_deref())
            .collect();
        assert_eq!(all.join(", "), lost, "{from} → {to}");
    }
}

#[tokio::test]
async fn full_text_search_finds_what_it_found_before() {
    let found = "SELECT rowid FROM texts WHERE texts MATCH 'needle'";
    for (from, to) in [
        (
            "CREATE VIRTUAL TABLE texts USING fts5(title); INSERT INTO texts (rowid, title) VALUES (7, 'needle')",
            "CREATE VIRTUAL TABLE texts USING fts5(title, body, prefix='2')",
        ),
        (
            "CREATE TABLE docs (title); CREATE VIRTUAL TABLE texts USING fts5(title, content='docs');
             INSERT INTO docs (rowid, title) VALUES (7, 'needle'); INSERT INTO texts (texts) VALUES ('rebuild')",
            "CREATE TABLE docs (title UNIQUE, body DEFAULT 'hay'); CREATE VIEW shown AS SELECT rowid, title, body FROM docs;
             CREATE VIRTUAL TABLE texts USING fts5(body, title, content='shown', content_rowid='rowid')",
        ),
    ] {
        let session = changed(from, to).await;
        assert_eq!(values(&session, found).await, "7", "{to}");
        session.close().await;
    }
}
