//! Names that the server chooses, and names as they are written.

use super::Database;

#[test]
fn constraints_are_named_after_table_and_columns() {
    let database = Database::after(
        "CREATE TABLE u (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));
         CREATE TABLE t (
             id serial PRIMARY KEY,
             a int UNIQUE CHECK (a > 0) REFERENCES u,
             b int CHECK (b > 1) CHECK (b < 9),
             c int,
             CHECK (a < b),
             CHECK (c IS NOT NULL AND lower('c') = 'c'),
             UNIQUE (b, c),
             FOREIGN KEY (b, c) REFERENCES u (a, b)
         );",
    );
    assert_eq!(
        database.constraints("t"),
        [
            "t_a_check",
            "t_a_fkey",
            "t_a_key",
            "t_b_c_fkey",
            "t_b_c_key",
            "t_b_check",
            "t_b_check1",
            "t_c_check",
            "t_check",
            "t_pkey",
        ]
    );
}

#[test]
fn long_names_are_cut_where_the_server_cuts_them() {
    let table = "a".repeat(40);
    let column = "b".repeat(40);
    let mut database = Database::after(&format!(
        "CREATE TABLE {table} ({column} serial UNIQUE, CHECK ({column} > 0));
         CREATE INDEX ON {table} ({column});"
    ));
    let (a, b) = ("a".repeat(29), "b".repeat(29));
    assert_eq!(
        database.constraints(&table),
        [
            format!("{}_{}_check", "a".repeat(28), "b".repeat(28)),
            format!("{a}_{b}_key")
        ]
    );
    assert_eq!(database.indexes(), [format!("{a}_{b}_idx")]);
    let sequences: Vec<_> = database.catalog.sequences.keys().collect();
    assert_eq!(sequences[0].name.as_str(), format!("{a}_{b}_seq"));
    database.run(&format!("CREATE INDEX ON {table} ({column})"));
    assert!(
        database
            .indexes()
            .contains(&format!("{}_{}_idx1", "a".repeat(29), "b".repeat(28)).as_str())
    );
}

#[test]
fn a_taken_name_gets_a_number() {
    let mut database = Database::after(
        "CREATE TABLE t (a int);
         CREATE SEQUENCE s_id_seq;
         CREATE TABLE s (id serial);
         CREATE INDEX ON t (a);
         CREATE INDEX ON t (a);
         CREATE INDEX t_a_key ON t (a);
         ALTER TABLE t ADD UNIQUE (a);",
    );
    assert_eq!(database.indexes(), ["t_a_idx", "t_a_idx1", "t_a_key"]);
    assert_eq!(database.constraints("t"), ["t_a_key1"]);
    assert_eq!(
        database.columns("s"),
        ["id integer! = nextval('public.s_id_seq1'::regclass)"]
    );
    database.run("ALTER TABLE t ADD CHECK (a > 0); ALTER TABLE t ADD CHECK (a > 1);");
    assert_eq!(
        database.constraints("t"),
        ["t_a_check", "t_a_check1", "t_a_key1"]
    );
}

#[test]
fn indexes_are_named_after_what_they_are_over() {
    let database = Database::after(
        "CREATE TABLE t (a text, b text, c jsonb);
         CREATE INDEX ON t (lower(a));
         CREATE INDEX ON t ((c->>'x'), (c->>'y'), b);
         CREATE INDEX ON t ((a::int));
         CREATE INDEX ON t (a) INCLUDE (b);
         CREATE INDEX ON t (coalesce(a, b));",
    );
    assert_eq!(
        database.indexes(),
        [
            "t_a_b_idx",
            "t_a_idx",
            "t_coalesce_idx",
            "t_expr_expr1_b_idx",
            "t_lower_idx"
        ]
    );
}

#[test]
fn names_are_folded_unless_quoted() {
    let database = Database::after(
        "CREATE TABLE Users (Id int, \"userName\" text, U&\"d\\0061t\\+000061\" int);",
    );
    assert_eq!(
        database.columns("users"),
        ["id integer", "\"userName\" text", "data integer"]
    );
}

#[test]
fn not_null_has_a_name_from_18_on() {
    let mut database = Database::of_major(18);
    database.run(
        "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int CONSTRAINT needed NOT NULL);
         ALTER TABLE t ADD COLUMN c int NOT NULL, ADD COLUMN d int;
         ALTER TABLE t ALTER d SET NOT NULL;",
    );
    let columns = database.table("t").columns.iter();
    let names: Vec<_> = columns
        .filter_map(|column| column.not_null.as_ref()?.name.as_ref())
        .map(|name| name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "t_id_not_null",
            "t_a_not_null",
            "needed",
            "t_c_not_null",
            "t_d_not_null"
        ]
    );
    database.run("ALTER TABLE t DROP CONSTRAINT needed");
    assert!(database.table("t").columns[2].not_null.is_none());
}

#[test]
fn a_primary_key_beside_its_column_names_its_not_null_before_later_columns() {
    let names = |definition: &str| {
        let mut database = Database::of_major(18);
        // both names are cut to the same 63 bytes
        let (table, column) = ("t".repeat(31), "c".repeat(26));
        database.run(&format!(
            "CREATE TABLE {table} ({});",
            definition.replace('c', &column)
        ));
        let columns = database.table(&table).columns.clone();
        let numbered = columns.into_iter().map(|column| {
            let name = column.not_null.and_then(|not_null| not_null.name);
            name.is_some_and(|name| name.as_str().ends_with("null1"))
        });
        numbered.collect::<Vec<_>>()
    };
    assert_eq!(names("c1 int PRIMARY KEY, c2 int NOT NULL"), [false, true]);
    assert_eq!(
        names("c1 int, c2 int NOT NULL, PRIMARY KEY (c1)"),
        [true, false]
    );
}
