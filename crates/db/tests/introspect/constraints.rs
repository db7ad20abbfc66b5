use segue_catalog::{
    Expr,
    model::{ConstraintKind, Deferral, IndexTerm, Match, ReferentialAction, ReplicaIdentity},
};

use crate::{Server, name, names, qname, table};

#[tokio::test]
async fn constraints_are_read() {
    let Some(server) = Server::with(include_str!("constraints.sql")) else {
        return;
    };
    let read = server.introspected().await;
    assert!(read.catalog.indexes.is_empty());
    let parent = table(&read, "parent");
    assert_eq!(parent.primary_key(), names(&["id"]));
    assert!(parent.column("id").expect("id").not_null.is_some());
    assert_eq!(
        parent.replica_identity,
        ReplicaIdentity::Index(name("parent_pkey"))
    );
    assert_eq!(parent.cluster_on, Some(name("parent_pkey")));
    let code = &parent.constraints["parent_code"];
    assert_eq!(code.deferral, Deferral::InitiallyDeferred);
    assert_eq!(code.comment.as_deref(), Some("a constraint"));
    let index = code.index().expect("an index");
    assert_eq!(
        (&index.columns, &index.include),
        (&names(&["code"]), &names(&["id"]))
    );
    assert_eq!(index.parameters["fillfactor"], "80");
    assert_eq!(index.index_comment.as_deref(), Some("an index"));
    assert!(index.index_valid);

    let child = table(&read, "child");
    let check = &child.constraints["child_id_check"];
    let ConstraintKind::Check {
        expression,
        no_inherit,
    } = &check.kind
    else {
        panic!("{check:?}");
    };
    assert_eq!(*expression, Expr::printed("(id > 0) AND (id < 10)"));
    assert!(!no_inherit && check.validated && check.local);
    let alone = &child.constraints["alone"];
    assert!(matches!(
        &alone.kind,
        ConstraintKind::Check {
            no_inherit: true,
            ..
        }
    ));
    assert!(!alone.validated);
    let key = &child.constraints["child_parent_fkey"];
    assert_eq!(key.deferral, Deferral::InitiallyImmediate);
    let ConstraintKind::ForeignKey(foreign) = &key.kind else {
        panic!("{key:?}");
    };
    assert_eq!(foreign.references, qname("parent"));
    assert_eq!(foreign.columns, names(&["parent"]));
    assert_eq!(foreign.referenced_columns, names(&["id"]));
    assert_eq!(foreign.on_delete, ReferentialAction::Cascade);
    assert_eq!(foreign.on_update, ReferentialAction::SetNull);
    let ConstraintKind::ForeignKey(later) = &child.constraints["later"].kind else {
        panic!("a foreign key");
    };
    assert_eq!(
        (later.match_type, later.on_delete),
        (Match::Full, ReferentialAction::Restrict)
    );
    let ConstraintKind::Exclude(exclusion) = &child.constraints["child_during"].kind else {
        panic!("an exclusion");
    };
    assert_eq!(exclusion.method, "gist");
    let operators: Vec<_> = exclusion
        .keys
        .iter()
        .map(|(_, operator)| operator.as_str())
        .collect();
    assert_eq!(operators, ["=", "&&"]);
    assert_eq!(exclusion.keys[1].0.term, IndexTerm::Column(name("during")));
    assert!(
        exclusion
            .keys
            .iter()
            .all(|(key, _)| key.operator_class.is_none())
    );
    assert_eq!(exclusion.predicate, Some(Expr::printed("id > 5")));
}

#[tokio::test]
async fn what_newer_servers_add_to_constraints_is_read() {
    let Some(server) = Server::with("") else {
        return;
    };
    if server.major >= 15 {
        server.run(
            "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (a int, b int, u int, \
             CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (b), \
             CONSTRAINT u UNIQUE NULLS NOT DISTINCT (u)); CREATE UNIQUE INDEX i ON c (b) NULLS NOT DISTINCT",
        );
        let read = server.introspected().await;
        let ConstraintKind::ForeignKey(key) = &table(&read, "c").constraints["fk"].kind else {
            panic!("a foreign key");
        };
        assert_eq!(key.on_delete_columns, names(&["b"]));
        let unique = table(&read, "c").constraints["u"]
            .index()
            .expect("an index");
        assert!(unique.nulls_not_distinct);
        assert!(read.catalog.indexes[&qname("i")].nulls_not_distinct);
    }
    if server.major >= 18 {
        server.run(
            "CREATE EXTENSION btree_gist; CREATE TABLE n (id int, own int CONSTRAINT filled NOT NULL NO INHERIT, \
             twice int GENERATED ALWAYS AS (id * 2) VIRTUAL, at tsrange, \
             CONSTRAINT loose CHECK (id > 0) NOT ENFORCED, PRIMARY KEY (id, at WITHOUT OVERLAPS))",
        );
        let read = server.introspected().await;
        let table = table(&read, "n");
        let filled = table
            .column("own")
            .and_then(|own| own.not_null.as_ref())
            .expect("NOT NULL");
        assert_eq!(filled.name, Some(name("filled")));
        assert!(filled.no_inherit && filled.validated && filled.local);
        let twice = table
            .column("twice")
            .and_then(|twice| twice.generated.as_ref());
        assert!(!twice.expect("generated").stored);
        assert!(!table.constraints["loose"].enforced);
        let key = table.constraints["n_pkey"].index().expect("an index");
        assert!(key.without_overlaps);
    }
}
