//! Rows, or columns, that are in two tables while both apps write, each to its own: one is filled from the other, triggers on
//! both carry on what is written to either, and all rows are compared before one of them goes.
//!
//! - Triggers fire behind the statement (AFTER), before those of foreign keys: these too fire in the order of their names
//!   (trigger-definition.html), and begin with `RI_`. So a row is there, or gone, in both tables when a foreign key looks.
//! - What a trigger writes fires the other one's, which is told by a setting that it need not carry that row back. Any other
//!   row that a trigger of the user's writes meanwhile is carried.
//! - They run as the role that deploys: the old app need not have a right to the new table.
//!
//! The triggers are in `pairing/triggers.rs`, the statements by which they write in `pairing/rows.rs`, what fills and compares in
//! `pairing/batches.rs`, which rows have a counterpart in `pairing/counterpart.rs`.

use segue_catalog::{Name, QName};

use super::{called, trigger_function::Runs};

mod batches;
mod counterpart;
mod rows;
mod triggers;

pub(crate) use triggers::Functions;

/// Two tables that are kept the same.
#[derive(Debug, Clone)]
pub(crate) struct Pairing {
    /// The one whose rows have a counterpart in the other one, all or some.
    pub(crate) whole: Half,
    /// The other one.
    pub(crate) part: Half,
    /// The columns by which their rows belong together.
    pub(crate) key: Vec<Key>,
    /// The unique key of the part that these are, perhaps with marks.
    pub(crate) part_key: Vec<Name>,
    /// By which values the part's rows are told from those of other tables.
    pub(crate) marks: Vec<Carried>,
    /// Other columns of the part that are the same in all rows to begin with.
    pub(crate) initial: Vec<Carried>,
    /// Which rows of the whole have a counterpart, over the whole; none: all.
    pub(crate) condition: Option<String>,
    /// Which rows of the whole have something in the columns that move and yet no counterpart, over the whole: the part, which goes,
    /// takes no NULL where they have one. None: there are no such rows.
    pub(crate) unheld: Option<String>,
    /// Which rows of the part, called [`PART`], have something that the whole has no place for; none: not one.
    pub(crate) own: Option<String>,
    /// What is the same in both.
    pub(crate) kind: Paired,
    /// How the triggers' functions run.
    pub(crate) runs: Runs,
}

/// What is the same in two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paired {
    /// Whole rows: one that goes from either goes from both.
    Rows,
    /// Columns that move out: a row without a counterpart has nothing in them.
    MovedOut,
    /// Columns that move in: the same, the other way.
    MovedIn,
}

/// One of the two tables.
#[derive(Debug, Clone)]
pub(crate) struct Half {
    pub(crate) table: QName,
    /// How the values that come from it call it, as it is written.
    pub(crate) alias: String,
    /// The columns that are written from the other one.
    pub(crate) columns: Vec<Carried>,
    /// The columns that what is written to the other one is made of, and those by which rows belong together.
    pub(crate) reads: Vec<Name>,
    /// Whether a value has to be forced on an identity column.
    pub(crate) overriding: bool,
}

/// A column that gets its value from the other table.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub(crate) column: Name,
    /// The value, over a row of the other table.
    pub(crate) value: String,
    /// Its type.
    pub(crate) of: String,
    /// What it is where there is no such row.
    pub(crate) empty: Option<String>,
    /// Whether it takes no NULL.
    pub(crate) strict: bool,
}

/// A column of both tables that rows belong together by.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) whole: Name,
    pub(crate) part: Name,
    /// The types, where they are not the same.
    pub(crate) types: Option<(String, String)>,
}

impl Key {
    /// The part's value, from that of the whole.
    fn to_part(&self, value: &str) -> String {
        match &self.types {
            Some((_, part)) => format!("CAST({value} AS {part})"),
            None => value.to_owned(),
        }
    }

    /// The whole's value, from that of the part.
    fn to_whole(&self, value: &str) -> String {
        match &self.types {
            Some((whole, _)) => format!("CAST({value} AS {whole})"),
            None => value.to_owned(),
        }
    }
}

impl Carried {
    /// The value in its exact type, with which it can be compared to the last bit.
    pub(crate) fn typed(&self) -> String {
        format!("CAST({} AS {})", self.value, self.of)
    }

    /// What it is where there is no such row, in its exact type.
    pub(crate) fn nothing(&self) -> String {
        let empty = self.empty.as_deref().unwrap_or("NULL");
        format!("CAST({empty} AS {})", self.of)
    }
}

/// How the part is called in what segue writes.
pub(crate) const PART: &str = "segue_part";
/// How the whole is called there.
const WHOLE: &str = "segue_whole";

impl Pairing {
    /// The table that the rows come from, which the statement as written reads.
    pub(crate) fn source(&self) -> &Half {
        match self.kind {
            Paired::Rows | Paired::MovedOut => &self.whole,
            Paired::MovedIn => &self.part,
        }
    }

    /// The table that is filled.
    pub(crate) fn target(&self) -> &Half {
        match self.kind {
            Paired::Rows | Paired::MovedOut => &self.part,
            Paired::MovedIn => &self.whole,
        }
    }

    /// Holds where a row of the part, called [`PART`], is that of a row of the whole.
    fn is_part_of(&self, row: &str) -> String {
        let keys = self.key.iter().map(|key| {
            let own = key.to_part(&format!("{row}.{}", key.whole));
            format!("{PART}.{} = {own}", key.part)
        });
        let marks = self.marks.iter();
        let marks = marks.map(|mark| format!("{PART}.{} = {}", mark.column, mark.typed()));
        keys.chain(marks).collect::<Vec<_>>().join(" AND ")
    }

    /// Holds where a row of the whole, called [`WHOLE`], is that of a row of the part.
    fn is_whole_of(&self, row: &str) -> String {
        let keys = self.key.iter().map(|key| {
            let own = key.to_whole(&format!("{row}.{}", key.part));
            format!("{WHOLE}.{} = {own}", key.whole)
        });
        keys.collect::<Vec<_>>().join(" AND ")
    }

    /// The condition, over a row, and what else is asked of it.
    fn having_part(&self, also: String) -> String {
        match &self.condition {
            Some(condition) => format!("({condition}) AND {also}"),
            None => also,
        }
    }
}

impl Half {
    /// It, under the name that the values from it call it by.
    fn called(&self) -> String {
        called(&self.table, &self.alias)
    }
}

/// The columns of a row.
pub(crate) fn listed(carried: &[Carried], row: &str) -> String {
    let columns = carried.iter().map(|own| format!("{row}.{}", own.column));
    columns.collect::<Vec<_>>().join(", ")
}

fn columns(carried: &[Carried]) -> String {
    let columns = carried.iter().map(|own| own.column.to_string());
    columns.collect::<Vec<_>>().join(", ")
}

/// The values that they get.
pub(crate) fn values(carried: &[Carried]) -> String {
    let values = carried.iter().map(|own| own.value.clone());
    values.collect::<Vec<_>>().join(", ")
}
