//! Partitioned tables.

use segue_catalog::{Name, QName, model::TableKind};

use super::Database;

const PARTITIONED: &str = "
    CREATE TABLE u (id int PRIMARY KEY);
    CREATE TABLE p (id int, at date NOT NULL DEFAULT now(), u int REFERENCES u,
        PRIMARY KEY (id, at), CHECK (id > 0)) PARTITION BY RANGE (at);
    CREATE INDEX ON p (u);";

fn database() -> Database {
    Database::after(PARTITIONED)
}

fn attached_to(database: &Database, index: &str) -> Option<QName> {
    let name = QName::new("public", index);
    database.catalog.indexes[&name].attached_to.clone()
}

#[test]
fn a_partition_has_what_its_parent_has() {
    let mut database = database();
    database.run("CREATE TABLE p1 PARTITION OF p (u DEFAULT 7) FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')");
    assert!(matches!(
        database.table("p").kind,
        TableKind::Partitioned(_)
    ));
    assert_eq!(
        database.columns("p1"),
        ["id integer!", "at date! = now()", "u integer = 7"]
    );
    assert!(
        database
            .table("p1")
            .columns
            .iter()
            .all(|column| !column.local)
    );
    assert_eq!(
        database.constraints("p1"),
        ["p1_pkey", "p_id_check", "p_u_fkey"]
    );
    assert_eq!(database.indexes(), ["p1_u_idx", "p_u_idx"]);
    assert_eq!(
        attached_to(&database, "p1_u_idx"),
        Some(QName::new("public", "p_u_idx"))
    );
    let bound = &database
        .table("p1")
        .partition_of
        .as_ref()
        .expect("a partition")
        .bound;
    assert_eq!(
        bound.to_string(),
        "FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"
    );
}

#[test]
fn an_index_is_made_on_all_partitions() {
    let mut database = database();
    database.run(
        "CREATE TABLE p1 PARTITION OF p DEFAULT;
         CREATE INDEX p1_at ON p1 (at);
         CREATE INDEX p_at ON p (at);
         CREATE INDEX only_here ON ONLY p (id);
         ALTER TABLE p ADD CONSTRAINT k UNIQUE (at, u);",
    );
    assert_eq!(
        attached_to(&database, "p1_at"),
        Some(QName::new("public", "p_at"))
    );
    let only = &database.catalog.indexes[&QName::new("public", "only_here")];
    assert!(!only.valid);
    let key = database.table("p1").constraints["p1_at_u_key"].index();
    let key = key.expect("a key of the partition");
    assert_eq!(key.attached_to, Some(QName::new("public", "k")));
}

#[test]
fn a_table_is_attached_and_detached() {
    let mut database = database();
    database.run(
        "CREATE TABLE p1 (id int NOT NULL, at date NOT NULL, u int, CONSTRAINT p_id_check CHECK (id > 0));
         ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (MINVALUE) TO ('2020-01-01');",
    );
    assert!(database.constraints("p1").contains(&"p1_pkey"));
    assert_eq!(
        database.refuses("ALTER TABLE p ATTACH PARTITION p1 DEFAULT"),
        "\"p1\" is already a partition"
    );
    database.run("ALTER TABLE p DETACH PARTITION p1");
    assert!(database.table("p1").partition_of.is_none());
    assert_eq!(
        database.refuses("CREATE TABLE x PARTITION OF u DEFAULT"),
        "\"u\" is not partitioned"
    );
}

#[test]
fn a_key_of_a_partition_serves_an_index_of_its_parent() {
    let database = Database::after(
        "CREATE TABLE p (a int, b int) PARTITION BY LIST (a);
         CREATE TABLE c PARTITION OF p (PRIMARY KEY (a, b)) FOR VALUES IN (1);
         CREATE UNIQUE INDEX whole ON p (a, b);",
    );
    let key = &database.table("c").constraints[&Name::stored("c_pkey")];
    let attached = key.index().and_then(|index| index.attached_to.clone());
    assert_eq!(attached, Some(QName::new("public", "whole")));
    assert_eq!(database.catalog.indexes.len(), 1);
}

#[test]
fn a_key_of_the_parent_only_is_not_valid_before_its_parts_are_attached() {
    let mut database = Database::after(
        "CREATE TABLE p (a int NOT NULL) PARTITION BY LIST (a);
         CREATE TABLE c PARTITION OF p FOR VALUES IN (1);
         ALTER TABLE ONLY p ADD PRIMARY KEY (a);
         ALTER TABLE c ADD PRIMARY KEY (a);",
    );
    let valid = |database: &Database| {
        let key = &database.table("p").constraints[&Name::stored("p_pkey")];
        key.index().is_some_and(|index| index.index_valid)
    };
    assert!(!valid(&database));
    database.run("ALTER INDEX p_pkey ATTACH PARTITION c_pkey");
    assert!(valid(&database));
}

#[test]
fn a_not_null_of_the_partition_has_a_name_of_its_own() {
    let mut database = Database::of_major(18);
    database.run(
        "CREATE TABLE p (a int NOT NULL, b int NOT NULL) PARTITION BY LIST (a);
         CREATE TABLE c PARTITION OF p (a NOT NULL) FOR VALUES IN (1);",
    );
    let of = |column: &str| database.table("c").column(&Name::stored(column));
    let name = |column: &str| of(column).and_then(|of| of.not_null.as_ref()?.name.clone());
    assert_eq!(name("a"), Some("c_a_not_null".into()));
    assert_eq!(name("b"), Some("p_b_not_null".into()));
}
