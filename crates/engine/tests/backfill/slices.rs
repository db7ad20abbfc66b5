//! In how many pieces a batch goes.

use super::*;

/// Into how many statements the batch was cut that had the most of them.
async fn most_slices(world: &World, job: &Job) -> u64 {
    // without rows that are dead: over many blocks with nothing to write a batch is large, and goes in several pieces
    let again = "TRUNCATE pieces, t, segue.batches; \
         INSERT INTO t SELECT i, 0, NULL, repeat('x', 100) FROM generate_series(1, 20000) i";
    world.sql(again).await;
    assert_eq!(rows(world.run(job).await), ROWS);
    assert_eq!(world.marked().await, ROWS);
    world
        .number("SELECT max(n) FROM (SELECT count(DISTINCT sent) n FROM pieces GROUP BY id) each")
        .await
}

#[tokio::test]
async fn batches_go_in_one_piece_unless_an_app_is_at_work() {
    let Some(world) = World::start().await else {
        return;
    };
    world
        .sql(
            "CREATE TABLE pieces (id xid8, sent timestamptz); \
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO pieces VALUES (pg_current_xact_id(), statement_timestamp()); RETURN NULL; END $$; \
             CREATE TRIGGER note AFTER UPDATE ON t FOR EACH ROW WHEN (NEW.done) EXECUTE FUNCTION note()",
        )
        .await;
    // the name by which segue's own sessions are known, and which these have not got
    let database = world.name();
    let name = format!("ALTER DATABASE \"{database}\" SET application_name = 'segue'");
    world.as_superuser(&name).await;
    let mut job = marking();
    assert_eq!(most_slices(&world, &job).await, 1);

    let app = session(&world.url).await;
    let named = "SET application_name = 'an app'";
    app.execute(named).await.expect("it is alive");
    // on a machine that has much to do a round trip may take so long that slices are no use
    let tries = async { while most_slices(&world, &job).await == 1 {} };
    let tried = tokio::time::timeout(PATIENCE, tries).await;
    tried.expect("batches in several pieces");

    job.pace.slices = false;
    assert_eq!(most_slices(&world, &job).await, 1);
    job.pace.slices = true;
    // what it does it would do for every slice
    let each =
        "CREATE TRIGGER each AFTER UPDATE ON t FOR EACH STATEMENT EXECUTE FUNCTION note_all()";
    let note_all = "CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$";
    world.sql(&format!("{note_all}; {each}")).await;
    assert_eq!(most_slices(&world, &job).await, 1);
    app.close().await;
}
