use segue_catalog::model::TableKind;

use crate::{Server, table};

#[tokio::test]
async fn what_the_model_has_no_parts_for_is_carried() {
    let Some(server) = Server::with(include_str!("opaque.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let shown: Vec<String> = read
        .catalog
        .opaque
        .iter()
        .map(|(id, opaque)| format!("{} {}: {}", id.kind, id.identity, opaque.definition))
        .collect();
    let begins = [
        "access method trees: index, handler bthandler",
        "cast (public.mood AS integer): method f, context a, function public.as_int(public.mood)",
        "collation public.posix: {",
        "conversion public.latin: for LATIN1, to UTF8, function iso8859_1_to_utf8",
        "event trigger watch: on ddl_command_end, tags CREATE TABLE, function public.on_ddl(), enabled O",
        "foreign data wrapper wrapper: options debug=true",
        "operator public.===(integer,pg_catalog.text): function public.same(integer,text), hashes",
        "operator class public.ints USING btree: for integer, family public.family USING btree",
        "operator family public.family USING btree: operator 1 <(integer,integer) for s; function 1 (integer, integer) btint4cmp(integer,integer)",
        "server far: wrapper wrapper, options host=far; grant USAGE reader",
        "subscription sub: streaming ",
        "text search configuration public.ours: parser pg_catalog.\"default\"; asciiword with simple; word with public.words; ",
        "text search dictionary public.words: template pg_catalog.simple, stopwords = 'english'",
        "type public.base: input public.base_in, output public.base_out, ",
        "user mapping tester on server far: options username=bob, password",
    ];
    assert_eq!(shown.len(), begins.len(), "{shown:#?}");
    for (shown, begin) in shown.iter().zip(begins) {
        assert!(shown.starts_with(begin), "{shown}\n{begin}");
        assert!(!shown.contains("secret"), "{shown}");
    }
    let unread: Vec<_> = read
        .unread
        .iter()
        .map(|unread| unread.what.as_str())
        .collect();
    assert_eq!(unread, ["the connection string of the subscription sub"]);
    let far = read
        .catalog
        .opaque
        .iter()
        .find(|(id, _)| id.kind == "server");
    assert_eq!(
        far.expect("a server").1.comment.as_deref(),
        Some("a server")
    );
    let remote = table(&read, "remote");
    let TableKind::Foreign(foreign) = &remote.kind else {
        panic!("a foreign table");
    };
    assert_eq!(
        (
            foreign.server.as_str(),
            foreign.options["schema_name"].as_str()
        ),
        ("far", "s")
    );
    assert_eq!(remote.columns[0].foreign_options["column_name"], "ID");
}

#[tokio::test]
async fn a_role_without_rights_is_told_what_it_could_not_read() {
    let Some(server) = Server::with(include_str!("opaque.sql")) else {
        return;
    };
    let whole = server.introspected().await.catalog;
    server.run("CREATE ROLE nobody LOGIN");
    let session = server.session_as("nobody").await;
    let read = segue_db::introspect(&session).await.expect("it is read");
    let unread: Vec<_> = read
        .unread
        .iter()
        .map(|unread| unread.what.as_str())
        .collect();
    assert_eq!(
        unread,
        [
            "options of the user mapping for tester on server far",
            "the connection string of the subscription sub"
        ]
    );
    assert_eq!(read.catalog.tables, whole.tables);
    assert_eq!(read.catalog.opaque.len(), whole.opaque.len());

    server.run("REVOKE SELECT ON pg_policy, pg_trigger FROM PUBLIC");
    let read = segue_db::introspect(&session).await.expect("it is read");
    let unread: Vec<_> = read
        .unread
        .iter()
        .filter(|unread| unread.reason.starts_with("permission denied"))
        .map(|unread| unread.what.as_str())
        .collect();
    assert_eq!(unread, ["triggers", "policies"]);
    assert_eq!(read.catalog.tables, whole.tables);
    assert_eq!(read.catalog.opaque.len(), whole.opaque.len());
}
