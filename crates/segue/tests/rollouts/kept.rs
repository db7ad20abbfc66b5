//! What rows were before a migration writes them is kept, and going back puts them back; those that somebody has changed since are
//! left as they are, and named.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use segue::{Event, Interrupt};
use segue_cluster::{Break, Side};

use crate::{
    hands::{gets_through, refused},
    snapshot::KEPT,
    stand::{BEFORE, Command, Project, Stand},
};

/// In batches, and a few at a time; rows that are updated, deleted and added.
const WRITES: &str = "UPDATE users SET is_active = true, name = upper(name) WHERE id % 2 = 0;
DELETE FROM orders WHERE total IS NULL;
UPDATE users SET visits = visits + 1;
UPDATE users SET nick = NULL WHERE id = 11;
DELETE FROM links WHERE a = 3;
DELETE FROM orders WHERE id = 4;
INSERT INTO teams (id, label) VALUES (90001, 'a'), (90002, 'b');";

/// Takes the last deploy back, and gives what is told.
pub(crate) async fn back(stand: &Stand, project: &Project, database: &str) -> Vec<String> {
    let migrator = project.migrator(&stand.cluster.deployer_url(database));
    let mut connected = migrator.connect(&mut |_| {}).await.expect("it connects");
    let mut told = Vec::new();
    let mut events = |event| {
        if let Event::Notice(text) = event {
            told.push(text);
        }
    };
    let done = connected
        .rollback(None, &Interrupt::never(), &mut events)
        .await;
    done.unwrap_or_else(|failure| panic!("{failure}"));
    connected.close().await;
    told
}

#[tokio::test]
async fn rows_are_put_back_but_for_those_that_somebody_has_changed_which_are_named() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    stand
        .sql(BEFORE, "ALTER TABLE links ADD PRIMARY KEY (a)")
        .await;
    let project = Project::of(&[WRITES]);
    let database = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    let changed =
        "SELECT count(*) FROM users WHERE is_active AND name LIKE 'NAME%' AND visits = id % 5 + 1";
    assert_eq!(
        stand.sql(&database, changed).await,
        [[Some("1000".to_owned())]]
    );
    let others = "UPDATE users SET name = 'mine' WHERE id = 4;
        UPDATE users SET visits = 77 WHERE id = 6;
        INSERT INTO orders VALUES (3, 1, 1000);
        INSERT INTO members VALUES (90001, 90001, '2026-02-02')";
    stand.sql(&database, others).await;
    let told = back(&stand, &project, &database).await.join("\n");
    for row in ["id = (4)", "id = (6)", "id = (3)", "id = (90001)"] {
        assert!(told.contains(row), "{row} is to be named: {told}");
    }
    for row in ["id = (8)", "id = (90002)", "a = (3)"] {
        assert!(!told.contains(row), "{row} was put back: {told}");
    }
    // all is as before, but for what the app has changed; of such a row nothing that the same statement has set
    let expected = "UPDATE users SET name = 'mine', is_active = true WHERE id = 4;
        UPDATE users SET visits = 77 WHERE id = 6;
        UPDATE orders SET user_id = 1, total = 1000 WHERE id = 3;
        INSERT INTO teams (id, label) VALUES (90001, 'a');
        INSERT INTO members VALUES (90001, 90001, '2026-02-02')";
    let wanted = stand.copy(BEFORE).await;
    stand.sql(&wanted, expected).await;
    let (now, wanted) = (
        stand.snapshot(&database).await,
        stand.snapshot(&wanted).await,
    );
    assert_eq!(now.differs(&wanted), None);
    let left = stand.sql(&database, KEPT).await;
    assert_eq!(
        left.len(),
        4,
        "what was kept of these is still there: {left:?}"
    );
    let old = "SELECT o1 || o2 FROM segue.left_1_1 WHERE k1 = 4";
    let old = stand.sql(&database, old).await;
    assert!(
        format!("{old:?}").contains("name 4") || old == [[None]],
        "{old:?}"
    );
    // and all of it can be deployed again
    let away = "DELETE FROM members WHERE id = 90001; DELETE FROM teams WHERE id = 90001";
    stand.sql(&database, away).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
}

#[tokio::test]
async fn what_is_kept_goes_with_the_next_deploy_or_with_contract() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let update = "UPDATE users SET is_active = true WHERE id % 2 = 0;";
    let first = Project::of(&[update]);
    let database = stand.copy(BEFORE).await;
    gets_through(&stand, &first, Command::Deploy, &database).await;
    assert_eq!(
        stand.sql(&database, KEPT).await,
        [[Some("kept_0002_next_1".to_owned())]]
    );
    let both = Project::of(&[
        update,
        "ALTER TABLE users RENAME COLUMN nick TO alias;\nDELETE FROM orders WHERE id = 7;",
    ]);
    gets_through(&stand, &both, Command::Deploy, &database).await;
    assert_eq!(
        stand.sql(&database, KEPT).await,
        [[Some("kept_0003_next_2".to_owned())]]
    );
    gets_through(&stand, &both, Command::Contract, &database).await;
    assert!(stand.sql(&database, KEPT).await.is_empty());
}

#[tokio::test]
async fn batches_that_are_put_back_go_on_where_they_stopped() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(&["UPDATE users SET visits = visits + 1, name = upper(name);"]);
    let expanded = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &expanded).await;
    for side in [Side::Before, Side::After] {
        let database = stand.copy(&expanded).await;
        let breaks = Break {
            at: 1,
            words: "UPDATE /* segue */ public.users AS segue_row",
            side,
            holds: false,
        };
        let run = stand.by_the_line(&project, Command::Rollback, &database, Some(breaks));
        let (ended, _, broke) = run.await;
        assert!(ended.is_err() && broke);
        gets_through(&stand, &project, Command::Rollback, &database).await;
        let now = stand.snapshot(&database).await;
        assert_eq!(now.differs(&stand.snapshot(BEFORE).await), None);
        assert_eq!(
            stand.left(&database, "rolled back").await,
            Vec::<String>::new()
        );
    }
}

/// What an app does all the time: it counts on rows of its choice, and keeps account of how often.
const COUNTS: &str = "WITH one AS (UPDATE users SET visits = visits + 1 WHERE id = 1 + floor(random() * 2000)::int RETURNING 1) \
    UPDATE orders SET total = coalesce(total, 0) + (SELECT count(*) FROM one) WHERE id = 1";

#[tokio::test]
async fn each_row_is_counted_once_while_an_app_counts_too_and_going_back_loses_nothing_of_the_app()
{
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(&["UPDATE users SET visits = visits + 1;"]);
    let database = stand.copy(BEFORE).await;
    let sum = "SELECT (SELECT sum(visits) FROM users) - coalesce((SELECT total FROM orders WHERE id = 1), 0)";
    let number = |rows: Vec<Vec<Option<String>>>| -> i64 {
        let value = rows.into_iter().flatten().flatten().next();
        value.expect("a number").parse().expect("a number")
    };
    let before = number(stand.sql(&database, sum).await);
    let stand = Arc::new(stand);
    let stops = Arc::new(AtomicBool::new(false));
    let app = {
        let (stand, stops, database) = (Arc::clone(&stand), Arc::clone(&stops), database.clone());
        tokio::spawn(async move {
            let session = stand.session(&database).await;
            while !stops.load(Ordering::Relaxed) {
                session.rows(COUNTS).await.expect("the app writes");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            session.close().await;
        })
    };
    gets_through(&stand, &project, Command::Deploy, &database).await;
    assert_eq!(number(stand.sql(&database, sum).await) - before, 2000);
    let told = back(&stand, &project, &database).await.join("\n");
    stops.store(true, Ordering::Relaxed);
    app.await.expect("no panic");
    // rows that the app has counted on behind the migration keep what it counted, and the migration's own one
    let mut kept = 0;
    for row in stand
        .sql(&database, KEPT)
        .await
        .into_iter()
        .flatten()
        .flatten()
    {
        let unlike = format!(
            "SELECT count(*) FROM segue.{row} k JOIN users u ON u.id = k.k1 WHERE u.visits <> k.o1"
        );
        kept += number(stand.sql(&database, &unlike).await);
    }
    let after = number(stand.sql(&database, sum).await);
    assert!(kept > 0 || told.is_empty(), "{told}");
    assert!(
        after - before >= 0 && after - before <= kept,
        "{before} {after} {kept}"
    );
}

/// What they refer to is gone: they are left, and named, and the rest comes again.
#[tokio::test]
async fn rows_whose_parents_are_gone_do_not_keep_the_others_from_coming_again() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let schema = "CREATE TABLE accounts (id int PRIMARY KEY);
CREATE TABLE mails (id int PRIMARY KEY, account_id int REFERENCES accounts, state text);
INSERT INTO accounts SELECT generate_series(1, 3000);
INSERT INTO mails SELECT n, n, 'old' FROM generate_series(1, 3000) n;
INSERT INTO mails VALUES (4000, NULL, 'old');";
    let project = Project::with(schema, &[]);
    let database = stand.empty().await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand.quiet(&database).await;
    let delete = "DELETE FROM mails WHERE state = 'old' AND id > 10;";
    project.file("migrations/0002_next/migration.sql", delete);
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand
        .sql(&database, "DELETE FROM accounts WHERE id = 1500")
        .await;
    let told = back(&stand, &project, &database).await.join("\n");
    assert!(told.contains("id = (1500)"), "{told}");
    let mails = stand.sql(&database, "SELECT count(*) FROM mails").await;
    assert_eq!(mails, [[Some("3000".to_owned())]]);
}

/// An app has given the old value of a row to another one since.
#[tokio::test]
async fn rows_whose_unique_values_are_taken_do_not_keep_the_others_from_being_put_back() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let schema = "CREATE TABLE users (id int PRIMARY KEY, mail text UNIQUE);
INSERT INTO users SELECT n, 'Mail' || n FROM generate_series(1, 3000) n;";
    let project = Project::with(schema, &[]);
    let database = stand.empty().await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand.quiet(&database).await;
    let update = "UPDATE users SET mail = lower(mail);";
    project.file("migrations/0002_next/migration.sql", update);
    gets_through(&stand, &project, Command::Deploy, &database).await;
    let taken = "INSERT INTO users VALUES (5000, 'Mail1500')";
    stand.sql(&database, taken).await;
    let told = back(&stand, &project, &database).await.join("\n");
    assert!(told.contains("id = (1500)"), "{told}");
    let count = "SELECT count(*) FROM users WHERE mail = 'Mail' || id";
    let users = stand.sql(&database, count).await;
    assert_eq!(users, [[Some("2999".to_owned())]]);
}

/// A check is another one behind rows that the migration itself writes: those are put back before it is what it was. What an app has
/// written since is in the way, and nothing is begun then.
#[tokio::test]
async fn rows_that_are_put_back_are_not_in_the_way_of_the_check_that_they_broke() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let schema = "CREATE TABLE notes (id int PRIMARY KEY, kind text NOT NULL, CONSTRAINT notes_kind CHECK (kind IN ('a', 'b')));
INSERT INTO notes SELECT n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 3000) n;";
    let project = Project::with(schema, &[]);
    let database = stand.empty().await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand.quiet(&database).await;
    let next = "ALTER TABLE notes DROP CONSTRAINT notes_kind;
UPDATE notes SET kind = 'c' WHERE kind = 'b';
ALTER TABLE notes ADD CONSTRAINT notes_kind CHECK (kind IN ('a', 'c'));";
    project.file("migrations/0002_next/migration.sql", next);
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand
        .sql(&database, "INSERT INTO notes VALUES (5000, 'c')")
        .await;
    let in_the_way = ["the constraint notes_kind", "id = (5000)"];
    refused(&stand, &project, Command::Rollback, &database, &in_the_way).await;
    let broken = "SELECT count(*) FROM notes WHERE kind = 'c'";
    let count = stand.sql(&database, broken).await;
    assert_eq!(count, [[Some("1501".to_owned())]], "nothing is taken back");
    stand
        .sql(&database, "DELETE FROM notes WHERE id = 5000")
        .await;
    gets_through(&stand, &project, Command::Rollback, &database).await;
    let count = stand.sql(&database, broken).await;
    assert_eq!(count, [[Some("0".to_owned())]]);
}
