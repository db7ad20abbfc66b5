//! Assertions on a table: each gives the table back, so that they can be written one behind the other.

use std::sync::Arc;

use segue_catalog::{
    Catalog, DataType, Name, QName, Session, advance,
    model::{Column, ConstraintKind, ForeignKey, Index, IndexTerm, Table},
    render::{IndexBuild, constraint_definition, create_index},
};
use segue_sql::Source;

use super::catalog::{listed, missing};

/// A table that is there; made by [`TestCatalog::assert_table`](super::TestCatalog::assert_table).
#[derive(Debug, Clone, Copy)]
pub struct TableAssert<'a> {
    catalog: &'a Catalog,
    name: &'a QName,
    table: &'a Table,
}

impl<'a> TableAssert<'a> {
    pub(super) fn new(catalog: &'a Catalog, name: &'a QName) -> Self {
        Self {
            catalog,
            name,
            table: catalog.tables.get(name).expect("it was found there"),
        }
    }

    /// Asserts that it has a column of a type, which is written as in SQL (`bigint`, `int8`, `varchar(20)`, `text[]`).
    ///
    /// # Panics
    /// Where it has not, with the columns that it has.
    #[track_caller]
    pub fn has_column(self, name: &str, data_type: &str) -> Self {
        let column = self.column(name);
        let Some(expected) = read_type(self.catalog, data_type) else {
            panic!("`{data_type}` is no type that the database knows");
        };
        assert!(
            column.data_type == expected,
            "the column `{name}` of `{}` is of the type {}, and {expected} was expected",
            self.name.name.as_str(),
            column.data_type,
        );
        self
    }

    /// Asserts that no column is called like this.
    ///
    /// # Panics
    /// Where there is one.
    #[track_caller]
    pub fn has_no_column(self, name: &str) -> Self {
        assert!(
            self.table.column(name).is_none(),
            "`{}` has a column `{name}`, and none was expected",
            self.name.name.as_str()
        );
        self
    }

    /// Asserts that a column is `NOT NULL`.
    ///
    /// # Panics
    /// Where there is none, or where it may be NULL.
    #[track_caller]
    pub fn has_not_null(self, column: &str) -> Self {
        assert!(
            self.column(column).not_null.is_some(),
            "the column `{column}` of `{}` may be NULL",
            self.name.name.as_str()
        );
        self
    }

    /// Asserts that a column may be NULL.
    ///
    /// # Panics
    /// Where there is none, or where it is `NOT NULL`.
    #[track_caller]
    pub fn has_nullable(self, column: &str) -> Self {
        assert!(
            self.column(column).not_null.is_none(),
            "the column `{column}` of `{}` is NOT NULL",
            self.name.name.as_str()
        );
        self
    }

    /// Asserts that a column has a default, as the server prints it: `now()`, `'new'::text`.
    ///
    /// # Panics
    /// Where it has none, or another one.
    #[track_caller]
    pub fn has_default(self, column: &str, default: &str) -> Self {
        let found = self.column(column).default.as_ref();
        let found = found.map(|expression| &*expression.text);
        assert!(
            found == Some(default),
            "the default of the column `{column}` of `{}` is {}, and {default} was expected",
            self.name.name.as_str(),
            found.unwrap_or("missing"),
        );
        self
    }

    /// Asserts that it has an index of this name, be it that of a constraint.
    ///
    /// # Panics
    /// Where it has not, with the indexes that it has.
    #[track_caller]
    pub fn has_index(self, name: &str) -> Self {
        let of_constraint = self.table.constraints.get(&Name::stored(name));
        let is_there = self.indexes().any(|(index, _)| index.name == name)
            || of_constraint.is_some_and(|one| one.index().is_some());
        if !is_there {
            let names = self
                .indexes()
                .map(|(name, _)| name.name.as_str().to_owned());
            let own = self.table.constraints.iter();
            let own = own.filter(|(_, one)| one.index().is_some());
            let own = own.map(|(name, _)| name.as_str().to_owned());
            self.fail(&missing("index", name, names.chain(own)));
        }
        self
    }

    /// Asserts that no index of it is called like this.
    ///
    /// # Panics
    /// Where one is.
    #[track_caller]
    pub fn has_no_index(self, name: &str) -> Self {
        if let Some((name, index)) = self.indexes().find(|(index, _)| index.name == name) {
            let definition = create_index(name, index, IndexBuild::default());
            self.fail(&format!(
                "there is an index, and none was expected: {definition}"
            ));
        }
        self
    }

    /// Asserts that an index, or a primary key or unique constraint, is over exactly these columns in this order.
    ///
    /// # Panics
    /// Where none is, with the indexes that it has.
    #[track_caller]
    pub fn has_index_on(self, columns: &[&str]) -> Self {
        let is_over = |names: &[Name]| names.iter().map(Name::as_str).eq(columns.iter().copied());
        let own = self.table.constraints.values();
        let of_constraints = own
            .filter_map(|one| one.index())
            .any(|one| is_over(&one.columns));
        let is_there = of_constraints
            || self.indexes().any(|(_, index)| {
                let keys: Option<Vec<Name>> = index.keys.iter().map(column_of).collect();
                keys.is_some_and(|keys| is_over(&keys))
            });
        if !is_there {
            let what = format!("there is no index on ({})", columns.join(", "));
            self.fail(&format!("{what}{}", listed("indexes", &self.definitions())));
        }
        self
    }

    /// Asserts that these columns, in this order, are the primary key.
    ///
    /// # Panics
    /// Where they are not.
    #[track_caller]
    pub fn has_primary_key(self, columns: &[&str]) -> Self {
        let found: Vec<&str> = self.table.primary_key().iter().map(Name::as_str).collect();
        assert!(
            found == columns,
            "the primary key of `{}` is {found:?}, and {columns:?} was expected",
            self.name.name.as_str()
        );
        self
    }

    /// Asserts that a foreign key leads from these columns to a table.
    ///
    /// # Panics
    /// Where none does, with the constraints that it has.
    #[track_caller]
    pub fn has_foreign_key(self, columns: &[&str], references: &str) -> Self {
        let leads = |key: &ForeignKey| {
            let own = key.columns.iter().map(Name::as_str);
            let (schema, name) = (key.references.schema.as_str(), key.references.name.as_str());
            own.eq(columns.iter().copied())
                && (references == name || references == format!("{schema}.{name}"))
        };
        let mut constraints = self.table.constraints.values();
        if !constraints
            .any(|one| matches!(&one.kind, ConstraintKind::ForeignKey(key) if leads(key)))
        {
            let what = format!(
                "there is no foreign key from ({}) to `{references}`",
                columns.join(", ")
            );
            self.fail(&format!(
                "{what}{}",
                listed("constraints", &self.constraints())
            ));
        }
        self
    }

    /// Asserts that it has a constraint of this name.
    ///
    /// # Panics
    /// Where it has not, with the constraints that it has.
    #[track_caller]
    pub fn has_constraint(self, name: &str) -> Self {
        if !self.table.constraints.contains_key(&Name::stored(name)) {
            let names = self.table.constraints.keys();
            let names = names.map(|name| name.as_str().to_owned());
            self.fail(&missing("constraint", name, names));
        }
        self
    }

    #[track_caller]
    fn column(&self, name: &str) -> &'a Column {
        let Some(column) = self.table.column(name) else {
            let columns = self.table.columns.iter();
            let plain = columns.clone().map(|one| one.name.as_str().to_owned());
            let what = missing("column", name, plain);
            let what = what.lines().next().unwrap_or_default().to_owned();
            let typed = columns.map(|one| format!("{} {}", one.name.as_str(), one.data_type));
            self.fail(&format!(
                "{what}{}",
                listed("columns", &typed.collect::<Vec<_>>())
            ));
        };
        column
    }

    fn indexes(&self) -> impl Iterator<Item = (&'a QName, &'a Arc<Index>)> {
        let (catalog, name) = (self.catalog, self.name);
        catalog
            .indexes
            .iter()
            .filter(move |(_, index)| index.table == *name)
    }

    /// Its indexes as SQL, those of constraints as the constraint.
    fn definitions(&self) -> Vec<String> {
        let indexes = self.indexes();
        let indexes = indexes.map(|(name, index)| create_index(name, index, IndexBuild::default()));
        let own = self.table.constraints.iter();
        let own = own.filter(|(_, one)| one.index().is_some());
        let own = own.map(|(name, one)| format!("{name} {}", constraint_definition(one)));
        indexes.chain(own).collect()
    }

    fn constraints(&self) -> Vec<String> {
        let all = self.table.constraints.iter();
        all.map(|(name, one)| format!("{name} {}", constraint_definition(one)))
            .collect()
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!("in the table `{}` {what}", self.name.name.as_str());
    }
}

fn column_of(key: &segue_catalog::model::IndexKey) -> Option<Name> {
    match &key.term {
        IndexTerm::Column(name) => Some(name.clone()),
        IndexTerm::Expression(_) => None,
    }
}

/// A type as it is written, read as that of a column would be: with all the names that it may have.
fn read_type(catalog: &Catalog, written: &str) -> Option<DataType> {
    let mut scratch = catalog.clone();
    let name = "segue_type_as_written";
    let text = format!("CREATE TABLE public.{name} (c {written})");
    let source = Source::new("a type", text.as_str());
    let schemas = catalog.schemas.keys();
    let path: Vec<Name> = [Name::stored("public")]
        .into_iter()
        .chain(schemas.filter(|name| **name != *"public").cloned())
        .collect();
    let mut session = Session::new(path);
    advance(&source, 0..text.len(), &mut scratch, &mut session).ok()?;
    let table = scratch.tables.get(&QName::new("public", name))?;
    match table.columns.as_slice() {
        [column] => Some(column.data_type.clone()),
        _ => None,
    }
}
