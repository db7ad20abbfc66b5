//! Rules for types of columns: variants of what they find, and of what they leave alone.

use super::expect;

/// A large table with a column of a type, of which rows hold a value.
fn items(of: &str, value: &str) -> String {
    format!(
        "CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN free AS text; CREATE DOMAIN bound AS text CHECK (VALUE <> '');
CREATE TABLE items (id bigint PRIMARY KEY, v {of}, w int); INSERT INTO items SELECT g, {value}, g FROM generate_series(1, 200) g;"
    )
}

fn becomes(of: &str) -> String {
    format!("ALTER TABLE items ALTER COLUMN v TYPE {of};")
}

#[test]
fn a_type_that_is_stored_otherwise_writes_the_table_anew() {
    for (from, value, to) in [
        ("int", "g", "bigint"),
        ("smallint", "1", "integer"),
        ("int", "g", "numeric"),
        ("int", "g", "text"),
        ("numeric(8,2)", "1", "numeric(12,4)"),
        ("char(10)", "'x'", "char(20)"),
        ("char(10)", "'x'", "varchar(20)"),
        ("text", "'x'", "bound"),
        ("text", "'a'", "mood USING v::mood"),
        ("timestamp", "now()", "timestamptz"),
        ("timestamp", "now()", "date"),
        ("text", "'1'", "int USING v::int"),
        ("text", "'{}'", "text[] USING ARRAY[v]"),
        ("jsonb", "'{}'::jsonb", "text"),
        ("date", "now()", "timestamp"),
        ("text", "'x'", "text USING upper(v)"),
    ] {
        expect(&[(
            &items(from, value),
            &becomes(to),
            &["change-column-type-rewrite"],
        )]);
    }
}

#[test]
fn a_type_that_holds_less_is_a_narrowing() {
    for (from, value, to) in [
        ("text", "'x'", "varchar(10)"),
        ("varchar(50)", "'x'", "varchar(10)"),
        ("varchar(50)", "'x'", "char(10)"),
        ("char(20)", "'x'", "char(10)"),
        ("numeric", "1", "numeric(10,2)"),
        ("numeric(10,2)", "1", "numeric(8,2)"),
        ("numeric(10,2)", "1", "numeric(10,1)"),
        ("numeric(10,2)", "1", "int"),
        ("double precision", "1", "real"),
        ("bigint", "g", "smallint"),
        ("timestamptz", "now()", "timestamptz(0)"),
        ("interval", "'1 h'", "interval(0)"),
        ("varchar(50)[]", "'{}'", "varchar(10)[]"),
    ] {
        expect(&[(
            &items(from, value),
            &becomes(to),
            &["change-column-type-narrowing"],
        )]);
    }
}

#[test]
fn a_type_that_is_stored_in_the_same_way_is_left_alone() {
    for (from, value, to) in [
        ("varchar(50)", "'x'", "varchar(51)"),
        ("varchar(50)", "'x'", "text"),
        ("varchar", "'x'", "text USING v::text"),
        ("text", "'x'", "varchar"),
        ("text", "'x'", "citext"),
        ("citext", "'x'", "text"),
        ("text", "'x'", "free"),
        ("bound", "'x'", "text"),
        ("numeric(8,2)", "1", "numeric(10,2)"),
        ("numeric(8,2)", "1", "numeric"),
        ("time(3)", "'10:00'", "time(6)"),
        ("interval(0)", "'1 h'", "interval(6)"),
        ("varbit(8)", "B'1'", "varbit"),
        ("cidr", "'10.0.0.0/8'", "inet"),
        ("text", "'x'", "text COLLATE \"C\""),
    ] {
        expect(&[(&items(from, value), &becomes(to), &[])]);
    }
    expect(&[
        (
            &items("timestamp", "now()"),
            "SET TimeZone = 'UTC'; ALTER TABLE items ALTER COLUMN v TYPE timestamptz;",
            &[],
        ),
        (
            &items("int", "g"),
            "CREATE TABLE t (a int); ALTER TABLE t ALTER COLUMN a TYPE bigint;",
            &[],
        ),
        (
            &items("int", "g"),
            "ALTER TABLE items ADD COLUMN n int; ALTER TABLE items ALTER COLUMN n TYPE bigint;",
            &["change-column-type-rewrite"],
        ),
    ]);
}

#[test]
fn indexes_and_constraints_on_the_column_have_their_own_cost() {
    let indexed = format!("{} CREATE INDEX ON items (v);", items("text", "'x'"));
    let partial = format!(
        "{} CREATE INDEX ON items (w) WHERE v <> '';",
        items("text", "'x'")
    );
    let checked = format!(
        "{} ALTER TABLE items ADD CHECK (v <> '');",
        items("varchar(50)", "'x'")
    );
    expect(&[
        (
            &indexed,
            &becomes("citext"),
            &["change-column-type-reindex"],
        ),
        (
            &indexed,
            &becomes("text COLLATE \"C\""),
            &["change-column-type-reindex"],
        ),
        (&indexed, &becomes("varchar"), &[]),
        (
            &partial,
            &becomes("citext"),
            &["change-column-type-reindex"],
        ),
        (
            &checked,
            &becomes("varchar(60)"),
            &["change-column-type-recheck"],
        ),
        (&checked, &becomes("text"), &["change-column-type-recheck"]),
    ]);
}

#[test]
fn what_uses_a_column_forbids_another_type() {
    let varchar = items("varchar(50)", "'x'");
    let found: &[&str] = &["alter-type-blocked-by-view"];
    for user in [
        "CREATE VIEW vs AS SELECT v FROM items;",
        "CREATE MATERIALIZED VIEW vs AS SELECT v FROM items;",
        "ALTER TABLE items ADD COLUMN l text GENERATED ALWAYS AS (lower(v)) STORED;",
        "CREATE POLICY p ON items USING (v <> '');",
    ] {
        expect(&[(&format!("{varchar} {user}"), &becomes("varchar(60)"), found)]);
    }
    expect(&[
        (
            &format!("{varchar} CREATE VIEW ws AS SELECT w FROM items;"),
            &becomes("varchar(60)"),
            &[],
        ),
        (
            &format!("{varchar} CREATE VIEW vs AS SELECT v FROM items;"),
            "BEGIN; DROP VIEW vs; ALTER TABLE items ALTER COLUMN v TYPE varchar(60); CREATE VIEW vs AS SELECT v FROM items; COMMIT;",
            &[],
        ),
        (
            "CREATE TABLE ev (at date) PARTITION BY RANGE (at);",
            "ALTER TABLE ev ALTER COLUMN at TYPE timestamp;",
            found,
        ),
    ]);
}

#[test]
fn identities_and_generated_columns_keep_giving_values() {
    let found: &[&str] = &["change-generated-or-identity"];
    let counted = "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a text, l text GENERATED ALWAYS AS (lower(a)) STORED);
INSERT INTO t (a) SELECT 'x' FROM generate_series(1, 200) g;";
    let plain = "CREATE TABLE t (id bigint PRIMARY KEY, a text);
INSERT INTO t SELECT g, 'x' FROM generate_series(1, 200) g;";
    expect(&[
        (
            counted,
            "ALTER TABLE t ALTER COLUMN id DROP IDENTITY;",
            found,
        ),
        (
            counted,
            "ALTER TABLE t ALTER COLUMN id DROP IDENTITY IF EXISTS;",
            found,
        ),
        (
            counted,
            "ALTER TABLE t ALTER COLUMN id SET GENERATED ALWAYS;",
            found,
        ),
        (
            counted,
            "ALTER TABLE t ALTER COLUMN id SET INCREMENT BY 2;",
            &[],
        ),
        (
            counted,
            "ALTER TABLE t ALTER COLUMN l DROP EXPRESSION;",
            found,
        ),
        (
            plain,
            "ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;",
            found,
        ),
        (
            plain,
            "ALTER TABLE t ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;",
            &[],
        ),
        (
            plain,
            "ALTER TABLE t ALTER COLUMN id DROP IDENTITY IF EXISTS;",
            &[],
        ),
        (
            "",
            "CREATE TABLE t (id int NOT NULL); ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;",
            &[],
        ),
    ]);
}

#[test]
fn sequences_go_on_where_rows_have_their_numbers() {
    let found: &[&str] = &["sequence-restarted"];
    let counted =
        "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n serial, a text);
CREATE SEQUENCE free;
INSERT INTO t (a) SELECT 'x' FROM generate_series(1, 200) g;";
    expect(&[
        (counted, "ALTER TABLE t ALTER COLUMN id RESTART;", found),
        (
            counted,
            "ALTER TABLE t ALTER COLUMN id RESTART WITH 1;",
            found,
        ),
        (counted, "ALTER SEQUENCE t_n_seq RESTART;", found),
        (counted, "ALTER SEQUENCE t_id_seq RESTART WITH 1;", found),
        (counted, "ALTER SEQUENCE t_n_seq RESTART WITH 1000;", &[]),
        (counted, "ALTER SEQUENCE free RESTART;", &[]),
        (counted, "ALTER SEQUENCE t_n_seq INCREMENT BY 5;", &[]),
        (
            "CREATE TABLE t (id serial);",
            "ALTER SEQUENCE t_id_seq RESTART;",
            &[],
        ),
    ]);
}
