//! Views, triggers, rules, policies, statistics and publications.

use super::*;
use crate::{
    Grantee, ObjectRef,
    model::{CheckOption, Deferral, PolicyCommand, TriggerTiming, View},
};

fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.table("t", &["a", "b"]);
    bench.table("u", &["b", "c"]);
    bench
}

fn view<'a>(bench: &'a Bench, name: &str) -> &'a View {
    &bench.catalog.views[&public(name)]
}

fn depends(bench: &Bench, name: &str) -> Vec<String> {
    let found = view(bench, name).depends_on.iter();
    found.map(ObjectRef::to_string).collect()
}

#[test]
fn a_view_depends_on_what_its_query_names() {
    let mut bench = bench();
    bench.run("CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS ''");
    bench.run("CREATE TYPE mood AS ENUM ('x')");
    bench.run(
        "CREATE VIEW v AS WITH u AS (SELECT 1) SELECT twice(x.a), 'x'::mood FROM t x, u WHERE x.a = 1",
    );
    assert_eq!(
        depends(&bench, "v"),
        [
            "type public.mood",
            "table public.t",
            "column public.t.a",
            "routine public.twice(integer)"
        ]
    );
    bench.run("CREATE VIEW w AS SELECT * FROM v JOIN u ON true");
    assert_eq!(
        depends(&bench, "w"),
        [
            "table public.u",
            "column public.u.b",
            "column public.u.c",
            "view public.v"
        ]
    );
}

#[test]
fn options_of_a_view_are_kept_apart_from_its_check() {
    let mut bench = bench();
    bench.run("CREATE VIEW v (x, \"Y\") WITH (security_barrier, check_option = local) AS SELECT a, b FROM t");
    let found = view(&bench, "v");
    assert_eq!(found.check_option, Some(CheckOption::Local));
    assert_eq!(found.parameters.len(), 1);
    assert_eq!(found.columns, [Name::stored("x"), Name::stored("Y")]);
    bench.run("COMMENT ON VIEW v IS 'mine'");
    bench.run("CREATE OR REPLACE VIEW v AS SELECT a AS x, b AS \"Y\" FROM t WHERE a > 1 WITH CHECK OPTION");
    let found = view(&bench, "v");
    assert_eq!(found.check_option, Some(CheckOption::Cascaded));
    assert_eq!(found.comment.as_deref(), Some("mine"));
    assert!(found.parameters.is_empty());
}

#[test]
fn a_recursive_view_is_a_recursive_query() {
    let mut bench = bench();
    bench
        .run("CREATE RECURSIVE VIEW n (x) AS VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 9");
    assert_eq!(
        view(&bench, "n").query.text.as_ref(),
        "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 9) SELECT x FROM n"
    );
}

#[test]
fn materialized_views_are_filled_or_not() {
    let mut bench = bench();
    bench.run("CREATE MATERIALIZED VIEW m WITH (fillfactor = 70) AS SELECT 1 AS x WITH NO DATA");
    bench.run("CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 2");
    bench.run("REFRESH MATERIALIZED VIEW m");
    bench.run("ALTER MATERIALIZED VIEW m RENAME TO n");
    bench.run("ALTER MATERIALIZED VIEW IF EXISTS m SET SCHEMA public");
    assert!(bench.try_run("DROP VIEW n").is_err());
    bench.run("DROP MATERIALIZED VIEW n");
    assert!(bench.catalog.views.is_empty());
}

#[test]
fn a_trigger_has_all_its_parts() {
    let mut bench = bench();
    bench.run("CREATE FUNCTION app() RETURNS trigger LANGUAGE plpgsql AS ''");
    bench.run(
        "CREATE CONSTRAINT TRIGGER c AFTER INSERT OR UPDATE OF b, a ON t DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW WHEN ((NEW.a > 1)) EXECUTE PROCEDURE app('x', 1, Word)",
    );
    let found = &bench.catalog.tables[&public("t")].triggers["c"];
    assert_eq!(found.timing, TriggerTiming::After);
    assert!(found.events.insert && found.events.update && !found.events.delete);
    assert_eq!(
        found.events.update_of,
        [Name::stored("b"), Name::stored("a")]
    );
    assert_eq!(found.arguments, ["x", "1", "word"]);
    assert_eq!(found.function, public("app"));
    let constraint = found.constraint.as_ref().expect("it is one");
    assert_eq!(constraint.deferral, Deferral::InitiallyDeferred);
    assert_eq!(
        found.when.as_ref().expect("it has one").text.as_ref(),
        "NEW.a > 1"
    );
    let again = bench.try_run("CREATE TRIGGER c BEFORE INSERT ON t EXECUTE FUNCTION app()");
    assert_eq!(
        again.expect_err("it is there"),
        "trigger \"c\" for relation \"t\" already exists"
    );
    bench.run("ALTER TRIGGER c ON t RENAME TO d");
    bench.run("DROP TRIGGER IF EXISTS c ON t");
    bench.run("DROP TRIGGER IF EXISTS c ON nowhere");
    bench.run("DROP TRIGGER d ON t");
    assert!(bench.catalog.tables[&public("t")].triggers.is_empty());
}

#[test]
fn functions_of_the_server_may_be_triggers() {
    let mut bench = bench();
    bench.run("CREATE TRIGGER s BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()");
    let found = &bench.catalog.tables[&public("t")].triggers["s"];
    assert_eq!(
        found.function.to_string(),
        "pg_catalog.suppress_redundant_updates_trigger"
    );
}

#[test]
fn rules_have_conditions_and_statements() {
    let mut bench = bench();
    bench.run(
        "CREATE RULE r AS ON INSERT TO t WHERE (NEW.a = 1) DO INSTEAD (DELETE FROM u; NOTIFY x)",
    );
    bench.run("CREATE OR REPLACE RULE n AS ON DELETE TO t DO INSTEAD NOTHING");
    let rules = &bench.catalog.tables[&public("t")].rules;
    assert_eq!(rules["r"].actions.len(), 2);
    assert!(rules["n"].actions.is_empty() && rules["n"].instead);
    bench.run("ALTER RULE r ON t RENAME TO q");
    bench.run("DROP RULE q ON t");
    assert_eq!(bench.catalog.tables[&public("t")].rules.len(), 1);
}

#[test]
fn policies_are_for_roles_in_order() {
    let mut bench = bench();
    bench.run("CREATE POLICY p ON t AS RESTRICTIVE FOR UPDATE TO zoe, ann USING (a = 1) WITH CHECK (true)");
    bench.run("CREATE POLICY q ON t");
    bench.run("ALTER POLICY p ON t USING (a = 2)");
    let policies = &bench.catalog.tables[&public("t")].policies;
    let p = &policies["p"];
    let role = |name: &str| Grantee::Role(Name::stored(name));
    assert_eq!(p.roles, [role("ann"), role("zoe")]);
    assert_eq!(p.using.as_ref().expect("it has one").text.as_ref(), "a = 2");
    assert!(!p.permissive);
    assert_eq!(policies["q"].roles, [Grantee::Public]);
    assert_eq!(policies["q"].command, PolicyCommand::All);
    bench.run("DROP POLICY IF EXISTS p ON t");
    assert_eq!(bench.catalog.tables[&public("t")].policies.len(), 1);
}

#[test]
fn statistics_get_a_name() {
    let mut bench = bench();
    bench.run("CREATE STATISTICS ON b, a FROM t");
    bench.run("CREATE STATISTICS ON b, a FROM t");
    bench.run("CREATE STATISTICS ON (a + b) FROM t");
    bench.run("ALTER STATISTICS t_expr_stat SET STATISTICS 7");
    let names: Vec<&str> = bench
        .catalog
        .statistics
        .keys()
        .map(|name| name.name.as_str())
        .collect();
    assert_eq!(names, ["t_b_a_stat", "t_b_a_stat1", "t_expr_stat"]);
    assert_eq!(
        bench.catalog.statistics[&public("t_b_a_stat")].kinds.len(),
        3
    );
    let one = &bench.catalog.statistics[&public("t_expr_stat")];
    assert!(one.kinds.is_empty() && one.target == Some(7));
}

#[test]
fn publications_list_tables_and_schemas() {
    let mut bench = bench();
    bench.run(
        "CREATE PUBLICATION p FOR TABLE t (b, a) WHERE (a > 1), u WITH (publish = 'update,insert')",
    );
    let found = &bench.catalog.publications["p"];
    assert_eq!(
        found.tables[&public("t")].columns,
        [Name::stored("a"), Name::stored("b")]
    );
    assert_eq!(found.parameters["publish"], "insert, update");
    bench.run("ALTER PUBLICATION p DROP TABLE u");
    bench.run("ALTER PUBLICATION p ADD TABLES IN SCHEMA public");
    bench.run("ALTER PUBLICATION p SET (publish = 'insert, update, delete, truncate')");
    let found = &bench.catalog.publications["p"];
    assert_eq!((found.tables.len(), found.schemas.len()), (1, 1));
    assert!(found.parameters.is_empty());
    bench.run("CREATE PUBLICATION everything FOR ALL TABLES");
    assert!(bench.catalog.publications["everything"].all_tables);
    bench.run("DROP PUBLICATION p, everything");
}

#[test]
fn a_view_depends_on_the_columns_that_it_reads_and_on_no_others_of_their_name() {
    let mut bench = Bench::new();
    bench.table("account", &["id", "state"]);
    bench.table("event", &["account", "state"]);
    bench.run(
        "CREATE VIEW busy AS SELECT a.id, (SELECT max(state) FROM event a WHERE a.account = 1) AS last,
            e.* FROM account a, (SELECT * FROM event) e",
    );
    bench.run("ALTER TABLE account DROP COLUMN state");
    let wrong = bench
        .try_run("ALTER TABLE event DROP COLUMN state")
        .expect_err("the view reads it");
    assert!(wrong.contains("other objects depend on it"), "{wrong}");
    let wrong = bench
        .try_run("ALTER TABLE account DROP COLUMN id")
        .expect_err("the view reads it");
    assert!(wrong.contains("other objects depend on it"), "{wrong}");
}
