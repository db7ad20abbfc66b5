use segue_catalog::Expr;

use crate::{Server, name, names, qname};

#[tokio::test]
async fn publications_are_read() {
    let Some(server) = Server::with(
        "CREATE TABLE t (id int PRIMARY KEY, name text, more int); CREATE TABLE u (id int); \
         CREATE PUBLICATION everything FOR ALL TABLES; \
         CREATE PUBLICATION few FOR TABLE t, u WITH (publish = 'insert', publish_via_partition_root); \
         COMMENT ON PUBLICATION few IS 'a publication'",
    ) else {
        return;
    };
    let read = server.introspected().await;
    let everything = &read.catalog.publications["everything"];
    assert!(everything.all_tables && everything.parameters.is_empty());
    let few = &read.catalog.publications["few"];
    assert_eq!(
        few.tables.keys().collect::<Vec<_>>(),
        [&qname("t"), &qname("u")]
    );
    assert!(
        few.tables
            .values()
            .all(|table| table.columns.is_empty() && table.rows.is_none())
    );
    assert_eq!(few.parameters["publish"], "insert");
    assert_eq!(few.parameters["publish_via_partition_root"], "true");
    assert_eq!(
        (few.comment.as_deref(), &few.owner),
        (Some("a publication"), &Some(name("tester")))
    );
    if server.major < 15 {
        return;
    }
    server.run(
        "CREATE SCHEMA app; CREATE PUBLICATION narrow FOR TABLE t (more, id) WHERE (id > 1); \
         CREATE PUBLICATION whole FOR TABLES IN SCHEMA app",
    );
    let read = server.introspected().await;
    let narrow = &read.catalog.publications["narrow"].tables[&qname("t")];
    assert_eq!(narrow.columns, names(&["id", "more"]));
    assert_eq!(narrow.rows, Some(Expr::printed("id > 1")));
    assert!(read.catalog.publications["whole"].schemas.contains("app"));
}
