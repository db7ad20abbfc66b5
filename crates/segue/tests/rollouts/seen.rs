//! Rows that triggers keep: of tables whose rows go along, and of statements that tell nobody beforehand what they write.

use crate::{
    hands::gets_through,
    kept::back,
    snapshot::KEPT,
    stand::{BEFORE, Command, Project, Stand},
};

/// Deploys on a copy of the database, which is given, and takes it back: all is as before.
async fn there_and_back(stand: &Stand, from: &str, migration: &str, expected: &str) {
    let database = stand.copy(from).await;
    let project = Project::of(&[migration]);
    gets_through(stand, &project, Command::Deploy, &database).await;
    // what the statement does by itself, and no more
    let alone = stand.copy(from).await;
    stand.sql(&alone, migration).await;
    let (now, wanted) = (
        stand.snapshot(&database).await,
        stand.snapshot(&alone).await,
    );
    assert_eq!(now.differs(&wanted), None, "{migration}");
    assert_eq!(
        stand.sql(&database, expected).await,
        [[Some("t".to_owned())]],
        "{migration}"
    );
    let told = back(stand, &project, &database).await;
    assert_eq!(told, Vec::<String>::new(), "{migration}");
    let (now, wanted) = (stand.snapshot(&database).await, stand.snapshot(from).await);
    assert_eq!(now.differs(&wanted), None, "{migration}");
    let left = stand.left(&database, "rolled back").await;
    assert_eq!(left, Vec::<String>::new(), "{migration}");
}

#[tokio::test]
async fn rows_that_go_or_change_along_come_again() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let few = "SELECT count(*) < 500 FROM books";
    // two tables, each of which can be put back by itself but for the keys within one
    there_and_back(&stand, BEFORE, "DELETE FROM shelves WHERE id < 5;", few).await;
    there_and_back(&stand, BEFORE, "DELETE FROM shelves WHERE id % 2 = 0;", few).await;
    let unset = "SELECT bool_or(sequel_of IS NULL AND id > 1) FROM books";
    there_and_back(&stand, BEFORE, "DELETE FROM books WHERE id = 12;", unset).await;
    there_and_back(&stand, BEFORE, "DELETE FROM books WHERE id % 7 = 0;", unset).await;
    // in batches, one table behind the other
    let ordered = stand.copy(BEFORE).await;
    stand
        .sql(
            &ordered,
            "ALTER TABLE books DROP CONSTRAINT books_sequel_of_fkey",
        )
        .await;
    there_and_back(
        &stand,
        &ordered,
        "DELETE FROM shelves WHERE id % 2 = 0;",
        few,
    )
    .await;
    // partitions, which a key refers to by their table
    let cells = stand.copy(BEFORE).await;
    let made = "CREATE TABLE cells (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE cells_1 PARTITION OF cells FOR VALUES FROM (1) TO (100);
        CREATE TABLE cells_2 PARTITION OF cells FOR VALUES FROM (100) TO (1000);
        CREATE TABLE parts (id int PRIMARY KEY, cell int REFERENCES cells ON DELETE CASCADE) PARTITION BY HASH (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO cells SELECT generate_series(1, 999);
        INSERT INTO parts SELECT n, n FROM generate_series(1, 999) n;
        ANALYZE";
    stand.sql(&cells, made).await;
    let gone = "SELECT count(*) = 666 FROM parts";
    there_and_back(&stand, &cells, "DELETE FROM cells WHERE id % 3 = 0;", gone).await;
    // a key of which the other side is set again
    let codes = stand.copy(BEFORE).await;
    let made = "ALTER TABLE shelves ADD CONSTRAINT one_label UNIQUE (label);
        CREATE TABLE signs (id int PRIMARY KEY, label text REFERENCES shelves (label) ON UPDATE SET NULL);
        INSERT INTO signs SELECT id, label FROM shelves";
    stand.sql(&codes, made).await;
    let unset = "SELECT bool_or(label IS NULL) FROM signs";
    let upper = "UPDATE shelves SET label = upper(label) WHERE id IN (3, 4);";
    there_and_back(&stand, &codes, upper, unset).await;
}

#[tokio::test]
async fn statements_that_do_not_tell_what_they_write_are_taken_back() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let upsert = "INSERT INTO shelves VALUES (1, 'first'), (100001, 'new') ON CONFLICT (id) DO UPDATE SET label = excluded.label;";
    let written = "SELECT EXISTS (SELECT FROM shelves WHERE label = 'first')";
    there_and_back(&stand, BEFORE, upsert, written).await;
    let both = "WITH one AS (UPDATE shelves SET label = 'first' WHERE id = 1 RETURNING id), two AS (DELETE FROM books WHERE id = 9)
        INSERT INTO books (id, shelf_id) SELECT 90000 + id, id FROM one;";
    there_and_back(&stand, BEFORE, both, written).await;
    let query = "WITH one AS (UPDATE shelves SET label = 'first' WHERE id = 1 RETURNING id) SELECT count(*) FROM one;";
    there_and_back(&stand, BEFORE, query, written).await;
    let chosen = "UPDATE shelves SET label = 'first' WHERE id IN (SELECT id FROM shelves ORDER BY id LIMIT 1);";
    there_and_back(&stand, BEFORE, chosen, written).await;
    let given = "INSERT INTO shelves VALUES (100001, 'first') RETURNING id;";
    there_and_back(&stand, BEFORE, given, written).await;
    // without a key, and with rows that hold the same
    let tags = stand.copy(BEFORE).await;
    let made =
        "CREATE TABLE tags (book bigint REFERENCES books ON DELETE SET NULL, tag text, more json);
        INSERT INTO tags SELECT n, 'tag ' || n, '{}' FROM generate_series(1, 20) n;
        INSERT INTO tags SELECT 1, 'twice', NULL FROM generate_series(1, 3)";
    stand.sql(&tags, made).await;
    let ways = [
        (
            "UPDATE tags SET tag = 'first' WHERE tag IN ('twice', 'tag 4');",
            "count(*) = 4",
        ),
        (
            "DELETE FROM tags WHERE tag = 'twice' OR book = 7;",
            "count(*) = 0",
        ),
        (
            "INSERT INTO tags VALUES (1, 'twice', NULL), (NULL, 'first', '[]') RETURNING tag;",
            "count(*) = 1",
        ),
        (
            "WITH gone AS (DELETE FROM tags WHERE tag = 'tag 9' RETURNING book) INSERT INTO tags SELECT book, 'first' FROM gone;",
            "count(*) = 1",
        ),
    ];
    for (statement, holds) in ways {
        let holds = format!("SELECT {holds} FROM tags WHERE tag = 'first'");
        there_and_back(&stand, &tags, statement, &holds).await;
    }
    if stand.major() >= 15 {
        let merge = "MERGE INTO shelves s USING (VALUES (1, 'first'), (2, NULL), (100001, 'new')) AS v (id, label) ON s.id = v.id
            WHEN MATCHED AND v.label IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET label = v.label
            WHEN NOT MATCHED THEN INSERT (id, label) VALUES (v.id, v.label);";
        there_and_back(&stand, BEFORE, merge, written).await;
    }
}

#[tokio::test]
async fn rows_that_somebody_has_changed_or_uses_stay_and_are_named() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let project = Project::of(&[
        "INSERT INTO shelves VALUES (1, 'first'), (100001, 'new'), (100002, 'new') ON CONFLICT (id) DO UPDATE SET label = excluded.label;
         DELETE FROM shelves WHERE id IN (4, 5);",
    ]);
    let database = stand.copy(BEFORE).await;
    gets_through(&stand, &project, Command::Deploy, &database).await;
    // a shelf is changed, one is used, one is there again; a row that went along belongs to nobody
    let app = "UPDATE shelves SET label = 'mine' WHERE id = 1;
        INSERT INTO books (id, shelf_id) VALUES (300000, 100001);
        INSERT INTO shelves VALUES (4, 'mine too');
        DELETE FROM books WHERE id = 21";
    stand.sql(&database, app).await;
    let told = back(&stand, &project, &database).await.join("\n");
    for row in [
        "public.shelves id = (1)",
        "public.shelves id = (100001)",
        "public.shelves id = (4)",
    ] {
        assert!(told.contains(row), "{row} is to be named: {told}");
    }
    assert!(!told.contains("(100002)"), "{told}");
    assert!(!told.contains("id = (5)"), "{told}");
    // books of both shelves are there again
    let books = "SELECT count(*) FROM books WHERE shelf_id IN (4, 5)";
    let before = stand.sql(BEFORE, books).await;
    assert_eq!(stand.sql(&database, books).await, before);
    let left = stand.sql(&database, KEPT).await;
    let left: Vec<String> = left.into_iter().flatten().flatten().collect();
    assert!(
        left.iter().all(|name| name.starts_with("left_")),
        "{left:?}"
    );
    assert!(
        left.len() >= 3,
        "of each statement, and of both tables: {left:?}"
    );
}
