//! Partitions that are loaded first and attached while a plan is expanded: no trigger has seen their rows.

use crate::{
    hands::{gets_through, refused, stopped_before},
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

/// An index, a check and a default that the partition alone has would go with the column that goes.
#[tokio::test]
async fn what_an_attached_partition_has_of_its_own_keeps_contract_from_dropping_it() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    for written in [
        "ALTER TABLE readings ALTER COLUMN size TYPE bigint;",
        "ALTER TABLE readings RENAME COLUMN size TO bytes;",
    ] {
        let project = Project::of(&[written]);
        let database = stand.copy(BEFORE).await;
        gets_through(&stand, &project, Command::Deploy, &database).await;
        let goes = if written.contains("RENAME") {
            "bytes"
        } else {
            "size"
        };
        let own = format!(
            "CREATE TABLE readings_2031 PARTITION OF readings FOR VALUES FROM ('2031-01-01') TO ('2032-01-01');
             CREATE INDEX its_own ON readings_2031 ({goes});
             ALTER TABLE readings_2031 ADD CONSTRAINT above CHECK ({goes} > 0), ALTER {goes} SET DEFAULT 7"
        );
        stand.sql(&database, &own).await;
        let told = [
            format!("of its own over {goes}"),
            "index its_own".to_owned(),
            "constraint above on table readings_2031".to_owned(),
            format!("default value for column {goes} of table readings_2031"),
            "make it again behind contract".to_owned(),
        ];
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        refused(&stand, &project, Command::Contract, &database, &told).await;
        let gone = format!(
            "DROP INDEX its_own; ALTER TABLE readings_2031 DROP CONSTRAINT above, ALTER {goes} DROP DEFAULT"
        );
        stand.sql(&database, &gone).await;
        gets_through(&stand, &project, Command::Contract, &database).await;
    }
}

/// The index that comes in the place of one over the column is one of all partitions that there are then.
#[tokio::test]
async fn a_partition_that_comes_between_two_indexes_of_parts_is_in_that_of_the_whole() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(&["ALTER TABLE readings ALTER COLUMN size TYPE bigint;"]);
    let database = stopped_before(&stand, &project, " readings_size_id_idx_segue ").await;
    stand.sql(&database, ATTACHED).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    gets_through(&stand, &project, Command::Contract, &database).await;
    let indexed =
        "SELECT indrelid::regclass::text FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid
        WHERE inhparent = 'readings_size_id_idx'::regclass AND indisvalid ORDER BY 1";
    let tables = ["readings_2025", "readings_2026", "readings_2031"];
    let tables = tables.map(|table| vec![Some(table.to_owned())]);
    assert_eq!(stand.sql(&database, indexed).await, tables);
    let is_valid =
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'readings_size_id_idx'::regclass";
    assert_eq!(
        stand.sql(&database, is_valid).await,
        [[Some("t".to_owned())]]
    );
}

/// What is built in contract leaves out a partition that is gone, where that is accepted.
#[tokio::test]
async fn a_partition_that_is_dropped_before_its_index_is_built_is_left_out_where_that_is_accepted()
{
    let Some(stand) = Stand::start().await else {
        return;
    };
    let mut project = Project::of(&[
        "ALTER TABLE readings RENAME COLUMN size TO bytes;\nCREATE INDEX late ON readings (bytes);",
    ]);
    let database = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    stand.sql(&database, "DROP TABLE readings_2025").await;
    let told = [
        "public.readings_2025: there is no longer",
        "--accept-changes",
    ];
    refused(&stand, &project, Command::Contract, &database, &told).await;
    project.accepts_changes = true;
    gets_through(&stand, &project, Command::Contract, &database).await;
    let is_valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'late'::regclass";
    assert_eq!(
        stand.sql(&database, is_valid).await,
        [[Some("t".to_owned())]]
    );
}

/// What stands beside for a while is in it too, and no trigger keeps that the same any more.
#[tokio::test]
async fn a_partition_that_is_detached_stops_both_ways_until_it_is_attached_again_or_dropped() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    for (written, command) in [
        (
            "ALTER TABLE readings ALTER COLUMN size TYPE bigint;",
            Command::Contract,
        ),
        (
            "ALTER TABLE readings ALTER COLUMN size TYPE bigint;",
            Command::Rollback,
        ),
        (
            "ALTER TABLE readings RENAME COLUMN size TO bytes;",
            Command::Contract,
        ),
        (
            "ALTER TABLE readings RENAME COLUMN size TO bytes;",
            Command::Rollback,
        ),
    ] {
        let mut project = Project::of(&[written]);
        let database = stand.copy(BEFORE).await;
        gets_through(&stand, &project, Command::Deploy, &database).await;
        let detach = "ALTER TABLE readings DETACH PARTITION readings_2025";
        stand.sql(&database, detach).await;
        project.accepts_changes = true;
        let told = ["attach them again, or drop them: readings_2025"];
        refused(&stand, &project, command, &database, &told).await;
        let attach = "ALTER TABLE readings ATTACH PARTITION readings_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')";
        stand.sql(&database, attach).await;
        gets_through(&stand, &project, command, &database).await;
    }
}
