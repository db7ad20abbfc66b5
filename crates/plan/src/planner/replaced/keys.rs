//! Foreign keys that go in contract and come again there as other ones, around NOT NULL of their columns: that goes through all rows, and
//! comes behind them. So both are one transaction, and no row comes meanwhile that refers to nothing.

use segue_catalog::{Change, Name, QName, TableChange, model::ConstraintKind};

use crate::{
    Served,
    planner::{atoms::Atoms, running::Later},
};

/// The same steps, NOT NULL behind such keys.
pub(in crate::planner) fn keys_first(mut put_off: Vec<Later>, all: &[Atoms]) -> Vec<Later> {
    for (dropped, made) in pairs(all) {
        let begins = put_off.iter().position(|later| later.served == dropped);
        let ends = put_off.iter().rposition(|later| later.served == made);
        if let (Some(begins), Some(ends)) = (begins, ends)
            && begins < ends
        {
            let between = &mut put_off[begins + 1..=ends];
            between.sort_by_key(|later| later.recipe == "set_not_null");
        }
    }
    put_off
}

/// The statements that drop a foreign key, and that make one of its name again.
fn pairs(all: &[Atoms]) -> Vec<(Served, Served)> {
    let mut pairs = Vec::new();
    for atoms in all {
        let changes = || {
            let lines = atoms.origins.iter().zip(&atoms.script.lines);
            lines
                .flat_map(|(origin, line)| line.changes.iter().map(move |one| (origin.served, one)))
        };
        for (dropped, change) in changes() {
            let Some(key) = gone(change) else { continue };
            let mut behind = changes().filter(|(served, _)| *served > dropped);
            let made = behind.find(|(_, change)| comes(change) == Some(key));
            pairs.extend(made.map(|(made, _)| (dropped, made)));
        }
    }
    pairs
}

fn gone(change: &Change) -> Option<(&QName, &Name)> {
    match change {
        Change::Table {
            table,
            change: TableChange::DropConstraint { name, .. },
        } => Some((table, name)),
        _ => None,
    }
}

fn comes(change: &Change) -> Option<(&QName, &Name)> {
    match change {
        Change::Table {
            table,
            change: TableChange::AddConstraint {
                name, constraint, ..
            },
        } => matches!(constraint.kind, ConstraintKind::ForeignKey(_)).then_some((table, name)),
        _ => None,
    }
}
