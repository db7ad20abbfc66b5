//! Pairs of schemas, and how their differences read.

use std::sync::Arc;

use super::*;
use crate::{
    DataType, Expr, Grant, Grantee, Name, ObjectRef, QName,
    model::{Column, Constraint, ConstraintKind, NotNull, Persistence, Table},
};

fn users() -> QName {
    QName::new("app", "users")
}

fn with_table(major: u16, table: Table) -> Catalog {
    let mut catalog = Catalog::empty(major);
    catalog.tables.insert(users(), Arc::new(table));
    catalog
}

fn email(data_type: DataType) -> Table {
    Table::new(vec![
        Column::new("id", "integer".into()),
        Column::new("email", data_type),
    ])
}

fn texts(first: &Catalog, second: &Catalog) -> Vec<String> {
    let differences = compare(first, second);
    differences.iter().map(ToString::to_string).collect()
}

fn check(text: &str, printed: bool) -> Table {
    let mut table = email("text".into());
    let expression = if printed {
        Expr::printed(text)
    } else {
        Expr::written(text)
    };
    let kind = ConstraintKind::Check {
        expression,
        no_inherit: false,
    };
    table
        .constraints
        .insert(Name::stored("users_check"), Constraint::new(kind));
    table
}

#[test]
fn a_type_that_differs_is_told_with_both_types() {
    let first = with_table(
        16,
        email(DataType::builtin("character varying").with_modifier("100")),
    );
    let second = with_table(16, email("text".into()));
    assert_eq!(
        texts(&first, &second),
        ["column app.users.email: type: character varying(100) ≠ text"]
    );
}

#[test]
fn properties_with_parts_are_told_in_words() {
    let plain = with_table(16, email("text".into()));
    let mut demanding = email("text".into());
    demanding.columns[0].not_null = Some(NotNull::named(None));
    demanding
        .parameters
        .insert("fillfactor".to_owned(), "70".to_owned());
    let found = texts(&plain, &with_table(16, demanding));
    assert_eq!(
        found,
        [
            "table app.users: storage parameters: none ≠ (fillfactor = 70)",
            "column app.users.id: not null: no ≠ yes",
        ]
    );
}

#[test]
fn an_object_of_one_side_is_one_difference() {
    let first = with_table(16, email("text".into()));
    let second = Catalog::empty(16);
    assert_eq!(
        texts(&first, &second),
        ["table app.users: only in the first"]
    );
    assert_eq!(
        texts(&second, &first),
        ["table app.users: only in the second"]
    );
}

#[test]
fn columns_are_compared_by_name_and_their_order_apart() {
    let first = email("text".into());
    let mut second = first.clone();
    second.columns.reverse();
    assert_eq!(
        texts(&with_table(16, first), &with_table(16, second)),
        ["table app.users: column order: (id, email) ≠ (email, id)"]
    );
}

#[test]
fn expressions_are_the_same_where_the_server_would_print_them_alike() {
    let written = with_table(15, check("email <> '' AND id in (1, 2)", false));
    let printed = "((email <> ''::text) AND (id = ANY (ARRAY[1, 2])))";
    let printed = with_table(15, check(printed, true));
    assert_eq!(texts(&written, &printed), [""; 0]);
    let other = with_table(15, check("(email <> 'a'::text)", true));
    assert!(compare(&written, &other)[0].certain);
    let written = with_table(15, check("f(email) = 'a'", false));
    let unclear = with_table(15, check("(f(email) = 'a'::app.kind)", true));
    let differences = compare(&written, &unclear);
    assert_eq!(
        differences[0].to_string(),
        "constraint users_check on app.users: check: f(email) = 'a' ≟ (f(email) = 'a'::app.kind)"
    );
    assert!(!differences[0].certain);
}

#[test]
fn what_an_older_server_does_not_store_is_no_difference() {
    let not_null = |name: Option<&str>| {
        let mut table = email("text".into());
        table.columns[0].not_null = Some(NotNull::named(name.map(Name::stored)));
        table
    };
    let old = with_table(17, not_null(None));
    let new = with_table(18, not_null(Some("users_id_not_null")));
    assert_eq!(texts(&old, &new), [""; 0]);
    let other = with_table(18, not_null(Some("other")));
    assert_eq!(compare(&new, &other).len(), 1);
    let without = with_table(18, email("text".into()));
    assert_eq!(compare(&old, &without).len(), 1);

    assert_eq!(texts(&Catalog::empty(14), &Catalog::empty(15)), [""; 0]);
    let mut closed = Catalog::empty(14);
    let public = closed
        .schemas
        .get_mut("public")
        .expect("it is in every schema");
    let public = Arc::make_mut(public);
    let create = |grant: &Grant| grant.grantee == Grantee::Public && grant.privilege == "CREATE";
    public.privileges.granted.retain(|grant| !create(grant));
    assert_eq!(texts(&closed, &Catalog::empty(18)), [""; 0]);
    assert_eq!(compare(&Catalog::empty(14), &closed).len(), 1);
}

#[test]
fn temporary_tables_and_unknown_owners_are_in_no_comparison() {
    let mut first = with_table(16, email("text".into()));
    let mut second = first.clone();
    let mut temporary = email("text".into());
    temporary.persistence = Persistence::Temporary;
    first
        .tables
        .insert(QName::new("pg_temp", "a"), Arc::new(temporary));
    second.table_mut(&users()).expect("it is there").owner = Some(Name::stored("app_owner"));
    assert_eq!(texts(&first, &second), [""; 0]);
    first.table_mut(&users()).expect("it is there").owner = Some(Name::stored("me"));
    let differences = compare(&first, &second);
    assert_eq!(differences[0].object, ObjectRef::Table(users()));
}

#[test]
fn default_privileges_of_the_role_that_deploys_are_those_of_the_only_role_a_server_names() {
    use crate::{DefaultFor, DefaultPrivilegesKey, Grant, Grantee, Privileges};
    let line = |role: Option<&str>| {
        let key = DefaultPrivilegesKey {
            role: role.map(Name::stored),
            schema: None,
            objects: DefaultFor::Tables,
        };
        let mut privileges = Privileges::default();
        privileges.granted.insert(Grant {
            grantee: Grantee::Public,
            privilege: "SELECT",
            grantable: false,
        });
        let mut catalog = Catalog::bare(15);
        catalog.default_privileges.insert(key, privileges);
        catalog
    };
    assert!(compare(&line(None), &line(Some("deployer"))).is_empty());
    assert!(compare(&line(Some("deployer")), &line(None)).is_empty());
    assert_eq!(compare(&line(Some("a")), &line(Some("b"))).len(), 2);
    assert_eq!(compare(&line(None), &Catalog::bare(15)).len(), 1);
}
