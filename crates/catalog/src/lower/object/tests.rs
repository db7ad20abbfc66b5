//! Statements, and what they make of a schema.

mod others;
mod relations;
mod rights;
mod routines;
mod types;

use std::sync::Arc;

use segue_sql::Source;

use crate::{
    Catalog, Change, DataType, Name, QName, Session, advance,
    model::{Column, Table},
};

/// A schema that statements build.
struct Bench {
    catalog: Catalog,
    session: Session,
}

impl Bench {
    fn new() -> Self {
        Self::of(15)
    }

    fn of(major: u16) -> Self {
        Self {
            catalog: Catalog::empty(major),
            session: Session::default(),
        }
    }

    /// Runs a statement that has to be right.
    fn run(&mut self, sql: &str) -> Vec<Change> {
        match self.try_run(sql) {
            Ok(changes) => changes,
            Err(message) => panic!("{sql}: {message}"),
        }
    }

    /// Runs a statement; what was wrong with it, if anything was.
    fn try_run(&mut self, sql: &str) -> Result<Vec<Change>, String> {
        let source = Source::new("test.sql", sql);
        advance(&source, 0..sql.len(), &mut self.catalog, &mut self.session).map_err(|problems| {
            let messages: Vec<String> = problems
                .iter()
                .map(|problem| problem.message.to_string())
                .collect();
            messages.join("; ")
        })
    }

    /// A table of integers.
    fn table(&mut self, name: &str, columns: &[&str]) {
        let integer = || DataType::builtin("integer");
        let columns = columns.iter().map(|column| Column::new(*column, integer()));
        let table = Table::new(columns.collect());
        self.catalog.tables.insert(public(name), Arc::new(table));
    }

    fn with(statements: &[&str]) -> Self {
        let mut bench = Self::new();
        for sql in statements {
            bench.run(sql);
        }
        bench
    }
}

fn public(name: &str) -> QName {
    QName::new("public", Name::stored(name))
}
