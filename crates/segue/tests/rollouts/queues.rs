//! Queues for locks: what waits for whom while a step has to be alone with its tables.

use std::time::{Duration, Instant};

use segue_db::Session;

use crate::{
    hands::gets_through,
    recipes::named,
    stand::{BEFORE, Command, Project, Stand},
};

/// Only for safety: nothing here is expected to take so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a query gives rows.
async fn until(session: &Session, query: &str) {
    let begun = Instant::now();
    while session.rows(query).await.expect("rows").is_empty() {
        assert!(begun.elapsed() < PATIENCE, "in vain: {query}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_transaction_that_has_read_and_then_writes_is_no_victim_of_a_rollback() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named("add_foreign_key").migrations);
    let database = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    let (app, watcher) = (
        stand.session(&database).await,
        stand.session(&database).await,
    );
    let read = "BEGIN; SELECT count(*) FROM orders";
    app.execute(read).await.expect("read");
    let writes = async {
        let waits = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass \
                     AND mode = 'AccessExclusiveLock'";
        until(&watcher, waits).await;
        let write = "UPDATE orders SET user_id = user_id; COMMIT";
        app.execute(write).await.expect("no deadlock");
    };
    tokio::join!(
        gets_through(&stand, &project, Command::Rollback, &database),
        writes
    );
}

#[tokio::test]
async fn tables_that_an_app_locks_in_one_order_are_not_always_locked_in_the_other() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named("add_foreign_key").migrations);
    let database = stand.copy(BEFORE).await;
    let (app, watcher) = (
        stand.session(&database).await,
        stand.session(&database).await,
    );
    // the step locks orders first, and users behind it
    app.execute("BEGIN; UPDATE users SET id = id")
        .await
        .expect("locked");
    let lets_go = async {
        let waits_without_the_other = "SELECT FROM pg_locks w WHERE NOT w.granted AND w.relation = 'users'::regclass \
             AND w.mode = 'ShareRowExclusiveLock' \
             AND NOT EXISTS (SELECT FROM pg_locks h WHERE h.pid = w.pid AND h.granted \
                 AND h.relation = 'orders'::regclass AND h.mode = 'ShareRowExclusiveLock')";
        until(&watcher, waits_without_the_other).await;
        app.execute("COMMIT").await.expect("released");
    };
    tokio::join!(
        gets_through(&stand, &project, Command::Deploy, &database),
        lets_go
    );
}
