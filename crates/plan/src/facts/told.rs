//! Facts that a script tells: the tables that it fills count as large and in use, the others as empty.

use std::collections::BTreeMap;

use segue_catalog::{Catalog, Change, QName};
use squawk_syntax::ast;

use super::{Facts, Held, IndexFacts, TableFacts, Value};
use crate::{Line, Script};
use inserted::Given;

mod inserted;

impl Facts {
    /// What a script tells that makes a schema and fills some of its tables, where `schema` is what it leads to.
    pub fn told_by(script: &Script, schema: &Catalog) -> Self {
        let mut facts = Self::default();
        for table in schema.tables.keys() {
            facts.tables.insert(table.clone(), empty());
        }
        for line in &script.lines {
            for change in &line.changes {
                match change {
                    Change::Data {
                        statement: "INSERT" | "COPY" | "MERGE",
                        table: Some(table),
                    } => facts.fill(schema, table, line, script),
                    Change::Data {
                        statement: "UPDATE" | "DELETE" | "TRUNCATE",
                        table: Some(table),
                    } => facts.forget(table),
                    // the model knows nothing of what changes the server's own tables
                    Change::Data { .. } | Change::Unknown { .. } => {
                        facts.hand_made(schema, line, script)
                    }
                    _ => {}
                }
            }
        }
        facts
    }

    /// Takes declared numbers of rows, by name: as the schema has them, or with the schema in front.
    ///
    /// Returns the names that no table has.
    pub fn declare(&mut self, schema: &Catalog, rows: &BTreeMap<String, u64>) -> Vec<String> {
        let mut unknown = Vec::new();
        for (name, &rows) in rows {
            let tables = schema.tables.keys();
            let named: Vec<&QName> = tables
                .filter(|table| table.name.as_str() == name || table.to_string() == *name)
                .collect();
            if named.is_empty() {
                unknown.push(name.clone());
            }
            for table in named {
                let told = self.tables.remove(table).unwrap_or_default();
                let facts = TableFacts {
                    rows: Some(rows),
                    reads: None,
                    writes: None,
                    ..told
                };
                self.tables.insert(table.clone(), facts);
            }
        }
        unknown
    }

    /// A table is filled; through a partitioned one its partitions are.
    fn fill(&mut self, schema: &Catalog, table: &QName, line: &Line, script: &Script) {
        let given = given(schema, table, line, script);
        for filled in with_partitions(schema, table) {
            let whole = filled == *table;
            let facts = self.tables.entry(filled).or_default();
            facts.rows = None;
            facts.reads = Some(1);
            facts.writes = Some(1);
            for given in &given {
                // which partition a row goes to is not looked at
                if whole {
                    facts.learn(given);
                } else if given.repeats {
                    facts.repeated.insert(given.column.clone());
                }
            }
        }
    }

    /// What has been told of a table's values no longer holds.
    fn forget(&mut self, table: &QName) {
        if let Some(facts) = self.tables.get_mut(table) {
            facts.repeated.clear();
            facts.nulls.clear();
            facts.held.clear();
        }
    }

    /// `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'name'::regclass`: how tests make a build that failed.
    fn hand_made(&mut self, schema: &Catalog, line: &Line, script: &Script) {
        let text = &script.source.text[line.span.clone()];
        if !(text.contains("pg_index") && text.contains("indisvalid")) {
            return;
        }
        let name = text.split('\'').nth(1).unwrap_or_default();
        let indexes = schema.indexes.keys();
        let named =
            indexes.filter(|index| index.name.as_str() == name || index.to_string() == name);
        for index in named {
            let facts = IndexFacts {
                invalid: true,
                ..IndexFacts::default()
            };
            self.indexes.insert(index.clone(), facts);
        }
    }
}

impl TableFacts {
    /// An INSERT gives a column these values.
    fn learn(&mut self, given: &Given) {
        let column = &given.column;
        if given.repeats {
            self.repeated.insert(column.clone());
        }
        if given.held.values.contains(&Value::Null) {
            self.nulls.insert(column.clone());
        }
        let first = Held {
            values: Vec::new(),
            all: true,
        };
        let held = self.held.entry(column.clone()).or_insert(first);
        held.values.extend(given.held.values.iter().cloned());
        held.all &= given.held.all;
    }
}

/// What an INSERT gives the columns of its table.
fn given(schema: &Catalog, table: &QName, line: &Line, script: &Script) -> Vec<Given> {
    match (script.statement(line), schema.tables.get(table)) {
        (Some(ast::Stmt::Insert(insert)), Some(table)) => inserted::given(&insert, table),
        _ => Vec::new(),
    }
}

fn empty() -> TableFacts {
    TableFacts {
        rows: Some(0),
        ..TableFacts::default()
    }
}

/// A table, and the partitions below it.
fn with_partitions(schema: &Catalog, table: &QName) -> Vec<QName> {
    let mut all = vec![table.clone()];
    let mut next = 0;
    while let Some(parent) = all.get(next).cloned() {
        next += 1;
        let below = schema.tables.iter().filter(|(_, table)| {
            let of = table.partition_of.as_ref();
            of.is_some_and(|partition| partition.parent == parent)
        });
        all.extend(below.map(|(name, _)| name.clone()));
    }
    all
}
