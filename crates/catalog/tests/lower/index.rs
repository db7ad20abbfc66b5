//! `CREATE INDEX`.

use segue_catalog::{
    QName,
    model::{Index, IndexTerm},
};

use super::Database;

fn index(written: &str) -> Index {
    let database = Database::after(&format!(
        "CREATE TABLE t (a int, b text, c text COLLATE \"C\", d jsonb, e varchar(9), f int[]);
         CREATE INDEX i ON t {written};"
    ));
    (*database.catalog.indexes[&QName::new("public", "i")]).clone()
}

fn class(written: &str) -> Option<String> {
    let index = index(written);
    let class = index.keys[0].operator_class.as_ref();
    class.map(|class| class.name.to_string())
}

#[test]
fn an_operator_class_is_kept_unless_it_is_the_types_default() {
    assert_eq!(class("(a int4_ops)"), None);
    assert_eq!(class("(b text_ops)"), None);
    assert_eq!(class("(e text_ops)"), None);
    assert_eq!(
        class("(e varchar_ops)").as_deref(),
        Some("pg_catalog.varchar_ops")
    );
    assert_eq!(
        class("(b text_pattern_ops)").as_deref(),
        Some("pg_catalog.text_pattern_ops")
    );
    assert_eq!(
        class("(lower(b) text_pattern_ops)").as_deref(),
        Some("pg_catalog.text_pattern_ops")
    );
    assert_eq!(class("USING gin (d jsonb_ops)"), None);
    assert_eq!(
        class("USING gin (d jsonb_path_ops)").as_deref(),
        Some("pg_catalog.jsonb_path_ops")
    );
    assert_eq!(class("USING gin (f array_ops)"), None);
    assert_eq!(class("USING hash (b text_ops)"), None);
    assert_eq!(class("USING brin (a int4_minmax_ops)"), None);
}

#[test]
fn a_collation_is_kept_unless_it_is_the_columns() {
    let collation = |written: &str| index(written).keys[0].collation.clone();
    assert_eq!(collation("(c COLLATE \"C\")"), None);
    assert_eq!(
        collation("(b COLLATE \"C\")"),
        Some(QName::new("pg_catalog", "C"))
    );
    assert_eq!(collation("(b)"), None);
    let plain = index("((b))").keys[0].term.clone();
    assert_eq!(plain, IndexTerm::Column("b".into()));
    let key = index("((b COLLATE \"C\"))").keys[0].clone();
    assert_eq!(
        (key.term, key.collation),
        (
            IndexTerm::Column("b".into()),
            Some(QName::new("pg_catalog", "C"))
        )
    );
}

#[test]
fn nulls_come_first_where_the_order_is_descending() {
    let order = |written: &str| {
        let key = index(written).keys[0].clone();
        (key.descending, key.nulls_first)
    };
    assert_eq!(order("(a)"), (false, false));
    assert_eq!(order("(a DESC)"), (true, true));
    assert_eq!(order("(a DESC NULLS LAST)"), (true, false));
    assert_eq!(order("(a ASC NULLS FIRST)"), (false, true));
}

#[test]
fn the_rest_of_an_index_is_kept_as_it_is_written() {
    let index = index("(a, (d ->> 'x')) INCLUDE (b) WITH (fillfactor = 70) WHERE (a > 0)");
    assert_eq!(index.include, ["b"]);
    assert_eq!(index.parameters["fillfactor"], "70");
    assert_eq!(
        index.predicate.map(|text| text.to_string()).as_deref(),
        Some("a > 0")
    );
    assert!(index.valid && !index.unique);
}

#[test]
fn a_table_keeps_the_index_that_it_was_clustered_by() {
    let mut database = Database::after("CREATE TABLE t (id int PRIMARY KEY)");
    database.run("CLUSTER t USING t_pkey");
    assert_eq!(database.table("t").cluster_on, Some("t_pkey".into()));
    database.run("CLUSTER t");
    assert_eq!(database.table("t").cluster_on, Some("t_pkey".into()));
}

/// `ALTER INDEX` has no such form; `ALTER TABLE` takes the name of an index for it (`renameatt_check`).
#[test]
fn an_index_keeps_the_old_names_of_its_columns_until_they_are_renamed_in_it() {
    let copied = |more: &str| {
        let database = Database::after(&format!(
            "CREATE TABLE t (a int, b text, c int PRIMARY KEY);
             CREATE INDEX i ON t (a) INCLUDE (b);
             ALTER TABLE t RENAME COLUMN a TO x;
             ALTER TABLE t RENAME COLUMN c TO z; {more}
             CREATE TABLE copy (LIKE t INCLUDING INDEXES);"
        ));
        let copied = |(name, _): (&QName, _)| (name.name != "i").then(|| name.name.to_string());
        let copies = database.catalog.indexes.iter().find_map(copied);
        (copies, database.catalog)
    };
    assert_eq!(copied("").0.as_deref(), Some("copy_a_b_idx"));
    let renamed = "ALTER TABLE i RENAME COLUMN a TO x; ALTER TABLE t_pkey RENAME COLUMN c TO z;";
    let (copy, catalog) = copied(renamed);
    assert_eq!(copy.as_deref(), Some("copy_x_b_idx"));
    let index = &catalog.indexes[&QName::new("public", "i")];
    assert!(index.attributes.is_empty(), "{index:?}");
    let key = catalog.tables[&QName::new("public", "t")].constraints["t_pkey"].index();
    assert!(key.is_some_and(|key| key.attributes.is_empty()), "{key:?}");
}
