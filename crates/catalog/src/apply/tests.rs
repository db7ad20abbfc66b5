//! Rules that several kinds of changes share; what a single statement of the server does is said at each test.

mod drops;
mod renames;
mod tables;

use super::*;
use crate::{
    DataType, Expr, IndexChange, Name, Object, ObjectRef, TableChange,
    model::{
        Column, Constraint, ConstraintKind, Enum, ForeignKey, Index, IndexKey, IndexTerm,
        IndexedConstraint, Match, NotNull, Persistence, ReferentialAction, Schema, SequenceOptions,
        Table, Trigger, TriggerEvents, TriggerTiming, Type, TypeKind, View, ViewKind,
    },
};

pub(super) fn q(name: &str) -> QName {
    QName::new("app", name)
}

pub(super) fn integer(name: &str) -> Column {
    Column::new(name, DataType::builtin("integer"))
}

pub(super) fn key(columns: &[&str]) -> IndexedConstraint {
    IndexedConstraint {
        columns: columns.iter().map(Name::stored).collect(),
        index_valid: true,
        ..IndexedConstraint::default()
    }
}

pub(super) fn check(text: &str) -> Constraint {
    Constraint::new(ConstraintKind::Check {
        expression: Expr::printed(text),
        no_inherit: false,
    })
}

pub(super) fn foreign_key(columns: &[&str], references: &str, to: &[&str]) -> Constraint {
    let names = |all: &[&str]| all.iter().map(Name::stored).collect();
    Constraint::new(ConstraintKind::ForeignKey(ForeignKey {
        columns: names(columns),
        references: q(references),
        referenced_columns: names(to),
        match_type: Match::Simple,
        on_update: ReferentialAction::NoAction,
        on_delete: ReferentialAction::NoAction,
        on_delete_columns: Vec::new(),
        period: false,
    }))
}

pub(super) fn index(table: &str, terms: Vec<IndexTerm>) -> Index {
    Index {
        table: q(table),
        method: "btree".into(),
        unique: false,
        keys: terms.into_iter().map(IndexKey::of).collect(),
        include: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        parameters: Default::default(),
        tablespace: None,
        valid: true,
        attributes: Vec::new(),
        attached_to: None,
        statistics: Vec::new(),
        comment: None,
    }
}

pub(super) fn sequence(owned_by: Option<(&str, &str)>) -> Sequence {
    Sequence {
        options: SequenceOptions::of(DataType::builtin("bigint")),
        owned_by: owned_by.map(|(table, column)| (q(table), column.into())),
        persistence: Persistence::Permanent,
        owner: None,
        privileges: Default::default(),
        comment: None,
    }
}

pub(super) fn view(query: &str, reads: &[ObjectRef]) -> View {
    let mut view = View::new(ViewKind::Plain, Expr::printed(query));
    view.depends_on = reads.iter().cloned().collect();
    view
}

pub(super) fn trigger() -> Trigger {
    Trigger {
        timing: TriggerTiming::Before,
        events: TriggerEvents {
            update: true,
            update_of: vec!["b".into()],
            ..TriggerEvents::default()
        },
        for_each_row: true,
        when: Some(Expr::printed("(old.a <> new.a)")),
        function: q("touch"),
        arguments: Vec::new(),
        old_table: None,
        new_table: None,
        constraint: None,
        enabled: Default::default(),
        inherited: false,
        comment: None,
    }
}

pub(super) fn create(catalog: &mut Catalog, object: Object) {
    apply(catalog, &Change::Create(Box::new(object)));
}

pub(super) fn alter(catalog: &mut Catalog, table: &str, change: TableChange) {
    let table = q(table);
    apply(catalog, &Change::Table { table, change });
}

pub(super) fn add(catalog: &mut Catalog, table: &str, name: &str, constraint: Constraint) {
    let change = TableChange::AddConstraint {
        name: name.into(),
        constraint: Box::new(constraint),
        using_index: None,
    };
    alter(catalog, table, change);
}

pub(super) fn drop(catalog: &mut Catalog, object: ObjectRef, cascade: bool) {
    apply(catalog, &Change::Drop { object, cascade });
}

pub(super) fn rename(catalog: &mut Catalog, object: ObjectRef, to: &str) {
    let to = to.into();
    apply(catalog, &Change::Rename { object, to });
}

/// `app.t(a, b, c)` with about everything on it, and things that use it.
pub(super) fn example() -> Catalog {
    let mut catalog = Catalog::empty(15);
    create(
        &mut catalog,
        Object::Schema("app".into(), Schema::default()),
    );
    let mood = Type::new(TypeKind::Enum(Enum {
        values: vec!["old".to_owned(), "new".to_owned()],
    }));
    create(&mut catalog, Object::Type(q("mood"), mood));
    create(&mut catalog, Object::Sequence(q("t_a_seq"), sequence(None)));
    let mut a = integer("a");
    a.default = Some(Expr::printed("nextval('app.t_a_seq'::regclass)"));
    let mut c = Column::new("c", DataType::named(q("mood")));
    c.default = Some(Expr::printed("'old'::app.mood"));
    let table = Table::new(vec![a, integer("b"), c]);
    create(&mut catalog, Object::Table(q("t"), table));
    let after = Box::new(sequence(Some(("t", "a"))));
    apply(
        &mut catalog,
        &Change::Sequence {
            sequence: q("t_a_seq"),
            after,
        },
    );
    add(
        &mut catalog,
        "t",
        "t_pkey",
        Constraint::new(ConstraintKind::PrimaryKey(key(&["a"]))),
    );
    add(&mut catalog, "t", "t_b_check", check("(b > a)"));
    create(
        &mut catalog,
        Object::Trigger(q("t"), "touch".into(), trigger()),
    );
    let lower = IndexTerm::Expression(Expr::printed("abs(b)"));
    create(
        &mut catalog,
        Object::Index(q("t_abs_idx"), index("t", vec![lower])),
    );
    create(
        &mut catalog,
        Object::Table(q("u"), Table::new(vec![integer("a"), integer("x")])),
    );
    add(
        &mut catalog,
        "u",
        "u_a_fkey",
        foreign_key(&["a"], "t", &["a"]),
    );
    let reads = [
        ObjectRef::Column(q("t"), "a".into()),
        ObjectRef::Column(q("t"), "b".into()),
    ];
    let query = " SELECT t.a, t.b FROM app.t WHERE (t.c = 'old'::app.mood)";
    create(&mut catalog, Object::View(q("v"), view(query, &reads)));
    catalog
}
