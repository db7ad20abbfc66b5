//! The swap, in one short transaction: whatever is over the old column goes, and the column beside it takes its name and
//! everything that was built for it.

use segue_catalog::{
    Catalog, QName, diff,
    model::{ConstraintKind, Identity},
    render,
};
use segue_sql::Problem;

use super::Carried;
use crate::{
    Moment,
    planner::{DIRECT, Draft, Planning, Retyping, Stop, bare, between, run_on_model},
    writing::{Sync, by_index},
};

pub(super) fn in_contract(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    group: &[Retyping],
    carried: &Carried,
) -> Result<(), Stop> {
    let mut statements = Vec::new();
    let tables = tables(group, carried);
    if tables.len() > 1 {
        // at once, so that all waiting is under one bound
        statements.push(format!(
            "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
            tables.join(", ")
        ));
    }
    for one in group {
        statements.extend(Sync::removal(&one.table, &one.function));
        statements.extend(one.column.identity.as_ref().map(keep_position));
    }
    let is_one = |table: &QName| group.iter().any(|one| one.table == *table);
    let inbound = carried.rows.iter().filter(|(of, _, _, constraint)| {
        !is_one(of) || matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if is_one(&key.references))
    });
    for (of, old, ..) in inbound {
        statements.push(render::alter(of, &format!("DROP CONSTRAINT {old}")));
    }
    for one in group {
        let (table, name) = (&one.table, &one.column.name);
        statements.push(render::alter(table, &format!("DROP COLUMN {name}")));
        statements.push(format!(
            "ALTER TABLE {table} RENAME COLUMN {} TO {name}",
            one.beside
        ));
        statements.extend(not_null(one, carried));
        for index in carried.over(table, &one.beside) {
            // an index keeps the names that it has for its columns, and copies of it are named after those
            let rename = format!("RENAME COLUMN {} TO {name}", one.beside);
            statements.push(format!("ALTER TABLE {index} {rename}"));
        }
    }
    for (index, stand_in, _) in &carried.indexes {
        statements.push(format!("ALTER INDEX {stand_in} RENAME TO {}", index.name));
    }
    for (of, key, stand_in, constraint) in &carried.keys {
        statements.push(render::alter(
            of,
            &by_index(key, constraint, &stand_in.name),
        ));
    }
    for (of, own, stand_in, _) in &carried.rows {
        statements.push(render::alter(
            of,
            &format!("RENAME CONSTRAINT {stand_in} TO {own}"),
        ));
    }
    let (read_anew, stale) = trigger_functions(moment, group);
    statements.extend(read_anew);
    let statements: Vec<String> = statements.iter().map(|text| bare(text)).collect();
    let left = left(moment, planning, group, &statements)?;
    let identities = group.iter().filter_map(|one| one.column.identity.as_ref());
    // an identity goes on from where it was, not from the largest value that is there
    let left = left
        .into_iter()
        .filter(|text| !text.starts_with("SELECT setval("));
    let all = statements
        .into_iter()
        .chain(left)
        .chain(identities.map(go_on_counting));
    let title = match group {
        [one] => format!(
            "{} of {} is of type {} from here on",
            one.column.name, one.table, one.to
        ),
        several => {
            let named = several
                .iter()
                .map(|one| format!("{} of {}", one.column.name, one.table));
            let named: Vec<String> = named.collect();
            format!("{} are of their new types from here on", named.join(", "))
        }
    };
    let notices = stale.into_iter().map(|function| {
        format!("sessions in which {function}() has run as a trigger fail from contract on, until they connect anew: it is not this role's to have it read anew")
    });
    let draft = Draft::transaction(title, all).notices(notices);
    Ok(planning.step(draft.in_contract())?)
}

/// Keeps, for the transaction, where the sequence of an identity column is: it goes with the column.
fn keep_position(identity: &Identity) -> String {
    format!(
        "SELECT pg_catalog.set_config({}, last_value || ',' || is_called, true) FROM {}",
        position(identity),
        identity.sequence
    )
}

/// Lets the sequence that has come in its place go on from there.
fn go_on_counting(identity: &Identity) -> String {
    let kept = format!("pg_catalog.current_setting({})", position(identity));
    let part = |number: u8| format!("pg_catalog.split_part({kept}, ',', {number})");
    format!(
        "SELECT pg_catalog.setval({}, {}::bigint, {}::boolean)",
        render::literal(&identity.sequence.to_string()),
        part(1),
        part(2)
    )
}

/// The setting in which the position is kept.
fn position(identity: &Identity) -> String {
    // the name of a setting is made of few characters (guc.c, `valid_custom_variable_name`)
    let name: String = identity
        .sequence
        .name
        .as_str()
        .chars()
        .map(|of| if of.is_ascii_alphanumeric() { of } else { '_' })
        .collect();
    render::literal(&format!("segue.position_{name}"))
}

/// Statements behind which every session reads the functions of the tables' triggers anew, and the functions which that is not
/// for us to do: PL/pgSQL keeps the types of the columns that a function has met in a session, and fails on another one
/// ("type of parameter … does not match that when preparing the plan", `pl_exec.c`) until the function's row changes.
fn trigger_functions(moment: &Moment<'_>, group: &[Retyping]) -> (Vec<String>, Vec<QName>) {
    let (mut statements, mut stale) = (Vec::new(), Vec::new());
    let catalog = moment.after();
    let mut tables: Vec<&QName> = group.iter().map(|one| &one.table).collect();
    tables.dedup();
    let tables = tables
        .into_iter()
        .filter_map(|table| catalog.tables.get(table));
    for table in tables {
        for trigger in table.triggers.values() {
            let mut routines = catalog.routines.iter();
            let found = routines.find(|(id, _)| id.name == trigger.function);
            let Some((_, routine)) = found.filter(|(_, it)| it.language == "plpgsql") else {
                continue;
            };
            let own = routine.owner.is_none() || routine.owner == table.owner;
            let input = match routine.strict {
                true => "STRICT",
                false => "CALLED ON NULL INPUT",
            };
            let statement = format!("ALTER FUNCTION {}() {input}", trigger.function);
            match own {
                true if !statements.contains(&statement) => statements.push(statement),
                true => {}
                false => stale.push(trigger.function.clone()),
            }
        }
    }
    (statements, stale)
}

/// The NOT NULL that a column had, which is proved already.
fn not_null(one: &Retyping, carried: &Carried) -> Vec<String> {
    let (table, name) = (&one.table, &one.column.name);
    let mut proofs = carried.proofs.iter();
    let proof = proofs.find(|proof| proof.table == *table && proof.beside == one.beside);
    let Some(proof) = proof else {
        return Vec::new();
    };
    let own = one.column.not_null.as_ref();
    let set = match own.and_then(|own| own.name.as_ref()) {
        Some(own) => format!("ADD CONSTRAINT {own} NOT NULL {name}"),
        None => format!("ALTER COLUMN {name} SET NOT NULL"),
    };
    vec![
        render::alter(table, &set),
        render::alter(table, &format!("DROP CONSTRAINT {}", proof.check)),
    ]
}

/// The tables whose columns or foreign keys are swapped.
fn tables(group: &[Retyping], carried: &Carried) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    let of_rows = carried.rows.iter().flat_map(|(of, _, _, constraint)| {
        let referenced = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(&key.references),
            _ => None,
        };
        std::iter::once(of).chain(referenced)
    });
    for table in group.iter().map(|one| &one.table).chain(of_rows) {
        let name = table.to_string();
        if !tables.contains(&name) {
            tables.push(name);
        }
    }
    tables
}

/// What is different still behind the swap: the default, comments, statistics, sequences that the column owns.
fn left(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    group: &[Retyping],
    statements: &[String],
) -> Result<Vec<String>, Stop> {
    let mut now: Catalog = planning.schema_in_contract();
    for text in statements {
        run_on_model(text, &mut now, &moment.line().session)?;
    }
    let mut goal = now.clone();
    for one in group {
        put(&mut goal, moment.after(), &one.table);
    }
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
