//! Another hand: the database is changed between two steps, a statement is ended in the middle, a file is edited, a plan is
//! of another version. Nothing of that is passed over.

use std::time::Duration;

use segue::FailureKind;
use segue_cluster::{Break, Side};

use crate::{
    recipes::named,
    stand::{BEFORE, Command, Ended, Project, Stand, run},
};

/// Only for safety: nothing here is expected to take so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A recipe deployed on a database, up to before a statement with these words.
pub(crate) async fn stopped_before(stand: &Stand, project: &Project, words: &str) -> String {
    let whole = stand.copy(BEFORE).await;
    let (ended, sent, _) = stand
        .by_the_line(project, Command::Deploy, &whole, None)
        .await;
    ended.unwrap_or_else(|failure| panic!("{failure}"));
    stand.remove(&whole).await;
    // the plan as it is kept has all its statements
    let is_it = |statement: &String| statement.contains(words) && !statement.contains("segue.");
    let at = sent.iter().position(is_it);
    let breaks = Break {
        at: at.unwrap_or_else(|| panic!("nothing has {words:?}: {sent:#?}")) + 1,
        words: "",
        side: Side::Before,
        holds: false,
    };
    let database = stand.copy(BEFORE).await;
    let (ended, ..) = stand
        .by_the_line(project, Command::Deploy, &database, Some(breaks))
        .await;
    assert!(ended.is_err(), "it was to stop before {words}");
    database
}

/// A command is refused, with these words.
pub(crate) async fn refused(
    stand: &Stand,
    project: &Project,
    command: Command,
    database: &str,
    words: &[&str],
) {
    let ended = stand.segue(project, command, database).await;
    let Err(failure) = ended else {
        panic!("{command:?} was to be refused because of {words:?}");
    };
    assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    let told = format!("{:?}", failure.problems);
    for word in words {
        assert!(told.contains(word), "no {word:?} in {told}");
    }
}

pub(crate) async fn gets_through(
    stand: &Stand,
    project: &Project,
    command: Command,
    database: &str,
) {
    let ended = stand.segue(project, command, database).await;
    let ended = ended.unwrap_or_else(|failure| panic!("{command:?}: {failure}"));
    assert_eq!(ended, Ended::Done, "{command:?}");
}

#[tokio::test]
async fn what_another_hand_changes_between_two_steps_stops_the_plan_and_is_told() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let mut project = Project::of(named("set_not_null").migrations);
    let database = stopped_before(&stand, &project, "VALIDATE CONSTRAINT").await;
    let other_hand = "ALTER TABLE users ADD COLUMN foreign_hand integer; DROP INDEX users_nick_idx";
    stand.sql(&database, other_hand).await;
    let told = [
        "public.users: there is now column foreign_hand integer",
        "public.users: there is no longer CREATE INDEX users_nick_idx",
        "--accept-changes",
    ];
    refused(&stand, &project, Command::Deploy, &database, &told).await;
    refused(&stand, &project, Command::Rollback, &database, &told[..2]).await;
    project.accepts_changes = true;
    // a way back was begun, and is to be ended
    gets_through(&stand, &project, Command::Rollback, &database).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    assert!(
        stand
            .left(&database, "rolled back")
            .await
            .iter()
            .all(|left| left.starts_with("rollout"))
    );
}

#[tokio::test]
async fn a_table_that_somebody_has_for_himself_between_two_steps_is_waited_for() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named("set_not_null").migrations);
    let database = stopped_before(&stand, &project, "VALIDATE CONSTRAINT").await;
    for command in [Command::Deploy, Command::Rollback] {
        let other = stand.session(&database).await;
        let lock = "BEGIN; LOCK TABLE users";
        other.execute(lock).await.expect("locked");
        let release = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            other.execute("COMMIT").await.expect("released");
        };
        tokio::join!(gets_through(&stand, &project, command, &database), release);
    }
}

#[tokio::test]
async fn a_change_between_two_steps_that_is_accepted_or_taken_back_lets_the_plan_go_on() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let mut project = Project::of(named("add_primary_key").migrations);
    let database = stopped_before(&stand, &project, "CREATE UNIQUE INDEX").await;
    // it was sent already, as far as its journal knows: what counts is what comes behind it
    let other_hand = "CREATE TABLE beside (id int); ALTER TABLE links ADD COLUMN foreign_hand text";
    stand.sql(&database, other_hand).await;
    project.accepts_changes = true;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    project.accepts_changes = false;
    let database = stopped_before(&stand, &project, "PRIMARY KEY USING INDEX").await;
    stand
        .sql(
            &database,
            "ALTER TABLE links ALTER COLUMN b SET DEFAULT 'x'",
        )
        .await;
    let told = ["public.links: there is now column b text DEFAULT 'x'::text"];
    refused(&stand, &project, Command::Deploy, &database, &told).await;
    stand
        .sql(&database, "ALTER TABLE links ALTER COLUMN b DROP DEFAULT")
        .await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
}

#[tokio::test]
async fn what_another_hand_changes_between_expand_and_contract_stops_both_ways() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let mut project = Project::of(named("drop_column").migrations);
    let database = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand
        .sql(&database, "CREATE INDEX by_hand ON users (email)")
        .await;
    let told = ["public.users: there is now CREATE INDEX by_hand ON public.users"];
    refused(&stand, &project, Command::Contract, &database, &told).await;
    project.accepts_changes = true;
    gets_through(&stand, &project, Command::Contract, &database).await;
    assert_eq!(
        stand.left(&database, "contracted").await,
        Vec::<String>::new()
    );

    project.accepts_changes = false;
    let database = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand
        .sql(&database, "CREATE INDEX by_hand ON users (email)")
        .await;
    refused(&stand, &project, Command::Rollback, &database, &told).await;
    stand.sql(&database, "DROP INDEX by_hand").await;
    gets_through(&stand, &project, Command::Rollback, &database).await;
    assert_eq!(
        stand.left(&database, "rolled back").await,
        Vec::<String>::new()
    );
    let now = stand.snapshot(&database).await;
    assert_eq!(now.differs(&stand.snapshot(BEFORE).await), None);
}

#[tokio::test]
async fn what_is_about_a_table_that_another_hand_has_dropped_is_left_out_where_that_is_accepted() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let mut project = Project::of(&[
        "ALTER TABLE teams RENAME COLUMN label TO name;\nALTER TABLE orders RENAME COLUMN total TO cents;",
        "UPDATE orders SET user_id = user_id + 1000;",
    ]);
    let told = ["public.orders: there is no longer", "--accept-changes"];
    let (table, column) = (
        "DROP TABLE orders",
        "ALTER TABLE orders DROP COLUMN cents CASCADE",
    );
    for (command, gone, left) in [
        (Command::Contract, table, 0),
        (Command::Rollback, column, 0),
        // what was kept of its rows, which nobody can put back
        (Command::Rollback, table, 1),
    ] {
        let database = stand.copy(BEFORE).await;
        project.accepts_changes = false;
        gets_through(&stand, &project, Command::Deploy, &database).await;
        stand.sql(&database, gone).await;
        refused(&stand, &project, command, &database, &told).await;
        project.accepts_changes = true;
        gets_through(&stand, &project, command, &database).await;
        let (end, name) = match command {
            Command::Contract => ("contracted", "name"),
            _ => ("rolled back", "label"),
        };
        let all = stand.left(&database, end).await;
        let kept = all.iter().filter(|left| left.contains("left_"));
        assert_eq!(kept.count(), left, "{command:?} after {gone}: {all:?}");
        let columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'teams'::regclass AND attname IN ('label', 'name')";
        let found = stand.sql(&database, columns).await;
        assert_eq!(found, [[Some(name.to_owned())]]);
    }
    // the other form of the column is the last that has its values
    let database = stand.copy(BEFORE).await;
    project.accepts_changes = false;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand.sql(&database, column).await;
    project.accepts_changes = true;
    let ended = stand.segue(&project, Command::Contract, &database).await;
    ended.expect_err("nothing is dropped");
    gets_through(&stand, &project, Command::Rollback, &database).await;
}

#[tokio::test]
async fn an_edited_or_missing_file_of_a_plan_under_way_stops_it_and_a_comment_does_not() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named("set_not_null").migrations);
    let file = "migrations/0002_next/migration.sql";
    let text = named("set_not_null").migrations[0];
    let database = stopped_before(&stand, &project, "VALIDATE CONSTRAINT").await;
    let before = stand.snapshot(&database).await;
    project.file(file, "ALTER TABLE users ALTER COLUMN nick SET NOT NULL;");
    refused(
        &stand,
        &project,
        Command::Deploy,
        &database,
        &["`0002_next` was edited after its deploy began"],
    )
    .await;
    std::fs::remove_dir_all(project.root().join("migrations/0002_next")).expect("it is removed");
    refused(
        &stand,
        &project,
        Command::Deploy,
        &database,
        &["not on disk: 0002_next"],
    )
    .await;
    assert_eq!(stand.snapshot(&database).await.differs(&before), None);
    project.file(file, &format!("-- a comment\n{text}\n"));
    gets_through(&stand, &project, Command::Deploy, &database).await;
}

#[tokio::test]
async fn a_plan_that_another_version_has_written_is_refused_and_named() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named("drop_column").migrations);
    let expanding = stopped_before(&stand, &project, "DROP NOT NULL").await;
    let expanded = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &expanded).await;
    let other = "UPDATE segue.rollouts SET version = '99.1.0', plan = '{\"phases\": []}'";
    for (database, command) in [
        (&expanding, Command::Deploy),
        (&expanding, Command::Rollback),
        (&expanded, Command::Contract),
        (&expanded, Command::Rollback),
    ] {
        stand.sql(database, other).await;
        let before = stand.snapshot(database).await;
        let told = ["segue 99.1.0 has begun", "with segue 99.1.0"];
        refused(&stand, &project, command, database, &told).await;
        assert_eq!(stand.snapshot(database).await.differs(&before), None);
    }
}

/// A statement that waits for a transaction of the app is ended in the middle; then everything goes on.
async fn ended_in_the_middle(recipe: &str, command: Command, table: &str, half_done: &str) {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named(recipe).migrations);
    let undisturbed = stand.copy(BEFORE).await;
    let database = stand.copy(BEFORE).await;
    for database in [&undisturbed, &database] {
        if command == Command::Contract {
            gets_through(&stand, &project, Command::Deploy, database).await;
        }
    }
    gets_through(&stand, &project, command, &undisturbed).await;
    let app = stand.session(&database).await;
    let open = format!("BEGIN; LOCK TABLE {table} IN ROW EXCLUSIVE MODE");
    app.rows(&open).await.expect("the app is busy");
    let running = tokio::spawn(run(
        project.migrator(&stand.cluster.deployer_url(&database)),
        command,
    ));
    let wait = async {
        while stand.sql(&database, half_done).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("it is half done");
    stand
        .sql(
            &database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'segue' AND datname = current_database()",
        )
        .await;
    let ended = running.await.expect("it ends");
    assert_eq!(
        ended.expect_err("it was ended").kind,
        FailureKind::Connection
    );
    app.rows("ROLLBACK").await.expect("the app is done");
    app.close().await;
    if command == Command::Deploy {
        stand.quiet(&database).await;
        let back = stand.copy(&database).await;
        gets_through(&stand, &project, Command::Rollback, &back).await;
        assert_eq!(stand.left(&back, "rolled back").await, Vec::<String>::new());
        let now = stand.snapshot(&back).await;
        assert_eq!(now.differs(&stand.snapshot(BEFORE).await), None);
    }
    gets_through(&stand, &project, command, &database).await;
    let now = stand.snapshot(&database).await;
    assert_eq!(now.differs(&stand.snapshot(&undisturbed).await), None);
    assert_eq!(
        stand.left(&database, "contracted").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn an_index_whose_build_was_ended_in_the_middle_is_built_anew_or_taken_away() {
    let half = "SELECT 1 FROM pg_index WHERE NOT indisvalid";
    ended_in_the_middle("create_unique_index", Command::Deploy, "users", half).await;
}

#[tokio::test]
async fn an_index_that_was_half_dropped_is_dropped() {
    let half = "SELECT 1 FROM pg_index WHERE NOT indisvalid";
    ended_in_the_middle("drop_index_concurrently", Command::Contract, "users", half).await;
}

#[tokio::test]
async fn a_partition_that_was_half_detached_is_detached() {
    let half = "SELECT 1 FROM pg_inherits WHERE inhdetachpending";
    ended_in_the_middle(
        "detach_partition_concurrently",
        Command::Contract,
        "events",
        half,
    )
    .await;
}
