//! What statements about tables, indexes, sequences and sessions do to a schema.

mod alter;
mod corpus;
mod create;
mod index;
mod names;
mod partition;
mod session;
mod types;

use segue_catalog::{Catalog, Change, Name, QName, Session, advance, model::Table};
use segue_sql::{Problem, Source, split};

/// A schema and a session that statements are run on, one after the other.
struct Database {
    catalog: Catalog,
    session: Session,
}

impl Database {
    fn of_major(major: u16) -> Self {
        Self {
            catalog: Catalog::empty(major),
            session: Session::default(),
        }
    }

    /// A database of PostgreSQL 16 after these statements.
    fn after(script: &str) -> Self {
        let mut database = Self::of_major(16);
        database.run(script);
        database
    }

    /// Runs statements that nothing is wrong with.
    fn run(&mut self, script: &str) -> Vec<Change> {
        match self.attempt(script) {
            Ok(changes) => changes,
            Err(problems) => panic!("{script}: {}", problems[0].message),
        }
    }

    fn attempt(&mut self, script: &str) -> Result<Vec<Change>, Vec<Problem>> {
        let source = Source::new("test.sql", script);
        let statements = split(&source).expect("a script that can be cut");
        let mut changes = Vec::new();
        for statement in statements.iter() {
            let span = statement.span.clone();
            changes.extend(advance(
                &source,
                span,
                &mut self.catalog,
                &mut self.session,
            )?);
        }
        Ok(changes)
    }

    /// The message that a statement is refused with.
    fn refuses(&mut self, statement: &str) -> String {
        match self.attempt(statement) {
            Ok(changes) => panic!("{statement} is not refused: {changes:?}"),
            Err(problems) => problems[0].message.clone(),
        }
    }

    fn table(&self, name: &str) -> &Table {
        let name = QName::new("public", name);
        match self.catalog.tables.get(&name) {
            Some(table) => table,
            None => panic!("no table {name}"),
        }
    }

    /// The names of a table's constraints.
    fn constraints(&self, table: &str) -> Vec<&str> {
        let names = self.table(table).constraints.keys();
        names.map(Name::as_str).collect()
    }

    /// The names of all free-standing indexes.
    fn indexes(&self) -> Vec<&str> {
        let names = self.catalog.indexes.keys();
        names.map(|name| name.name.as_str()).collect()
    }

    /// A table's columns as `name type`, with `!` where NOT NULL and `=` before a default.
    fn columns(&self, table: &str) -> Vec<String> {
        let columns = self.table(table).columns.iter();
        columns
            .map(|column| {
                let required = if column.not_null.is_some() { "!" } else { "" };
                let default = column.default.as_ref();
                let default = default
                    .map(|default| format!(" = {default}"))
                    .unwrap_or_default();
                format!("{} {}{required}{default}", column.name, column.data_type)
            })
            .collect()
    }
}
