//! Backfills that are stopped on the way, by whatever, and go on.

use segue_engine::{FailureKind, interrupt};

use super::*;

/// Ends every connection but the one that does so.
const KILL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
     WHERE pid <> pg_backend_pid() AND datname = current_database()";

#[tokio::test]
async fn after_every_connection_was_killed_it_goes_on_with_any_number_of_workers() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut kills = 0;
    for workers in [1, 3, 2, 1, 4, 1, 2, 3, 1] {
        let mut job = logging();
        job.pace.workers = workers;
        job.pace.max_rate = Some(8000);
        let before = world.logged().await;
        if before == ROWS {
            break;
        }
        let (filled, ()) = tokio::join!(world.run(&job), async {
            world
                .hears(|event| matches!(event, Event::Filling(progress) if progress.rows > before))
                .await;
            // who ends sessions of others, such as a worker of autovacuum, is a superuser
            world.as_superuser(KILL).await;
        });
        match filled {
            Ok(_) => break,
            Err(failure) => assert_eq!(failure.kind, FailureKind::Connection, "{failure}"),
        }
        kills += 1;
        assert!(world.logged().await > before, "what was committed stays");
    }
    assert!(kills > 1, "it was done before it could be killed");
    assert_eq!(rows(world.run(&logging()).await), ROWS);
    assert_eq!(world.logged().await, ROWS);
}

#[tokio::test]
async fn after_the_server_was_restarted_or_killed_it_goes_on() {
    let Some(world) = World::start().await else {
        return;
    };
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        let mut job = logging();
        job.pace.workers = 2;
        job.pace.max_rate = Some(3000);
        let before = world.logged().await;
        let (filled, ()) = tokio::join!(world.run(&job), async {
            world
                .hears(|event| matches!(event, Event::Filling(progress) if progress.rows > before))
                .await;
            world.restart(how);
        });
        let failure = filled.expect_err("the server is gone");
        assert_eq!(failure.kind, FailureKind::Connection, "{failure}");
    }
    let before = world.logged().await;
    assert!(before > 0 && before < ROWS, "{before}");
    assert_eq!(rows(world.run(&logging()).await), ROWS);
    assert_eq!(world.logged().await, ROWS);
}

#[tokio::test]
async fn one_worker_that_is_killed_stops_the_others_between_two_batches() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut job = logging();
    job.pace.workers = 3;
    job.pace.max_rate = Some(8000);
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world.writes().await;
        // its last statement may be another one just then
        let ended = "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity \
                     WHERE query LIKE '%UPDATE segue.batches%' AND pid <> pg_backend_pid() LIMIT 1) one";
        while world.sql(ended).await == "0" {}
    });
    let failure = filled.expect_err("a worker is gone");
    assert_eq!(failure.kind, FailureKind::Connection, "{failure}");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE '%transaction%'";
    assert_eq!(world.sql(open).await, "0");
    assert_eq!(rows(world.run(&logging()).await), ROWS);
    assert_eq!(world.logged().await, ROWS);
}

#[tokio::test]
async fn the_user_stops_it_and_it_goes_on_later() {
    let Some(world) = World::start().await else {
        return;
    };
    let (stop, interrupt) = interrupt();
    let mut job = logging();
    job.pace.workers = 2;
    job.pace.max_rate = Some(8000);
    job.interrupt = interrupt;
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world.writes().await;
        stop.send(true).expect("somebody listens");
    });
    let failure = filled.expect_err("it is stopped");
    assert_eq!(failure.kind, FailureKind::Interrupted, "{failure}");
    let before = world.logged().await;
    assert!(before > 0 && before < ROWS, "{before}");
    assert_eq!(rows(world.run(&logging()).await), ROWS);
    assert_eq!(world.logged().await, ROWS);
}

#[tokio::test]
async fn the_user_stops_a_batch_that_takes_long() {
    let Some(world) = World::start().await else {
        return;
    };
    let (stop, interrupt) = interrupt();
    let mut job = job(
        "UPDATE ONLY public.t SET done = true FROM pg_sleep(1000) WHERE t.ctid >= $1::tid AND t.ctid < $2::tid",
        "SELECT false",
    );
    job.interrupt = interrupt;
    let (filled, ()) = tokio::join!(world.run(&job), async {
        let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while world.sql(sleeps).await == "0" {}
        stop.send(true).expect("somebody listens");
    });
    let failure = filled.expect_err("it is stopped");
    assert_eq!(failure.kind, FailureKind::Interrupted, "{failure}");
    assert_eq!(world.marked().await, 0);
}

#[tokio::test]
async fn a_table_that_was_rewritten_is_begun_again() {
    let Some(world) = World::start().await else {
        return;
    };
    let (stop, interrupt) = interrupt();
    let mut job = marking();
    job.pace.max_rate = Some(8000);
    job.interrupt = interrupt;
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world.writes().await;
        stop.send(true).expect("somebody listens");
    });
    filled.expect_err("it is stopped");
    world.sql("VACUUM FULL t").await;
    assert_eq!(rows(world.run(&marking()).await), ROWS);
    assert_eq!(world.marked().await, ROWS);
    assert_eq!(world.sql("SELECT max(round) FROM segue.batches").await, "2");
}

#[tokio::test]
async fn a_table_that_is_rewritten_while_it_runs_is_begun_again() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut job = marking();
    job.pace.workers = 2;
    job.pace.max_rate = Some(8000);
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world.writes().await;
        world.sql("VACUUM FULL t").await;
        world
            .sql("UPDATE segue.rollouts SET max_rate = 1000000")
            .await;
    });
    assert_eq!(rows(filled), ROWS);
    assert_eq!(world.marked().await, ROWS);
    assert_eq!(world.sql("SELECT max(round) FROM segue.batches").await, "2");
}

#[tokio::test]
async fn of_two_that_write_the_same_rows_one_stops() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut job = logging();
    job.pace.max_rate = Some(20_000);
    // both go by the checkpoints of the same round
    let (stop, interrupt) = interrupt();
    job.interrupt = interrupt;
    let (begun, ()) = tokio::join!(world.run(&job), async {
        world.writes().await;
        stop.send(true).expect("somebody listens");
    });
    begun.expect_err("it is stopped");
    job.interrupt = Interrupt::never();
    let (one, other) = tokio::join!(world.run(&job), world.run(&job));
    let failures: Vec<Failure> = [one, other].into_iter().filter_map(Result::err).collect();
    let [failure] = failures.as_slice() else {
        panic!("{failures:?}");
    };
    assert!(failure.to_string().contains("another segue"), "{failure}");
    assert_eq!(world.logged().await, ROWS);
}
