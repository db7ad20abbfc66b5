//! RENAME and SET SCHEMA, carried into every reference and expression.

use super::*;

fn there_and_back(object: impl Fn(&str) -> ObjectRef, name: &str, other: &str) {
    let before = example();
    let mut catalog = before.clone();
    rename(&mut catalog, object(name), other);
    assert_ne!(catalog, before, "{name} is renamed");
    let mut again = before.clone();
    rename(&mut again, object(name), other);
    assert_eq!(catalog, again);
    rename(&mut catalog, object(other), name);
    assert_eq!(catalog, before, "{name} is back");
}

#[test]
fn a_rename_forth_and_back_changes_nothing() {
    there_and_back(|name| ObjectRef::Table(q(name)), "t", "people");
    there_and_back(|name| ObjectRef::Table(q(name)), "u", "Users");
    there_and_back(|name| ObjectRef::View(q(name)), "v", "w");
    there_and_back(|name| ObjectRef::Sequence(q(name)), "t_a_seq", "s");
    there_and_back(|name| ObjectRef::Type(q(name)), "mood", "feeling");
    there_and_back(|name| ObjectRef::Index(q(name)), "t_abs_idx", "i");
    there_and_back(|name| ObjectRef::Index(q(name)), "t_pkey", "pk");
    there_and_back(|name| ObjectRef::Column(q("t"), name.into()), "a", "A");
    there_and_back(|name| ObjectRef::Column(q("t"), name.into()), "b", "order");
    there_and_back(
        |name| ObjectRef::Constraint(q("t"), name.into()),
        "t_pkey",
        "pk",
    );
    there_and_back(
        |name| ObjectRef::Constraint(q("t"), name.into()),
        "t_b_check",
        "c",
    );
    there_and_back(
        |name| ObjectRef::Trigger(q("t"), name.into()),
        "touch",
        "touched",
    );
    there_and_back(|name| ObjectRef::Schema(name.into()), "app", "other");
}

#[test]
fn a_renamed_table_is_followed_by_all_that_names_it() {
    let mut catalog = example();
    rename(&mut catalog, ObjectRef::Table(q("t")), "people");
    assert!(!catalog.tables.contains_key(&q("t")));
    assert_eq!(
        catalog.sequences[&q("t_a_seq")].owned_by,
        Some((q("people"), "a".into()))
    );
    assert_eq!(catalog.indexes[&q("t_abs_idx")].table, q("people"));
    let key = &catalog.tables[&q("u")].constraints["u_a_fkey"];
    assert_eq!(key.kind, foreign_key(&["a"], "people", &["a"]).kind);
    let view = &catalog.views[&q("v")];
    let query = "SELECT people.a, people.b FROM app.people WHERE (people.c = 'old'::app.mood)";
    assert_eq!(&*view.query.text, query);
    assert!(
        view.depends_on
            .contains(&ObjectRef::Column(q("people"), "a".into()))
    );
}

#[test]
fn a_renamed_column_is_followed_by_all_that_names_it() {
    let mut catalog = example();
    rename(&mut catalog, ObjectRef::Column(q("t"), "a".into()), "id");
    rename(&mut catalog, ObjectRef::Column(q("t"), "b".into()), "n");
    let table = &catalog.tables[&q("t")];
    assert_eq!(table.primary_key(), ["id"]);
    assert_eq!(table.constraints["t_b_check"].kind, check("(n > id)").kind);
    assert_eq!(table.triggers["touch"].events.update_of, ["n"]);
    assert_eq!(
        &*table.triggers["touch"]
            .when
            .as_ref()
            .expect("it has one")
            .text,
        "(old.id <> new.id)"
    );
    let term = &catalog.indexes[&q("t_abs_idx")].keys[0].term;
    assert_eq!(*term, IndexTerm::Expression(Expr::printed("abs(n)")));
    let key = &catalog.tables[&q("u")].constraints["u_a_fkey"];
    assert_eq!(key.kind, foreign_key(&["a"], "t", &["id"]).kind);
    assert_eq!(
        catalog.sequences[&q("t_a_seq")].owned_by,
        Some((q("t"), "id".into()))
    );
    let query = "SELECT t.id AS a, t.n AS b FROM app.t WHERE (t.c = 'old'::app.mood)";
    assert_eq!(&*catalog.views[&q("v")].query.text, query);
}

#[test]
fn a_renamed_value_is_renamed_in_defaults_and_queries() {
    let mut catalog = example();
    let change = crate::TypeChange::RenameValue {
        from: "old".to_owned(),
        to: "ancient".to_owned(),
    };
    apply(
        &mut catalog,
        &Change::Type {
            name: q("mood"),
            change,
        },
    );
    let default = catalog.tables[&q("t")].columns[2].default.clone();
    assert_eq!(default, Some(Expr::printed("'ancient'::app.mood")));
    let query = "SELECT t.a, t.b FROM app.t WHERE (t.c = 'ancient'::app.mood)";
    assert_eq!(&*catalog.views[&q("v")].query.text, query);
}

#[test]
fn what_a_table_owns_moves_with_it() {
    let mut catalog = example();
    create(
        &mut catalog,
        Object::Schema("new".into(), Schema::default()),
    );
    let object = ObjectRef::Table(q("t"));
    apply(
        &mut catalog,
        &Change::SetSchema {
            object,
            schema: "new".into(),
        },
    );
    let there = |name: &str| QName::new("new", name);
    assert!(catalog.sequences.contains_key(&there("t_a_seq")));
    assert_eq!(catalog.indexes[&there("t_abs_idx")].table, there("t"));
    let default = catalog.tables[&there("t")].columns[0].default.clone();
    assert_eq!(
        default,
        Some(Expr::printed("nextval('new.t_a_seq'::regclass)"))
    );
    let data_type = &catalog.tables[&there("t")].columns[2].data_type;
    assert_eq!(data_type.name, q("mood"));
}
