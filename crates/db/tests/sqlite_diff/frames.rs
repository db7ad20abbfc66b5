//! Who runs the statements: nothing is lost, whoever does.

use segue_catalog::sqlite::{
    diff,
    diff::{Diff, Frame, Options},
};
use segue_db::Session;

use super::databases::{database, read, schema, values};

const FROM: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, a);
    CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);
    INSERT INTO p VALUES (1, 2); INSERT INTO c VALUES (1)";
const TO: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, a UNIQUE); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE)";

async fn rebuild() -> (Session, Diff) {
    let session = database(FROM).await;
    let found = diff(
        &read(&session).await,
        &schema(TO).await,
        &Options::default(),
    );
    (session, found)
}

#[tokio::test]
async fn a_rebuild_reads_as_the_documentation_of_sqlite_has_it() {
    let (session, found) = rebuild().await;
    session.close().await;
    let script = found.script(Frame::Script);
    let shown: Vec<&str> = script
        .iter()
        .filter_map(|text| text.lines().next())
        .collect();
    assert_eq!(
        shown,
        [
            "PRAGMA foreign_keys = OFF;",
            "BEGIN;",
            "CREATE TEMP TABLE segue_foreign_keys (",
            "INSERT OR ROLLBACK INTO segue_foreign_keys SELECT foreign_keys, -(SELECT count(*) FROM pragma_foreign_key_check) FROM pragma_foreign_keys;",
            "CREATE TABLE \"segue_new_p\" (id INTEGER PRIMARY KEY, a UNIQUE);",
            "INSERT INTO \"segue_new_p\" (\"id\", \"a\") SELECT \"id\", \"a\" FROM \"p\";",
            "DROP TABLE \"p\";",
            "ALTER TABLE \"segue_new_p\" RENAME TO \"p\";",
            "UPDATE OR ROLLBACK segue_foreign_keys SET broken = broken + (SELECT count(*) FROM pragma_foreign_key_check);",
            "DROP TABLE segue_foreign_keys;",
            "COMMIT;",
            "PRAGMA foreign_keys = ON;",
        ]
    );
}

#[tokio::test]
async fn where_keys_are_enforced_in_spite_of_all_it_refuses_and_no_row_is_lost() {
    for frame in [Frame::Deploy, Frame::Bare] {
        let (session, found) = rebuild().await;
        let script = found.script(frame).join("\n");
        // The pragma has no effect in here.
        let refused = session.execute(&format!("BEGIN; {script} COMMIT;")).await;
        let refused = format!("{:?}", refused.expect_err("is refused"));
        assert!(refused.contains("foreign keys have to be off"), "{refused}");
        assert_eq!(values(&session, "SELECT * FROM p, c").await, "1,2,1");
        session
            .execute("BEGIN; COMMIT")
            .await
            .expect("it is rolled back");
        session.close().await;
    }
}

#[tokio::test]
async fn a_shell_that_goes_on_behind_errors_commits_nothing_of_it() {
    let session = database(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p); INSERT INTO c VALUES (7)",
    )
    .await;
    let before = read(&session).await;
    let to =
        schema("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)").await;
    let found = diff(&before, &to, &Options::default());
    let mut errors = 0;
    for statement in found.script(Frame::Script) {
        errors += usize::from(session.execute(&statement).await.is_err());
    }
    assert!(errors > 0);
    assert_eq!(read(&session).await, before);
    assert_eq!(values(&session, "SELECT * FROM c").await, "7");
    assert_eq!(values(&session, "PRAGMA foreign_keys").await, "1");
    session.close().await;
}

#[tokio::test]
async fn without_a_rebuild_there_is_nothing_but_a_transaction() {
    let (from, to) = (
        schema("CREATE TABLE t (a)").await,
        schema("CREATE TABLE t (a, b)").await,
    );
    let found = diff(&from, &to, &Options::default());
    let alter = "ALTER TABLE \"t\" ADD COLUMN b;";
    assert_eq!(found.script(Frame::Script), ["BEGIN;", alter, "COMMIT;"]);
    for frame in [Frame::Deploy, Frame::Within, Frame::Bare] {
        assert_eq!(found.script(frame), [alter]);
    }
    let nothing = diff(&to, &to, &Options::default());
    assert!(nothing.is_empty() && nothing.script(Frame::Script).is_empty());
}
