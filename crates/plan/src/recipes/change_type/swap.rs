//! The swap, in one short transaction: whatever is over the old column goes, and the column beside it takes its name and
//! everything that was built for it.

use segue_catalog::{
    Catalog, Name, QName, diff,
    model::{Constraint, ConstraintKind, Deferral, Sequence},
    render,
};
use segue_sql::Problem;

use super::{
    Carried,
    carried::{Proof, is_deferrable},
    identity, trigger_functions,
};
use crate::{
    Hindrance, Moment, Phase, Undo,
    planner::{DIRECT, Draft, Planning, Retyping, Stop, bare, between, run_on_model, singly},
    writing::{Sync, by_index, detached, is_partitioned, own_parts, with_partitions},
};

/// The columns take their places in this phase.
pub(super) fn swap(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    phase: Phase,
    group: &[Retyping],
    carried: &Carried,
) -> Result<(), Stop> {
    let then = match phase {
        Phase::Expand => carried.clone(),
        Phase::Contract => carried.called_then(planning),
    };
    let now: Catalog = match phase {
        Phase::Expand => planning.schema().clone(),
        Phase::Contract => planning.schema_in_contract(),
    };
    let is_there = |sequence: &QName| now.sequences.contains_key(sequence);
    let mut statements = swapped((planning.schema(), moment.after()), group, &then, is_there);
    let (read_anew, stale) =
        trigger_functions::read_anew(moment, group.iter().map(|one| &one.table));
    statements.extend(read_anew);
    let statements: Vec<String> = statements.iter().map(|text| bare(text)).collect();
    let left = left(moment, now, group, &statements)?;
    // an identity goes on from where it was, not from the largest value that is there
    let left = left
        .into_iter()
        .filter(|text| !text.starts_with("SELECT setval("));
    let all = statements
        .into_iter()
        .chain(left)
        .chain(identity::of(group).map(identity::go_on_counting));
    let notices = trigger_functions::stay_as_they_are(stale);
    let draft = Draft::transaction(title(group), all).notices(notices);
    if phase == Phase::Contract {
        let schema = planning.schema();
        let hindrances = group.iter().flat_map(|one| {
            let own_parts = own_parts(schema, &one.table, &one.column.name);
            own_parts.into_iter().chain(detached(schema, &one.table))
        });
        let mut hindrances: Vec<Hindrance> = hindrances.collect();
        hindrances.sort_by(|one, other| one.what.cmp(&other.what));
        hindrances.dedup();
        return Ok(planning.step(draft.in_contract().hindered_by(hindrances))?);
    }
    for one in group {
        planning.has_its_type((&one.table, &one.column.name));
    }
    let draft = draft.notices(group.iter().map(|one| {
        let (name, table) = (&one.column.name, &one.table);
        format!("the old app meets {name} of {table} as {} from here on: its prepared statements and typed drivers may fail", one.to)
    }));
    let why = "the old column is gone: going back is a new migration".to_owned();
    Ok(planning.step(draft.undo(Undo::Impossible(why)))?)
}

fn title(group: &[Retyping]) -> String {
    if let [one] = group {
        let (name, table) = (&one.column.name, &one.table);
        return format!("{name} of {table} is of type {} from here on", one.to);
    }
    let named = group
        .iter()
        .map(|one| format!("{} of {}", one.column.name, one.table));
    let named: Vec<String> = named.collect();
    format!("{} are of their new types from here on", named.join(", "))
}

/// The columns take their places, and everything that was built for them.
fn swapped(
    (schema, after): (&Catalog, &Catalog),
    group: &[Retyping],
    carried: &Carried,
    is_there: impl Fn(&QName) -> bool,
) -> Vec<String> {
    let mut statements = Vec::new();
    let tables = tables(group, carried);
    let is_partitioned = group.iter().any(|one| is_partitioned(schema, &one.table));
    if tables.len() > 1 || is_partitioned {
        // at once, so that all waiting is under one bound
        statements.push(format!(
            "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
            tables.join(", ")
        ));
    }
    for one in group {
        statements.extend(Sync::removal(&one.table, &one.function));
    }
    statements.extend(identity::of(group).map(identity::keep_position));
    let is_one = |table: &QName| group.iter().any(|one| one.table == *table);
    let inbound = carried.rows.iter().filter(|(of, _, _, constraint)| {
        !is_one(of) || matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if is_one(&key.references))
    });
    for (of, old, ..) in inbound {
        statements.push(render::alter(of, &format!("DROP CONSTRAINT {old}")));
    }
    for one in group {
        let (table, name, beside) = (&one.table, &one.column.name, &one.beside);
        let rename = format!("RENAME COLUMN {beside} TO {name}");
        // it would go with the column, and count from its beginning again
        let of_all = with_partitions(schema, table);
        let owned = of_all.iter().flat_map(|of| owned(schema, of, name));
        let owned = owned.filter(|own| is_there(own));
        statements.extend(owned.map(|own| format!("ALTER SEQUENCE {own} OWNED BY NONE")));
        statements.push(render::alter(table, &format!("DROP COLUMN {name}")));
        statements.push(format!("ALTER TABLE {table} {rename}"));
        statements.extend(not_null(schema, one, carried));
        statements.extend(default(after, one));
        // an index keeps the names that it has for its columns, and copies of it are named after those
        let indexes = of_all
            .iter()
            .flat_map(|of| carried.over(schema, of, beside));
        statements.extend(indexes.map(|index| format!("ALTER TABLE {index} {rename}")));
    }
    statements.extend(named_as_before(schema, carried));
    statements
}

/// The sequences that a column owns.
pub(super) fn owned<'s>(
    schema: &'s Catalog,
    table: &'s QName,
    column: &'s Name,
) -> impl Iterator<Item = &'s QName> {
    let is_owned = move |sequence: &Sequence| {
        let owner = sequence.owned_by.as_ref();
        owner.is_some_and(|(of, by)| of == table && by == column)
    };
    let sequences = schema.sequences.iter();
    sequences
        .filter(move |(_, sequence)| is_owned(sequence))
        .map(|(name, _)| name)
}

/// What was built takes the names of what it comes in the place of.
fn named_as_before(schema: &Catalog, carried: &Carried) -> Vec<String> {
    let indexes = carried.indexes.iter();
    let indexes =
        indexes.map(|(index, own, _)| format!("ALTER INDEX {own} RENAME TO {}", index.name));
    let keys = carried.keys.iter().map(|(of, key, own, constraint)| {
        if is_partitioned(schema, of) {
            return of_partitions(schema, of, key, constraint);
        }
        let change = match is_deferrable(constraint) {
            // it is one already
            true => format!("RENAME CONSTRAINT {} TO {key}", own.name),
            false => by_index(key, constraint, &own.name),
        };
        render::alter(of, &change)
    });
    let rows = carried.rows.iter().flat_map(|(of, name, own, constraint)| {
        let is_put_off_by_name = constraint.deferral == Deferral::InitiallyImmediate;
        let as_before = format!("ALTER CONSTRAINT {own} DEFERRABLE INITIALLY IMMEDIATE");
        let rename = format!("RENAME CONSTRAINT {own} TO {name}");
        let actions = is_put_off_by_name
            .then_some(as_before)
            .into_iter()
            .chain([rename]);
        actions.map(|action| render::alter(of, &action))
    });
    indexes.chain(keys).chain(rows).collect()
}

/// The statement that makes the key of a partitioned table: those of its partitions, which are there by then, become parts of it,
/// and a partition that somebody has made meanwhile gets its own.
fn of_partitions(schema: &Catalog, of: &QName, key: &Name, beside: &Constraint) -> String {
    let known = schema.tables.get(of);
    let known = known.and_then(|table| table.constraints.get(key));
    let mut whole = known.unwrap_or(beside).clone();
    whole.comment = None;
    if let Some(index) = whole.index_mut() {
        index.attached_to = None;
        index.index_comment = None;
    }
    render::add_constraint(of, key, &whole, false)
}

/// The NOT NULL that a column had, which is proved already.
fn not_null(schema: &Catalog, one: &Retyping, carried: &Carried) -> Vec<String> {
    let name = &one.column.name;
    let is_of_it =
        |table: &QName| *table == one.table || with_partitions(schema, &one.table).contains(table);
    let proofs = carried.proofs.iter();
    let proofs = proofs.filter(|proof| proof.beside == one.beside && is_of_it(&proof.table));
    let statements = proofs.flat_map(|Proof { table, check, .. }| {
        let known = schema
            .tables
            .get(table)
            .and_then(|known| known.column(name));
        let own = known.and_then(|column| column.not_null.as_ref());
        let set = match own.and_then(|own| own.name.as_ref()) {
            Some(own) => format!("ADD CONSTRAINT {own} NOT NULL {name}"),
            None => format!("ALTER COLUMN {name} SET NOT NULL"),
        };
        [
            render::alter(table, &set),
            render::alter(table, &format!("DROP CONSTRAINT {check}")),
        ]
    });
    statements.collect()
}

/// The default as the statement as written leaves it: that of the column beside is the old one with a cast around it.
fn default(after: &Catalog, one: &Retyping) -> Option<String> {
    let (table, name) = (&one.table, &one.column.name);
    let default = after.tables.get(table)?.column(name)?.default.as_ref()?;
    let own = one.column.default.is_some() && !default.text.contains("nextval");
    own.then(|| render::alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {default}")))
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
    mut now: Catalog,
    group: &[Retyping],
    statements: &[String],
) -> Result<Vec<String>, Stop> {
    for text in statements {
        run_on_model(text, &mut now, &moment.line().session)?;
    }
    let mut goal = now.clone();
    for one in group {
        let of_table = group.iter().filter(|other| other.table == one.table);
        let columns: Vec<&Name> = of_table.map(|other| &other.column.name).collect();
        for table in with_partitions(moment.after(), &one.table) {
            put(&mut goal, moment.after(), &table, &columns);
        }
    }
    let left = statements_between(moment, &now, &goal);
    // an index would be built while all others wait, and a sequence would count from its beginning again
    let long = ["CREATE INDEX", "CREATE UNIQUE INDEX", "CREATE SEQUENCE"];
    let is_anew = |text: &&String| long.iter().any(|words| text.starts_with(words));
    let anew = left.iter().find(is_anew);
    match anew {
        Some(text) => Err(Stop::Refused(
            Problem::new("something would have to be made anew that is there")
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
            statements.flat_map(|text| singly(text)).collect()
        }
    }
}

/// Takes over a table, with these columns, and what is of it, from another schema.
fn put(goal: &mut Catalog, from: &Catalog, table: &QName, columns: &[&Name]) {
    let (Some(now), Some(known)) = (goal.tables.get(table).cloned(), from.tables.get(table)) else {
        return;
    };
    let mut wanted = (**known).clone();
    // what other statements have put off is as it is for now
    for column in &mut wanted.columns {
        if let Some(own) = now.column(&column.name)
            && !columns.contains(&&column.name)
        {
            column.clone_from(own);
        }
    }
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
    for (name, index) in from.indexes_of(table) {
        if let Some(own) = goal.indexes.get_mut(name) {
            let own = std::sync::Arc::make_mut(own);
            own.comment.clone_from(&index.comment);
            own.statistics.clone_from(&index.statistics);
        }
    }
    for (name, statistics) in from.statistics.iter().filter(|(_, it)| it.table == *table) {
        goal.statistics.insert(name.clone(), statistics.clone());
    }
}
