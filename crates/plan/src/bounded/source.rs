//! What a statement goes through: its table and what it is joined with, and which of them have only a few rows.

use segue_catalog::{
    Catalog, Name, ObjectRef, QName,
    model::{ConstraintKind, IndexTerm},
};

use crate::{Moment, moment::columns};

/// Something that a statement goes through.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The name that the statement calls it by.
    pub(super) alias: Name,
    /// Its columns, where they are known.
    pub(super) columns: Option<Vec<Name>>,
    /// What identifies a row: all of one of these.
    pub(super) keys: Vec<Vec<Key>>,
    /// Whether only a few of its rows are reached.
    pub(super) few: bool,
}

/// A part of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Column(Name),
    /// The text of an expression, as [`bare`] makes it.
    Expression(String),
}

impl Source {
    /// A table or view.
    pub(super) fn table(moment: &Moment<'_>, alias: Name, name: QName) -> Self {
        Self {
            alias,
            columns: columns(moment.before(), &name),
            keys: keys(moment.before(), &name),
            few: is_small(moment, &name),
        }
    }

    /// What has no name in the schema: a subquery, a function, a `WITH`.
    pub(super) fn other(alias: Name, few: bool) -> Self {
        Self {
            alias,
            columns: None,
            keys: Vec::new(),
            few,
        }
    }
}

/// Whether all rows of a table or view, with what is below it, are only a few.
pub(crate) fn is_small(moment: &Moment<'_>, name: &QName) -> bool {
    let before = moment.before();
    if let Some(view) = before.views.get(name) {
        let mut used = view.depends_on.iter().filter_map(|used| match used {
            ObjectRef::Table(name) | ObjectRef::View(name) | ObjectRef::Column(name, _) => {
                Some(name)
            }
            _ => None,
        });
        return used.all(|used| used != name && is_small(moment, used));
    }
    family(before, name)
        .iter()
        .all(|table| is_small_table(moment, table))
}

/// Writing every row of a table that is known to be small takes no long time, whoever uses it.
fn is_small_table(moment: &Moment<'_>, table: &QName) -> bool {
    if !moment.is_heavy(table) {
        return true;
    }
    let (facts, policy) = (moment.facts().tables.get(table), moment.policy());
    let is_new = moment.is_new_relation(table);
    !is_new
        && facts.is_some_and(|facts| {
            facts.rows.is_some_and(|rows| rows <= policy.large_rows)
                && facts.bytes.is_none_or(|bytes| bytes <= policy.large_bytes)
        })
}

/// A table, its partitions, and the tables that inherit from it.
fn family(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let mut all = vec![table.clone()];
    let mut next = 0;
    while let Some(parent) = all.get(next).cloned() {
        next += 1;
        for (name, table) in &catalog.tables {
            let of = table.partition_of.as_ref().map(|of| &of.parent);
            let below = of == Some(&parent) || table.inherits.contains(&parent);
            if below && !all.contains(name) {
                all.push(name.clone());
            }
        }
    }
    all
}

/// What identifies a row of a table.
fn keys(catalog: &Catalog, name: &QName) -> Vec<Vec<Key>> {
    let Some(table) = catalog.tables.get(name) else {
        return Vec::new();
    };
    let constraints = table.constraints.values();
    let mut keys: Vec<Vec<Key>> = constraints
        .filter_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
                Some(index.columns.iter().cloned().map(Key::Column).collect())
            }
            _ => None,
        })
        .collect();
    let indexes = catalog.indexes_of(name);
    let unique =
        indexes.filter(|(_, index)| index.unique && index.predicate.is_none() && index.valid);
    keys.extend(unique.map(|(_, index)| {
        let terms = index.keys.iter().map(|key| match &key.term {
            IndexTerm::Column(name) => Key::Column(name.clone()),
            IndexTerm::Expression(expression) => Key::Expression(bare(&expression.text)),
        });
        terms.collect()
    }));
    keys
}

/// The text of an expression without spaces, outer parentheses and casts to text, in lower case.
pub(super) fn bare(text: &str) -> String {
    let mut text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.make_ascii_lowercase();
    let mut text = text.replace("::text", "");
    while text.starts_with('(') && text.ends_with(')') {
        text = text[1..text.len() - 1].to_owned();
    }
    text
}
