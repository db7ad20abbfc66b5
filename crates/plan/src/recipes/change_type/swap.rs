//! The swap, in one short transaction: whatever is over the old column goes, and the column beside it takes its name and
//! everything that was built for it.

use segue_catalog::{Catalog, QName, diff, model::ConstraintKind, render};
use segue_sql::Problem;

use super::{Carried, Retyped};
use crate::{
    Moment,
    planner::{DIRECT, Draft, Planning, Stop, bare, between, run_on_model},
    writing::{Sync, by_index},
};

pub(super) fn in_contract(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    retyped: &Retyped<'_>,
    carried: &Carried,
    function: &QName,
) -> Result<(), Stop> {
    let (table, name, beside) = (retyped.table, &retyped.column.name, &retyped.beside);
    let mut statements = Vec::new();
    let others: Vec<String> = others(table, carried);
    if !others.is_empty() {
        // at once, so that all waiting is under one bound
        statements.push(format!(
            "LOCK TABLE {table}, {} IN ACCESS EXCLUSIVE MODE",
            others.join(", ")
        ));
    }
    statements.extend(Sync::removal(table, function));
    let inbound = carried.rows.iter().filter(|(of, _, _, constraint)| {
        of != table || matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.references == *table)
    });
    for (of, old, ..) in inbound {
        statements.push(render::alter(of, &format!("DROP CONSTRAINT {old}")));
    }
    statements.push(render::alter(table, &format!("DROP COLUMN {name}")));
    statements.push(format!(
        "ALTER TABLE {table} RENAME COLUMN {beside} TO {name}"
    ));
    if let Some(check) = &carried.proof {
        match retyped
            .column
            .not_null
            .as_ref()
            .and_then(|own| own.name.as_ref())
        {
            Some(own) => statements.push(render::alter(
                table,
                &format!("ADD CONSTRAINT {own} NOT NULL {name}"),
            )),
            None => statements.push(render::alter(
                table,
                &format!("ALTER COLUMN {name} SET NOT NULL"),
            )),
        }
        statements.push(render::alter(table, &format!("DROP CONSTRAINT {check}")));
    }
    for (index, stand_in, _) in &carried.indexes {
        statements.push(format!("ALTER INDEX {stand_in} RENAME TO {}", index.name));
    }
    for (key, stand_in, constraint) in &carried.keys {
        statements.push(render::alter(
            table,
            &by_index(key, constraint, &stand_in.name),
        ));
    }
    for (of, own, stand_in, _) in &carried.rows {
        statements.push(render::alter(
            of,
            &format!("RENAME CONSTRAINT {stand_in} TO {own}"),
        ));
    }
    let statements: Vec<String> = statements.iter().map(|text| bare(text)).collect();
    let left = left(moment, planning, &statements)?;
    let all = statements.into_iter().chain(left);
    let title = format!("{name} of {table} is of type {} from here on", retyped.to);
    Ok(planning.step(Draft::transaction(title, all).in_contract())?)
}

/// The other tables whose foreign keys are swapped.
fn others(table: &QName, carried: &Carried) -> Vec<String> {
    let mut others: Vec<String> = Vec::new();
    for (of, _, _, constraint) in &carried.rows {
        let referenced = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(&key.references),
            _ => None,
        };
        for other in std::iter::once(of).chain(referenced) {
            let other_name = other.to_string();
            if other != table && !others.contains(&other_name) {
                others.push(other_name);
            }
        }
    }
    others
}

/// What is different still behind the swap: the default, comments, statistics, sequences that the column owns.
fn left(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    statements: &[String],
) -> Result<Vec<String>, Stop> {
    let mut now: Catalog = planning.schema_in_contract();
    for text in statements {
        run_on_model(text, &mut now, &moment.line().session)?;
    }
    let table = moment
        .table_changes()
        .next()
        .map(|(table, _)| table.clone());
    let Some(table) = table else {
        return Ok(Vec::new());
    };
    let mut goal = now.clone();
    put(&mut goal, moment.after(), &table);
    let left = statements_between(moment, &now, &goal);
    let long = left
        .iter()
        .find(|text| text.starts_with("CREATE INDEX") || text.starts_with("CREATE UNIQUE INDEX"));
    match long {
        Some(text) => Err(Stop::Refused(
            Problem::new("an index would have to be built anew while all others wait")
                .note(text.clone())
                .help(DIRECT),
        )),
        None => Ok(left),
    }
}

/// The statements that lead from one schema to the other, as far as there are such.
fn statements_between(moment: &Moment<'_>, now: &Catalog, goal: &Catalog) -> Vec<String> {
    let options = diff::Options::default();
    match between(now, goal, &options, Some(&moment.line().session)) {
        Ok(Some(statements)) => statements,
        Ok(None) | Err(_) => {
            let all = diff::diff(now, goal, &options).changes;
            let statements = all.iter().flat_map(|change| &change.statements);
            statements.map(|text| bare(text)).collect()
        }
    }
}

/// Takes over a table, and what is of it, from another schema.
fn put(goal: &mut Catalog, from: &Catalog, table: &QName) {
    let (Some(now), Some(known)) = (goal.tables.get(table).cloned(), from.tables.get(table)) else {
        return;
    };
    let mut wanted = (**known).clone();
    // what other statements have put off is as it is for now
    wanted
        .columns
        .sort_by_key(|column| now.columns.iter().position(|own| own.name == column.name));
    for column in &now.columns {
        if wanted.column(&column.name).is_none() {
            wanted.columns.push(column.clone());
        }
    }
    for (name, constraint) in &now.constraints {
        wanted
            .constraints
            .entry(name.clone())
            .or_insert_with(|| constraint.clone());
    }
    wanted.triggers = now.triggers.clone();
    if let Some(own) = goal.table_mut(table) {
        *own = wanted;
    }
    let owned = from.sequences.iter().filter(|(_, sequence)| {
        sequence
            .owned_by
            .as_ref()
            .is_some_and(|(of, _)| of == table)
    });
    for (name, sequence) in owned {
        goal.sequences.insert(name.clone(), sequence.clone());
    }
    for (name, statistics) in from.statistics.iter().filter(|(_, it)| it.table == *table) {
        goal.statistics.insert(name.clone(), statistics.clone());
    }
}
