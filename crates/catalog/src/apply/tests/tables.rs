//! ALTER TABLE: columns, constraints, inheritance and partitions.

use super::*;
use crate::model::{PartitionBy, PartitionStrategy, TableKind};

fn partitioned() -> Catalog {
    let mut catalog = Catalog::empty(15);
    create(
        &mut catalog,
        Object::Schema("app".into(), Schema::default()),
    );
    create(
        &mut catalog,
        Object::Table(q("x"), Table::new(vec![integer("a")])),
    );
    add(
        &mut catalog,
        "x",
        "x_pkey",
        Constraint::new(ConstraintKind::PrimaryKey(key(&["a"]))),
    );
    let mut parent = Table::new(vec![integer("a"), integer("b")]);
    parent.kind = TableKind::Partitioned(PartitionBy {
        strategy: PartitionStrategy::Range,
        keys: vec![IndexKey::column("a")],
    });
    create(&mut catalog, Object::Table(q("p"), parent));
    add(
        &mut catalog,
        "p",
        "p_pkey",
        Constraint::new(ConstraintKind::PrimaryKey(key(&["a"]))),
    );
    add(
        &mut catalog,
        "p",
        "p_b_fkey",
        foreign_key(&["b"], "x", &["a"]),
    );
    let terms = vec![
        IndexTerm::Column("b".into()),
        IndexTerm::Expression(Expr::printed("abs(b)")),
    ];
    create(&mut catalog, Object::Index(q("p_b_idx"), index("p", terms)));
    create(
        &mut catalog,
        Object::Trigger(q("p"), "touch".into(), trigger()),
    );
    let part = Table::new(vec![integer("a"), integer("b")]);
    create(&mut catalog, Object::Table(q("p1"), part));
    let column = |name: &str| TableChange::SetNotNull {
        column: name.into(),
        not_null: NotNull::named(None),
    };
    alter(&mut catalog, "p1", column("a"));
    catalog
}

fn attach(catalog: &mut Catalog) {
    let bound = Expr::written("FOR VALUES FROM (0) TO (10)");
    alter(
        catalog,
        "p",
        TableChange::AttachPartition {
            partition: q("p1"),
            bound,
        },
    );
}

/// AttachPartitionEnsureIndexes, CloneRowTriggersToPartition, CloneForeignKeyConstraints (tablecmds.c).
#[test]
fn an_attached_partition_gets_what_its_parent_has() {
    let mut catalog = partitioned();
    attach(&mut catalog);
    let part = &catalog.tables[&q("p1")];
    assert_eq!(
        part.constraints["p1_pkey"]
            .index()
            .and_then(|i| i.attached_to.clone()),
        Some(q("p_pkey"))
    );
    assert_eq!(part.constraints["p_b_fkey"].inherited, 1);
    assert!(part.triggers["touch"].inherited);
    assert!(
        part.columns
            .iter()
            .all(|column| column.inherited == 1 && !column.local)
    );
    let own = &catalog.indexes[&q("p1_b_abs_idx")];
    assert_eq!(own.attached_to, Some(q("p_b_idx")));
}

#[test]
fn an_attached_partition_keeps_the_indexes_that_fit() {
    let mut catalog = partitioned();
    let terms = vec![
        IndexTerm::Column("b".into()),
        IndexTerm::Expression(Expr::printed("abs(b)")),
    ];
    create(&mut catalog, Object::Index(q("mine"), index("p1", terms)));
    add(
        &mut catalog,
        "p1",
        "pk1",
        Constraint::new(ConstraintKind::PrimaryKey(key(&["a"]))),
    );
    attach(&mut catalog);
    assert_eq!(catalog.indexes[&q("mine")].attached_to, Some(q("p_b_idx")));
    assert_eq!(catalog.indexes.len(), 2);
    assert!(!catalog.tables[&q("p1")].constraints.contains_key("p1_pkey"));
    assert!(!catalog.tables[&q("p1")].constraints["pk1"].local);
}

/// DetachPartitionFinalize: indexes, keys and constraints stay; cloned triggers go.
#[test]
fn a_detached_partition_stands_on_its_own() {
    let mut catalog = partitioned();
    attach(&mut catalog);
    alter(&mut catalog, "p", TableChange::DetachPartition(q("p1")));
    let part = &catalog.tables[&q("p1")];
    assert_eq!(part.partition_of, None);
    assert!(part.triggers.is_empty());
    assert!(
        part.columns
            .iter()
            .all(|column| column.inherited == 0 && column.local)
    );
    assert!(
        part.constraints
            .values()
            .all(|constraint| constraint.inherited == 0 && constraint.local)
    );
    assert!(
        catalog
            .indexes
            .values()
            .all(|index| index.attached_to.is_none())
    );
}

/// ATExecAddIndexConstraint.
#[test]
fn a_constraint_can_take_an_index_over() {
    let mut catalog = example();
    let mut unique = index("u", vec![IndexTerm::Column("a".into())]);
    unique.unique = true;
    unique.comment = Some("of the index".to_owned());
    create(&mut catalog, Object::Index(q("u_idx"), unique));
    alter(
        &mut catalog,
        "u",
        TableChange::ClusterOn(Some("u_idx".into())),
    );
    let change = TableChange::AddConstraint {
        name: "u_pkey".into(),
        constraint: Box::new(Constraint::new(ConstraintKind::PrimaryKey(key(&[])))),
        using_index: Some("u_idx".into()),
    };
    alter(&mut catalog, "u", change);
    let table = &catalog.tables[&q("u")];
    assert_eq!(table.primary_key(), ["a"]);
    assert!(table.columns[0].not_null.is_some());
    assert_eq!(table.cluster_on, Some("u_pkey".into()));
    let index = table.constraints["u_pkey"].index().expect("it has one");
    assert_eq!(index.index_comment.as_deref(), Some("of the index"));
    assert!(!catalog.indexes.contains_key(&q("u_idx")));
}

#[test]
fn inherited_columns_and_checks_count_their_parents() {
    let mut catalog = example();
    let child = (*catalog.tables[&q("t")]).clone();
    create(&mut catalog, Object::Table(q("child"), child));
    alter(&mut catalog, "child", TableChange::Inherit(q("t")));
    let child = &catalog.tables[&q("child")];
    assert!(
        child
            .columns
            .iter()
            .all(|column| column.inherited == 1 && column.local)
    );
    assert_eq!(child.constraints["t_b_check"].inherited, 1);
    let before = catalog.clone();
    alter(&mut catalog, "child", TableChange::NoInherit(q("t")));
    assert!(
        catalog.tables[&q("child")]
            .columns
            .iter()
            .all(|column| column.inherited == 0)
    );
    alter(&mut catalog, "child", TableChange::Inherit(q("t")));
    assert_eq!(catalog, before);
}

/// From PostgreSQL 15 on owned sequences follow their table.
#[test]
fn sequences_become_unlogged_with_their_table() {
    let mut catalog = example();
    alter(
        &mut catalog,
        "t",
        TableChange::SetPersistence(Persistence::Unlogged),
    );
    assert_eq!(
        catalog.sequences[&q("t_a_seq")].persistence,
        Persistence::Unlogged
    );
    let mut catalog = example();
    catalog.major = 14;
    alter(
        &mut catalog,
        "t",
        TableChange::SetPersistence(Persistence::Unlogged),
    );
    assert_eq!(
        catalog.sequences[&q("t_a_seq")].persistence,
        Persistence::Permanent
    );
}

#[test]
fn a_part_makes_its_index_valid_when_it_is_the_last() {
    let mut catalog = partitioned();
    attach(&mut catalog);
    let mut only = index("p", vec![IndexTerm::Column("a".into())]);
    only.valid = false;
    create(&mut catalog, Object::Index(q("only"), only));
    create(
        &mut catalog,
        Object::Index(q("part"), index("p1", vec![IndexTerm::Column("a".into())])),
    );
    let change = IndexChange::Attach(q("part"));
    apply(
        &mut catalog,
        &Change::Index {
            index: q("only"),
            change,
        },
    );
    assert!(catalog.indexes[&q("only")].valid);
}
