//! Functions, procedures and aggregates.

use super::*;
use crate::{
    RoutineId,
    model::{ArgumentMode, Body, Parallel, Routine, RoutineKind, Volatility},
};

fn only(bench: &Bench) -> (&RoutineId, &Routine) {
    let mut all = bench.catalog.routines.iter();
    let (id, routine) = all.next().expect("there is one");
    assert!(all.next().is_none());
    (id, routine)
}

#[test]
fn options_come_in_any_order() {
    let bench = Bench::with(&["CREATE FUNCTION f(a int, b varchar(3)[] DEFAULT '{}', VARIADIC c text[])
         RETURNS SETOF bigint STRICT LEAKPROOF COST 100 ROWS 10 AS 'select 1' SECURITY DEFINER PARALLEL SAFE
         LANGUAGE sql STABLE SET search_path = app, \"B x\", '' SET timezone TO 'UTC' SET work_mem = '1MB'"]);
    let (id, made) = only(&bench);
    assert_eq!(
        id.to_string(),
        "public.f(integer, character varying[], text[])"
    );
    assert_eq!(made.body, Body::Text("select 1".into()));
    assert_eq!(made.language, "sql");
    assert_eq!(
        (made.cost.as_deref(), made.rows.as_deref()),
        (None, Some("10"))
    );
    assert_eq!(made.volatility, Volatility::Stable);
    assert_eq!(made.parallel, Parallel::Safe);
    assert!(made.strict && made.leakproof && made.security_definer);
    assert_eq!(made.settings["search_path"], "app, \"B x\", \"\"");
    assert_eq!(made.settings["TimeZone"], "UTC");
    assert_eq!(made.settings["work_mem"], "1MB");
    let returns = made.returns.as_ref().expect("it gives something");
    assert!(returns.set && returns.data_type.is("bigint"));
    assert_eq!(made.arguments[2].mode, ArgumentMode::Variadic);
}

#[test]
fn outputs_make_the_result() {
    for (sql, gives, set) in [
        (
            "CREATE FUNCTION f(OUT a int) LANGUAGE sql AS ''",
            Some("integer"),
            false,
        ),
        (
            "CREATE FUNCTION f(INOUT a int, OUT b text) LANGUAGE sql AS ''",
            Some("record"),
            false,
        ),
        (
            "CREATE FUNCTION f() RETURNS TABLE (a int) LANGUAGE sql AS ''",
            Some("integer"),
            true,
        ),
        (
            "CREATE FUNCTION f() RETURNS TABLE (a int, b text) LANGUAGE sql AS ''",
            Some("record"),
            true,
        ),
        ("CREATE PROCEDURE f(a int) LANGUAGE sql AS ''", None, false),
        (
            "CREATE PROCEDURE f(INOUT a int) LANGUAGE sql AS ''",
            Some("record"),
            false,
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS ''",
            Some("trigger"),
            false,
        ),
    ] {
        let bench = Bench::with(&[sql]);
        let returns = only(&bench).1.returns.as_ref();
        let found = returns.map(|one| one.data_type.to_string());
        assert_eq!(found.as_deref(), gives, "{sql}");
        assert_eq!(returns.is_some_and(|one| one.set), set, "{sql}");
    }
}

#[test]
fn bodies_are_texts_objects_or_sql() {
    for (sql, body) in [
        (
            "CREATE FUNCTION f(int) RETURNS int RETURN $1 + 1",
            Body::Sql(crate::Expr::written("RETURN $1 + 1")),
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'lib', 'sym'",
            Body::Object {
                file: "lib".into(),
                symbol: "sym".into(),
            },
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'lib'",
            Body::Object {
                file: "lib".into(),
                symbol: "f".into(),
            },
        ),
        (
            "CREATE FUNCTION f() RETURNS int AS $x$ it's $x$ LANGUAGE 'plpgsql'",
            Body::Text(" it's ".into()),
        ),
    ] {
        let bench = Bench::with(&[sql]);
        assert_eq!(only(&bench).1.body, body, "{sql}");
    }
}

#[test]
fn a_routine_is_found_by_its_input_types_or_by_its_name_alone() {
    let mut bench = Bench::with(&[
        "CREATE FUNCTION f(int, OUT text) LANGUAGE sql AS ''",
        "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS ''",
        "CREATE PROCEDURE p(a int, OUT b text) LANGUAGE sql AS ''",
    ]);
    assert_eq!(
        bench.try_run("DROP FUNCTION f").expect_err("there are two"),
        "function name \"f\" is not unique"
    );
    bench.run("ALTER FUNCTION f(a int, OUT b text) RENAME TO g");
    bench.run("DROP FUNCTION f");
    bench.run("DROP PROCEDURE p(int, text)");
    bench.run("DROP ROUTINE IF EXISTS nowhere(nothing)");
    bench.run("DROP ROUTINE g(int)");
    assert!(bench.catalog.routines.is_empty());
    let wrong = bench
        .try_run("DROP FUNCTION g(int)")
        .expect_err("it is gone");
    assert_eq!(wrong, "function g does not exist");
}

#[test]
fn a_function_that_is_replaced_keeps_its_comment_and_rights() {
    let mut bench = Bench::with(&[
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'",
        "COMMENT ON FUNCTION f() IS 'one'",
        "REVOKE EXECUTE ON FUNCTION f FROM public",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 2' COST 7",
    ]);
    let (_, made) = only(&bench);
    assert_eq!(made.body, Body::Text("select 2".into()));
    assert_eq!(made.comment.as_deref(), Some("one"));
    assert_eq!(made.privileges.revoked.len(), 1);
    let again = bench.try_run("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''");
    let message = "function \"f\" already exists with same argument types";
    assert_eq!(again.expect_err("it is there"), message);
}

#[test]
fn options_are_altered_one_by_one() {
    let bench = Bench::with(&[
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1' SET a.b = 'c'",
        "ALTER FUNCTION f IMMUTABLE COST 5 SET search_path TO 'x'",
        "ALTER FUNCTION f RESET a.b",
        "ALTER FUNCTION f COST 100",
    ]);
    let (_, made) = only(&bench);
    assert_eq!(made.volatility, Volatility::Immutable);
    assert_eq!(made.settings.len(), 1);
    assert_eq!(made.cost, None);
}

#[test]
fn aggregates_of_the_new_and_the_old_form() {
    let mut bench = Bench::with(&[
        "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int4, initcond = '0', parallel = safe)",
    ]);
    let (id, made) = only(&bench);
    assert_eq!(id.to_string(), "public.total(integer)");
    assert_eq!(made.parallel, Parallel::Safe);
    let RoutineKind::Aggregate { parameters, .. } = &made.kind else {
        panic!("no aggregate");
    };
    let written: Vec<String> = parameters
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        written,
        ["initcond=0", "sfunc=pg_catalog.int4pl", "stype=integer"]
    );
    bench.run("DROP AGGREGATE total(int)");
    bench.run("CREATE AGGREGATE total(basetype = int, sfunc = int4pl, stype = int4)");
    assert_eq!(only(&bench).0.to_string(), "public.total(integer)");
    bench.run("ALTER AGGREGATE total(int) RENAME TO sums");
    bench.run("DROP AGGREGATE sums(int)");
    bench.run(
        "CREATE AGGREGATE ordered(float8 ORDER BY anyelement) (sfunc = int4pl, stype = internal)",
    );
    let RoutineKind::Aggregate {
        direct_arguments, ..
    } = &only(&bench).1.kind
    else {
        panic!("no aggregate");
    };
    assert_eq!(*direct_arguments, Some(1));
    bench.run("DROP AGGREGATE ordered(float8 ORDER BY anyelement)");
}
