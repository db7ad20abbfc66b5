use segue_catalog::{DefaultFor, DefaultPrivilegesKey, Grant, Grantee, Privileges};

use crate::{Server, name, qname, table};

fn role(text: &str) -> Grantee {
    Grantee::Role(name(text))
}

fn grant(grantee: Grantee, privilege: &'static str) -> Grant {
    Grant {
        grantee,
        privilege,
        grantable: false,
    }
}

fn difference(granted: &[Grant], revoked: &[Grant]) -> Privileges {
    Privileges {
        granted: granted.iter().cloned().collect(),
        revoked: revoked.iter().cloned().collect(),
    }
}

#[tokio::test]
async fn privileges_are_what_differs_from_the_default() {
    let Some(server) = Server::with(include_str!("privileges.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let app = &read.catalog.schemas["app"];
    assert_eq!(app.owner, Some(name("owner_role")));
    assert_eq!(
        app.privileges,
        difference(&[grant(role("reader"), "USAGE")], &[])
    );
    let t = table(&read, "app.t");
    let passed_on = |privilege| Grant {
        grantable: true,
        ..grant(role("reader"), privilege)
    };
    let granted = [
        passed_on("SELECT"),
        passed_on("INSERT"),
        grant(Grantee::Public, "SELECT"),
    ];
    assert_eq!(
        t.privileges,
        difference(&granted, &[grant(Grantee::Owner, "DELETE")])
    );
    let column = &t.column("name").expect("name").privileges;
    assert_eq!(*column, difference(&[grant(role("A b"), "UPDATE")], &[]));
    let f = read.catalog.routines.values().next().expect("a function");
    assert_eq!(
        f.privileges,
        difference(&[], &[grant(Grantee::Public, "EXECUTE")])
    );
    let s = &read.catalog.sequences[&qname("app.s")];
    assert_eq!(
        s.privileges,
        difference(&[grant(role("reader"), "USAGE")], &[])
    );
}

#[tokio::test]
async fn default_privileges_are_read() {
    let Some(server) = Server::with(include_str!("privileges.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let key = |schema: Option<&str>, objects| DefaultPrivilegesKey {
        role: Some(name("owner_role")),
        schema: schema.map(name),
        objects,
    };
    let defaults = &read.catalog.default_privileges;
    assert_eq!(
        defaults[&key(None, DefaultFor::Tables)],
        difference(&[grant(role("reader"), "SELECT")], &[])
    );
    assert_eq!(
        defaults[&key(None, DefaultFor::Functions)],
        difference(&[], &[grant(Grantee::Public, "EXECUTE")])
    );
    assert_eq!(
        defaults[&key(Some("app"), DefaultFor::Sequences)],
        difference(&[grant(role("reader"), "USAGE")], &[])
    );
    assert_eq!(defaults.len(), 3);
}
