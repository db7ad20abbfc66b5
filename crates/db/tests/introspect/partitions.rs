use segue_catalog::{
    Expr,
    model::{ConstraintKind, IndexTerm, PartitionStrategy, TableKind},
};

use crate::{Server, name, qname, table};

#[tokio::test]
async fn partitions_are_read_with_what_they_have_from_their_parents() {
    let Some(server) = Server::with(include_str!("partitions.sql")) else {
        return;
    };
    let read = server.introspected().await;
    let TableKind::Partitioned(by) = &table(&read, "p").kind else {
        panic!("partitioned");
    };
    assert_eq!(by.strategy, PartitionStrategy::Range);
    assert_eq!(by.keys[0].term, IndexTerm::Column(name("at")));
    assert_eq!(
        by.keys[1].term,
        IndexTerm::Expression(Expr::printed("lower(name)"))
    );
    assert_eq!(by.keys[1].collation, Some(qname("pg_catalog.C")));
    assert!(by.keys.iter().all(|key| key.operator_class.is_none()));
    let first = table(&read, "p_1");
    let partition = first.partition_of.as_ref().expect("a partition");
    assert_eq!(partition.parent, qname("p"));
    assert_eq!(
        &*partition.bound.text,
        "FOR VALUES FROM ('2026-01-01', 'a') TO ('2026-02-01', 'a')"
    );
    assert!(first.inherits.is_empty());
    let rest = table(&read, "p_rest")
        .partition_of
        .as_ref()
        .expect("a partition");
    assert_eq!(&*rest.bound.text, "DEFAULT");

    for (of, inherited) in [("p", 0), ("p_1", 1), ("p_rest", 1)] {
        let of = table(&read, of);
        let keys: Vec<_> = of
            .constraints
            .iter()
            .filter(|(_, constraint)| matches!(constraint.kind, ConstraintKind::ForeignKey(_)))
            .collect();
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_eq!(keys[0].0, "p_l");
        assert_eq!(
            (keys[0].1.inherited, keys[0].1.local),
            (inherited, inherited == 0)
        );
        let check = &of.constraints["p_id_check"];
        assert_eq!((check.inherited, check.local), (inherited, inherited == 0));
        assert_eq!(of.triggers.len(), 1);
        assert_eq!(of.triggers["stamped"].inherited, inherited == 1);
    }
    assert_eq!(read.catalog.indexes[&qname("p_at")].attached_to, None);
    let attached = &read.catalog.indexes[&qname("p_1_at_idx")];
    assert_eq!(attached.attached_to, Some(qname("p_at")));
    let key = table(&read, "l_1").constraints["l_1_pkey"]
        .index()
        .expect("an index");
    assert_eq!(key.attached_to, Some(qname("l_pkey")));
    assert!(table(&read, "l").triggers.is_empty());
}
