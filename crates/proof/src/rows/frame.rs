//! What is demanded of the rows of one table, read from the schema once.

use segue_catalog::{
    Catalog, Name, QName,
    model::{Column, ConstraintKind, IndexKey, IndexTerm, Match, Table, TableKind, TypeKind},
    normal::{About, Head, Tree, tree},
};

use super::{
    bound::{self, Path},
    condition::Condition,
    kind::{self, Kind},
};

/// A table that gets rows of its own: a partitioned one for all of its partitions.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) name: QName,
    /// The columns that a row is given, in their order.
    pub(crate) fields: Vec<Field>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) keys: Vec<Key>,
    /// Those with the most columns first, since they leave the fewest choices; those to the table itself last.
    pub(crate) references: Vec<Reference>,
    /// Its rows are in its partitions.
    pub(crate) is_partitioned: bool,
    /// Where rows may go: the partitions, or the table itself.
    pub(crate) paths: Vec<Path>,
}

/// A column that a row is given.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
    pub(crate) not_null: bool,
    /// Its default, where that is a constant.
    pub(crate) constant: Option<String>,
    pub(crate) has_default: bool,
    /// How its sequence counts.
    pub(crate) counts: Option<Counts>,
    /// Whether every row has to have another value, as far as one column can see to that.
    pub(crate) distinct: bool,
}

/// A sequence that a column gets its values from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) sequence: QName,
    pub(crate) start: i64,
    pub(crate) increment: i64,
}

/// What no two rows may have the same.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) constraint: String,
    pub(crate) parts: Vec<Tree>,
    pub(crate) predicate: Option<Tree>,
    pub(crate) nulls_distinct: bool,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) constraint: Name,
    pub(crate) fields: Vec<usize>,
    pub(crate) of: QName,
    pub(crate) columns: Vec<Name>,
    /// `MATCH FULL`.
    pub(crate) full: bool,
    /// One referenced row has one referencing row at most.
    pub(crate) single: bool,
}

impl Frame {
    /// The frame of a table.
    pub(crate) fn of(catalog: &Catalog, name: &QName, table: &Table) -> Self {
        let columns: Vec<&Column> = table
            .columns
            .iter()
            .filter(|one| one.generated.is_none())
            .collect();
        let mut fields: Vec<Field> = columns
            .iter()
            .map(|column| field(catalog, name, column))
            .collect();
        let mut keys = keys(catalog, name, table);
        keys.extend(unique_indexes(catalog, name));
        let references = references(name, table, &fields, &keys);
        let held: Vec<usize> = references
            .iter()
            .flat_map(|one| one.fields.clone())
            .collect();
        for key in &keys {
            spread(key, &mut fields, &held);
        }
        exclusions(table, &mut fields);
        let mut conditions = checks(catalog, name, table);
        for column in columns {
            let own = Condition::of_domain(catalog, &column.data_type.name);
            if !column.data_type.array {
                conditions.extend(own.into_iter().map(|one| one.about(&column.name)));
            }
        }
        Self {
            is_partitioned: matches!(table.kind, TableKind::Partitioned(_)),
            paths: bound::paths(catalog, name, table),
            name: name.clone(),
            fields,
            conditions,
            keys,
            references,
        }
    }

    /// The place of a column among those that a row is given.
    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == *column)
    }
}

/// The CHECKs of a table that are enforced.
pub(crate) fn checks(catalog: &Catalog, name: &QName, table: &Table) -> Vec<Condition> {
    let enforced = table
        .constraints
        .iter()
        .filter(|(_, constraint)| constraint.enforced);
    enforced
        .filter_map(|(called, constraint)| match &constraint.kind {
            ConstraintKind::Check { expression, .. } => {
                Some(Condition::check(catalog, name, called, expression))
            }
            _ => None,
        })
        .collect()
}

fn field(catalog: &Catalog, table: &QName, column: &Column) -> Field {
    let kind = Kind::of(catalog, &column.data_type);
    let domain_not_null = !column.data_type.array
        && matches!(
            catalog.types.get(&column.data_type.name).map(|own| &own.kind),
            Some(TypeKind::Domain(domain)) if domain.not_null.is_some()
        );
    let constant = column.default.as_ref();
    Field {
        name: column.name.clone(),
        constant: constant.and_then(|text| kind::constant(catalog, text, &column.data_type)),
        has_default: column.default.is_some() || column.identity.is_some(),
        counts: counts(catalog, table, column).filter(|_| matches!(kind.base(), Kind::Whole(..))),
        not_null: column.not_null.is_some() || column.identity.is_some() || domain_not_null,
        // what a domain demands of a column is a condition on the row
        kind: kind.base().clone(),
        distinct: false,
    }
}

/// The sequence of an identity column, one that a column owns, or one that its default counts.
fn counts(catalog: &Catalog, table: &QName, column: &Column) -> Option<Counts> {
    if let Some(identity) = &column.identity {
        return Some(Counts {
            sequence: identity.sequence.clone(),
            start: identity.options.start,
            increment: identity.options.increment,
        });
    }
    let default = column.default.as_ref()?;
    if !default.text.contains("nextval(") {
        return None;
    }
    let named = |name: &QName| {
        let text = &default.text;
        text.contains(&format!("'{}'", name.name)) || text.contains(&format!("'{name}'"))
    };
    let owned = |owner: &Option<(QName, Name)>| {
        owner
            .as_ref()
            .is_some_and(|(of, own)| of == table && *own == column.name)
    };
    let mut sequences = catalog.sequences.iter();
    let found = sequences.find(|(name, sequence)| owned(&sequence.owned_by) || named(name))?;
    Some(Counts {
        sequence: found.0.clone(),
        start: found.1.options.start,
        increment: found.1.options.increment,
    })
}

fn column(name: &Name) -> Tree {
    Tree::leaf(Head::Column(vec![name.clone()]))
}

/// Primary keys and UNIQUE constraints.
fn keys(catalog: &Catalog, name: &QName, table: &Table) -> Vec<Key> {
    let mut found = Vec::new();
    for (called, constraint) in &table.constraints {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => found.push(Key {
                constraint: called.to_string(),
                parts: index.columns.iter().map(column).collect(),
                predicate: None,
                nulls_distinct: !index.nulls_not_distinct,
            }),
            // with nothing but equality it is a key
            ConstraintKind::Exclude(exclusion)
                if exclusion.keys.iter().all(|(_, operator)| operator == "=") =>
            {
                let keys: Vec<&IndexKey> = exclusion.keys.iter().map(|(key, _)| key).collect();
                found.extend(key(
                    catalog,
                    name,
                    called,
                    &keys,
                    exclusion.predicate.as_ref(),
                    true,
                ));
            }
            _ => {}
        }
    }
    found
}

fn unique_indexes(catalog: &Catalog, table: &QName) -> Vec<Key> {
    let own = catalog
        .indexes
        .iter()
        .filter(|(_, index)| index.table == *table && index.unique);
    own.filter_map(|(name, index)| {
        let keys: Vec<&IndexKey> = index.keys.iter().collect();
        let nulls_distinct = !index.nulls_not_distinct;
        key(
            catalog,
            table,
            &name.name,
            &keys,
            index.predicate.as_ref(),
            nulls_distinct,
        )
    })
    .collect()
}

/// `None`: an expression cannot be read here, so that only the server can say which rows are alike.
fn key(
    catalog: &Catalog,
    table: &QName,
    name: &Name,
    keys: &[&IndexKey],
    predicate: Option<&segue_catalog::Expr>,
    nulls_distinct: bool,
) -> Option<Key> {
    let parts = keys.iter().map(|key| match &key.term {
        IndexTerm::Column(name) => Some(column(name)),
        IndexTerm::Expression(text) => tree(text, catalog, About::operand(table)),
    });
    Some(Key {
        constraint: name.to_string(),
        parts: parts.collect::<Option<_>>()?,
        predicate: predicate.and_then(|text| tree(text, catalog, About::condition(Some(table)))),
        nulls_distinct,
    })
}

fn references(name: &QName, table: &Table, fields: &[Field], keys: &[Key]) -> Vec<Reference> {
    let place = |column: &Name| fields.iter().position(|field| field.name == *column);
    let mut found = Vec::new();
    for (constraint, one) in &table.constraints {
        let ConstraintKind::ForeignKey(key) = &one.kind else {
            continue;
        };
        let places: Option<Vec<usize>> = key.columns.iter().map(place).collect();
        let Some(places) = places.filter(|_| one.enforced) else {
            continue;
        };
        let within = |part: &Tree| match &part.head {
            Head::Column(name) => name.last().is_some_and(|name| key.columns.contains(name)),
            _ => false,
        };
        found.push(Reference {
            constraint: constraint.clone(),
            fields: places,
            of: key.references.clone(),
            columns: key.referenced_columns.clone(),
            full: key.match_type == Match::Full,
            single: keys.iter().any(|key| key.parts.iter().all(within)),
        });
    }
    // those to the table itself last: what they share with others has to be settled then
    found.sort_by_key(|one| (one.of == *name, std::cmp::Reverse(one.fields.len())));
    found
}

/// Marks the column that makes the rows of a key differ: one that no foreign key holds, and that has enough values.
fn spread(key: &Key, fields: &mut [Field], held: &[usize]) {
    let mut names = Vec::new();
    for part in &key.parts {
        columns(part, &mut names);
    }
    let places = (0..fields.len()).filter(|place| names.contains(&fields[*place].name));
    let free: Vec<usize> = places.filter(|place| !held.contains(place)).collect();
    let is_wide = |place: &&usize| !matches!(fields[**place].kind, Kind::Bool | Kind::Enum(_));
    let done = free
        .iter()
        .any(|place| fields[*place].distinct || fields[*place].counts.is_some());
    if let Some(place) = free.iter().find(is_wide).copied()
        && !done
    {
        fields[place].distinct = true;
    }
}

/// The columns that an expression names.
pub(crate) fn columns(tree: &Tree, found: &mut Vec<Name>) {
    if let Head::Column(name) = &tree.head {
        found.extend(name.last().cloned());
    }
    for part in &tree.parts {
        columns(part, found);
    }
}

/// Ranges that must not overlap, and what they are made of, are others in each row.
fn exclusions(table: &Table, fields: &mut [Field]) {
    for constraint in table.constraints.values() {
        let ConstraintKind::Exclude(exclusion) = &constraint.kind else {
            continue;
        };
        for (key, operator) in &exclusion.keys {
            let named = |field: &Field| match &key.term {
                IndexTerm::Column(name) => field.name == *name,
                IndexTerm::Expression(text) => text.text.contains(field.name.as_str()),
            };
            let all = fields
                .iter_mut()
                .filter(|field| operator != "=" && named(field));
            all.for_each(|field| field.distinct = true);
        }
    }
}
