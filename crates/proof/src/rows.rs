//! Rows that satisfy a schema, made from the schema alone: nobody's data, and the same for the same seed.
//!
//! [`generate`] gives the tables in the order in which they are to be filled. Of each, [`Generated::begin`] makes
//! candidates; whoever puts them into a database says which of them the server took ([`Generated::accept`]) and which it
//! refused ([`Generated::others`] makes others then). Rows refer to rows that were taken. What a foreign key could not refer
//! to yet comes at the end ([`Generated::links`]).

mod bound;
mod calendar;
mod chance;
mod condition;
mod draft;
mod evaluate;
mod frame;
mod keys;
mod kind;
mod links;
mod order;
mod pattern;
mod promise;
mod solve;
mod value;
mod values;
mod written;

use std::collections::BTreeMap;

use segue_catalog::{Catalog, Name, QName};

pub use draft::Miss;
pub use links::Link;
pub use order::Group;

use draft::Known;
use frame::Frame;
use order::Order;

/// What is wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// So many rows in each table. A table gets fewer where its keys do not allow more.
    pub rows: u32,
    /// The same seed gives the same rows.
    pub seed: u64,
}

/// The value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// What the column's default gives, since no values of its type are known.
    Default,
    /// As the server reads it.
    Text(String),
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    number: u64,
    attempt: u64,
    path: usize,
    /// What it has of the table's keys, by their numbers.
    keys: Vec<(usize, Vec<String>)>,
    /// A value for each column of its [`Batch`].
    pub cells: Vec<Cell>,
}

/// Candidates for a table.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The table.
    pub table: QName,
    /// The columns that rows have values for: all that are not generated.
    pub columns: Vec<Name>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Why there are not as many as were wished for.
    pub miss: Option<Miss>,
}

/// A sequence that has to stand behind the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The sequence.
    pub sequence: QName,
    /// The table.
    pub table: QName,
    /// The column that has its values.
    pub column: Name,
    /// Whether it counts upwards.
    pub upwards: bool,
}

/// The rows of a schema, as they come about.
#[derive(Debug)]
pub struct Generated {
    wish: Wish,
    frames: BTreeMap<QName, Frame>,
    order: Order,
    known: Known,
}

/// Begins to make rows for every table of a schema that has rows of its own: not for views and foreign tables, and for
/// partitions through the table that they are part of.
pub fn generate(catalog: &Catalog, wish: &Wish) -> Generated {
    let order = order::order(catalog);
    let tables = catalog
        .tables
        .iter()
        .filter(|(_, table)| order::is_filled(table));
    let frames: BTreeMap<QName, Frame> = tables
        .map(|(name, table)| (name.clone(), Frame::of(catalog, name, table)))
        .collect();
    let known = Known {
        promised: promise::promised(&frames, &order.cuts, wish),
        cuts: order.cuts.clone(),
        ..Known::default()
    };
    Generated {
        wish: *wish,
        frames,
        order,
        known,
    }
}

impl Generated {
    /// The tables in the order in which they are to be filled, those of a cycle of foreign keys together.
    pub fn groups(&self) -> Vec<Group> {
        self.order.groups.clone()
    }

    /// The columns that rows of a table have values for, in their order.
    pub fn columns(&self, table: &QName) -> Vec<Name> {
        let frame = self.frames.get(table);
        let fields = frame.into_iter().flat_map(|frame| &frame.fields);
        fields.map(|field| field.name.clone()).collect()
    }

    /// Whether the rows of a table are in its partitions.
    pub fn is_partitioned(&self, table: &QName) -> bool {
        let frame = self.frames.get(table);
        frame.is_some_and(|frame| frame.is_partitioned)
    }

    /// Says which rows a table has had before: others may refer to them, and their keys are taken. A value for each of
    /// [`Generated::columns`].
    pub fn found(&mut self, table: &QName, rows: Vec<Vec<Option<String>>>) {
        let Some(frame) = self.frames.get(table) else {
            return;
        };
        let held = self.known.held.entry(table.clone()).or_default();
        held.columns = frame
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect();
        for (row, number) in rows.into_iter().zip((0..u64::MAX).rev()) {
            let cells = row
                .into_iter()
                .map(|cell| cell.map_or(Cell::Null, Cell::Text));
            let cells: Vec<Cell> = cells.collect();
            let keys = keys::of(frame, &cells);
            for (key, values) in &keys {
                let taken = self.known.taken.entry((table.clone(), *key)).or_default();
                taken.insert(values.clone());
            }
            held.rows.push(Row {
                number,
                attempt: 0,
                path: usize::MAX,
                keys,
                cells,
            });
        }
    }

    /// The first candidates for a table.
    pub fn begin(&mut self, table: &QName) -> Batch {
        let numbers = (0..u64::from(self.wish.rows)).map(|number| (number, 0));
        self.batch(table, numbers.collect())
    }

    /// Other candidates in the place of those that the server refused, and the constraints that it named.
    pub fn others(&mut self, table: &QName, refused: &[Row], constraints: &[String]) -> Batch {
        self.forget(table, refused);
        self.known.suspects.extend(constraints.iter().cloned());
        let numbers = refused.iter().map(|row| (row.number, row.attempt + 1));
        self.batch(table, numbers.collect())
    }

    /// Takes rows back that are not in the table: nothing refers to them any more.
    pub fn forget(&mut self, table: &QName, rows: &[Row]) {
        let gone: std::collections::BTreeSet<u64> = rows.iter().map(|row| row.number).collect();
        for (key, values) in rows.iter().flat_map(|row| &row.keys) {
            if let Some(taken) = self.known.taken.get_mut(&(table.clone(), *key)) {
                taken.remove(values);
            }
        }
        for name in self.holders(table) {
            if let Some(held) = self.known.held.get_mut(&name) {
                held.rows.retain(|row| !gone.contains(&row.number));
            }
        }
    }

    /// Takes all rows of a table back but those from before.
    pub fn forget_all(&mut self, table: &QName) {
        let held = self.known.held.get(table);
        let rows = held.into_iter().flat_map(|held| &held.rows);
        let own: Vec<Row> = rows.filter(|row| row.path != usize::MAX).cloned().collect();
        self.forget(table, &own);
    }

    /// Says which rows the table has: other tables refer to no others.
    pub fn accept(&mut self, table: &QName, rows: &[Row]) {
        let Some(frame) = self.frames.get(table) else {
            return;
        };
        let columns: Vec<Name> = frame
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect();
        for row in rows {
            let below = frame.paths.get(row.path).map(|path| path.tables.as_slice());
            for name in std::iter::once(table).chain(below.unwrap_or_default()) {
                let held = self.known.held.entry(name.clone()).or_default();
                if held.columns.is_empty() {
                    held.columns.clone_from(&columns);
                }
                held.rows.push(row.clone());
            }
        }
    }

    /// How many rows a table has been said to have, those from before included.
    pub fn count(&self, table: &QName) -> u64 {
        self.known
            .held
            .get(table)
            .map_or(0, |held| held.rows.len() as u64)
    }

    /// What has to be set once all tables have their rows: foreign keys that led around in a circle.
    pub fn links(&self) -> Vec<Link> {
        links::links(&self.frames, &self.known, &self.wish)
    }

    /// Sequences that columns have values of.
    pub fn counted(&self) -> Vec<Counted> {
        let mut found = Vec::new();
        for (table, frame) in &self.frames {
            for field in &frame.fields {
                found.extend(field.counts.as_ref().map(|counts| Counted {
                    sequence: counts.sequence.clone(),
                    table: table.clone(),
                    column: field.name.clone(),
                    upwards: counts.increment > 0,
                }));
            }
        }
        found
    }

    /// The text of a condition that a constraint demands of a table's rows.
    pub fn condition(&self, table: &QName, constraint: &str) -> Option<&str> {
        let frame = self.frames.get(table)?;
        let within = frame.paths.iter().flat_map(|path| &path.conditions);
        let mut all = frame.conditions.iter().chain(within);
        all.find(|one| one.constraint == constraint)
            .map(|one| one.text.as_str())
    }

    /// A table and its partitions.
    fn holders(&self, table: &QName) -> Vec<QName> {
        let mut all = vec![table.clone()];
        if let Some(frame) = self.frames.get(table) {
            all.extend(frame.paths.iter().flat_map(|path| path.tables.clone()));
        }
        all
    }

    fn batch(&mut self, table: &QName, numbers: Vec<(u64, u64)>) -> Batch {
        let mut batch = Batch {
            table: table.clone(),
            columns: Vec::new(),
            rows: Vec::new(),
            miss: None,
        };
        let Some(frame) = self.frames.get(table).cloned() else {
            return batch;
        };
        batch.columns = self.columns(table);
        let held = self.known.held.entry(table.clone()).or_default();
        held.columns.clone_from(&batch.columns);
        let before = held.rows.len();
        let mut failed = 0;
        for (number, attempt) in numbers {
            match draft::row(&frame, &self.known, self.wish.seed, number, attempt) {
                Ok(row) => {
                    self.propose(table, &row);
                    batch.rows.push(row);
                }
                Err(miss) => {
                    failed += 1;
                    let is_last = failed >= HOPELESS || miss.is_final();
                    batch.miss = Some(miss);
                    if is_last {
                        break;
                    }
                }
            }
        }
        if let Some(held) = self.known.held.get_mut(table) {
            held.rows.truncate(before);
        }
        batch
    }

    /// Until the others of its batch are made, a candidate counts as a row: they may refer to it, and its keys are taken.
    fn propose(&mut self, table: &QName, row: &Row) {
        for (key, values) in &row.keys {
            let taken = self.known.taken.entry((table.clone(), *key)).or_default();
            taken.insert(values.clone());
        }
        if let Some(held) = self.known.held.get_mut(table) {
            held.rows.push(row.clone());
        }
    }
}

/// After so many rows that could not be made no more are tried.
const HOPELESS: u32 = 3;

#[cfg(test)]
pub(crate) mod tests;
