use segue_catalog::{
    Expr, Grantee,
    model::{Persistence, PolicyCommand, ReplicaIdentity},
};

use crate::{Server, name, qname, table};

const SCRIPT: &str = include_str!("columns.sql");

#[tokio::test]
async fn columns_are_read_with_all_that_is_special_about_them() {
    let Some(server) = Server::with(SCRIPT) else {
        return;
    };
    let read = server.introspected().await;
    assert_eq!(read.unread, []);
    let t = table(&read, "app.t");
    let types: Vec<String> = t
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, column.data_type))
        .collect();
    assert_eq!(
        types,
        [
            "id bigint",
            "name character varying(40)",
            "price numeric(10,2)[]",
            "at timestamp(3) with time zone",
            "mail app.email",
            "net integer",
            "gross integer",
            "no integer",
            "body text"
        ]
    );
    let column = |name: &str| t.column(name).expect(name);
    let identity = column("id").identity.as_ref().expect("an identity");
    assert!(identity.always && column("id").not_null.is_some());
    assert_eq!(identity.sequence, qname("app.t_id_seq"));
    assert_eq!((identity.options.start, identity.options.increment), (5, 2));
    assert_eq!(identity.comment.as_deref(), Some("a sequence"));
    assert_eq!(column("name").collation, Some(qname("pg_catalog.C")));
    let default = column("name").default.as_ref().expect("a default");
    assert_eq!(&*default.text, "'x'::character varying");
    assert_eq!(column("mail").collation, None);
    let generated = column("gross").generated.as_ref().expect("generated");
    assert_eq!(generated.expression, Expr::printed("net * 2"));
    assert!(generated.stored && column("gross").default.is_none());
    assert_eq!(column("body").storage.as_deref(), Some("external"));
    assert_eq!(column("body").compression.as_deref(), Some("pglz"));
    assert_eq!(column("net").statistics, Some(7));
    assert_eq!(column("net").options["n_distinct"], "-0.5");
    assert_eq!(column("net").comment.as_deref(), Some("a column"));
    let serial = &read.catalog.sequences[&qname("app.t_no_seq")];
    assert_eq!(serial.owned_by, Some((qname("app.t"), name("no"))));
    assert_eq!(serial.options.data_type.to_string(), "integer");
    assert_eq!(serial.options.max, i64::from(i32::MAX));
    assert!(!read.catalog.sequences.contains_key(&identity.sequence));
}

#[tokio::test]
async fn tables_are_read_with_all_that_is_special_about_them() {
    let Some(server) = Server::with(SCRIPT) else {
        return;
    };
    let read = server.introspected().await;
    let t = table(&read, "app.t");
    let parameters: Vec<_> = t
        .parameters
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    assert_eq!(
        parameters,
        [
            "autovacuum_enabled=false",
            "fillfactor=70",
            "toast.autovacuum_enabled=false"
        ]
    );
    assert_eq!(t.comment.as_deref(), Some("a table"));
    assert_eq!(t.owner, Some(name("tester")));
    let long = table(
        &read,
        "app.Größe 63 bytes of name, which is the most a name can have !!",
    );
    assert_eq!(long.persistence, Persistence::Unlogged);
    assert_eq!(long.columns[1].name.len(), 63);
    let child = table(&read, "app.child");
    assert_eq!(child.inherits, [qname("app.t")]);
    let net = child.column("net").expect("net");
    assert_eq!((net.inherited, net.local), (1, true));
    let body = child.column("body").expect("body");
    assert_eq!((body.inherited, body.local), (1, false));
    assert_eq!(table(&read, "app.typed").of_type, Some(qname("app.pair")));
    let secured = table(&read, "app.secured");
    assert!(secured.row_security.enabled && secured.row_security.forced);
    assert_eq!(secured.replica_identity, ReplicaIdentity::Full);
    let policy = &secured.policies["mine"];
    assert!(!policy.permissive);
    assert_eq!(policy.command, PolicyCommand::Update);
    assert_eq!(policy.roles, [Grantee::Public]);
    assert_eq!(policy.using, Some(Expr::printed("id > 1")));
    assert_eq!(policy.check, Some(Expr::printed("id > 2")));
    assert_eq!(policy.comment.as_deref(), Some("a policy"));
    assert!(
        read.catalog
            .tables
            .keys()
            .all(|table| table.schema == "app")
    );
    let schemas: Vec<&str> = read
        .catalog
        .schemas
        .keys()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(schemas, ["app", "public"]);
}

#[tokio::test]
async fn a_new_database_is_read_as_an_empty_catalog() {
    let Some(server) = Server::with("") else {
        return;
    };
    let read = server.introspected().await;
    let major = u16::try_from(server.major).expect("a version");
    let mut empty = segue_catalog::Catalog::empty(major);
    let public = std::sync::Arc::make_mut(empty.schemas.get_mut("public").expect("public"));
    if major < 15 {
        public.owner = Some(name("tester"));
    }
    assert_eq!(read.catalog, empty);
}
