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
