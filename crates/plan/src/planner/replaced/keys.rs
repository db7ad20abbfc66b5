//! Foreign keys that go in contract and come again there as other ones, with NOT NULL of their columns: that goes through all rows, and
//! comes behind them. So both are one transaction, no row comes meanwhile that refers to nothing, and none is to be emptied.

use segue_catalog::{Change, Name, QName, TableChange, model::ConstraintKind};

use super::lines;
use crate::{
    Served,
    planner::{atoms::Atoms, running::Later},
    recipes::{added_constraint, dropped_constraint},
};

/// A foreign key that goes, and the statement that makes it again, if one does.
struct Key<'a> {
    table: &'a QName,
    columns: &'a [Name],
    dropped: Served,
    made: Option<Served>,
}

/// The same steps, NOT NULL behind such keys.
pub(in crate::planner) fn keys_first(mut put_off: Vec<Later>, all: &[Atoms]) -> Vec<Later> {
    for key in keys(all) {
        let last = |served: Served| put_off.iter().rposition(|later| later.served == served);
        let Some(ends) = key.made.and_then(last).or_else(|| last(key.dropped)) else {
            continue;
        };
        let is_of_key = |later: &Later| {
            let mut changes = lines(later, all).flat_map(|line| &line.changes);
            later.recipe == "set_not_null" && changes.any(|change| key.requires(change))
        };
        put_off[..=ends].sort_by_key(is_of_key);
    }
    put_off
}

impl Key<'_> {
    fn requires(&self, change: &Change) -> bool {
        match change {
            Change::Table {
                table,
                change: TableChange::SetNotNull { column, .. },
            } => table == self.table && self.columns.contains(column),
            _ => false,
        }
    }
}

fn keys(all: &[Atoms]) -> Vec<Key<'_>> {
    let mut keys = Vec::new();
    for atoms in all {
        let each = || atoms.origins.iter().zip(&atoms.script.lines);
        for (origin, line) in each() {
            let Some((table, name)) = line.changes.iter().find_map(dropped_constraint) else {
                continue;
            };
            let constraint = line.before.tables.get(table);
            let constraint = constraint.and_then(|table| table.constraints.get(name));
            let Some(ConstraintKind::ForeignKey(key)) = constraint.map(|of| &of.kind) else {
                continue;
            };
            let mut behind = each().filter(|(other, _)| other.served > origin.served);
            let made = behind.find(|(_, line)| {
                let mut added = line.changes.iter().filter_map(added_constraint);
                added.any(|(of, own, _)| (of, own) == (table, name))
            });
            keys.push(Key {
                table,
                columns: &key.columns,
                dropped: origin.served,
                made: made.map(|(origin, _)| origin.served),
            });
        }
    }
    keys
}
