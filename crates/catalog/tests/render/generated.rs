//! Generated schemas with nasty names, whose objects refer to each other at random.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample::Index as Pick};
use segue_catalog::{
    Catalog, DataType, Expr, Name, QName,
    model::{
        Column, Constraint, ConstraintKind, Enum, ForeignKey, Index, IndexKey, IndexTerm,
        IndexedConstraint, NotNull, Table, Type, TypeKind,
    },
};

use super::unlike;

const NASTY: [&str; 16] = [
    "plain", "Mixed", "select", "user", "values", "position", "a b", "a\"b", "it's", "a$1", "1st",
    "é", "日本", "a.b", "--x", "/*y*/",
];

/// What one table is made of; references are picks among the tables that there are.
#[derive(Debug, Clone)]
struct Draft {
    columns: Vec<(u8, bool, Option<i32>)>,
    references: Vec<(Pick, bool)>,
    check: bool,
    index: Option<(bool, bool, bool)>,
    fillfactor: Option<u8>,
}

fn draft() -> impl Strategy<Value = Draft> {
    (
        vec(
            (0_u8..7, any::<bool>(), proptest::option::of(any::<i32>())),
            1..6,
        ),
        vec((any::<Pick>(), any::<bool>()), 0..3),
        any::<bool>(),
        proptest::option::of(any::<(bool, bool, bool)>()),
        proptest::option::of(10_u8..100),
    )
        .prop_map(|(columns, references, check, index, fillfactor)| Draft {
            columns,
            references,
            check,
            index,
            fillfactor,
        })
}

pub(super) fn nasty(kind: &str, number: usize) -> Name {
    Name::stored(format!("{}{kind}{number}", NASTY[number % NASTY.len()]))
}

fn column(
    number: usize,
    (kind, required, default): (u8, bool, Option<i32>),
    schema: &Name,
    table: &Name,
) -> Column {
    let data_type = match kind {
        0 => DataType::builtin("integer"),
        1 => DataType::builtin("character varying").with_modifier("20"),
        2 => DataType::builtin("timestamp without time zone").with_modifier("3"),
        3 => DataType::builtin("text").array_of(),
        4 => DataType::named(QName::new(schema.clone(), "a Type")),
        5 => DataType::named(QName::new(schema.clone(), "a Type")).array_of(),
        _ => DataType::builtin("bigint"),
    };
    let mut column = Column::new(nasty("c", number), data_type);
    if required {
        let name = format!("{}_{}_not_null", table.as_str(), column.name.as_str());
        column.not_null = Some(NotNull::named(Some(Name::stored(name))));
    }
    if let (0 | 6, Some(value)) = (kind, default) {
        let text = if value < 0 {
            format!("'{value}'::integer")
        } else {
            value.to_string()
        };
        column.default = Some(Expr::printed(text));
    }
    column
}

fn catalog(major: u16, drafts: &[Draft], values: &[String]) -> Catalog {
    let mut catalog = Catalog::empty(major);
    let schema = Name::stored("Odd \"schema\"");
    catalog.schemas.insert(
        schema.clone(),
        segue_catalog::model::Schema::default().into(),
    );
    let labels = values
        .iter()
        .enumerate()
        .map(|(at, value)| format!("{value}{at}"))
        .collect();
    let kind = TypeKind::Enum(Enum { values: labels });
    catalog
        .types
        .insert(QName::new(schema.clone(), "a Type"), Type::new(kind).into());
    for (number, draft) in drafts.iter().enumerate() {
        let name = QName::new(schema.clone(), nasty("t", number));
        let (table, index) = table(&name, number, draft, drafts.len(), major);
        catalog.tables.insert(name.clone(), table.into());
        if let Some(index) = index {
            catalog
                .indexes
                .insert(name.sibling(nasty("i", number)), index.into());
        }
    }
    catalog
}

fn table(
    name: &QName,
    number: usize,
    draft: &Draft,
    count: usize,
    major: u16,
) -> (Table, Option<Index>) {
    let mut columns = vec![column(100, (6, true, None), &name.schema, &name.name)];
    let drawn = draft.columns.iter().enumerate();
    columns.extend(drawn.map(|(at, drawn)| column(at, *drawn, &name.schema, &name.name)));
    for column in &mut columns {
        if let Some(not_null) = column.not_null.as_mut().filter(|_| major < 18) {
            not_null.name = None;
        }
    }
    let key = columns[0].name.clone();
    let mut table = Table::new(columns);
    table.parameters = draft
        .fillfactor
        .iter()
        .map(|value| ("fillfactor".to_owned(), value.to_string()))
        .collect();
    let primary = IndexedConstraint {
        columns: vec![key.clone()],
        index_valid: true,
        ..IndexedConstraint::default()
    };
    let mut constraints = BTreeMap::new();
    constraints.insert(
        nasty("k", number),
        Constraint::new(ConstraintKind::PrimaryKey(primary)),
    );
    for (at, (target, validated)) in draft.references.iter().enumerate() {
        let target = target.index(count);
        let foreign = ForeignKey {
            columns: vec![key.clone()],
            references: name.sibling(nasty("t", target)),
            referenced_columns: vec![nasty("c", 100)],
            match_type: Default::default(),
            on_update: Default::default(),
            on_delete: Default::default(),
            on_delete_columns: Vec::new(),
            period: false,
        };
        let mut constraint = Constraint::new(ConstraintKind::ForeignKey(foreign));
        constraint.validated = *validated;
        constraints.insert(nasty("f", at), constraint);
    }
    if draft.check {
        let check = ConstraintKind::Check {
            expression: Expr::printed(format!("{key} > 0")),
            no_inherit: false,
        };
        constraints.insert(nasty("z", number), Constraint::new(check));
    }
    table.constraints = constraints;
    let index = draft.index.map(|drawn| index(name, &table, drawn));
    (table, index)
}

fn index(table: &QName, of: &Table, (unique, descending, partial): (bool, bool, bool)) -> Index {
    let key = of.columns[0].name.clone();
    let mut first = IndexKey::column(key.clone());
    first.descending = descending;
    first.nulls_first = partial;
    let second = IndexKey::of(IndexTerm::Expression(Expr::printed(format!("{key} + 1"))));
    Index {
        table: table.clone(),
        method: Name::stored("btree"),
        unique,
        keys: vec![first, second],
        include: Vec::new(),
        nulls_not_distinct: false,
        predicate: partial.then(|| Expr::printed(format!("{key} > 5"))),
        parameters: BTreeMap::new(),
        tablespace: None,
        valid: true,
        attributes: Vec::new(),
        attached_to: None,
        statistics: Vec::new(),
        comment: unique.then(|| "it's \\ a\ncomment".to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_schemas_come_back(
        major in 14_u16..=18,
        drafts in vec(draft(), 1..8),
        values in vec("[a-z'\\\\\"$ ]{0,12}", 0..4),
    ) {
        let catalog = catalog(major, &drafts, &values);
        if let Some(why) = unlike(&catalog) {
            panic!("{why}");
        }
    }
}
