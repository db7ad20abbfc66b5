//! Sequences of GRANT and REVOKE with what PostgreSQL 15 had in `relacl`, `attacl`, `proacl` afterwards.

use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    DataType, Name, Privilege,
    model::{Column, Table},
};

fn table() -> (Catalog, QName) {
    let mut catalog = Catalog::bare(15);
    let name = QName::new("public", "t");
    let table = Table::new(vec![
        Column::new("x", DataType::builtin("integer")),
        Column::new("y", DataType::builtin("integer")),
    ]);
    catalog.tables.insert(name.clone(), Arc::new(table));
    (catalog, name)
}

fn of(grant: bool, privileges: &[Privilege], to: Grantee, grant_option: bool) -> PrivilegesChange {
    PrivilegesChange {
        grant,
        privileges: privileges.to_vec(),
        grantees: vec![to],
        grant_option,
    }
}

fn role(name: &str) -> Grantee {
    Grantee::Role(Name::stored(name))
}

/// As the server writes a list: `owner=arwdDxt,a=r*`; `(default)` where nothing differs.
fn written(privileges: &Privileges, kind: Kind) -> String {
    const LETTERS: [(&str, char); 9] = [
        ("INSERT", 'a'),
        ("SELECT", 'r'),
        ("UPDATE", 'w'),
        ("DELETE", 'd'),
        ("TRUNCATE", 'D'),
        ("REFERENCES", 'x'),
        ("TRIGGER", 't'),
        ("EXECUTE", 'X'),
        ("USAGE", 'U'),
    ];
    let list = List::expanded(privileges, &List::by_default(kind, 15));
    let mut by_role: BTreeMap<Grantee, String> = BTreeMap::new();
    for (name, letter) in LETTERS {
        for (grantee, privilege, grantable) in list.entries() {
            if privilege == name {
                let text = by_role.entry(grantee.clone()).or_default();
                text.push(letter);
                text.push_str(if grantable { "*" } else { "" });
            }
        }
    }
    let line = |(grantee, text): (&Grantee, &String)| match grantee {
        Grantee::Owner => format!("owner={text}"),
        Grantee::Public => format!("={text}"),
        Grantee::Role(name) => format!("{name}={text}"),
    };
    by_role.iter().map(line).collect::<Vec<_>>().join(",")
}

#[test]
fn a_tables_list_follows_grants_and_revokes_as_on_a_server() {
    let (mut catalog, name) = table();
    let steps: [(PrivilegesChange, &str); 8] = [
        (of(true, &["SELECT"], role("a"), false), "owner=arwdDxt,a=r"),
        (of(false, &["SELECT"], role("a"), false), "owner=arwdDxt"),
        (of(false, &["SELECT"], role("b"), false), "owner=arwdDxt"),
        (
            of(false, &["UPDATE"], Grantee::Owner, false),
            "owner=ardDxt",
        ),
        (
            of(true, &["UPDATE"], Grantee::Owner, false),
            "owner=arwdDxt",
        ),
        (of(true, &["SELECT"], role("a"), true), "owner=arwdDxt,a=r*"),
        (
            of(true, &["SELECT"], role("a"), false),
            "owner=arwdDxt,a=r*",
        ),
        (of(false, &["SELECT"], role("a"), true), "owner=arwdDxt,a=r"),
    ];
    let object = ObjectRef::Table(name.clone());
    for (step, expected) in steps {
        change(&mut catalog, &object, &step);
        let privileges = &catalog.tables[&name].privileges;
        assert_eq!(written(privileges, Kind::Table), expected, "{step:?}");
    }
}

#[test]
fn what_the_owner_lost_and_got_again_leaves_no_trace() {
    let (mut catalog, name) = table();
    let object = ObjectRef::Table(name.clone());
    change(
        &mut catalog,
        &object,
        &of(false, &["UPDATE"], Grantee::Owner, false),
    );
    assert_eq!(catalog.tables[&name].privileges.revoked.len(), 1);
    change(
        &mut catalog,
        &object,
        &of(true, &["UPDATE"], Grantee::Owner, false),
    );
    assert!(catalog.tables[&name].privileges.is_default());
}

#[test]
fn a_revoke_on_a_table_reaches_its_columns() {
    let (mut catalog, name) = table();
    let whole = ObjectRef::Table(name.clone());
    let x = ObjectRef::Column(name.clone(), Name::stored("x"));
    let y = ObjectRef::Column(name.clone(), Name::stored("y"));
    change(&mut catalog, &x, &of(true, &["SELECT"], role("b"), false));
    change(&mut catalog, &y, &of(true, &["INSERT"], role("b"), false));
    let everything = all(Kind::Table, 15);
    change(
        &mut catalog,
        &whole,
        &of(true, everything, role("b"), false),
    );
    let columns = |catalog: &Catalog| -> Vec<String> {
        let columns = &catalog.tables[&name].columns;
        columns
            .iter()
            .map(|column| written(&column.privileges, Kind::Column))
            .collect()
    };
    assert_eq!(columns(&catalog), ["b=r", "b=a"]);
    change(
        &mut catalog,
        &whole,
        &of(false, &["SELECT"], role("b"), false),
    );
    assert_eq!(columns(&catalog), ["", "b=a"]);
    change(
        &mut catalog,
        &whole,
        &of(false, everything, role("b"), false),
    );
    assert_eq!(columns(&catalog), ["", ""]);
    assert!(catalog.tables[&name].privileges.is_default());
}

#[test]
fn a_new_owner_takes_what_was_granted_to_it() {
    let (mut catalog, name) = table();
    let object = ObjectRef::Table(name.clone());
    change(
        &mut catalog,
        &object,
        &of(true, &["SELECT"], role("app"), false),
    );
    change(
        &mut catalog,
        &object,
        &of(true, &["SELECT"], role("a"), false),
    );
    let table = catalog.table_mut(&name).expect("it was put there");
    let app = Name::stored("app");
    new_owner(&mut table.privileges, Kind::Table, 15, Some(&app));
    assert_eq!(written(&table.privileges, Kind::Table), "owner=arwdDxt,a=r");
}

fn key(schema: Option<&str>, objects: DefaultFor) -> DefaultPrivilegesKey {
    DefaultPrivilegesKey {
        role: None,
        schema: schema.map(Name::stored),
        objects,
    }
}

#[test]
fn new_functions_get_what_default_privileges_say() {
    let mut catalog = Catalog::bare(15);
    let everywhere = key(None, DefaultFor::Functions);
    let here = key(Some("public"), DefaultFor::Functions);
    let public = Name::stored("public");
    let new = |catalog: &Catalog| {
        let privileges = initial(catalog, DefaultFor::Functions, None, Some(&public));
        written(&privileges, Kind::Routine)
    };
    assert_eq!(new(&catalog), "owner=X,=X");
    let execute = |grant| of(grant, &["EXECUTE"], Grantee::Public, false);
    change_defaults(&mut catalog, &everywhere, &execute(false));
    assert_eq!(new(&catalog), "owner=X");
    // a schema's line only adds: there was nothing in it to take away
    change_defaults(&mut catalog, &here, &execute(false));
    assert_eq!(catalog.default_privileges.len(), 1);
    change_defaults(&mut catalog, &here, &execute(true));
    assert_eq!(new(&catalog), "owner=X,=X");
    assert_eq!(catalog.default_privileges.len(), 2);
    change_defaults(&mut catalog, &everywhere, &execute(true));
    assert!(!catalog.default_privileges.contains_key(&everywhere));
}

#[test]
fn new_tables_get_the_lines_of_the_database_and_of_the_schema() {
    let mut catalog = Catalog::bare(15);
    let here = key(Some("public"), DefaultFor::Tables);
    let everywhere = key(None, DefaultFor::Tables);
    change_defaults(
        &mut catalog,
        &here,
        &of(true, &["SELECT"], role("a"), false),
    );
    change_defaults(
        &mut catalog,
        &everywhere,
        &of(true, &["INSERT"], role("a"), false),
    );
    let public = Name::stored("public");
    let privileges = initial(&catalog, DefaultFor::Tables, None, Some(&public));
    assert_eq!(written(&privileges, Kind::Table), "owner=arwdDxt,a=ar");
}

#[test]
fn maintain_is_known_from_17_on() {
    assert_eq!(all(Kind::Table, 16).len(), 7);
    assert!(all(Kind::Table, 17).contains(&"MAINTAIN"));
}
