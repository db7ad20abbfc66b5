//! What stands beside something until contract, or until others like it have come.

use segue_catalog::{DataType, Name, QName, model::Column};

use crate::{Served, effect, writing::Sync};

/// A column that has a mirror, and the function of the trigger that keeps both the same.
#[derive(Debug, Clone)]
pub(crate) struct Mirrored {
    pub(crate) sync: Sync,
    pub(crate) function: QName,
}

/// A column beside which one of its new type stands.
#[derive(Debug, Clone)]
pub(crate) struct Retyping {
    pub(crate) table: QName,
    /// As it was.
    pub(crate) column: Column,
    pub(crate) to: DataType,
    /// The one that stands beside it.
    pub(crate) beside: Name,
    /// The function of the trigger that keeps both the same.
    pub(crate) function: QName,
    /// The value that it has, of a row.
    pub(crate) value: String,
    /// What holds for a row in which they are not the same.
    pub(crate) differs: String,
    /// Whether it may take its place before contract.
    pub(crate) sooner: bool,
}

/// A column that a trigger fills where an app does not.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    pub(crate) table: QName,
    pub(crate) column: Name,
    pub(crate) trigger: Sync,
    pub(crate) function: QName,
    /// The statement that fills it.
    pub(crate) served: Served,
    pub(crate) recipe: &'static str,
    /// Whether its value is in another table, where it may not be.
    pub(crate) looks_up: bool,
    /// The default that it takes where it has no value.
    pub(crate) default: Option<String>,
}

impl Filled {
    pub(super) fn is(&self, table: &QName, column: &Name) -> bool {
        self.table == *table && self.column == *column
    }

    /// Whether it is made of this column.
    pub(super) fn reads(&self, table: &QName, column: &Name) -> bool {
        self.table == *table
            && self.column != *column
            && effect::mentions(&self.trigger.forth, column)
    }
}

/// What triggers keep the same with what was there before.
#[derive(Debug, Clone)]
pub(crate) struct Synced {
    pub(crate) table: QName,
    /// Whether its rows come by the triggers, and not these columns of them only.
    pub(crate) is_whole: bool,
    /// Whether they are made of others of the same row, as that is written.
    pub(crate) is_within: bool,
    pub(crate) columns: Vec<Name>,
    /// The table that they come from, and the columns there that the triggers go by.
    pub(crate) source: QName,
    pub(crate) reads: Vec<Name>,
    /// What tells its rows from those of other tables that come to it too.
    pub(crate) marks: Option<String>,
    /// The statement that brings them.
    pub(crate) served: Served,
}

/// A constraint that is dropped in the same transaction in which another one of its name is added.
#[derive(Debug, Clone)]
pub(crate) struct Replaced {
    pub(crate) table: QName,
    pub(crate) name: Name,
    /// What drops it.
    pub(crate) drop: String,
    /// What adds it again, each in a transaction of its own.
    pub(crate) restore: Vec<String>,
}
