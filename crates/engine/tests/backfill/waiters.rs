//! Who is in whose way.

use segue_engine::{FailureKind, Hold};

use super::*;

#[tokio::test]
async fn whoever_waits_for_a_row_of_a_batch_gets_it_before_the_batch_is_done() {
    let Some(world) = World::start().await else {
        return;
    };
    gets_its_row(&world, marking()).await;
}

#[tokio::test]
async fn the_owner_of_the_table_sees_who_waits_for_one_of_several_workers() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut job = marking();
    job.pace.workers = 2;
    gets_its_row(&world, job).await;
}

/// A client locks a row again and again (to write it would move it), and a batch with that row and many others would take longer than the test may.
async fn gets_its_row(world: &World, job: Job) {
    world
        .sql(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF EXISTS (SELECT FROM new WHERE id = 1) AND (SELECT count(*) > 100 FROM new) \
             THEN PERFORM pg_sleep(1000); END IF; RETURN NULL; END $$; \
             CREATE TRIGGER slow AFTER UPDATE ON t REFERENCING NEW TABLE AS new \
             FOR EACH STATEMENT EXECUTE FUNCTION slow()",
        )
        .await;
    let (filled, ()) = tokio::join!(world.run(&job), async {
        let is_done = "SELECT count(*) FROM t WHERE id = 1 AND done";
        while world.sql(is_done).await == "0" {
            world.sql("SELECT FROM t WHERE id = 1 FOR UPDATE").await;
        }
    });
    assert_eq!(rows(filled), ROWS);
    assert_eq!(world.marked().await, ROWS);
    assert!(world.has_heard(|event| matches!(
        event,
        Event::FillingWaits {
            hold: Hold::InTheWay,
            ..
        }
    )));
}

#[tokio::test]
async fn a_row_that_stays_locked_stops_it_and_names_who_holds_it() {
    let Some(world) = World::start().await else {
        return;
    };
    let holder = session(&world.url).await;
    let hold =
        "SET application_name = 'the holder'; BEGIN; UPDATE t SET pad = 'held' WHERE id = 15000";
    holder.execute(hold).await.expect("it is free");
    let mut job = marking();
    job.locks = Duration::from_secs(3);
    let failure = world.run(&job).await.expect_err("a row is locked");
    assert_eq!(failure.kind, FailureKind::Locked, "{failure}");
    let notes = &failure.problems[0].notes;
    assert!(
        notes
            .iter()
            .any(|note| note.contains("the holder") && note.contains("idle in transaction")),
        "{notes:?}"
    );
    let before = world.marked().await;
    assert!(before > 0 && before < ROWS, "{before}");
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world
            .hears(|event| matches!(event, Event::WaitingForLock { .. }))
            .await;
        holder.execute("COMMIT").await.expect("it is alive");
    });
    assert_eq!(rows(filled), ROWS);
    assert_eq!(world.marked().await, ROWS);
}

#[tokio::test]
async fn a_table_that_stays_locked_is_waited_for_within_the_budget() {
    let Some(world) = World::start().await else {
        return;
    };
    let holder = session(&world.url).await;
    holder
        .execute("BEGIN; LOCK TABLE t")
        .await
        .expect("it is free");
    let mut job = marking();
    job.locks = Duration::from_millis(500);
    let failure = world.run(&job).await.expect_err("it is locked");
    assert_eq!(failure.kind, FailureKind::Locked, "{failure}");
    job.locks = PATIENCE;
    let (filled, ()) = tokio::join!(world.run(&job), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        holder.execute("COMMIT").await.expect("it is alive");
    });
    assert_eq!(rows(filled), ROWS);
    assert_eq!(world.marked().await, ROWS);
}

#[tokio::test]
async fn a_deadlock_with_an_app_is_got_over() {
    let Some(world) = World::start().await else {
        return;
    };
    let job = marking();
    let app = async {
        let app = session(&world.url).await;
        let mut aborted = 0;
        while world.sql("SELECT count(*) FROM t WHERE done IS NULL").await != "0" {
            // from the end to the beginning, and the batches the other way round
            for script in [
                "BEGIN; UPDATE t SET pad = 'app' WHERE id IN (6, 106, 1006)",
                "UPDATE t SET pad = 'app' WHERE id IN (1, 101, 1001); COMMIT",
            ] {
                if app.execute(script).await.is_err() {
                    aborted += 1;
                    app.execute("ROLLBACK").await.expect("it is alive");
                    break;
                }
            }
        }
        aborted
    };
    let (filled, aborted) = tokio::join!(world.run(&job), app);
    assert_eq!(rows(filled), ROWS);
    assert_eq!(world.marked().await, ROWS);
    // lock_timeout of a batch is shorter than deadlock_timeout: it is never the app that gives way
    assert_eq!(aborted, 0);
}

#[tokio::test]
async fn somebody_who_waits_for_the_deploys_advisory_lock_is_nobody_to_make_way_for() {
    let Some(world) = World::start().await else {
        return;
    };
    // a batch takes the lock that the other one waits for, as a deploy has it all the time
    let mut job = marking();
    job.batches.before = vec!["SELECT pg_advisory_xact_lock(1), pg_sleep(0.3)".to_owned()];
    job.pace.target = Some(Duration::from_secs(1));
    world.sql("DELETE FROM t WHERE id > 500").await;
    world.sql("VACUUM t").await;
    let other = session(&world.url).await;
    let (filled, waited) = tokio::join!(world.run(&job), async {
        let running = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
        while world.sql(running).await == "0" {}
        other.execute("SELECT pg_advisory_lock(1)").await
    });
    waited.expect("its turn comes");
    filled.expect("it is done");
    assert!(!world.has_heard(|event| matches!(event, Event::FillingWaits { .. })));
}
