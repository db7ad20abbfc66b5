//! Nothing is taken for renamed unless it is said.

use segue_catalog::ObjectRef;

use super::{public, renamed, turned, turned_with};

const FROM: &str = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (mail text, m mood);
    CREATE VIEW v AS SELECT mail FROM people;";

#[test]
fn another_name_is_another_object() {
    assert_eq!(
        turned(
            "CREATE TABLE t (mail text);",
            "CREATE TABLE t (email text);"
        ),
        [
            "ALTER TABLE public.t DROP COLUMN mail;",
            "ALTER TABLE public.t ADD COLUMN email text;",
        ]
    );
}

#[test]
fn a_column_is_renamed_and_its_views_stay() {
    let to = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (email text, m mood);
        CREATE VIEW v AS SELECT email AS mail FROM people;";
    let options = renamed(ObjectRef::Column(public("people"), "mail".into()), "email");
    assert_eq!(
        turned_with(FROM, to, &options),
        ["ALTER TABLE public.people RENAME COLUMN mail TO email;"]
    );
}

#[test]
fn a_table_is_renamed_and_its_views_stay() {
    let to = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE users (mail text, m mood);
        CREATE VIEW v AS SELECT mail FROM users;";
    let options = renamed(ObjectRef::Table(public("people")), "users");
    assert_eq!(
        turned_with(FROM, to, &options),
        ["ALTER TABLE public.people RENAME TO users;"]
    );
}

#[test]
fn a_value_of_an_enum_is_renamed_and_the_columns_keep_theirs() {
    let to = FROM.replace("'sad'", "'blue'");
    let options = renamed(ObjectRef::Column(public("mood"), "sad".into()), "blue");
    assert_eq!(
        turned_with(FROM, &to, &options),
        ["ALTER TYPE public.mood RENAME VALUE 'sad' TO 'blue';"]
    );
}

#[test]
fn a_rename_of_what_is_not_there_does_nothing() {
    let options = renamed(ObjectRef::Table(public("persons")), "people");
    assert_eq!(turned_with(FROM, FROM, &options), Vec::<String>::new());
}
