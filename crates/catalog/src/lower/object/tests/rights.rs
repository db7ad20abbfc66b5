//! `GRANT`, `REVOKE`, default privileges and comments.

use super::*;
use crate::{Grantee, ObjectRef, Privileges};

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.table("t", &["a", "b"]);
    bench
}

/// `role: PRIVILEGE*` of what was granted, `-` of what was revoked.
fn written(privileges: &Privileges) -> Vec<String> {
    let who = |grantee: &Grantee| match grantee {
        Grantee::Owner => "owner".to_owned(),
        Grantee::Public => "public".to_owned(),
        Grantee::Role(name) => name.to_string(),
    };
    let granted = privileges.granted.iter().map(|grant| {
        let star = if grant.grantable { "*" } else { "" };
        format!("{}: {}{star}", who(&grant.grantee), grant.privilege)
    });
    let revoked = privileges
        .revoked
        .iter()
        .map(|grant| format!("-{}: {}", who(&grant.grantee), grant.privilege));
    granted.chain(revoked).collect()
}

#[test]
fn grants_on_tables_and_columns() {
    let mut bench = bench();
    bench.run("GRANT SELECT (a, b), UPDATE ON t TO ann, joe WITH GRANT OPTION");
    let table = &bench.catalog.tables[&public("t")];
    assert_eq!(written(&table.privileges), ["ann: UPDATE*", "joe: UPDATE*"]);
    assert_eq!(
        written(&table.columns[0].privileges),
        ["ann: SELECT*", "joe: SELECT*"]
    );
    bench.run("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM joe, ann");
    let table = &bench.catalog.tables[&public("t")];
    assert!(table.privileges.is_default() && table.columns[0].privileges.is_default());
    bench.run("GRANT ALL ON TABLE t TO joe");
    assert_eq!(
        bench.catalog.tables[&public("t")].privileges.granted.len(),
        7
    );
    let wrong = bench
        .try_run("GRANT SELECT ON t TO public WITH GRANT OPTION")
        .expect_err("it is for roles");
    assert_eq!(wrong, "grant options can only be granted to roles");
    let wrong = bench
        .try_run("GRANT EXECUTE ON t TO joe")
        .expect_err("there is none");
    assert_eq!(wrong, "invalid privilege type EXECUTE for table");
}

#[test]
fn what_is_in_no_schema_changes_nothing() {
    let mut bench = bench();
    for sql in [
        "GRANT admin TO joe",
        "GRANT CONNECT ON DATABASE x TO joe",
        "REVOKE ALL ON LANGUAGE plpgsql FROM public",
        "GRANT USAGE ON FOREIGN SERVER s TO joe",
        "GRANT SELECT ON pg_catalog.pg_class TO joe",
        "CREATE ROLE joe",
        "ALTER DATABASE x SET search_path = y",
        "COMMENT ON DATABASE x IS 'y'",
        "COMMENT ON ROLE joe IS 'y'",
        "COMMENT ON LANGUAGE plpgsql IS 'y'",
        "SECURITY LABEL ON TABLE t IS 'x'",
    ] {
        assert_eq!(bench.run(sql), [Change::Nothing], "{sql}");
    }
}

#[test]
fn new_objects_get_default_privileges() {
    let mut bench = bench();
    bench.run("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM public");
    bench.run("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO joe");
    bench.run("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''");
    bench.run("CREATE VIEW v AS SELECT 1 AS x");
    let function = bench.catalog.routines.values().next().expect("it was made");
    assert_eq!(written(&function.privileges), ["-public: EXECUTE"]);
    assert_eq!(
        written(&bench.catalog.views[&public("v")].privileges),
        ["joe: SELECT"]
    );
}

#[test]
fn owners_by_name_are_owners() {
    let mut bench = bench();
    bench.run("CREATE SCHEMA app AUTHORIZATION joe");
    bench.run("GRANT CREATE ON SCHEMA app TO joe, ann");
    assert_eq!(
        written(&bench.catalog.schemas["app"].privileges),
        ["ann: CREATE"]
    );
    bench.run("REVOKE CREATE ON SCHEMA app FROM joe");
    let privileges = written(&bench.catalog.schemas["app"].privileges);
    assert_eq!(privileges, ["ann: CREATE", "-owner: CREATE"]);
    bench.run("ALTER SCHEMA app OWNER TO CURRENT_USER");
    assert_eq!(bench.catalog.schemas["app"].owner, None);
}

#[test]
fn comments_reach_every_kind() {
    let mut bench = bench();
    bench.run("CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 1)");
    bench.run("CREATE TYPE pair AS (a int)");
    bench.run("CREATE VIEW v AS SELECT 1 AS x");
    bench.run("CREATE PROCEDURE p(int) LANGUAGE sql AS ''");
    for (sql, object) in [
        ("TABLE t", "table public.t"),
        ("COLUMN t.a", "column public.t.a"),
        ("COLUMN public.v.x", "column public.v.x"),
        ("COLUMN pair.a", "column public.pair.a"),
        ("VIEW v", "view public.v"),
        ("TYPE pair", "type public.pair"),
        ("DOMAIN d", "type public.d"),
        (
            "CONSTRAINT c ON DOMAIN d",
            "domain constraint c on public.d",
        ),
        ("SCHEMA public", "schema public"),
        ("PROCEDURE p(int)", "routine public.p(integer)"),
        ("ROUTINE p", "routine public.p(integer)"),
    ] {
        let changes = bench.run(&format!("COMMENT ON {sql} IS E'it\\'s'"));
        let [
            Change::Comment {
                object: found,
                text,
            },
        ] = changes.as_slice()
        else {
            panic!("{sql}: {changes:?}");
        };
        assert_eq!(ObjectRef::to_string(found), object);
        assert_eq!(text.as_deref(), Some("it's"));
    }
    let changes = bench.run("COMMENT ON TABLE t IS ''");
    assert!(matches!(
        changes.as_slice(),
        [Change::Comment { text: None, .. }]
    ));
    assert!(bench.try_run("COMMENT ON COLUMN t.z IS 'x'").is_err());
}

#[test]
fn default_privileges_of_a_schema_are_those_of_its_new_functions() {
    let mut bench = Bench::new();
    bench.run("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO joe");
    bench.run("CREATE OR REPLACE FUNCTION f() RETURNS TABLE (a int) LANGUAGE sql AS 'SELECT 1'");
    let made = bench.catalog.routines.values().next().expect("it is there");
    assert_eq!(written(&made.privileges), ["joe: EXECUTE"]);
}
