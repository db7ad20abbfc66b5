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
