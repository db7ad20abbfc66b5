//! DROP, and what it takes along.

use super::*;

#[test]
fn a_drop_after_a_create_gives_what_was_there_before() {
    let before = example();
    let objects = [
        Object::Table(q("n"), Table::new(vec![integer("a")])),
        Object::Index(q("n_idx"), index("t", vec![IndexTerm::Column("a".into())])),
        Object::Sequence(q("n_seq"), sequence(Some(("t", "b")))),
        Object::View(q("n_view"), view("SELECT 1 AS one", &[])),
        Object::Trigger(q("t"), "n_trigger".into(), trigger()),
        Object::Type(q("n_type"), Type::new(TypeKind::Shell)),
        Object::Schema("n".into(), Schema::default()),
    ];
    for object in objects {
        let mut catalog = before.clone();
        let reference = object.reference();
        create(&mut catalog, object);
        assert_ne!(catalog, before);
        drop(&mut catalog, reference, false);
        assert_eq!(catalog, before);
    }
}

fn named(catalog: &Catalog, object: &ObjectRef) -> Vec<String> {
    let dependents = crate::dependents(catalog, object);
    dependents.iter().map(ToString::to_string).collect()
}

#[test]
fn a_dropped_table_takes_its_parts_and_by_cascade_views_and_foreign_keys() {
    let mut catalog = example();
    let users = ["constraint u_a_fkey on app.u", "view app.v"];
    assert_eq!(named(&catalog, &ObjectRef::Table(q("t"))), users);
    drop(&mut catalog, ObjectRef::Table(q("t")), true);
    assert!(catalog.indexes.is_empty() && catalog.sequences.is_empty() && catalog.views.is_empty());
    assert!(catalog.tables[&q("u")].constraints.is_empty());
    assert_eq!(catalog.tables[&q("u")].columns.len(), 2);
}

/// PostgreSQL 15: keys, indexes and checks of several columns go without CASCADE.
#[test]
fn a_dropped_column_takes_what_is_about_it() {
    let mut catalog = example();
    let users = [
        "constraint u_a_fkey on app.u",
        "view app.v",
        "trigger touch on app.t",
    ];
    assert_eq!(
        named(&catalog, &ObjectRef::Column(q("t"), "a".into())),
        users
    );
    let change = TableChange::DropColumn {
        name: "a".into(),
        cascade: true,
    };
    alter(&mut catalog, "t", change);
    let table = &catalog.tables[&q("t")];
    assert_eq!(table.columns.len(), 2);
    assert!(table.constraints.is_empty() && table.triggers.is_empty());
    assert!(catalog.sequences.is_empty());
    assert_eq!(catalog.indexes.len(), 1, "the index is on another column");
    alter(
        &mut catalog,
        "t",
        TableChange::DropColumn {
            name: "b".into(),
            cascade: false,
        },
    );
    assert!(catalog.indexes.is_empty());
}

/// PostgreSQL 15: `drop cascades to column b`, `default value for column c`, `constraint`, `index`.
#[test]
fn a_dropped_function_takes_the_columns_and_expressions_that_call_it() {
    use crate::model::Generated;
    let mut catalog = example();
    let id = RoutineId {
        name: q("f"),
        arguments: vec![DataType::builtin("integer")],
    };
    let routine = function();
    create(&mut catalog, Object::Routine(id.clone(), routine));
    let mut b = integer("b");
    b.generated = Some(Generated {
        expression: Expr::printed("app.f(a)"),
        stored: true,
    });
    let mut c = integer("c");
    c.default = Some(Expr::printed("app.f(3)"));
    create(
        &mut catalog,
        Object::Table(q("g"), Table::new(vec![integer("a"), b, c])),
    );
    add(&mut catalog, "g", "g_check", check("(app.f(a) > 0)"));
    let call = IndexTerm::Expression(Expr::printed("app.f(a)"));
    create(
        &mut catalog,
        Object::Index(q("g_idx"), index("g", vec![call])),
    );
    let users = [
        "column app.g.b",
        "default of column app.g.c",
        "constraint g_check on app.g",
        "index app.g_idx",
    ];
    let object = ObjectRef::Routine(id);
    assert_eq!(named(&catalog, &object), users);
    drop(&mut catalog, object, true);
    let table = &catalog.tables[&q("g")];
    assert_eq!(table.columns, [integer("a"), integer("c")]);
    assert!(table.constraints.is_empty() && !catalog.indexes.contains_key(&q("g_idx")));
}

fn function() -> crate::model::Routine {
    use crate::model::{
        Argument, ArgumentMode, Body, Parallel, Returns, Routine, RoutineKind, Volatility,
    };
    Routine {
        kind: RoutineKind::Function,
        arguments: vec![Argument {
            mode: ArgumentMode::In,
            name: None,
            data_type: DataType::builtin("integer"),
            default: None,
        }],
        returns: Some(Returns {
            data_type: DataType::builtin("integer"),
            set: false,
        }),
        language: "sql".into(),
        body: Body::Text("select $1".to_owned()),
        volatility: Volatility::Immutable,
        strict: false,
        security_definer: false,
        leakproof: false,
        parallel: Parallel::Unsafe,
        cost: None,
        rows: None,
        settings: Default::default(),
        support: None,
        transforms: Vec::new(),
        depends_on: Default::default(),
        owner: None,
        privileges: Default::default(),
        comment: None,
    }
}

/// PostgreSQL 15: the column goes, with its default; the view goes for the constant in it.
#[test]
fn a_dropped_type_takes_its_columns() {
    let mut catalog = example();
    let object = ObjectRef::Type(q("mood"));
    assert_eq!(named(&catalog, &object), ["column app.t.c", "view app.v"]);
    drop(&mut catalog, object, true);
    assert_eq!(catalog.tables[&q("t")].columns.len(), 2);
    assert!(catalog.views.is_empty());
}

#[test]
fn a_dropped_sequence_takes_the_default_that_asks_it() {
    let mut catalog = example();
    let object = ObjectRef::Sequence(q("t_a_seq"));
    assert_eq!(named(&catalog, &object), ["default of column app.t.a"]);
    drop(&mut catalog, object, true);
    assert_eq!(catalog.tables[&q("t")].columns[0].default, None);
}

#[test]
fn a_dropped_key_takes_the_foreign_keys_that_need_it_and_leaves_not_null() {
    let mut catalog = example();
    let object = ObjectRef::Constraint(q("t"), "t_pkey".into());
    assert_eq!(named(&catalog, &object), ["constraint u_a_fkey on app.u"]);
    let change = TableChange::DropConstraint {
        name: "t_pkey".into(),
        cascade: true,
    };
    alter(&mut catalog, "t", change);
    assert!(catalog.tables[&q("u")].constraints.is_empty());
    assert!(catalog.tables[&q("t")].columns[0].not_null.is_some());
}

#[test]
fn everything_in_a_schema_goes_with_it() {
    let mut catalog = example();
    drop(&mut catalog, ObjectRef::Schema("app".into()), true);
    assert_eq!(catalog, Catalog::empty(15));
}

#[test]
fn views_on_views_go_too() {
    let mut catalog = example();
    let reads = [ObjectRef::View(q("v"))];
    create(
        &mut catalog,
        Object::View(q("w"), view("SELECT v.b FROM app.v", &reads)),
    );
    let users = named(&catalog, &ObjectRef::Column(q("t"), "b".into()));
    assert_eq!(
        users,
        ["view app.v", "view app.w", "trigger touch on app.t"]
    );
    assert!(named(&catalog, &ObjectRef::View(q("w"))).is_empty());
}

#[test]
fn nothing_is_left_of_a_name_that_is_dropped() {
    let mut catalog = example();
    alter(
        &mut catalog,
        "t",
        TableChange::ClusterOn(Some("t_abs_idx".into())),
    );
    let identity = crate::model::ReplicaIdentity::Index("t_pkey".into());
    alter(&mut catalog, "t", TableChange::ReplicaIdentity(identity));
    drop(&mut catalog, ObjectRef::Index(q("t_abs_idx")), false);
    drop(
        &mut catalog,
        ObjectRef::Constraint(q("t"), "t_pkey".into()),
        true,
    );
    let table = &catalog.tables[&q("t")];
    assert_eq!(table.cluster_on, None);
    assert_eq!(
        table.replica_identity,
        crate::model::ReplicaIdentity::Nothing
    );
}

#[test]
fn the_same_change_leads_to_the_same_schema() {
    let before = example();
    let objects = [
        ObjectRef::Table(q("t")),
        ObjectRef::Column(q("t"), "b".into()),
        ObjectRef::Type(q("mood")),
        ObjectRef::Schema("app".into()),
    ];
    for object in objects {
        let (mut first, mut second) = (before.clone(), before.clone());
        drop(&mut first, object.clone(), true);
        drop(&mut second, object, true);
        assert_eq!(first, second);
    }
}
