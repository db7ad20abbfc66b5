//! Objects whose parts the model does not know.

use super::*;

#[test]
fn opaque_objects_have_the_identity_that_the_server_prints() {
    // as `pg_identify_object` of PostgreSQL 15 has them
    let mut bench = Bench::with(&["CREATE SCHEMA app", "CREATE TYPE app.t AS (x int)"]);
    for (sql, kind, identity) in [
        (
            "CREATE CAST (app.t AS text) WITH FUNCTION app.c(app.t)",
            "cast",
            "(app.t AS pg_catalog.text)",
        ),
        (
            "CREATE CAST (varchar[] AS app.t) WITH INOUT",
            "cast",
            "(character varying[] AS app.t)",
        ),
        (
            "CREATE OPERATOR app.@@@ (function = app.op, leftarg = app.t, rightarg = jsonb)",
            "operator",
            "app.@@@(app.t,pg_catalog.jsonb)",
        ),
        (
            "CREATE OPERATOR app.!!! (function = app.c, rightarg = app.t)",
            "operator",
            "app.!!!(NONE,app.t)",
        ),
        (
            "CREATE OPERATOR FAMILY app.fam USING btree",
            "operator family",
            "app.fam USING btree",
        ),
        (
            "CREATE COLLATION app.\"C1\" FROM \"C\"",
            "collation",
            "app.\"C1\"",
        ),
        (
            "CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION app.et()",
            "event trigger",
            "et",
        ),
        (
            "CREATE TEXT SEARCH CONFIGURATION app.cfg (COPY = simple)",
            "text search configuration",
            "app.cfg",
        ),
        ("CREATE SERVER s FOREIGN DATA WRAPPER w", "server", "s"),
        (
            "CREATE USER MAPPING FOR public SERVER s",
            "user mapping",
            "public on server s",
        ),
    ] {
        let changes = bench.run(sql);
        let [Change::Create(object)] = changes.as_slice() else {
            panic!("{sql}: {changes:?}");
        };
        let crate::ObjectRef::Opaque(id) = object.reference() else {
            panic!("{sql}");
        };
        assert_eq!((id.kind, id.identity.as_str()), (kind, identity));
    }
    assert_eq!(bench.catalog.opaque.len(), 10);
}

#[test]
fn opaque_objects_are_altered_renamed_and_dropped() {
    let mut bench = Bench::with(&[
        "CREATE SCHEMA app",
        "CREATE TEXT SEARCH CONFIGURATION cfg (COPY = simple)",
        "CREATE OPERATOR @@@ (function = f, leftarg = int, rightarg = int)",
        "CREATE SERVER s FOREIGN DATA WRAPPER w",
    ]);
    let changes =
        bench.run("ALTER TEXT SEARCH CONFIGURATION cfg ALTER MAPPING FOR word WITH simple");
    assert!(matches!(changes.as_slice(), [Change::AlterOpaque(_)]));
    bench.run("ALTER TEXT SEARCH CONFIGURATION cfg RENAME TO other");
    bench.run("ALTER TEXT SEARCH CONFIGURATION other SET SCHEMA app");
    bench.run("ALTER SERVER s RENAME TO r");
    let left: Vec<&str> = bench
        .catalog
        .opaque
        .keys()
        .map(|id| id.identity.as_str())
        .collect();
    assert_eq!(left, ["public.@@@(integer,integer)", "r", "app.other"]);
    bench.run("DROP OPERATOR @@@ (int, int)");
    bench.run("DROP TEXT SEARCH CONFIGURATION app.other");
    bench.run("DROP SERVER r CASCADE");
    assert!(bench.catalog.opaque.is_empty());
    assert_eq!(
        bench.run("DROP EVENT TRIGGER IF EXISTS x"),
        [Change::Nothing]
    );
}
