//! Types as they are written, and as the server has them.

use super::Database;

fn stored(written: &str) -> String {
    let database = Database::after(&format!("CREATE TABLE t (a {written})"));
    database.table("t").columns[0].data_type.to_string()
}

#[test]
fn every_spelling_of_a_type_is_the_type() {
    for (written, expected) in [
        ("int", "integer"),
        ("INT4", "integer"),
        ("pg_catalog.int8", "bigint"),
        ("smallint", "smallint"),
        ("bool", "boolean"),
        ("float", "double precision"),
        ("float(24)", "real"),
        ("float8", "double precision"),
        ("double precision", "double precision"),
        ("dec(10,2)", "numeric(10,2)"),
        ("numeric(10)", "numeric(10,0)"),
        ("decimal", "numeric"),
        ("varchar", "character varying"),
        ("varchar(255)", "character varying(255)"),
        ("character varying ( 20 )", "character varying(20)"),
        ("national character varying(5)", "character varying(5)"),
        ("char", "character(1)"),
        ("character(3)", "character(3)"),
        ("bpchar", "bpchar"),
        ("bpchar(3)", "character(3)"),
        ("\"char\"", "\"char\""),
        ("bit", "bit(1)"),
        ("bit varying(8)", "bit varying(8)"),
        ("varbit", "bit varying"),
        ("timestamp", "timestamp without time zone"),
        ("timestamp(3)", "timestamp(3) without time zone"),
        ("timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("timestamptz(9)", "timestamp(6) with time zone"),
        ("timetz", "time with time zone"),
        ("time(0)", "time(0) without time zone"),
        ("interval", "interval"),
        ("interval(3)", "interval(3)"),
        ("interval year to month", "interval year to month"),
        ("interval second(3)", "interval second(3)"),
        ("interval DAY  TO second (3)", "interval day to second(3)"),
        ("int[]", "integer[]"),
        ("int[3][3]", "integer[]"),
        ("text ARRAY", "text[]"),
        ("text array[4]", "text[]"),
        ("_int4", "integer[]"),
        ("varchar(20)[]", "character varying(20)[]"),
        ("timestamp(3)[]", "timestamp(3) without time zone[]"),
        ("jsonb", "jsonb"),
        ("uuid", "uuid"),
        ("xid8", "xid8"),
        ("int4range", "int4range"),
    ] {
        assert_eq!(stored(written), expected, "{written}");
    }
}

#[test]
fn a_tables_name_is_a_type() {
    let database = Database::after("CREATE TABLE a (x int); CREATE TABLE b (y a, z a[]);");
    assert_eq!(database.columns("b"), ["y public.a", "z public.a[]"]);
}

#[test]
fn a_type_that_is_not_there_is_refused_with_the_one_that_may_be_meant() {
    let mut database = Database::of_major(16);
    let source = segue_sql::Source::new("x", "CREATE TABLE t (a uiid)");
    let problems = segue_catalog::lower(
        &source,
        0..source.text.len(),
        &database.catalog,
        &database.session,
    )
    .expect_err("no such type");
    assert_eq!(problems[0].message, "type \"uiid\" does not exist");
    assert_eq!(problems[0].help.as_deref(), Some("did you mean uuid?"));
    assert_eq!(
        problems[0].place.as_ref().map(|place| place.span.clone()),
        Some(18..22)
    );
    assert_eq!(
        database.refuses("CREATE TABLE t (a nowhere.x)"),
        "schema \"nowhere\" does not exist"
    );
}
