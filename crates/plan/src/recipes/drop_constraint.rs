//! `DROP CONSTRAINT`: a check, or a foreign key that does nothing but refuse, goes at once, since nobody misses it. What an app
//! can rely on waits for contract: keys (`ON CONFLICT`), and foreign keys with actions.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind, ForeignKey, ReferentialAction},
    render,
};

use super::Recipe;
use crate::{
    Moment,
    planner::{Draft, Planning, PutOff, Replaced, Stop, is_over_new_columns},
    writing::says_the_same,
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "drop_constraint",
    title: "a constraint that an app can rely on goes once the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, name)) = moment.changes().iter().find_map(dropped) else {
        return Ok(false);
    };
    let object = ObjectRef::Constraint(table.clone(), name.clone());
    if moment.is_new_relation(table) || moment.is_new(&object) {
        return Ok(false);
    }
    let known = moment.before().tables.get(table);
    let Some(constraint) = known.and_then(|table| table.constraints.get(name)) else {
        return Ok(false);
    };
    let is_put_off = comes_behind_new_type(moment, planning, table, constraint)
        || comes_behind_other_key(moment, planning, (table, name), constraint);
    if let Some(new) = comes_again(planning, table, name)
        && !is_put_off
        && is_wider(constraint, &new)
        && !are_rows_written_between(planning, table, name, [constraint, &new])
    {
        planning.replaces(Replaced {
            table: table.clone(),
            name: name.clone(),
            drop: moment.text().to_owned(),
            restore: again(moment, planning, (table, name), constraint),
        });
        return Ok(true);
    }
    let title = format!("drop {name} of {table}");
    let draft = Draft::transaction(title, [moment.text()]);
    if is_missed(constraint) || is_put_off {
        let notice =
            format!("until contract {name} of {table} holds for what the new app writes too");
        planning.step(draft.in_contract().notices([notice]))?;
        planning.put_off(PutOff::Going(object));
    } else {
        let again = again(moment, planning, (table, name), constraint);
        let actions = again
            .iter()
            .map(|text| crate::Action::Transaction(vec![crate::planner::bare(text)]));
        planning.step(draft.undo(crate::Undo::Actions(actions.collect())))?;
    }
    Ok(true)
}

/// What adds a constraint again in the state in which it was, without keeping others waiting. One over new columns goes with them: what
/// apps have written there since need not satisfy it.
fn again(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    (table, name): (&QName, &Name),
    constraint: &Constraint,
) -> Vec<String> {
    let is_new = |column: &Name| !planning.has_before(table, column);
    let known = moment.before().tables.get(table);
    let goes = known.is_some_and(|known| is_over_new_columns(constraint, known, is_new));
    let unchecked = Constraint {
        validated: false,
        ..constraint.clone()
    };
    let mut again = vec![render::add_constraint(table, name, &unchecked, false)];
    if constraint.validated && !goes {
        again.push(render::alter(table, &format!("VALIDATE CONSTRAINT {name}")));
    }
    again
}

fn dropped(change: &Change) -> Option<(&QName, &Name)> {
    match change {
        Change::Table {
            table,
            change: TableChange::DropConstraint { name, .. },
        } => Some((table, name)),
        _ => None,
    }
}

/// The constraint of the same name that a later statement adds.
fn comes_again(planning: &Planning<'_>, table: &QName, name: &Name) -> Option<Constraint> {
    planning.later().find_map(|(line, _)| {
        line.changes.iter().find_map(|change| match change {
            Change::Table {
                table: of,
                change:
                    TableChange::AddConstraint {
                        name: added,
                        constraint,
                        using_index: None,
                    },
            } if of == table && added == name => Some((**constraint).clone()),
            _ => None,
        })
    })
}

/// Whether rows that it is about are written before it comes again, which may be what it goes for.
fn are_rows_written_between(
    planning: &Planning<'_>,
    table: &QName,
    name: &Name,
    both: [&Constraint; 2],
) -> bool {
    let is_about = |of: &QName| {
        let references = |one: &Constraint| matches!(&one.kind, ConstraintKind::ForeignKey(key) if key.references == *of);
        of == table || both.iter().any(|one| references(one))
    };
    let adds = |change: &Change| match change {
        Change::Table {
            table: of,
            change: TableChange::AddConstraint { name: added, .. },
        } => of == table && added == name,
        _ => false,
    };
    let writes = |change: &Change| match change {
        Change::Data { table: of, .. } => of.as_ref().is_none_or(is_about),
        _ => false,
    };
    let between = planning.later().map(|(line, _)| line);
    let mut between = between.take_while(|line| !line.changes.iter().any(adds));
    between.any(|line| line.unknown.is_some() || line.changes.iter().any(writes))
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

/// Whether a foreign key comes again behind another key than the one that it relies on, which goes in contract: it keeps the server
/// from dropping that, and goes before it.
fn comes_behind_other_key(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    (table, name): (&QName, &Name),
    constraint: &Constraint,
) -> bool {
    let ConstraintKind::ForeignKey(key) = &constraint.kind else {
        return false;
    };
    let known = moment.before().tables.get(&key.references);
    let is_key = |dropped: &Name| {
        let it = known.and_then(|known| known.constraints.get(dropped));
        it.is_some_and(|it| match &it.kind {
            ConstraintKind::PrimaryKey(of) | ConstraintKind::Unique(of) => {
                let mut columns = of.columns.iter();
                columns.all(|column| key.referenced_columns.contains(column))
            }
            _ => false,
        })
    };
    let mut goes = false;
    for change in planning.later().flat_map(|(line, _)| &line.changes) {
        let Change::Table { table: of, change } = change else {
            continue;
        };
        match change {
            TableChange::DropConstraint { name, .. } => {
                goes |= *of == key.references && is_key(name)
            }
            TableChange::AddConstraint { name: added, .. } if of == table && added == name => {
                return goes;
            }
            _ => {}
        }
    }
    false
}

/// Whether every statement that worked under the first foreign key works under the second one too, but for rows that the
/// new one forbids.
fn is_wider(old: &Constraint, new: &Constraint) -> bool {
    let (ConstraintKind::ForeignKey(old), ConstraintKind::ForeignKey(new)) = (&old.kind, &new.kind)
    else {
        return false;
    };
    !acts(old) || (old.on_delete == new.on_delete && old.on_update == new.on_update)
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
