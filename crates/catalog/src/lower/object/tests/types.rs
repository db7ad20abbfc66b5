//! Schemas, extensions, types and domains.

use super::*;
use crate::model::{Composite, Domain, Enum, Range, TypeKind};

fn enumeration(bench: &Bench, name: &str) -> Enum {
    match &bench.catalog.types[&public(name)].kind {
        TypeKind::Enum(found) => found.clone(),
        other => panic!("{other:?} is no enum"),
    }
}

fn domain(bench: &Bench, name: &str) -> Domain {
    match &bench.catalog.types[&public(name)].kind {
        TypeKind::Domain(found) => found.clone(),
        other => panic!("{other:?} is no domain"),
    }
}

fn composite(bench: &Bench, name: &str) -> Composite {
    match &bench.catalog.types[&public(name)].kind {
        TypeKind::Composite(found) => found.clone(),
        other => panic!("{other:?} is no composite type"),
    }
}

fn range(bench: &Bench, name: &str) -> Range {
    match &bench.catalog.types[&public(name)].kind {
        TypeKind::Range(found) => found.clone(),
        other => panic!("{other:?} is no range"),
    }
}

#[test]
fn values_of_an_enum_stand_where_they_were_put() {
    let bench = Bench::with(&[
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        "ALTER TYPE mood ADD VALUE 'ok' BEFORE 'happy'",
        "ALTER TYPE mood ADD VALUE 'great' AFTER 'happy'",
        "ALTER TYPE public.mood ADD VALUE 'last'",
        "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok'",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'it''s bad'",
    ]);
    let values = enumeration(&bench, "mood").values;
    assert_eq!(values, ["it's bad", "ok", "happy", "great", "last"]);
}

#[test]
fn wrong_values_of_an_enum_are_refused() {
    let mut bench = Bench::with(&["CREATE TYPE mood AS ENUM ('sad')"]);
    for (sql, message) in [
        (
            "ALTER TYPE mood ADD VALUE 'sad'",
            "enum label \"sad\" already exists",
        ),
        (
            "ALTER TYPE mood ADD VALUE 'x' BEFORE 'y'",
            "\"y\" is not an existing enum label",
        ),
        (
            "CREATE TYPE mood AS ENUM ()",
            "type \"mood\" already exists",
        ),
        (
            "ALTER TYPE nood ADD VALUE 'x'",
            "type \"nood\" does not exist",
        ),
        ("DROP TYPE nood", "type \"nood\" does not exist"),
    ] {
        assert_eq!(bench.try_run(sql).expect_err(sql), message);
    }
    assert_eq!(bench.run("DROP TYPE IF EXISTS nood"), [Change::Nothing]);
}

#[test]
fn attributes_of_a_composite_type_come_and_go() {
    let bench = Bench::with(&[
        "CREATE TYPE pair AS (a int, b varchar(3) COLLATE \"C\")",
        "ALTER TYPE pair ADD ATTRIBUTE c text, DROP ATTRIBUTE a, ALTER ATTRIBUTE b SET DATA TYPE text",
        "ALTER TYPE pair RENAME ATTRIBUTE c TO d CASCADE",
        "ALTER TYPE pair DROP ATTRIBUTE IF EXISTS gone",
    ]);
    let attributes = composite(&bench, "pair").attributes;
    let names: Vec<&str> = attributes.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["b", "d"]);
    assert_eq!(attributes[0].data_type, DataType::builtin("text"));
}

#[test]
fn a_range_has_a_multirange() {
    let mut bench = Bench::with(&[
        "CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_opclass = float8_ops, subtype_diff = float8mi)",
    ]);
    let found = range(&bench, "floatrange");
    assert_eq!(found.multirange, public("floatmultirange"));
    assert_eq!(found.operator_class, None);
    assert_eq!(found.subtype, DataType::builtin("double precision"));
    let diff = found.subtype_diff.expect("it was given");
    assert_eq!(diff.to_string(), "pg_catalog.float8mi");
    bench.run("CREATE DOMAIN many AS floatmultirange");
}

#[test]
fn a_base_type_fills_its_shell_and_is_opaque() {
    let mut bench = Bench::with(&[
        "CREATE TYPE box3",
        "CREATE TYPE box3 (input = f, output = g)",
    ]);
    assert!(bench.catalog.types.is_empty());
    let id = bench.catalog.opaque.keys().next().expect("it was made");
    assert_eq!((id.kind, id.identity.as_str()), ("type", "public.box3"));
    bench.run("CREATE DOMAIN d AS box3");
    bench.run("DROP TYPE box3 CASCADE");
    assert!(bench.catalog.opaque.is_empty());
}

#[test]
fn constraints_of_a_domain_are_named_as_the_server_names_them() {
    let bench = Bench::with(&[
        "CREATE DOMAIN age AS integer NOT NULL DEFAULT 3 CHECK (VALUE > 0) CONSTRAINT old CHECK ((VALUE < 200)) CHECK (VALUE <> 7)",
        "ALTER DOMAIN age ADD CHECK (VALUE <> 8) NOT VALID",
        "ALTER DOMAIN age DROP CONSTRAINT old",
        "ALTER DOMAIN age RENAME CONSTRAINT age_check TO positive",
    ]);
    let found = domain(&bench, "age");
    let names: Vec<&str> = found.constraints.keys().map(Name::as_str).collect();
    assert_eq!(names, ["age_check1", "age_check2", "positive"]);
    assert!(!found.constraints["age_check2"].validated);
    assert_eq!(found.default.expect("it has one").text.as_ref(), "3");
    assert_eq!(found.not_null.expect("it has one").name, None);
}

#[test]
fn not_null_of_a_domain_has_a_name_from_17_on() {
    let mut bench = Bench::of(17);
    bench.run("CREATE DOMAIN age AS integer NOT NULL");
    let not_null = domain(&bench, "age").not_null.expect("it has one");
    assert_eq!(not_null.name, Some(Name::stored("age_not_null")));
    bench.run("ALTER DOMAIN age DROP CONSTRAINT age_not_null");
    assert_eq!(domain(&bench, "age").not_null, None);
    bench.run("ALTER DOMAIN age ADD CONSTRAINT nn NOT NULL");
    let not_null = domain(&bench, "age").not_null.expect("it has one");
    assert_eq!(not_null.name, Some(Name::stored("nn")));
}

#[test]
fn a_default_of_null_is_none() {
    let bench = Bench::with(&[
        "CREATE DOMAIN a AS text DEFAULT NULL",
        "CREATE DOMAIN b AS text DEFAULT 'x'",
        "ALTER DOMAIN b SET DEFAULT null",
    ]);
    assert_eq!(domain(&bench, "a").default, None);
    assert_eq!(domain(&bench, "b").default, None);
}

#[test]
fn a_schema_is_made_with_what_stands_within() {
    let bench = Bench::with(&[
        "CREATE SCHEMA app AUTHORIZATION joe CREATE VIEW v AS SELECT 1 AS x",
        "CREATE SCHEMA AUTHORIZATION ann",
        "CREATE SCHEMA IF NOT EXISTS app",
    ]);
    let joe = Some(Name::stored("joe"));
    assert_eq!(bench.catalog.schemas["app"].owner, joe);
    assert_eq!(bench.catalog.views[&QName::new("app", "v")].owner, joe);
    assert_eq!(
        bench.catalog.schemas["ann"].owner,
        Some(Name::stored("ann"))
    );
}

#[test]
fn extensions_bring_what_they_need() {
    let bench = Bench::with(&[
        "CREATE EXTENSION IF NOT EXISTS plpgsql",
        "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA public VERSION '1.1'",
        "CREATE EXTENSION IF NOT EXISTS earthdistance CASCADE",
        "CREATE EXTENSION postgis_topology CASCADE",
        "ALTER EXTENSION cube UPDATE TO '2'",
    ]);
    let names: Vec<&str> = bench.catalog.extensions.keys().map(Name::as_str).collect();
    let all = [
        "cube",
        "earthdistance",
        "postgis",
        "postgis_topology",
        "uuid-ossp",
    ];
    assert_eq!(names, all);
    assert_eq!(
        bench.catalog.extensions["postgis_topology"].schema,
        "topology"
    );
    assert!(bench.catalog.schemas.contains_key("topology"));
    let version = bench.catalog.extensions["uuid-ossp"].version.as_deref();
    assert_eq!(version, Some("1.1"));
}
