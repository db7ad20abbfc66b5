//! Contract begins with a look at rows that have two forms. Until that has ended nothing is taken away, and there is a way back.

use segue::FailureKind;
use segue_cluster::{Break, Side};

use crate::{
    hands::{gets_through, refused},
    recipes::named,
    stand::{BEFORE, Command, Project, Stand},
};

/// A row that no trigger keeps the same, as nothing should ever make one.
const OTHERWISE: &str = "BEGIN; SELECT set_config('segue.backfill', 'teams'::regclass::oid::text, true); \
    UPDATE teams SET name = 'another' WHERE id = 7; COMMIT";
const AS_BEFORE: &str = "UPDATE teams SET name = label WHERE id = 7";

async fn is_taken_back(stand: &Stand, project: &Project, database: &str) {
    gets_through(stand, project, Command::Rollback, database).await;
    let now = stand.snapshot(database).await;
    assert_eq!(now.differs(&stand.snapshot(BEFORE).await), None);
    let left = stand.left(database, "rolled back").await;
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_contract_that_was_interrupted_while_it_compared_can_be_taken_back() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named("rename_column").migrations);
    let expanded = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &expanded).await;
    for (words, side) in [
        ("SELECT /* segue */ 'id' || ' = '", Side::Before),
        ("SELECT /* segue */ 'id' || ' = '", Side::After),
        // all is compared, and nothing is taken away yet
        ("DROP TRIGGER", Side::Before),
        ("DROP TRIGGER", Side::After),
    ] {
        let database = stand.copy(&expanded).await;
        let breaks = Break {
            at: 1,
            words,
            side,
            holds: false,
        };
        let run = stand.by_the_line(&project, Command::Contract, &database, Some(breaks));
        let (ended, _, broke) = run.await;
        assert!(ended.is_err() && broke, "it was to stop at {words}");
        is_taken_back(&stand, &project, &database).await;
        gets_through(&stand, &project, Command::Deploy, &database).await;
        gets_through(&stand, &project, Command::Contract, &database).await;
        let left = stand.left(&database, "contracted").await;
        assert_eq!(left, ["rollout 1 is rolled back"]);
    }
}

#[tokio::test]
async fn a_row_whose_two_forms_differ_stops_contract_and_is_named_and_both_ways_stay_open() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(named("rename_column").migrations);
    let expanded = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &expanded).await;
    stand.sql(&expanded, OTHERWISE).await;
    let ended = stand.segue(&project, Command::Contract, &expanded).await;
    let failure = ended.expect_err("a row differs");
    assert_ne!(failure.kind, FailureKind::Connection);
    let told = format!("{:?}", failure.problems);
    assert!(told.contains("id = (7)"), "{told}");
    let back = stand.copy(&expanded).await;
    is_taken_back(&stand, &project, &back).await;
    refused(
        &stand,
        &project,
        Command::Contract,
        &expanded,
        &["id = (7)"],
    )
    .await;
    stand.sql(&expanded, AS_BEFORE).await;
    gets_through(&stand, &project, Command::Contract, &expanded).await;
    let left = stand.left(&expanded, "contracted").await;
    assert_eq!(left, Vec::<String>::new());
}

/// Of a recipe, what is written as if it came from the other table, so that no trigger carries it back; and which row that is.
const ASUNDER: [(&str, &str, &str, &str); 4] = [
    (
        "sync_columns",
        "public.segue_sync_teams_sizes (7)",
        "UPDATE sizes SET size = -1 WHERE team_id = 7",
        "id = (7)",
    ),
    (
        "sync_columns",
        "public.segue_sync_teams_sizes (7)",
        "DELETE FROM sizes WHERE team_id = 7",
        "id = (7)",
    ),
    (
        "sync_rows",
        "public.segue_sync_members_crew (7)",
        "DELETE FROM members WHERE id = 7",
        "id = (7)",
    ),
    ("sync_rows", "", "TRUNCATE crew", "id = (1)"),
];

#[tokio::test]
async fn a_row_that_two_tables_do_not_both_have_stops_contract_and_is_named() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    for (recipe, from_there, written, row) in ASUNDER {
        let project = Project::of(named(recipe).migrations);
        let database = stand.copy(BEFORE).await;
        gets_through(&stand, &project, Command::Deploy, &database).await;
        let written = format!(
            "BEGIN; SELECT set_config('segue.sync', '{from_there}', true); {written}; COMMIT"
        );
        stand.sql(&database, &written).await;
        let ended = stand.segue(&project, Command::Contract, &database).await;
        let failure = ended.expect_err("a row differs");
        let told = format!("{:?}", failure.problems);
        assert!(told.contains(row), "{written}: {told}");
        gets_through(&stand, &project, Command::Rollback, &database).await;
        stand.remove(&database).await;
    }
}
