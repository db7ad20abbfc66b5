//! Which data is lost, and what becomes of values whose type changes.

use segue_catalog::diff::{Options, diff};

use super::{schema, turned};

fn losses(from: &str, to: &str) -> Vec<String> {
    let found = diff(&schema(from), &schema(to), &Options::default());
    let changes = found.changes.into_iter();
    changes.filter_map(|change| change.loses).collect()
}

#[test]
fn tables_and_columns_that_go_take_their_data_along() {
    let from = "CREATE TABLE t (id int, name text); CREATE TABLE u (id int);";
    assert_eq!(
        losses(from, "CREATE TABLE t (id int);"),
        ["the values of column name", "the rows of the table"]
    );
}

#[test]
fn what_holds_no_data_of_its_own_loses_none() {
    let from = "CREATE TABLE t (id int, twice int GENERATED ALWAYS AS (id * 2) STORED);
        CREATE VIEW v AS SELECT id FROM t; CREATE INDEX ON t (id);";
    assert_eq!(
        losses(from, "CREATE TABLE t (id int);"),
        Vec::<String>::new()
    );
}

#[test]
fn a_type_that_holds_less_loses_what_does_not_fit_in_silence() {
    let from = "CREATE TABLE t (price numeric, at timestamp, n int);";
    let to = "CREATE TABLE t (price int, at date, n bigint);";
    assert_eq!(
        losses(from, to),
        ["of column price what stands behind the decimal point; of column at the time of day"]
    );
}

#[test]
fn values_are_cast_in_words_only_where_the_server_does_not_assign_them() {
    let from = "CREATE TABLE t (a text, b int, c text, d bigint, e int);";
    let to = "CREATE TABLE t (a varchar(3), b text, c int, d timestamp, e boolean);";
    assert_eq!(
        turned(from, to),
        [
            "ALTER TABLE public.t ALTER COLUMN a TYPE character varying(3);",
            "ALTER TABLE public.t ALTER COLUMN b TYPE text;",
            "ALTER TABLE public.t ALTER COLUMN c TYPE integer USING c::integer;",
            "ALTER TABLE public.t ALTER COLUMN d TYPE timestamp without time zone USING \
             d::text::timestamp without time zone;",
            "ALTER TABLE public.t ALTER COLUMN e TYPE boolean USING e::boolean;",
        ]
    );
}

#[test]
fn a_default_that_may_not_fit_the_new_type_goes_before_and_comes_again() {
    let from = "CREATE TABLE t (n text DEFAULT '1');";
    let to = "CREATE TABLE t (n int DEFAULT 1);";
    assert_eq!(
        turned(from, to),
        [
            "ALTER TABLE public.t ALTER COLUMN n DROP DEFAULT;",
            "ALTER TABLE public.t ALTER COLUMN n TYPE integer USING n::integer;",
            "ALTER TABLE public.t ALTER COLUMN n SET DEFAULT 1;",
        ]
    );
}

#[test]
fn a_sequence_stays_when_the_column_that_owns_it_goes() {
    let from = "CREATE SEQUENCE s; CREATE TABLE t (id int, n int); ALTER SEQUENCE s OWNED BY t.n;";
    let to = "CREATE SEQUENCE s; CREATE TABLE t (id int);";
    assert_eq!(
        turned(from, to),
        [
            "ALTER SEQUENCE public.s OWNED BY NONE;",
            "ALTER TABLE public.t DROP COLUMN n;",
        ]
    );
}
