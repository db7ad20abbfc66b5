//! What a change demands of rows that are there already: NOT NULL, CHECK, UNIQUE, primary and foreign keys; and the
//! queries that find the rows which do not meet it. How rows are read before the change: `demands/rows.rs`.

mod rows;

use std::collections::BTreeSet;

use super::{Action, Alteration, Options, walk::Walk};
use crate::{
    Catalog, Name, ObjectRef, QName,
    model::{
        Column, Constraint, ConstraintKind, ForeignKey, Index, IndexKey, IndexTerm, Match, Table,
        TableKind,
    },
    render::literal::names,
};
use rows::{Earlier, Rows};

/// What is demanded of the rows of a table, and was not before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The column, constraint or index that demands it, as the second schema calls it.
    pub object: ObjectRef,
    /// The table, as the first schema calls it.
    pub table: QName,
    /// How a row breaks it, for people: `email is NULL`.
    pub breach: String,
    /// What can be done.
    pub help: &'static str,
    /// A query for a database that has the first schema: for each breach a text that tells where, and how many rows it is.
    pub broken: String,
}

const CHANGE_ROWS: &str =
    "change or remove these rows first, or leave this out of the schema until then";

const NEEDS_DEFAULT: &str = "give the column a default, or add it without NOT NULL and demand that once the rows have values";

/// What the changes that were found between two schemas demand of rows. What is not looked at: exclusion constraints,
/// temporal keys, keys with operator classes of their own, domains, partition bounds, and rows whose new values only the
/// server makes.
pub fn demands(
    from: &Catalog,
    to: &Catalog,
    options: &Options,
    changes: &[Alteration],
) -> Vec<Demand> {
    let mut walk = Walk::new(from, to, options);
    walk.rename();
    let survey = Survey {
        earlier: Earlier::of(from, &options.renames),
        from,
        current: &walk.current,
        to,
        changes,
    };
    let tables = to.tables.iter();
    let of_tables = tables.flat_map(|(name, table)| survey.of_table(name, table));
    let of_indexes = to
        .indexes
        .iter()
        .filter_map(|(name, index)| survey.of_index(name, index));
    of_tables.chain(of_indexes).collect()
}

/// Both schemas, the first one also with the names of the second.
struct Survey<'a> {
    earlier: Earlier,
    from: &'a Catalog,
    current: &'a Catalog,
    to: &'a Catalog,
    changes: &'a [Alteration],
}

impl<'a> Survey<'a> {
    /// The rows of a table that is there before and behind the change.
    fn rows(&'a self, name: &QName) -> Option<Rows<'a>> {
        let (had, wanted) = (self.current.tables.get(name)?, self.to.tables.get(name)?);
        let foreign = |table: &Table| matches!(table.kind, TableKind::Foreign(_));
        if foreign(had) || foreign(wanted) || self.goes(&ObjectRef::Table(name.clone())) {
            return None;
        }
        let old = self.earlier.table(name);
        let gone = had.columns.iter().map(|column| &column.name);
        let gone =
            gone.filter(|column| self.goes(&ObjectRef::Column(name.clone(), (*column).clone())));
        Some(Rows {
            before: self.from.tables.get(&old)?,
            old,
            name: name.name.clone(),
            had,
            wanted,
            gone: gone.cloned().collect(),
            from: self.from,
            to: self.to,
        })
    }

    /// Whether something is dropped, for good or to come again.
    fn goes(&self, object: &ObjectRef) -> bool {
        let mut changes = self.changes.iter();
        changes.any(|one| {
            one.object == *object && matches!(one.action, Action::Drop | Action::Recreate)
        })
    }

    fn is_touched(&self, object: &ObjectRef) -> bool {
        self.changes.iter().any(|one| one.object == *object)
    }

    fn of_table(&'a self, name: &QName, table: &'a Table) -> Vec<Demand> {
        let Some(rows) = self.rows(name) else {
            return Vec::new();
        };
        let columns = table.columns.iter();
        let mut demands: Vec<Demand> = columns
            .filter(|column| !self.is_of_a_parent(table, &column.name))
            .filter_map(|column| not_null(&rows, name, column))
            .collect();
        for (own, constraint) in &table.constraints {
            let object = ObjectRef::Constraint(name.clone(), own.clone());
            let is_own = constraint.local || constraint.inherited == 0;
            if !(is_own && constraint.validated && constraint.enforced && self.is_touched(&object))
            {
                continue;
            }
            let made = self.of_constraint(&rows, constraint);
            demands.extend(
                made.map(|(breach, broken)| rows.demand(object, breach, CHANGE_ROWS, broken)),
            );
        }
        demands
    }

    /// Whether a parent demands the same of the column, and is told of itself.
    fn is_of_a_parent(&self, table: &Table, column: &Name) -> bool {
        let partition = table.partition_of.as_ref().map(|of| &of.parent);
        let mut parents = table.inherits.iter().chain(partition);
        parents.any(|parent| {
            let there = self.current.tables.contains_key(parent);
            let wanted = self.to.tables.get(parent);
            let column = wanted.and_then(|wanted| wanted.column(column));
            there && column.is_some_and(|column| column.not_null.is_some())
        })
    }

    fn of_constraint(&self, rows: &Rows<'_>, constraint: &Constraint) -> Option<(String, String)> {
        let mut earlier = rows.had.constraints.values();
        let holds = earlier.any(|had| had.kind == constraint.kind && had.validated && had.enforced);
        match &constraint.kind {
            ConstraintKind::Check {
                expression,
                no_inherit,
            } => {
                let holds = holds && !rows.is_retyped(|column| rows::mentions(expression, column));
                if holds || rows::is_of_whole_rows(expression) {
                    return None;
                }
                let source =
                    rows.source(*no_inherit, |column| rows::mentions(expression, column))?;
                let key = rows.key();
                Some((
                    format!("it is not so that {expression}"),
                    format!("SELECT {key}, 1 FROM {source} WHERE ({expression}) IS FALSE"),
                ))
            }
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key)
                if !key.without_overlaps =>
            {
                let keys: Vec<IndexKey> =
                    key.columns.iter().cloned().map(IndexKey::column).collect();
                self.unique(rows, &keys, key.nulls_not_distinct, None)
            }
            ConstraintKind::ForeignKey(key) if !key.period => {
                if holds && !rows.is_retyped(|column| key.columns.contains(column)) {
                    return None;
                }
                self.foreign_key(rows, key)
            }
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::Exclude(_)
            | ConstraintKind::ForeignKey(_) => None,
        }
    }

    fn of_index(&'a self, name: &QName, index: &Index) -> Option<Demand> {
        let object = ObjectRef::Index(name.clone());
        if !(index.unique && index.valid && self.is_touched(&object)) {
            return None;
        }
        let parent = index
            .attached_to
            .as_ref()
            .and_then(|parent| self.to.indexes.get(parent));
        if parent.is_some_and(|parent| self.current.tables.contains_key(&parent.table)) {
            return None;
        }
        let rows = self.rows(&index.table)?;
        let predicate = index.predicate.as_ref();
        let (breach, broken) =
            self.unique(&rows, &index.keys, index.nulls_not_distinct, predicate)?;
        Some(rows.demand(object, breach, CHANGE_ROWS, broken))
    }

    /// Rows with the same key.
    fn unique(
        &self,
        rows: &Rows<'_>,
        keys: &[IndexKey],
        nulls_too: bool,
        predicate: Option<&crate::Expr>,
    ) -> Option<(String, String)> {
        let expressions = keys
            .iter()
            .filter_map(|key| key.term.expression())
            .chain(predicate);
        let of_whole_rows = expressions.into_iter().any(rows::is_of_whole_rows);
        let other_equality = keys.iter().any(|key| key.operator_class.is_some());
        if of_whole_rows || other_equality || self.is_unique_already(rows, keys) {
            return None;
        }
        let needs = |column: &Name| {
            let of_keys = keys.iter().any(|key| match &key.term {
                IndexTerm::Column(name) => name == column,
                IndexTerm::Expression(expression) => rows::mentions(expression, column),
            });
            of_keys || predicate.is_some_and(|predicate| rows::mentions(predicate, column))
        };
        let source = rows.source(true, needs)?;
        let terms: Vec<String> = keys.iter().map(rows::term).collect();
        let mut conditions: Vec<String> = predicate
            .map(|predicate| format!("({predicate})"))
            .into_iter()
            .collect();
        if !nulls_too {
            conditions.extend(terms.iter().map(|term| format!("{term} IS NOT NULL")));
        }
        let conditions = match conditions.is_empty() {
            true => "true".to_owned(),
            false => conditions.join(" AND "),
        };
        let words: Vec<(String, String)> = keys
            .iter()
            .map(rows::words)
            .zip(terms.iter().cloned())
            .collect();
        let (key, terms) = (rows::told(&words), terms.join(", "));
        let named: Vec<String> = words.into_iter().map(|(words, _)| words).collect();
        Some((
            format!("({}) has the same value in several", named.join(", ")),
            format!(
                "SELECT {key}, pg_catalog.count(*) FROM {source} WHERE {conditions} GROUP BY {terms} \
                 HAVING pg_catalog.count(*) > 1"
            ),
        ))
    }

    /// Whether some key of the first schema sees to it: one over no other columns.
    fn is_unique_already(&self, rows: &Rows<'_>, keys: &[IndexKey]) -> bool {
        let columns: BTreeSet<&Name> = keys.iter().filter_map(|key| key.term.column()).collect();
        if rows.is_retyped(|column| columns.contains(column)) {
            return false;
        }
        let constraints = rows.had.constraints.values();
        let of_constraints = constraints.filter_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                Some(key.columns.iter().collect())
            }
            _ => None,
        });
        let indexes = self.current.indexes.values();
        let own = indexes.filter(|index| index.unique && index.valid && index.predicate.is_none());
        let own = own.filter(|index| self.earlier.table(&index.table) == rows.old);
        let of_indexes =
            own.filter_map(|index| index.keys.iter().map(|key| key.term.column()).collect());
        let mut earlier = of_constraints.chain(of_indexes);
        earlier.any(|of: Vec<&Name>| of.iter().all(|column| columns.contains(column)))
    }

    /// Rows that refer to what is not there.
    fn foreign_key(&self, rows: &Rows<'_>, key: &ForeignKey) -> Option<(String, String)> {
        let source = rows.source(true, |column| key.columns.contains(column))?;
        let has = |column: &Name| format!("{column} IS NOT NULL");
        let with = match key.match_type {
            Match::Simple => " AND ",
            Match::Full => " OR ",
        };
        let has: Vec<String> = key.columns.iter().map(has).collect();
        let mut conditions = format!("({})", has.join(with));
        // A table that is new has no rows to refer to.
        if let Some(others) = self.rows(&key.references) {
            let pairs = key.columns.iter().zip(&key.referenced_columns);
            let pairs: Option<Vec<String>> = pairs
                .map(|(own, other)| {
                    others.kept(other)?;
                    let value = others.value(other)?;
                    Some(format!("segue_other.{value} = {}.{own}", rows.name))
                })
                .collect();
            conditions.push_str(&format!(
                " AND NOT EXISTS (SELECT FROM {} AS segue_other WHERE {})",
                others.table(true),
                pairs?.join(" AND ")
            ));
        } else if self.current.tables.contains_key(&key.references) {
            return None;
        }
        let of: Vec<(String, String)> = key
            .columns
            .iter()
            .map(|column| (column.to_string(), column.to_string()))
            .collect();
        let told = rows::told(&of);
        Some((
            format!(
                "{} has no such row for {}",
                key.references,
                names(&key.columns)
            ),
            format!("SELECT {told}, 1 FROM {source} WHERE {conditions}"),
        ))
    }
}

fn not_null(rows: &Rows<'_>, table: &QName, column: &Column) -> Option<Demand> {
    if !column.not_null.as_ref()?.validated {
        return None;
    }
    let object = ObjectRef::Column(table.clone(), column.name.clone());
    let key = rows.key();
    let Some(had) = rows.kept(&column.name) else {
        if !rows.stays_empty(column) {
            return None;
        }
        let source = rows.source(false, |_| false)?;
        let broken = format!("SELECT {key}, 1 FROM {source}");
        return Some(rows.demand(
            object,
            "the column is new and has no default".to_owned(),
            NEEDS_DEFAULT,
            broken,
        ));
    };
    if had.not_null.as_ref().is_some_and(|had| had.validated) || column.generated.is_some() {
        return None;
    }
    let source = rows.source(false, |name| *name == column.name)?;
    let name = &column.name;
    let broken = format!("SELECT {key}, 1 FROM {source} WHERE {name} IS NULL");
    Some(rows.demand(object, format!("{name} is NULL"), CHANGE_ROWS, broken))
}
