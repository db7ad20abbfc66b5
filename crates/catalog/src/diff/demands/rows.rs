//! The rows of a table as they will be behind a change, read from the table as it is before: under the new names of the
//! columns, with their new types, and with the defaults of columns that are new.

use std::collections::{BTreeMap, BTreeSet};

use super::Demand;
use crate::{
    Catalog, Expr, Name, ObjectRef, QName,
    diff::{
        Rename,
        retype::{is_another_type, using},
    },
    model::{Column, IndexKey, IndexTerm, Table, TableKind, TypeKind},
    quote::literal,
};

/// How much of a value is told.
const LONGEST: usize = 60;

/// What tables are called in the first schema.
pub(super) struct Earlier {
    /// By their names in the second.
    names: BTreeMap<QName, QName>,
}

impl Earlier {
    pub(super) fn of(from: &Catalog, renames: &[Rename]) -> Self {
        let mut names: BTreeMap<QName, QName> = BTreeMap::new();
        for old in from.tables.keys() {
            let mut now = old.clone();
            for Rename { object, to } in renames {
                match object {
                    ObjectRef::Table(name) if *name == now => now.name = to.clone(),
                    ObjectRef::Schema(name) if *name == now.schema => now.schema = to.clone(),
                    _ => {}
                }
            }
            names.insert(now, old.clone());
        }
        Self { names }
    }

    pub(super) fn table(&self, name: &QName) -> QName {
        self.names.get(name).unwrap_or(name).clone()
    }
}

/// A table before and behind a change.
pub(super) struct Rows<'a> {
    /// Its name in the first schema.
    pub(super) old: QName,
    /// The own name in the second, which expressions may name it by.
    pub(super) name: Name,
    /// As the first schema has it.
    pub(super) before: &'a Table,
    /// The same with the names of the second schema; the columns are in the same order.
    pub(super) had: &'a Table,
    /// As the second schema has it.
    pub(super) wanted: &'a Table,
    /// Columns that go, for good or to come again with other values.
    pub(super) gone: BTreeSet<Name>,
    pub(super) from: &'a Catalog,
    pub(super) to: &'a Catalog,
}

impl Rows<'_> {
    pub(super) fn demand(
        &self,
        object: ObjectRef,
        breach: String,
        help: &'static str,
        broken: String,
    ) -> Demand {
        Demand {
            object,
            table: self.old.clone(),
            breach,
            help,
            broken,
        }
    }

    /// A column that is there before and behind the change.
    pub(super) fn kept(&self, column: &Name) -> Option<&Column> {
        self.had
            .column(column)
            .filter(|_| !self.gone.contains(column))
    }

    /// Whether some column of these gets another type.
    pub(super) fn is_retyped(&self, of: impl Fn(&Name) -> bool) -> bool {
        let mut columns = self.wanted.columns.iter().filter(|column| of(&column.name));
        columns.any(|column| {
            self.kept(&column.name)
                .is_none_or(|had| is_another_type(had, column))
        })
    }

    /// Whether rows that are there have no value of a new column.
    pub(super) fn stays_empty(&self, column: &Column) -> bool {
        let made =
            column.default.is_some() || column.generated.is_some() || column.identity.is_some();
        let of = self.to.types.get(&column.data_type.name).map(|of| &of.kind);
        // A domain may have a default of its own.
        let may_be_made = matches!(of, Some(TypeKind::Domain(_))) && !column.data_type.array;
        !made && !may_be_made
    }

    /// Whether a type is there before the change.
    fn is_there(&self, column: &Column) -> bool {
        let name = &column.data_type.name;
        name.schema == "pg_catalog" || self.from.types.contains_key(name)
    }

    /// The table in a FROM; `only` where what is demanded is not demanded of tables that inherit from it.
    pub(super) fn table(&self, only: bool) -> String {
        match only && self.before.kind == TableKind::Plain {
            true => format!("ONLY {}", self.old),
            false => self.old.to_string(),
        }
    }

    /// The value that a column of the second schema gets, from a row of the first; `None`: only the server makes it.
    pub(super) fn value(&self, column: &Name) -> Option<String> {
        let wanted = self.wanted.column(column)?;
        let Some(had) = self.kept(column) else {
            return self.new_value(wanted);
        };
        if wanted.generated.is_some() && had.generated != wanted.generated {
            return None;
        }
        let old = &self.before.columns[self
            .had
            .columns
            .iter()
            .position(|one| one.name == *column)?]
        .name;
        if !is_another_type(had, wanted) {
            return Some(old.to_string());
        }
        let cast = || format!("{old}::{}", wanted.data_type);
        Some(using(old, &had.data_type, &wanted.data_type).unwrap_or_else(cast))
    }

    fn new_value(&self, wanted: &Column) -> Option<String> {
        if !self.is_there(wanted) {
            return None;
        }
        if self.stays_empty(wanted) {
            return Some(format!("NULL::{}", wanted.data_type));
        }
        let default = wanted.default.as_ref()?;
        // What is called may give each row another value.
        let is_constant = !default.text.contains('(');
        is_constant.then(|| format!("({default})::{}", wanted.data_type))
    }

    /// The rows with the columns that are needed, as a FROM.
    pub(super) fn source(&self, only: bool, needs: impl Fn(&Name) -> bool) -> Option<String> {
        let mut columns = Vec::new();
        for column in self
            .wanted
            .columns
            .iter()
            .filter(|column| needs(&column.name))
        {
            columns.push(format!("{} AS {}", self.value(&column.name)?, column.name));
        }
        columns.push(format!("{} AS segue_key", self.told_key()));
        Some(format!(
            "(SELECT {} FROM {}) AS {}",
            columns.join(", "),
            self.table(only),
            self.name
        ))
    }

    /// What tells a row of [`source`](Self::source).
    pub(super) fn key(&self) -> String {
        "segue_key".to_owned()
    }

    /// By the primary key; nothing tells rows of a table that has none.
    fn told_key(&self) -> String {
        let key = self.before.primary_key().iter();
        told(
            &key.map(|column| (column.to_string(), column.to_string()))
                .collect::<Vec<_>>(),
        )
    }
}

/// Whether an expression may mention a column: its text has the name somewhere.
pub(super) fn mentions(expression: &Expr, column: &Name) -> bool {
    expression.text.contains(column.as_str())
}

/// Whether an expression is over whole rows, which have more columns than are read here.
pub(super) fn is_of_whole_rows(expression: &Expr) -> bool {
    expression.text.contains(".*")
}

/// A key as an expression.
pub(super) fn term(key: &IndexKey) -> String {
    let term = match &key.term {
        IndexTerm::Column(name) => name.to_string(),
        IndexTerm::Expression(expression) => format!("({expression})"),
    };
    match &key.collation {
        Some(collation) => format!("({term} COLLATE {collation})"),
        None => term,
    }
}

/// A key in words.
pub(super) fn words(key: &IndexKey) -> String {
    match &key.term {
        IndexTerm::Column(name) => name.to_string(),
        IndexTerm::Expression(expression) => expression.to_string(),
    }
}

/// An expression for a text that tells values, each with its name: `id = 7, email = a@b.c`.
pub(super) fn told(values: &[(String, String)]) -> String {
    let one = |(name, value): &(String, String)| {
        let value =
            format!("coalesce(pg_catalog.left(({value})::pg_catalog.text, {LONGEST}), 'NULL')");
        format!("{} || {value}", literal(&format!("{name} = ")))
    };
    match values.is_empty() {
        true => "NULL::pg_catalog.text".to_owned(),
        false => format!(
            "pg_catalog.concat_ws(', ', {})",
            values.iter().map(one).collect::<Vec<_>>().join(", ")
        ),
    }
}
