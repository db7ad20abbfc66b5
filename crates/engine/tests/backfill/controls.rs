//! What holds batches back: people, replicas, the hour.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use segue_db::own::batches::{keep_max_rate, keep_paused};
use segue_engine::{Busy, FailureKind, Hold, interrupt};
use segue_project::{Quiet, Window, Windows};

use super::*;

fn waits_for(wanted: impl Fn(&Hold) -> bool) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::FillingWaits { hold, .. } if wanted(hold))
}

#[tokio::test]
async fn it_waits_while_it_is_paused_from_another_session() {
    for has_opener in [true, false] {
        let Some(world) = World::start().await else {
            return;
        };
        let mut job = marking();
        job.pace.max_rate = Some(8000);
        job.has_opener = has_opener;
        let (filled, ()) = tokio::join!(world.run(&job), async {
            world.writes().await;
            world.sql(&keep_paused(1, true)).await;
            world.hears(waits_for(|hold| *hold == Hold::Paused)).await;
            // a batch that ran when it was told is over
            let before = world.marked().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(world.marked().await, before);
            assert!(before < ROWS);
            world.sql(&keep_max_rate(1, Some(1_000_000))).await;
            world.sql(&keep_paused(1, false)).await;
        });
        assert_eq!(rows(filled), ROWS);
        assert_eq!(world.marked().await, ROWS);
    }
}

#[tokio::test]
async fn what_is_paused_from_the_start_writes_nothing() {
    let Some(world) = World::start().await else {
        return;
    };
    world.sql(&keep_paused(1, true)).await;
    let (stop, interrupt) = interrupt();
    let mut job = marking();
    job.interrupt = interrupt;
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world.hears(waits_for(|hold| *hold == Hold::Paused)).await;
        stop.send(true).expect("somebody listens");
    });
    let failure = filled.expect_err("it is stopped");
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(world.marked().await, 0);
}

#[tokio::test]
async fn a_rate_that_is_given_up_holds_nothing_back_any_more() {
    let Some(world) = World::start().await else {
        return;
    };
    // the first batch alone is as much as may be written in an hour
    let mut job = marking();
    job.pace.max_rate = Some(1);
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world.hears(waits_for(|hold| *hold == Hold::Rate(1))).await;
        assert!(world.marked().await < ROWS);
        world.sql(&keep_max_rate(1, Some(1_000_000))).await;
    });
    assert_eq!(rows(filled), ROWS);
    assert_eq!(world.marked().await, ROWS);
}

#[tokio::test]
async fn it_waits_for_a_logical_slot_that_is_behind() {
    let builder = Cluster::builder().setting("wal_level", "logical");
    let Some(world) = World::with(builder).await else {
        return;
    };
    // slots are made by who replicates
    world
        .as_superuser("SELECT pg_create_logical_replication_slot('reader', 'pgoutput')")
        .await;
    let mut job = marking();
    job.pace.max_lag_bytes = Some(1 << 20);
    // slow enough to be seen before all is written
    job.pace.max_rate = Some(8000);
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world
            .hears(waits_for(|hold| {
                matches!(hold, Hold::Behind(_)) && hold.to_string().contains("\"reader\"")
            }))
            .await;
        assert!(world.marked().await < ROWS);
        world.sql(&keep_max_rate(1, Some(1_000_000))).await;
        // it reads from now on
        let advance = "SELECT pg_replication_slot_advance('reader', pg_current_wal_lsn())";
        while world.marked().await < ROWS {
            world.as_superuser(advance).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(rows(filled), ROWS);
}

#[tokio::test]
async fn it_waits_for_a_streaming_replica_that_is_behind_by_bytes() {
    waits_for_a_replica(|pace| (pace.max_lag_bytes, pace.max_lag) = (Some(1 << 20), None)).await;
}

#[tokio::test]
async fn it_waits_for_a_streaming_replica_that_is_behind_by_time() {
    let most = Duration::from_millis(400);
    waits_for_a_replica(|pace| (pace.max_lag_bytes, pace.max_lag) = (None, Some(most))).await;
}

/// Beside a standby that gets the server's log, and takes nothing of it in until it is told.
async fn waits_for_a_replica(limit: impl FnOnce(&mut Pace)) {
    let Some(mut cluster) = Cluster::builder().for_deploys() else {
        return;
    };
    let standby = cluster.standby(Cluster::builder()).expect("a standby");
    let world = World::on(cluster).await;
    // what others' sessions do, those of replicas too, is for roles to see that were let
    world
        .as_superuser("GRANT pg_read_all_stats TO deployer")
        .await;
    let is_even = async {
        let query =
            "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()";
        while world.sql(query).await != "1" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let is_even = tokio::time::timeout(PATIENCE, is_even).await;
    is_even.expect("a standby that follows");
    let tell = |what| standby.psql("postgres", what).expect("it listens");
    tell("SELECT pg_wal_replay_pause()");
    let mut job = marking();
    limit(&mut job.pace);
    // slow enough to be seen before all is written
    job.pace.max_rate = Some(8000);
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world
            .hears(waits_for(|hold| {
                matches!(hold, Hold::Behind(_)) && hold.to_string().starts_with("replica ")
            }))
            .await;
        // a batch that ran when that was seen is over
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = world.marked().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(world.marked().await, before);
        assert!(before < ROWS);
        tell("SELECT pg_wal_replay_resume()");
    });
    assert_eq!(rows(filled), ROWS);
    assert_eq!(world.marked().await, ROWS);
}

#[tokio::test]
async fn lags_that_are_not_limited_are_not_waited_for() {
    let Some(world) = World::start().await else {
        return;
    };
    // slots are made by who replicates
    world
        .as_superuser("SELECT pg_create_physical_replication_slot('nobody', true)")
        .await;
    let mut job = marking();
    job.pace.max_lag_bytes = None;
    assert_eq!(rows(world.run(&job).await), ROWS);
}

#[tokio::test]
async fn it_says_until_when_it_waits_for_a_window() {
    let Some(world) = World::start().await else {
        return;
    };
    let in_hours = |hours: i64| {
        let then = Timestamp::now() + hours.hours();
        format!("{:02}:00", TimeZone::UTC.to_datetime(then).hour())
    };
    let window = format!("{}-{} UTC", in_hours(2), in_hours(3));
    let (stop, interrupt) = interrupt();
    let mut job = marking();
    job.pace.windows = Windows::new(vec![Window::parse(&window).expect("it is right")]);
    job.interrupt = interrupt;
    let (filled, ()) = tokio::join!(world.run(&job), async {
        let until = format!("{} UTC", in_hours(2));
        world
            .hears(waits_for(|hold| {
                matches!(hold, Hold::Closed(_)) && hold.to_string().contains(&until)
            }))
            .await;
        stop.send(true).expect("somebody listens");
    });
    let failure = filled.expect_err("it is stopped");
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(world.marked().await, 0);
}

/// The app's one statement, which takes as long as the table says.
const APP: &str = "SELECT pg_sleep(seconds) FROM speed";

/// A world with an app, of which it is known how long its statement takes.
async fn with_app() -> Option<World> {
    let builder = Cluster::builder().setting("shared_preload_libraries", "pg_stat_statements");
    let world = World::with(builder).await?;
    // it is no trusted extension
    world
        .as_superuser("CREATE EXTENSION pg_stat_statements")
        .await;
    world
        .sql("CREATE TABLE speed AS SELECT 0.001::float8 AS seconds")
        .await;
    for _ in 0..5 {
        world.sql(APP).await;
    }
    let means = format!(
        "SELECT json_build_object('pace', NULL, 'means', json_object_agg(queryid::text, total_exec_time / calls)) \
         FROM pg_stat_statements WHERE query = '{APP}'"
    );
    let means = world.sql(&means).await;
    assert!(means.contains("\"means\" : {"), "{means}");
    world.sql(&own::evidence::keep_app_before(1, &means)).await;
    Some(world)
}

/// Runs the app until all rows are marked.
async fn app(world: &World) {
    while world.marked().await < ROWS {
        world.sql(APP).await;
    }
}

#[tokio::test]
async fn it_waits_while_the_app_is_slower_than_before() {
    let Some(world) = with_app().await else {
        return;
    };
    world.sql("UPDATE speed SET seconds = 0.03").await;
    let mut job = marking();
    job.pace.max_rate = Some(2000);
    job.pace.max_slowdown = Some(3.0);
    let (filled, (), ()) = tokio::join!(world.run(&job), app(&world), async {
        world
            .hears(waits_for(|hold| {
                matches!(hold, Hold::Slower { times, most } if times > most)
                    && hold
                        .to_string()
                        .contains("times as long as before the deploy; the limit is 3")
            }))
            .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let before = world.marked().await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(world.marked().await, before);
        let kept = world.sql("SELECT waits FROM segue.rollouts").await;
        assert!(kept.contains("the app's statements take"), "{kept}");
        world.sql(&keep_max_rate(1, Some(1_000_000))).await;
        world.sql("UPDATE speed SET seconds = 0.001").await;
    });
    assert_eq!(rows(filled), ROWS);
    // what segue itself sends is known by its mark, and the app's statement is not
    let marked = "SELECT string_agg(DISTINCT (query LIKE '%/* segue */%')::text, ',' ORDER BY (query LIKE '%/* segue */%')::text) \
         FROM pg_stat_statements WHERE query LIKE 'UPDATE % ONLY public.t SET%'";
    assert_eq!(world.sql(marked).await, "true");
}

#[tokio::test]
async fn an_app_that_may_be_slow_and_one_that_nothing_is_known_of_are_not_waited_for() {
    let Some(world) = with_app().await else {
        return;
    };
    world.sql("UPDATE speed SET seconds = 0.03").await;
    let is_slower = |event: &Event| {
        matches!(
            event,
            Event::FillingWaits {
                hold: Hold::Slower { .. },
                ..
            }
        )
    };
    let mut job = marking();
    job.pace.max_rate = Some(8000);
    job.pace.max_slowdown = Some(0.0);
    let (filled, ()) = tokio::join!(world.run(&job), app(&world));
    assert_eq!(rows(filled), ROWS);
    assert!(!world.has_heard(is_slower));
    world
        .sql("DELETE FROM segue.settings WHERE name LIKE 'app before %'; DELETE FROM segue.batches; UPDATE t SET done = NULL, x = 0")
        .await;
    job.pace.max_slowdown = None;
    let (filled, ()) = tokio::join!(world.run(&job), app(&world));
    assert_eq!(rows(filled), ROWS);
    assert!(!world.has_heard(is_slower));
}

fn quiet() -> Option<Quiet> {
    Quiet::parse("below 30 % of the day's peak").expect("it is right")
}

#[tokio::test]
async fn it_waits_while_the_database_is_busy() {
    let Some(world) = World::start().await else {
        return;
    };
    let (stop, interrupt) = interrupt();
    let mut job = marking();
    job.pace.quiet = quiet();
    job.interrupt = interrupt;
    let app = async {
        let session = session(&world.url).await;
        loop {
            session.rows("SELECT 1").await.expect("it runs");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let busy = async {
        world
            .hears(waits_for(|hold| *hold == Hold::Busy(Busy::Unknown)))
            .await;
        let is_over = |hold: &Hold| matches!(hold, Hold::Busy(Busy::Over { per_second, most, .. }) if *per_second > 5.0 && most < per_second);
        world.hears(waits_for(is_over)).await;
        let kept = world
            .number("SELECT count(*) FROM segue.activity WHERE per_second > 5")
            .await;
        assert_eq!(kept, 1);
        stop.send(true).expect("somebody listens");
    };
    let (filled, ()) = tokio::select! {
        done = async { tokio::join!(world.run(&job), busy) } => done,
        () = app => unreachable!("it runs for ever"),
    };
    let failure = filled.expect_err("it is stopped");
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert_eq!(world.marked().await, 0);
}

#[tokio::test]
async fn a_database_that_was_busier_within_a_day_is_quiet_and_stays_so_for_our_own_batches() {
    let Some(world) = World::start().await else {
        return;
    };
    // what is older than a day counts no more, and goes
    let minute = "(extract(epoch FROM now()) / 60)::bigint";
    let history = format!(
        "CREATE TABLE segue.activity (minute bigint PRIMARY KEY, per_second double precision NOT NULL); \
         INSERT INTO segue.activity VALUES ({minute} - 60, 30), ({minute} - 1500, 9000)"
    );
    world.sql(&history).await;
    let mut job = marking();
    job.pace.quiet = quiet();
    // more batches a second than are quiet, but our own
    job.pace.max_rate = Some(4000);
    assert_eq!(rows(world.run(&job).await), ROWS);
    let is_over = |event: &Event| {
        matches!(
            event,
            Event::FillingWaits {
                hold: Hold::Busy(Busy::Over { .. }),
                ..
            }
        )
    };
    assert!(!world.has_heard(is_over));
    assert_eq!(
        world
            .sql("SELECT max(per_second) FROM segue.activity")
            .await,
        "30"
    );
}
