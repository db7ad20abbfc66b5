use std::collections::BTreeSet;

use segue_catalog::DataType;

use super::*;
use crate::rows::tests::catalog;

const TYPES: &[&str] = &[
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "numeric(5,2)",
    "numeric(3,3)",
    "real",
    "double precision",
    "money",
    "text",
    "character varying(3)",
    "character(4)",
    "\"char\"",
    "name",
    "bytea",
    "uuid",
    "json",
    "jsonb",
    "date",
    "time without time zone",
    "time with time zone",
    "timestamp without time zone",
    "timestamp(3) with time zone",
    "interval",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "bit(5)",
    "bit varying(9)",
    "tsvector",
    "tsquery",
    "xml",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    "int4multirange",
    "tstzmultirange",
    "oid",
    "regclass",
    "pg_lsn",
    "jsonpath",
    "xid8",
    "integer[]",
    "text[]",
    "public.citext",
    "public.hstore",
    "public.ltree",
    "public.vector(3)",
    "public.geometry(Point,4326)",
];

fn kind(text: &str) -> Kind {
    Kind::of(&catalog(""), &DataType::printed(text).expect(text))
}

#[test]
fn every_type_has_values_daring_ones_and_distinct_ones() {
    let mut chance = Chance::of(1, "types", &[]);
    for name in TYPES {
        let kind = kind(name);
        let found: BTreeSet<String> = (0..200)
            .map(|_| any(&kind, "", Mood::Daring, &mut chance).unwrap_or_else(|| panic!("{name}")))
            .collect();
        assert!(found.len() > 1 || *name == "regclass", "{name}: {found:?}");
        let distinct: Vec<String> = (0..40)
            .filter_map(|number| distinct(&kind, "", number, &mut chance))
            .collect();
        let different: BTreeSet<&String> = distinct.iter().collect();
        assert!(
            different.len() == distinct.len() || *name == "regclass",
            "{name}: {distinct:?}"
        );
    }
}

#[test]
fn values_fit_their_modifiers() {
    let mut chance = Chance::of(2, "modifiers", &[]);
    for _ in 0..500 {
        let mut value = |name: &str| any(&kind(name), "", Mood::Daring, &mut chance).expect(name);
        assert!(value("character varying(3)").chars().count() <= 3);
        assert_eq!(value("bit(5)").len(), 5);
        assert!(value("bit varying(9)").len() <= 9);
        let number: f64 = value("numeric(5,2)").parse().expect("a number");
        assert!(number.abs() < 1000.0, "{number}");
        let number: f64 = value("numeric(3,3)").parse().expect("a number");
        assert!(number.abs() < 1.0, "{number}");
        let number: i16 = value("smallint").parse().expect("a small number");
        assert!(number >= -32768);
        assert_eq!(value("uuid").len(), 36);
    }
}

#[test]
fn what_is_read_is_written_the_same() {
    for (name, text) in [
        ("integer", "-5"),
        ("numeric(6,2)", "12.50"),
        ("date", "2024-02-29"),
        ("timestamp with time zone", "2024-02-29 12:00:00.5+00"),
        ("timestamp(0) without time zone", "2024-02-29 12:00:00"),
        ("time without time zone", "23:59:59"),
        ("boolean", "true"),
        ("bytea", "\\x00ff"),
        ("jsonb", "{\"a\":[1,null]}"),
        ("text[]", "{\"a\",NULL,\"b \\\"c\\\\\"}"),
    ] {
        let kind = kind(name);
        assert_eq!(
            kind.write(&kind.read(text)).as_deref(),
            Some(text),
            "{name}"
        );
    }
    assert_eq!(kind("smallint").write(&kind("integer").read("40000")), None);
    assert_eq!(
        kind("numeric(3,1)").write(&kind("integer").read("100")),
        None
    );
    assert_eq!(
        kind("character varying(2)").write(&kind("text").read("abc")),
        None
    );
}

#[test]
fn arrays_are_read_as_they_are_written() {
    for all in [
        vec![],
        vec![None],
        vec![Some("null".to_owned()), Some(String::new()), None],
        vec![Some("a,b".to_owned()), Some("{\"\\}".to_owned())],
    ] {
        assert_eq!(elements(&array(&all)), Some(all));
    }
    assert_eq!(elements("{{1},{2}}"), None);
    assert_eq!(elements("1"), None);
}

#[test]
fn ranges_of_different_numbers_do_not_overlap() {
    let range = |number| nested::distinct_range(&Kind::Whole(0, 1000), number);
    assert_eq!(range(4).as_deref(), Some("[\"4\",\"5\")"));
    assert_eq!(range(5).as_deref(), Some("[\"5\",\"6\")"));
}
