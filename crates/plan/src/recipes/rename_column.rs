//! `RENAME COLUMN`: the column gets a mirror of the new name, which a trigger keeps the same while both apps write; the mirror
//! goes and the column is really renamed once the old app is gone. So order, constraints, indexes, grants and statistics
//! end as the statement as written leaves them.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{Column, Table, TableKind},
    reached,
    render::{self},
};
use segue_sql::Problem;

use super::{
    NO_NAME_AROUND, Recipe, cannot_be_around, drop_column::let_be_left_out, rows::kept_filled,
    rows_triggers, with_triggers_for_now,
};
use crate::{
    Line, Moment, Phase, effect,
    planner::{DIRECT, Draft, Mirrored, Planning, PutOff, Stop, named_by},
    writing::{
        COPIED_WHOLE, Domains, Sync, are_copied_whole, compare, detached, differ, fill,
        free_function, functions_of_triggers, has_children, is_partition_key, is_row_type_fixed,
        of_another_column, of_another_name, own_parts, with_partitions,
    },
};

mod defaults;
mod indexes;

pub(super) use self::defaults::{constant, runs};
pub(crate) use self::indexes::indexed;
use self::{
    defaults::default,
    indexes::{indexes, is_in_unique_key},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "rename_column",
    title: "a column has both names until the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    // of a partitioned table, its partitions' columns follow
    let Some(Change::Rename {
        object: ObjectRef::Column(table, from),
        to,
    }) = moment.changes().first()
    else {
        return Ok(false);
    };
    if kept_filled::renamed(moment, planning, (table, from), to)? {
        return Ok(true);
    }
    let object = ObjectRef::Column(table.clone(), from.clone());
    let Some(known) = moment.before().tables.get(table) else {
        return Ok(false);
    };
    if moment.is_new(&object) || planning.is_deferring() {
        return Ok(false);
    }
    let Some(column) = known.column(from) else {
        return Ok(false);
    };
    // what it is called in the end; names between are nobody's
    let to = match fate(planning, table, to) {
        // it has its name again, and nothing has met it under another one
        Fate::Called(to, passed) if to == *from => {
            for at in passed {
                planning.skip(at);
            }
            return Ok(true);
        }
        Fate::Called(to, passed) => {
            let what = (format!("{from} of {table}"), from.to_string());
            planning.refuse_name_for_another((&what.0, "column", &what.1), &passed, |change| {
                gives_name(change, table, from)
            })?;
            for at in passed {
                planning.skip(at);
            }
            to
        }
        Fate::Dropped => {
            let_be_left_out(moment, planning, known, table, from)?;
            let title = format!("{from} of {table} is called {to}, and goes");
            planning.step(Draft::transaction(title, [moment.text()]).in_contract())?;
            planning.put_off(PutOff::Coming(ObjectRef::Column(table.clone(), to.clone())));
            return Ok(true);
        }
    };
    let to = &to;
    let now = planning.schema().tables.get(table);
    let is_taken = now.is_some_and(|table| table.column(to).is_some());
    let taken = is_taken.then_some("another column has the new one until contract");
    if let Some(why) = taken.or_else(|| cannot_be_mirrored(moment, table, known, column)) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{from} of {table} cannot have two names for a while: {why}"
            ))
            .help(DIRECT),
        ));
    }
    let for_now = with_triggers_for_now(planning, table, known);
    let sync = Sync {
        table: table.clone(),
        original: from.clone(),
        mirror: to.clone(),
        forth: format!("NEW.{from}"),
        forth_before: None,
        unset: false,
        back: Some(format!("NEW.{to}")),
        default: default(moment, planning, table, column),
        lossy: None,
        differs: Some(differ(&format!("NEW.{from}"), &format!("NEW.{to}"))),
        leads: rows_triggers(&for_now).next().is_some() || planning.feeds(table, from),
        always: super::changes_rows(&for_now),
        runs: runs(planning, column.default.as_ref()),
    };
    let function = free_function(
        planning.schema(),
        table,
        &["segue_sync", table.name.as_str(), to],
    );
    mirror(planning, &sync, &function, column, known)?;
    sync.put_off(planning, &function);
    let open = differ(&to.to_string(), &from.to_string());
    let values = [(to.clone(), from.to_string())];
    fill(planning, table, &values, &open, true)?;
    indexes(moment, planning, table, from, to)?;
    compare(
        planning,
        Phase::Contract,
        table,
        &format!("{from} and {to}"),
        &open,
    )?;
    let mut contract = sync.remove(&function);
    contract.push(render::alter(table, &format!("DROP COLUMN {to}")));
    contract.push(format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}"));
    let title = format!("{from} of {table} is really called {to}");
    let own_parts = own_parts(planning.schema(), table, to);
    let draft = Draft::transaction(title, contract).in_contract();
    let detached = detached(planning.schema(), table);
    planning.step(draft.hindered_by(own_parts.into_iter().chain(detached)))?;
    // what they do with it now is right until then
    let functions = functions_of_triggers(planning, known, from);
    for function in functions {
        planning.put_off(PutOff::Coming(ObjectRef::Routine(function)));
    }
    planning.mirrored.push(Mirrored { sync, function });
    planning.put_off(PutOff::ColumnName {
        table: table.clone(),
        from: from.clone(),
        to: to.clone(),
    });
    Ok(true)
}

/// Whether a change gives a column of a table this name.
fn gives_name(change: &Change, table: &QName, name: &Name) -> bool {
    match change {
        Change::Rename {
            object: ObjectRef::Column(of, _),
            to,
        } => of == table && to == name,
        Change::Table {
            table: of,
            change: TableChange::AddColumn(column),
        } => of == table && column.name == *name,
        _ => false,
    }
}

/// What becomes of a column that is renamed.
enum Fate {
    /// It is called so in the end; these later statements do nothing else than to rename it again.
    Called(Name, Vec<(usize, usize)>),
    /// It is dropped.
    Dropped,
}

/// What becomes of a column that is called `to`, as long as nothing else happens to it.
fn fate(planning: &Planning<'_>, table: &QName, to: &Name) -> Fate {
    let (mut name, mut passed) = (to.clone(), Vec::new());
    for (line, at) in planning.later() {
        let object = ObjectRef::Column(table.clone(), name.clone());
        match line.changes.as_slice() {
            [
                Change::Rename {
                    object: renamed,
                    to,
                },
            ] if *renamed == object => {
                name = to.clone();
                passed.push(at);
                continue;
            }
            [
                Change::Table {
                    table: of,
                    change: TableChange::DropColumn { name: gone, .. },
                },
                ..,
            ] if of == table && *gone == name && passed.is_empty() => return Fate::Dropped,
            _ => {}
        }
        let named = named_by(&line.changes, &line.after);
        let is_it = named.contains(&object)
            || named.contains(&ObjectRef::Default(table.clone(), name.clone()));
        let is_read = is_read_by_text(line) && effect::mentions(planning.text(at), &name);
        if is_it || is_read || !reached(&line.after, &object).is_disjoint(&named) {
            break;
        }
    }
    Fate::Called(name, passed)
}

/// Whether the changes of a statement do not tell what it names: it is about rows, or nobody knows what it does.
fn is_read_by_text(line: &Line) -> bool {
    let is_data = |change: &Change| matches!(change, Change::Data { .. });
    line.unknown.is_some() || line.changes.iter().any(is_data)
}

/// Why a column cannot be mirrored (`docs/limits.md`).
fn cannot_be_mirrored(
    moment: &Moment<'_>,
    name: &QName,
    table: &Table,
    column: &Column,
) -> Option<&'static str> {
    if column.generated.is_some() {
        return Some("a generated column is not computed yet when triggers fire");
    }
    if has_children(moment.before(), name) || !table.inherits.is_empty() {
        return Some("its table has children, or is one, and triggers are not inherited");
    }
    if table.partition_of.is_some() {
        return Some("it is a column of a partition: rename it in the partitioned table");
    }
    const MOST_COLUMNS: usize = 1_600;
    if table.columns.len() + 1 >= MOST_COLUMNS {
        return Some("its table has as many columns as a table can have (1,600)");
    }
    if let Some(why) = is_row_type_fixed(moment.before(), name) {
        return Some(why);
    }
    let tables = with_partitions(moment.before(), name);
    let mut tables = (tables.iter()).filter_map(|of| moment.before().tables.get(of));
    if let Some(why) = tables.find_map(|one| triggers_would_not_see(moment, one, column)) {
        return Some(why);
    }
    let domain = Domains::of(moment.before(), &column.data_type);
    if domain.may_refuse_null() {
        return Some("its domain takes no NULL, and that is checked before triggers fire");
    }
    let default = domain.default();
    default
        .is_some_and(|default| moment.calls_volatile(&default.text))
        .then_some("its domain has a default that is another one each time")
}

/// Why a table, or a partition, or triggers of it would not meet what an app writes under the other name.
fn triggers_would_not_see(
    moment: &Moment<'_>,
    table: &Table,
    column: &Column,
) -> Option<&'static str> {
    if matches!(table.kind, TableKind::Foreign(_)) {
        return Some("its table, or a partition of that, is a foreign one");
    }
    let own = table.column(&column.name);
    if own.is_some_and(|own| own.default != column.default) {
        return Some(
            "a partition has a default of its own, which would count as written where only the other name is",
        );
    }
    if is_partition_key(table, &column.name) {
        return Some("rows are sent to partitions by it before any trigger fires");
    }
    if cannot_be_around(table) {
        return Some(NO_NAME_AROUND);
    }
    if !table.rules.is_empty() {
        return Some("its table has a rule, and rules are rewritten before any trigger fires");
    }
    if are_copied_whole(moment.before(), table) {
        return Some(COPIED_WHOLE);
    }
    let mut triggers = table.triggers.values();
    triggers
        .any(|trigger| trigger.events.update_of.contains(&column.name))
        .then_some(
            "a trigger fires for UPDATE OF it, and would not for its other name: replace it, in a migration before this one, by one that fires for every UPDATE (where it fires for nothing else, WHEN (OLD.… IS DISTINCT FROM NEW.…))",
        )
}

/// The mirror with its trigger.
fn mirror(
    planning: &mut Planning<'_>,
    sync: &Sync,
    function: &QName,
    column: &Column,
    table: &Table,
) -> Result<(), Stop> {
    let like = Column {
        name: sync.mirror.clone(),
        not_null: None,
        identity: None,
        default: sync.default.as_ref().and(column.default.clone()),
        comment: None,
        storage: None,
        compression: None,
        ..column.clone()
    };
    let major = planning.schema().major;
    let definition = render::column_definition(&sync.table, &like, major);
    let mut statements = vec![render::alter(
        &sync.table,
        &format!("ADD COLUMN {definition}"),
    )];
    let on = format!("TABLE {}", sync.table);
    statements.extend(render::grants(
        &column.privileges,
        &on,
        Some(&sync.mirror),
        table.owner.as_ref(),
    ));
    statements.extend(sync.put(function));
    let mut back = sync.remove(function);
    back.push(render::alter(
        &sync.table,
        &format!("DROP COLUMN {}", sync.mirror),
    ));
    let (from, to) = (&sync.original, &sync.mirror);
    let title = format!("{to} mirrors {from} of {}", sync.table);
    let draft = Draft::transaction(title, statements).undone_by(back);
    let draft = draft.hindered_by(detached(planning.schema(), &sync.table));
    let mut draft = draft.hazard(
        Some("rename-column"),
        format!("`SELECT *`, INSERT and COPY without a list of columns meet one column more in {} until contract", sync.table),
    );
    draft = draft.notices(of_another_column(planning.schema(), &sync.table));
    draft = draft.notices(of_another_name(
        planning,
        &sync.table,
        table,
        &sync.original,
    ));
    if is_in_unique_key(planning.schema(), &sync.table, from) {
        draft = draft.hazard(
            Some("rename-column"),
            format!(
                "ON CONFLICT with {to} of {} finds no unique key until contract",
                sync.table
            ),
        );
    }
    if planning.default_for_now(&sync.table, from).is_some() && sync.default.is_none() {
        draft = draft.hazard(None, null_becomes_default(from, to));
    }
    Ok(planning.step(draft)?)
}

/// What becomes of a NULL where only the original has a default.
pub(super) fn null_becomes_default(from: &Name, to: &Name) -> String {
    format!(
        "a NULL that the new app inserts into {to} becomes the default of {from} until contract"
    )
}
