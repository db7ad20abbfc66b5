//! `DROP CONSTRAINT`: a check, or a foreign key that does nothing but refuse, goes at once, since nobody misses it. What an app
//! can rely on waits for contract: keys (`ON CONFLICT`), and foreign keys with actions.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind, ForeignKey, ReferentialAction},
    render,
};

use super::{Recipe, dropped_constraint};
use crate::{
    Line, Moment,
    planner::{Draft, Planning, PutOff, Replaced, Stop},
    writing::says_the_same,
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "drop_constraint",
    title: "a constraint that an app can rely on goes once the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, name)) = moment.changes().iter().find_map(dropped_constraint) else {
        return Ok(false);
    };
    let object = ObjectRef::Constraint(table.clone(), name.clone());
    if moment.is_new_relation(table)
        || moment.is_new(&object)
        || is_made_here(planning, table, name)
    {
        return Ok(false);
    }
    let known = moment.before().tables.get(table);
    let Some(constraint) = known.and_then(|table| table.constraints.get(name)) else {
        return Ok(false);
    };
    let again = comes_again(planning, table, name);
    let goes_before_key = |again: &Again<'_>| again.comes_behind_other_key(moment, constraint);
    let is_put_off = comes_behind_new_type(moment, planning, table, constraint)
        || again.as_ref().is_some_and(goes_before_key);
    if again.is_some_and(|again| {
        !is_put_off && again.is_wider(table, constraint) && !again.writes_rows(table, constraint)
    }) {
        planning.replaces(Replaced {
            table: table.clone(),
            name: name.clone(),
            drop: moment.text().to_owned(),
            restore: restored(table, name, constraint),
        });
        return Ok(true);
    }
    let title = format!("drop {name} of {table}");
    let mut draft = Draft::transaction(title, [moment.text()]);
    let is_late = is_missed(constraint) || is_put_off;
    if is_late || planning.is_deferring() {
        let notice =
            format!("until contract {name} of {table} holds for what the new app writes too");
        draft = draft.notices([notice]);
    }
    if is_late {
        planning.step(draft.in_contract())?;
        planning.put_off(PutOff::Going(object));
    } else {
        let actions = restored(table, name, constraint);
        let actions = actions
            .iter()
            .map(|text| crate::Action::Transaction(vec![crate::planner::bare(text)]));
        planning.step(draft.undo(crate::Undo::Actions(actions.collect())))?;
    }
    Ok(true)
}

/// Whether the deploy has made it, also by the name that its table has for now; not one that has another name since.
fn is_made_here(planning: &Planning<'_>, table: &QName, name: &Name) -> bool {
    let known = planning.known.tables.get(table);
    let gets_name = |change: &Change| matches!(change, Change::Rename { to, .. } if to == name);
    known.is_some_and(|known| !known.constraints.contains_key(name))
        && !planning
            .earlier()
            .any(|(line, _)| line.changes.iter().any(gets_name))
}

/// What adds a constraint again in the state in which it was, without keeping others waiting.
fn restored(table: &QName, name: &Name, constraint: &Constraint) -> Vec<String> {
    let unchecked = Constraint {
        validated: false,
        ..constraint.clone()
    };
    let mut again = vec![render::add_constraint(table, name, &unchecked, false)];
    if constraint.validated {
        again.push(render::alter(table, &format!("VALIDATE CONSTRAINT {name}")));
    }
    again
}

/// A constraint of the same name that a later statement adds.
struct Again<'p> {
    constraint: &'p Constraint,
    /// The statements before that.
    between: Vec<&'p Line>,
}

fn comes_again<'p>(planning: &'p Planning<'_>, table: &QName, name: &Name) -> Option<Again<'p>> {
    let mut between = Vec::new();
    for (line, _) in planning.later() {
        let added = line.changes.iter().find_map(|change| match change {
            Change::Table {
                table: of,
                change:
                    TableChange::AddConstraint {
                        name: added,
                        constraint,
                        using_index: None,
                    },
            } if of == table && added == name => Some(&**constraint),
            _ => None,
        });
        if let Some(constraint) = added {
            return Some(Again {
                constraint,
                between,
            });
        }
        between.push(line);
    }
    None
}

impl Again<'_> {
    /// Whether rows that it is about are written before, which may be what the old one goes for.
    fn writes_rows(&self, table: &QName, old: &Constraint) -> bool {
        let is_about = |of: &QName| {
            let references = |one: &Constraint| matches!(&one.kind, ConstraintKind::ForeignKey(key) if key.references == *of);
            of == table || references(old) || references(self.constraint)
        };
        let writes = |change: &Change| match change {
            Change::Data { table: of, .. } => of.as_ref().is_none_or(is_about),
            _ => false,
        };
        let mut between = self.between.iter();
        between.any(|line| line.unknown.is_some() || line.changes.iter().any(writes))
    }

    /// Whether every statement that worked under the old one works under this one too, but for rows that this one forbids. A check
    /// that comes behind a new type of its table may wait for that, and what the new app may write with it.
    fn is_wider(&self, table: &QName, old: &Constraint) -> bool {
        match (&old.kind, &self.constraint.kind) {
            (ConstraintKind::ForeignKey(old), ConstraintKind::ForeignKey(new)) => {
                !acts(old) || (old.on_delete == new.on_delete && old.on_update == new.on_update)
            }
            (ConstraintKind::Check { .. }, ConstraintKind::Check { .. }) => {
                let mut changes = self.between.iter().flat_map(|line| &line.changes);
                !changes.any(|change| {
                    matches!(change, Change::Table { table: of, change: TableChange::SetType { .. } } if of == table)
                        || matches!(change, Change::Drop { .. } | Change::Replace(_))
                })
            }
            _ => false,
        }
    }

    /// Whether the key goes before that an old foreign key relies on, and that waits for contract: the server does not drop that while
    /// the foreign key is there.
    fn comes_behind_other_key(&self, moment: &Moment<'_>, old: &Constraint) -> bool {
        let ConstraintKind::ForeignKey(foreign) = &old.kind else {
            return false;
        };
        let known = moment.before().tables.get(&foreign.references);
        let is_key = |dropped: &Name| {
            let it = known.and_then(|known| known.constraints.get(dropped));
            it.is_some_and(|it| match &it.kind {
                ConstraintKind::PrimaryKey(of) | ConstraintKind::Unique(of) => {
                    let mut columns = of.columns.iter();
                    columns.all(|column| foreign.referenced_columns.contains(column))
                }
                _ => false,
            })
        };
        let drops_it = |change: &Change| {
            dropped_constraint(change)
                .is_some_and(|(of, name)| *of == foreign.references && is_key(name))
        };
        let mut between = self.between.iter();
        between.any(|line| line.changes.iter().any(drops_it))
    }
}

/// Whether a later statement adds it again, behind a new type, and so in contract: what is without it until then would stop that.
fn comes_behind_new_type(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    constraint: &Constraint,
) -> bool {
    let referenced = match &constraint.kind {
        ConstraintKind::ForeignKey(key) => Some(&key.references),
        _ => None,
    };
    let changes = planning.later().flat_map(|(line, _)| &line.changes);
    let mut has_new_type = false;
    let mut constraint = constraint.clone();
    for change in changes {
        match change {
            Change::Table {
                table: of,
                change: TableChange::SetType { .. },
            } => has_new_type |= of == table || Some(of) == referenced,
            Change::Table {
                table: of,
                change:
                    TableChange::AddConstraint {
                        constraint: again, ..
                    },
            } if of == table && says_the_same(moment.before(), table, &constraint, again) => {
                return has_new_type;
            }
            Change::Rename {
                object: ObjectRef::Column(of, from),
                to,
            } if of == table => {
                if let ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                    let columns = key.columns.iter_mut();
                    columns
                        .filter(|own| *own == from)
                        .for_each(|own| *own = to.clone());
                }
            }
            _ => {}
        }
    }
    false
}

fn acts(key: &ForeignKey) -> bool {
    let refuses = |action| {
        matches!(
            action,
            ReferentialAction::NoAction | ReferentialAction::Restrict
        )
    };
    !refuses(key.on_delete) || !refuses(key.on_update)
}

/// Whether an app can rely on it.
fn is_missed(constraint: &Constraint) -> bool {
    match &constraint.kind {
        ConstraintKind::Check { .. } => false,
        ConstraintKind::ForeignKey(key) => acts(key),
        ConstraintKind::Unique(_) | ConstraintKind::PrimaryKey(_) | ConstraintKind::Exclude(_) => {
            true
        }
    }
}
