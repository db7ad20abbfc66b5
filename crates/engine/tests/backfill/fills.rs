//! Backfills that nothing comes in the way of, and rows that cannot be got right.

use segue_engine::FailureKind;

use super::*;

#[tokio::test]
async fn every_row_is_written_once_whatever_the_number_of_workers() {
    for (workers, has_opener) in [(1, true), (3, true), (2, false)] {
        let Some(world) = World::start().await else {
            return;
        };
        let mut job = marking();
        job.pace.workers = workers;
        job.has_opener = has_opener;
        assert_eq!(rows(world.run(&job).await), ROWS);
        assert_eq!(world.marked().await, ROWS);
        let warns = world.has_heard(
            |event| matches!(event, Event::Notice(notice) if notice.contains("no second connection")),
        );
        assert_eq!(warns, !has_opener);
        // what is done is not done again, and what was written is still known
        assert_eq!(rows(world.run(&job).await), ROWS);
        assert_eq!(world.marked().await, ROWS);
    }
}

#[tokio::test]
async fn with_fewer_connections_than_workers_it_goes_on_and_says_so() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut job = marking();
    job.pace.workers = 4;
    job.opens = 2;
    assert_eq!(rows(world.run(&job).await), ROWS);
    assert_eq!(world.marked().await, ROWS);
    assert!(world.has_heard(|event| {
        matches!(event, Event::Notice(notice) if notice.contains("2 of 4 workers"))
    }));
}

#[tokio::test]
async fn an_empty_table_is_done_at_once() {
    let Some(world) = World::start().await else {
        return;
    };
    world.sql("TRUNCATE t").await;
    assert_eq!(rows(world.run(&marking()).await), 0);
}

#[tokio::test]
async fn rows_that_come_while_it_runs_are_written_by_another_round() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut job = marking();
    job.pace.max_rate = Some(40_000);
    let (filled, ()) = tokio::join!(world.run(&job), async {
        world.writes().await;
        let more = "INSERT INTO t SELECT i, 0, NULL, 'new' FROM generate_series(20001, 23000) i";
        world.sql(more).await;
    });
    assert_eq!(rows(filled), ROWS + 3000);
    assert_eq!(world.marked().await, ROWS + 3000);
}

#[tokio::test]
async fn it_ends_while_an_app_goes_on_making_such_rows() {
    let Some(world) = World::start().await else {
        return;
    };
    let mut job = open_ended();
    job.pace.max_rate = Some(40_000);
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let app = async {
        let session = session(&world.url).await;
        let mut next = 20_001;
        while !is_done.load(Ordering::Relaxed) {
            // new rows, and old ones that get another place: behind the batches and before them
            let script = format!(
                "INSERT INTO t SELECT i, 0, NULL, 'new' FROM generate_series({next}, {}) i; \
                 UPDATE t SET pad = repeat('y', 200) WHERE id IN ({}, {})",
                next + 4,
                20_000 - next % 20_000,
                next % 20_000
            );
            session.rows(&script).await.expect("the app's statements");
            next += 5;
        }
        session.close().await;
    };
    let (filled, ()) = tokio::join!(
        async {
            let filled = world.run(&job).await;
            is_done.store(true, Ordering::Relaxed);
            filled
        },
        app
    );
    assert!(rows(filled) >= ROWS);
    world.marked().await;
    let left = world
        .number("SELECT count(*) FROM t WHERE id <= 20000 AND done IS NULL")
        .await;
    assert_eq!(left, 0, "rows that were there from the beginning");
    assert!(
        world
            .number("SELECT count(*) FROM t WHERE id > 20000")
            .await
            > 0
    );
}

#[tokio::test]
async fn rows_that_a_trigger_keeps_as_they_are_end_in_a_failure_that_counts_them() {
    let Some(world) = World::start().await else {
        return;
    };
    world
        .sql(
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF OLD.id <= 17 THEN RETURN NULL; END IF; RETURN NEW; END $$; \
             CREATE TRIGGER keep BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION keep()",
        )
        .await;
    for job in [marking(), open_ended()] {
        let failure = world.run(&job).await.expect_err("rows are left");
        assert_eq!(failure.kind, FailureKind::Refused);
        let text = failure.to_string();
        assert!(
            text.starts_with("17 rows of public.t are not as they have to be"),
            "{text}"
        );
        assert_eq!(world.marked().await, ROWS - 17);
    }
}

#[tokio::test]
async fn a_row_that_the_server_refuses_stops_it_and_the_rest_is_written_later() {
    let Some(world) = World::start().await else {
        return;
    };
    world
        .sql("ALTER TABLE t ADD CONSTRAINT small CHECK (id <> 10000 OR x = 0)")
        .await;
    let failure = world.run(&marking()).await.expect_err("a row is refused");
    assert_eq!(failure.kind, FailureKind::Statement);
    assert!(failure.to_string().contains("\"small\""), "{failure}");
    let before = world.marked().await;
    assert!(before > 0 && before < ROWS, "{before}");
    world.sql("ALTER TABLE t DROP CONSTRAINT small").await;
    assert_eq!(rows(world.run(&marking()).await), ROWS);
    assert_eq!(world.marked().await, ROWS);
}

#[tokio::test]
async fn it_writes_as_the_role_of_the_step_and_keeps_its_checkpoint_as_itself() {
    for has_opener in [true, false] {
        writes_as_the_role(has_opener).await;
    }
}

async fn writes_as_the_role(has_opener: bool) {
    let Some(world) = World::start().await else {
        return;
    };
    // roles are made by superusers, and an owner of a table may create in its schema
    world
        .as_superuser(
            "CREATE ROLE keeper; GRANT keeper TO deployer; GRANT CREATE ON SCHEMA public TO keeper",
        )
        .await;
    world
        .sql(
            "ALTER TABLE t OWNER TO keeper; CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO keeper; \
             CREATE FUNCTION other.one() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             CREATE FUNCTION who() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF current_user <> 'keeper' THEN RAISE 'it is %', current_user; END IF; RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER who AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION who()",
        )
        .await;
    let mut job = job(
        "UPDATE ONLY public.t SET x = x + one(), done = true WHERE ctid >= $1::tid AND ctid < $2::tid AND done IS NULL -- all",
        "SELECT NOT EXISTS (SELECT FROM ONLY public.t WHERE done IS NULL AND one() = 1)",
    );
    job.settings = vec![
        "SET search_path = public, other".to_owned(),
        "SET ROLE keeper".to_owned(),
    ];
    job.has_opener = has_opener;
    assert_eq!(rows(world.run(&job).await), ROWS);
    assert_eq!(world.marked().await, ROWS);
}
