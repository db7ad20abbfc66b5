//! What goes in contract and comes again there, in steps that cannot be one transaction: whoever relies on it meanwhile is told.

use std::collections::BTreeSet;

use segue_catalog::{
    Catalog, Change, Name, ObjectRef, TableChange, TypeChange, model::ConstraintKind,
};

use super::{planning::Planning, translate};
use crate::{Hazard, Step};

/// What the statements drop.
pub(super) struct Watched(Vec<One>);

struct One {
    /// The names that it may have on the way: with its table's old one, and with the new one.
    names: Vec<ObjectRef>,
    /// The columns of a key: another unique index over them does what it does.
    key: Option<Vec<Name>>,
}

impl One {
    fn of(object: ObjectRef, planning: &Planning<'_>) -> Self {
        let mut names = vec![object.clone()];
        if let Some(table) = object.part_of() {
            let pending = &planning.pending;
            names.push(object.in_relation(&translate::table(table, pending)));
            names.push(object.in_relation(&translate::renamed(table, pending)));
        }
        let key = names.iter().find_map(|name| key(&planning.now, name));
        Self { names, key }
    }

    fn is_there(&self, catalog: &Catalog) -> bool {
        self.names.iter().any(|name| {
            let of = name.part_of().filter(|_| self.key.is_some());
            let mut indexes = of.into_iter().flat_map(|table| catalog.indexes_of(table));
            catalog.has(name)
                || indexes.any(|(_, index)| {
                    let columns = index.keys.iter().map(|key| key.term.column());
                    let columns: Option<Vec<&Name>> = columns.collect();
                    let key = self.key.iter().flatten();
                    index.unique
                        && index.predicate.is_none()
                        && columns.is_some_and(|all| key.eq(all))
                })
        })
    }
}

/// The columns of a key, if this is one.
fn key(catalog: &Catalog, object: &ObjectRef) -> Option<Vec<Name>> {
    let ObjectRef::Constraint(table, name) = object else {
        return None;
    };
    let constraint = catalog.tables.get(table)?.constraints.get(name)?;
    match &constraint.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => Some(key.columns.clone()),
        _ => None,
    }
}

impl Watched {
    pub(super) fn of(planning: &Planning<'_>) -> Self {
        let lines = planning.atoms.iter().flat_map(|atoms| &atoms.script.lines);
        let dropped = lines.flat_map(|line| &line.changes).filter_map(dropped);
        let all = dropped.map(|object| One::of(object, planning));
        // of a materialized view its own recipe tells
        let is_view = |name: &ObjectRef| match name {
            ObjectRef::View(view) => {
                let view = planning.now.views.get(view);
                view.is_none_or(|view| !view.is_materialized())
            }
            _ => true,
        };
        let is_there = |name: &ObjectRef| planning.now.has(name) && is_view(name);
        let there = |one: &One| one.names.iter().any(is_there);
        let mut all: Vec<One> = all.filter(there).collect();
        let mut seen = BTreeSet::new();
        all.retain(|one| seen.insert(one.names.clone()));
        Self(all)
    }

    /// Which of it a schema has, in order.
    pub(super) fn are_there(&self, catalog: &Catalog) -> Vec<bool> {
        self.0.iter().map(|one| one.is_there(catalog)).collect()
    }

    /// Says of the steps what is not there behind them, and is behind the last one. `there` is what was there behind each of the steps
    /// that these are gathered from, with the number of its statements.
    pub(super) fn tell(&self, steps: &mut [Step], there: &[(usize, Vec<bool>)]) {
        let Some((_, end)) = there.last() else {
            return;
        };
        let mut parts = there.iter();
        let mut was: Vec<bool> = self.0.iter().map(|_| true).collect();
        for step in steps {
            let mut left = step.action.statements().len();
            let mut now = &was;
            for (own, is) in parts.by_ref() {
                left = left.saturating_sub(*own);
                now = is;
                if left == 0 {
                    break;
                }
            }
            for (at, one) in self.0.iter().enumerate() {
                if was[at] && !now[at] && end[at] {
                    step.hazards.push(told(&one.names[0]));
                }
            }
            was = now.clone();
        }
    }
}

/// What is gone behind a change, if it can be missed: not a table, nor a column, which do not come again as what they were.
fn dropped(change: &Change) -> Option<ObjectRef> {
    match change {
        Change::Drop { object, .. } => {
            let is_missed = !matches!(
                object,
                ObjectRef::Table(_) | ObjectRef::Column(..) | ObjectRef::Index(_)
            );
            is_missed.then(|| object.clone())
        }
        Change::Table {
            table,
            change: TableChange::DropConstraint { name, .. },
        } => Some(ObjectRef::Constraint(table.clone(), name.clone())),
        Change::Table {
            table,
            change:
                TableChange::SetDefault {
                    column,
                    default: None,
                },
        } => Some(ObjectRef::Default(table.clone(), column.clone())),
        Change::Type {
            name,
            change: TypeChange::DropConstraint(own),
        } => Some(ObjectRef::DomainConstraint(name.clone(), own.clone())),
        _ => None,
    }
}

fn told(object: &ObjectRef) -> Hazard {
    let missed = match object {
        ObjectRef::Constraint(..) | ObjectRef::DomainConstraint(..) => {
            "rows that it refuses are taken until then, and stop it from coming"
        }
        ObjectRef::Default(..) => "rows are written without it until then",
        ObjectRef::Trigger(..) | ObjectRef::Rule(..) => "what is written until then passes it by",
        ObjectRef::Policy(..) => "who needs it sees no row until then",
        _ => "who uses it fails until then",
    };
    Hazard {
        rule: None,
        message: format!(
            "{object} is not there from here until a later step makes it again: {missed}"
        ),
    }
}
