//! Facts that a script tells: the tables that it fills count as large and in use, the others as empty.

use std::collections::BTreeMap;

use segue_catalog::{Catalog, Change, QName};
use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode},
};

use super::{Facts, IndexFacts, TableFacts};
use crate::{Line, Script};

impl Facts {
    /// What a script tells that makes a schema and fills some of its tables, where `schema` is what it leads to.
    pub fn told_by(script: &Script, schema: &Catalog) -> Self {
        let mut facts = Self::default();
        for table in schema.tables.keys() {
            facts.tables.insert(table.clone(), empty());
        }
        for line in &script.lines {
            for change in &line.changes {
                let Change::Data { statement, table } = change else {
                    continue;
                };
                match (*statement, table) {
                    ("INSERT" | "COPY" | "MERGE", Some(table)) => {
                        facts.fill(schema, table, line, script)
                    }
                    _ => facts.hand_made(line, script),
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
                let facts = TableFacts {
                    rows: Some(rows),
                    ..TableFacts::default()
                };
                self.tables.insert(table.clone(), facts);
            }
        }
        unknown
    }

    /// A table is filled; through a partitioned one its partitions are.
    fn fill(&mut self, schema: &Catalog, table: &QName, line: &Line, script: &Script) {
        let repeated = repeated_columns(schema, table, line, script);
        for filled in with_partitions(schema, table) {
            let facts = self.tables.entry(filled).or_default();
            facts.rows = None;
            facts.reads = Some(1);
            facts.writes = Some(1);
            facts.repeated.extend(repeated.iter().cloned());
        }
    }

    /// `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'name'::regclass`: how tests make a build that failed.
    fn hand_made(&mut self, line: &Line, script: &Script) {
        let text = &script.source.text[line.span.clone()];
        if !(text.contains("pg_index") && text.contains("indisvalid")) {
            return;
        }
        let name = text.split('\'').nth(1).unwrap_or_default();
        let indexes = line.after.indexes.keys();
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

/// The columns that an `INSERT … SELECT` from a series gives the same value in every row.
fn repeated_columns(
    schema: &Catalog,
    table: &QName,
    line: &Line,
    script: &Script,
) -> Vec<segue_catalog::Name> {
    let text = &script.source.text[line.span.clone()];
    let tree = SourceFile::parse(text).tree();
    let Some(ast::Stmt::Insert(insert)) = tree.stmts().next() else {
        return Vec::new();
    };
    let Some(select) = insert.syntax().descendants().find_map(ast::Select::cast) else {
        return Vec::new();
    };
    let (Some(targets), true) = (select.select_clause(), select.from_clause().is_some()) else {
        return Vec::new();
    };
    let Some(known) = schema.tables.get(table) else {
        return Vec::new();
    };
    let columns: Vec<segue_catalog::Name> = match insert.column_target_list() {
        Some(_) => return Vec::new(),
        None => known
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect(),
    };
    let targets = targets
        .target_list()
        .into_iter()
        .flat_map(|list| list.targets());
    let constant = |target: &ast::Target| {
        let is_name = |node: squawk_syntax::SyntaxNode| {
            ast::NameRef::can_cast(node.kind()) || ast::CallExpr::can_cast(node.kind())
        };
        let is_null = target
            .syntax()
            .text()
            .to_string()
            .trim()
            .eq_ignore_ascii_case("null");
        !is_null && !target.syntax().descendants().any(is_name)
    };
    let pairs = columns.into_iter().zip(targets);
    pairs
        .filter(|(_, target)| constant(target))
        .map(|(column, _)| column)
        .collect()
}
