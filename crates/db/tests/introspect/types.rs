use segue_catalog::{Expr, model::TypeKind};

use crate::{Server, name, qname};

#[tokio::test]
async fn types_are_read() {
    let Some(server) = Server::with(include_str!("types.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let names: Vec<String> = read.catalog.types.keys().map(ToString::to_string).collect();
    assert_eq!(
        names,
        [
            "public.mood",
            "public.pair",
            "public.positive",
            "public.shell",
            "public.span",
            "public.words"
        ]
    );
    let made = |name: &str| &read.catalog.types[&qname(name)];
    let TypeKind::Enum(mood) = &made("mood").kind else {
        panic!("an enum");
    };
    assert_eq!(mood.values, ["sad", "it's \"ok\"", "meh", "happy"]);
    assert_eq!(made("mood").comment.as_deref(), Some("a type"));
    let TypeKind::Composite(pair) = &made("pair").kind else {
        panic!("a composite");
    };
    let attributes: Vec<String> = pair
        .attributes
        .iter()
        .map(|attribute| format!("{} {}", attribute.name, attribute.data_type))
        .collect();
    assert_eq!(
        attributes,
        [
            "a integer",
            "b character varying(3)",
            "c public.mood[]",
            "d public.citext"
        ]
    );
    assert_eq!(pair.attributes[0].comment.as_deref(), Some("an attribute"));
    assert_eq!(pair.attributes[1].collation, Some(qname("pg_catalog.C")));
    let TypeKind::Domain(positive) = &made("positive").kind else {
        panic!("a domain");
    };
    assert_eq!(positive.base.to_string(), "integer");
    assert_eq!(positive.default, Some(Expr::printed("1")));
    let not_null = positive.not_null.as_ref().expect("NOT NULL");
    let named = (server.major >= 17).then(|| name("positive_not_null"));
    assert_eq!(not_null.name, named);
    let even = &positive.constraints["even"];
    assert_eq!(even.expression, Expr::printed("(VALUE % 2) = 0"));
    assert_eq!(
        (even.validated, even.comment.as_deref()),
        (false, Some("a check"))
    );
    assert!(positive.constraints["positive_check"].validated);
    let TypeKind::Range(span) = &made("span").kind else {
        panic!("a range");
    };
    assert_eq!(span.subtype.to_string(), "double precision");
    assert_eq!(span.subtype_diff, Some(qname("pg_catalog.float8mi")));
    assert_eq!(span.multirange, qname("span_multirange"));
    assert_eq!((&span.operator_class, &span.canonical), (&None, &None));
    let TypeKind::Range(words) = &made("words").kind else {
        panic!("a range");
    };
    assert_eq!(words.collation, Some(qname("pg_catalog.C")));
    assert_eq!(words.multirange, qname("many_words"));
    assert_eq!(made("shell").kind, TypeKind::Shell);
}

#[tokio::test]
async fn objects_of_extensions_are_left_out_and_their_types_are_known() {
    let Some(server) = Server::with(
        "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION pg_trgm; \
         COMMENT ON EXTENSION pg_trgm IS 'ours'",
    ) else {
        return;
    };
    let read = server.introspected().await;
    let catalog = &read.catalog;
    assert!(catalog.types.is_empty() && catalog.routines.is_empty());
    assert_eq!(catalog.opaque.keys().collect::<Vec<_>>(), Vec::<&_>::new());
    let citext = &catalog.extensions["citext"];
    assert_eq!(citext.schema, "ext");
    assert!(citext.types.contains("citext") && citext.version.is_some());
    assert_eq!(citext.comment, None);
    assert_eq!(
        catalog.extensions["pg_trgm"].comment.as_deref(),
        Some("ours")
    );
    assert_eq!(catalog.extensions.len(), 2);
}
