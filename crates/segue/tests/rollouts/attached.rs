//! Partitions that are loaded first and attached while a plan is expanded: no trigger has seen their rows.

use crate::{
    hands::{gets_through, refused},
    stand::{BEFORE, Command, Project, Stand},
};

/// As a loader does it, with the columns that there are then.
const ATTACHED: &str = "CREATE TABLE readings_2031 (LIKE readings INCLUDING ALL);
INSERT INTO readings_2031 (id, at, size) VALUES (900001, '2031-05-04', 42), (900002, '2031-05-05', NULL);
ALTER TABLE readings ATTACH PARTITION readings_2031 FOR VALUES FROM ('2031-01-01') TO ('2032-01-01')";

async fn expanded_and_attached(stand: &Stand, project: &Project) -> String {
    let database = stand.copy(BEFORE).await;
    gets_through(stand, project, Command::Deploy, &database).await;
    stand.sql(&database, ATTACHED).await;
    database
}

#[tokio::test]
async fn rows_that_are_attached_while_expanded_have_the_new_type_behind_contract() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(&["ALTER TABLE readings ALTER COLUMN size TYPE bigint;"]);
    let database = expanded_and_attached(&stand, &project).await;
    gets_through(&stand, &project, Command::Contract, &database).await;
    let sizes = "SELECT size, pg_typeof(size) FROM readings WHERE id > 900000 ORDER BY id";
    let bigint = || Some("bigint".to_owned());
    assert_eq!(
        stand.sql(&database, sizes).await,
        [vec![Some("42".to_owned()), bigint()], vec![None, bigint()]]
    );
}

#[tokio::test]
async fn rows_that_are_attached_while_expanded_go_back_with_what_they_are() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(&["ALTER TABLE readings ALTER COLUMN size TYPE bigint;"]);
    let database = expanded_and_attached(&stand, &project).await;
    gets_through(&stand, &project, Command::Rollback, &database).await;
    let sizes = "SELECT size FROM readings WHERE id > 900000 ORDER BY id";
    assert_eq!(
        stand.sql(&database, sizes).await,
        [vec![Some("42".to_owned())], vec![None]]
    );
}

/// Which of the two names a loader has meant cannot be told.
#[tokio::test]
async fn rows_that_are_attached_under_one_of_two_names_keep_contract_from_taking_it_away() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(&["ALTER TABLE readings RENAME COLUMN size TO bytes;"]);
    let database = expanded_and_attached(&stand, &project).await;
    let told = [
        "rows of public.readings_2031 do not say the same",
        "id, at = (900001,2031-05-04)",
    ];
    refused(&stand, &project, Command::Contract, &database, &told).await;
    stand
        .sql(
            &database,
            "UPDATE readings SET size = size WHERE id = 900001",
        )
        .await;
    gets_through(&stand, &project, Command::Contract, &database).await;
    let bytes = "SELECT bytes FROM readings WHERE id > 900000 ORDER BY id";
    assert_eq!(
        stand.sql(&database, bytes).await,
        [vec![Some("42".to_owned())], vec![None]]
    );
}
