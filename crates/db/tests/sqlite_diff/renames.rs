//! Renames by hints, and what refers to what is renamed.

use segue_catalog::sqlite::{
    Name, Object, diff,
    diff::{Diff, Frame, Options, Rename},
};

use super::databases::{carry_out, database, schema, summary, values};

fn hints(hints: &[(&str, &str)]) -> Options {
    let hint = |(old, new): &(&str, &str)| {
        let object = match old.split_once('.') {
            Some((table, column)) => Object::Column(Name::new(table), Name::new(column)),
            None => Object::Table(Name::new(old)),
        };
        let to = Name::new(new);
        Rename { object, to }
    };
    Options {
        renames: hints.iter().map(hint).collect(),
        ..Options::default()
    }
}

/// Carries it out, and looks at the rows by a query.
async fn renamed(from: &str, to: &str, options: &Options, query: &str) -> (String, String) {
    let to = schema(to).await;
    let session = database(from).await;
    let diff = carry_out(&session, &to, options, Frame::Script).await;
    let rows = values(&session, query).await;
    session.close().await;
    (summary(&diff), rows)
}

const PEOPLE: &str = "
    CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, age INT, boss REFERENCES people ON DELETE CASCADE,
        twice AS (age * 2), CHECK (people.age > 0));
    CREATE TABLE pets (owner REFERENCES people (id) ON DELETE CASCADE, name);
    CREATE INDEX by_age ON people (age) WHERE people.age > 9;
    CREATE INDEX by_owner ON pets (owner);
    CREATE VIEW v AS SELECT age FROM people;
    CREATE VIEW w AS SELECT * FROM v;
    CREATE VIEW other AS SELECT name FROM pets;
    CREATE TRIGGER g AFTER INSERT ON people BEGIN DELETE FROM pets; END;
    INSERT INTO people (age, boss) VALUES (10, 1), (20, 1), (30, 2);
    DELETE FROM people WHERE id = 3;
    INSERT INTO pets VALUES (2, 'cat');";

#[tokio::test]
async fn a_renamed_table_keeps_its_rows_and_whatever_refers_to_it() {
    let to = PEOPLE.replace("people", "persons");
    let to = to
        .split("INSERT INTO persons (")
        .next()
        .expect("the schema");
    let (done, rows) = renamed(
        PEOPLE,
        to,
        &hints(&[("people", "persons")]),
        "SELECT persons.id, age, boss, pets.name, seq FROM persons JOIN sqlite_sequence s ON s.name = 'persons' \
         LEFT JOIN pets ON owner = persons.id ORDER BY 1",
    )
    .await;
    assert_eq!(
        done,
        "recreate trigger g, recreate view v, recreate view w, rename table people, \
         recreate view v, recreate view w, recreate trigger g"
    );
    assert_eq!(rows, "1,10,1,NULL,3;2,20,1,cat,3");
}

#[tokio::test]
async fn a_renamed_column_keeps_its_values_in_keys_checks_indexes_and_views() {
    let to = PEOPLE.replace("age", "years").replace("(id)", "(number)");
    let to = to.replace("id INTEGER", "number INTEGER");
    let to = to.split("INSERT INTO people (").next().expect("the schema");
    let (done, rows) = renamed(
        PEOPLE,
        to,
        &hints(&[("people.age", "years"), ("people.id", "number")]),
        "SELECT number, years, boss, twice FROM people",
    )
    .await;
    assert_eq!(
        done,
        "recreate trigger g, recreate view v, recreate view w, drop index by_age, \
         rename column people.age, rename column people.id, create index by_years, \
         recreate view v, recreate view w, recreate trigger g",
        "the replacement gave the index another name"
    );
    assert_eq!(rows, "1,10,1,20;2,20,1,40");
}

#[tokio::test]
async fn what_is_renamed_and_changed_is_renamed_first() {
    let (done, rows) = renamed(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE c (p REFERENCES p ON DELETE CASCADE, x CHECK (x > 0));
         CREATE TRIGGER g AFTER INSERT ON c BEGIN SELECT name FROM p; END;
         INSERT INTO p VALUES (1, 'a'); INSERT INTO c VALUES (1, 5)",
        "CREATE TABLE parents (id INTEGER PRIMARY KEY, called TEXT NOT NULL);
         CREATE TABLE c (parent NOT NULL REFERENCES parents ON DELETE CASCADE, x CHECK (x > 0));
         CREATE TRIGGER g AFTER INSERT ON c BEGIN SELECT called FROM parents; END",
        &hints(&[("p", "parents"), ("p.name", "called"), ("c.p", "parent")]),
        "SELECT id, called, parent, x FROM parents JOIN c ON parent = id",
    )
    .await;
    assert_eq!(
        done,
        "recreate trigger g, rename table p, rename column parents.name, rename column c.p, \
         alter table parents, alter table c, recreate trigger g"
    );
    assert_eq!(rows, "1,a,1,5");
}

#[tokio::test]
async fn names_can_move_on_from_one_to_the_next() {
    let (done, rows) = renamed(
        "CREATE TABLE a (x, y); CREATE TABLE b (z); INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (3)",
        "CREATE TABLE b (y, x2); CREATE TABLE c (z)",
        &hints(&[("a", "b"), ("b", "c"), ("a.x", "y"), ("a.y", "x2")]),
        "SELECT y, x2, z FROM b, c",
    )
    .await;
    assert_eq!(
        done,
        "rename table b, rename table a, rename column b.y, rename column b.x"
    );
    assert_eq!(rows, "1,2,3");
}

#[tokio::test]
async fn a_hint_that_has_done_its_work_does_nothing_more() {
    let hints = hints(&[("a", "b"), ("a.x", "y"), ("b.x", "y"), ("nothing", "b")]);
    let done = schema("CREATE TABLE b (y)").await;
    assert_eq!(diff(&done, &done, &hints), Diff::default());
    let both = schema("CREATE TABLE a (x); CREATE TABLE b (y)").await;
    let found = diff(&both, &done, &hints);
    assert_eq!(
        summary(&found),
        "drop table a",
        "never over one that is there"
    );
}

#[tokio::test]
async fn without_a_hint_nothing_is_taken_for_renamed() {
    let from = schema("CREATE TABLE a (x); CREATE TABLE t (x, z)").await;
    let to = schema("CREATE TABLE b (x); CREATE TABLE t (y, z)").await;
    let found = diff(&from, &to, &Options::default());
    assert_eq!(
        summary(&found),
        "create table b, create column t.y, drop column t.x, drop table a"
    );
    let lost: Vec<_> = found
        .changes
        .iter()
        .filter_map(|change| change.loses.as_deref())
        .collect();
    assert_eq!(lost, ["the values of `t.x`", "all rows of `a`"]);
    assert!(found.loses_data());
}

#[tokio::test]
async fn strings_in_double_quotes_that_sqlite_rewrites_leave_no_difference() {
    let others = "CREATE TABLE u (k DEFAULT \"x\" CHECK (k IN (\"x\", \"y\")), \"z\" TEXT CHECK (\"z\" > 'z'));
        CREATE INDEX i ON u (k) WHERE \"k\" <> \"it's\"; CREATE VIEW v AS SELECT \"z\" FROM u WHERE k = \"x\";
        CREATE TRIGGER g AFTER INSERT ON u BEGIN DELETE FROM u WHERE k = \"y\"; END;";
    let insert = "INSERT INTO u (z) VALUES ('zz'); INSERT INTO t VALUES (1, 2)";
    for (columns, hint, expected) in [
        ("a", ("", ""), "alter table t"),
        (
            "a, c",
            ("t.b", "c"),
            "recreate trigger g, recreate view v, recreate index i, rename column t.b, alter table u, \
             recreate index i, recreate view v, recreate trigger g",
        ),
    ] {
        let (done, rows) = renamed(
            &format!("CREATE TABLE t (a, b); {others} {insert}"),
            &format!("CREATE TABLE t ({columns}); {others}"),
            &hints(&[hint]),
            "SELECT k, z FROM u",
        )
        .await;
        assert_eq!(done, expected);
        assert_eq!(rows, "x,zz");
    }
    let (done, _) = renamed(
        "CREATE TABLE t (a, b); CREATE VIEW v AS SELECT \"x\"; CREATE VIEW w AS SELECT 1 FROM v",
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT \"x\"; CREATE VIEW w AS SELECT 1 FROM v",
        &Options::default(),
        "SELECT 1",
    )
    .await;
    assert_eq!(
        done,
        "recreate view v, recreate view w, drop column t.b, recreate view v, recreate view w"
    );
}
