use segue_catalog::{
    Expr,
    model::{IndexKey, IndexTerm},
};

use crate::{Server, name, names, qname};

fn term(key: &IndexKey) -> String {
    match &key.term {
        IndexTerm::Column(name) => name.to_string(),
        IndexTerm::Expression(text) => format!("({text})"),
    }
}

#[tokio::test]
async fn indexes_are_read_with_what_differs_from_the_usual() {
    let Some(server) = Server::with(include_str!("indexes.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let index = |name: &str| &read.catalog.indexes[&qname(name)];
    let plain = index("plain");
    assert_eq!(
        plain.keys.iter().map(term).collect::<Vec<_>>(),
        ["id", "name", "mail"]
    );
    let order: Vec<_> = plain
        .keys
        .iter()
        .map(|key| (key.descending, key.nulls_first))
        .collect();
    assert_eq!(order, [(true, true), (false, true), (false, false)]);
    assert!(
        plain
            .keys
            .iter()
            .all(|key| key.operator_class.is_none() && key.collation.is_none())
    );
    assert_eq!(plain.include, names(&["data"]));
    assert_eq!(plain.parameters["fillfactor"], "50");
    assert_eq!(plain.comment.as_deref(), Some("an index"));
    assert!(plain.valid && !plain.unique && plain.method == "btree");

    let lowered = index("lowered");
    assert!(lowered.unique);
    assert_eq!(
        lowered.keys.iter().map(term).collect::<Vec<_>>(),
        ["(lower(name))", "(id + 1)"]
    );
    assert!(lowered.keys[1].descending);
    assert_eq!(
        lowered.predicate,
        Some(Expr::printed("(id > 5) AND (name IS NOT NULL)"))
    );
    assert_eq!(lowered.statistics, [(1, 500)]);

    let classes = index("classes");
    let class = |key: &IndexKey| key.operator_class.as_ref().map(|class| class.name.clone());
    assert_eq!(
        class(&classes.keys[0]),
        Some(qname("pg_catalog.text_pattern_ops"))
    );
    assert_eq!(
        (class(&classes.keys[1]), &classes.keys[1].collation),
        (None, &None)
    );
    assert_eq!(classes.keys[2].collation, Some(qname("pg_catalog.C")));
    let collated = index("collated");
    assert_eq!(collated.keys[0].collation, Some(qname("pg_catalog.C")));
    assert_eq!(collated.keys[1].collation, None);
    let trigrams = index("trigrams").keys[0]
        .operator_class
        .as_ref()
        .expect("a class");
    assert_eq!(trigrams.name, qname("gist_trgm_ops"));
    assert_eq!(trigrams.parameters["siglen"], "32");
    let gin = &index("gin").keys;
    assert_eq!(class(&gin[0]), Some(qname("pg_catalog.jsonb_path_ops")));
    assert_eq!(class(&gin[1]), None);
}

#[tokio::test]
async fn statistics_are_read() {
    let Some(server) = Server::with(include_str!("indexes.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let several = &read.catalog.statistics[&qname("several")];
    assert_eq!(several.table, qname("t"));
    assert_eq!(
        several.kinds.iter().collect::<Vec<_>>(),
        ["mcv", "ndistinct"]
    );
    assert_eq!(
        several.terms,
        [
            IndexTerm::Column(name("id")),
            IndexTerm::Expression(Expr::printed("lower(name)"))
        ]
    );
    assert_eq!(
        (several.target, several.comment.as_deref()),
        (Some(9), Some("statistics"))
    );
    let single = &read.catalog.statistics[&qname("single")];
    assert!(single.kinds.is_empty());
    assert_eq!(
        single.terms,
        [IndexTerm::Expression(Expr::printed("id * 2"))]
    );
    assert_eq!(single.target, None);
}
