//! `-- segue: sync` before `INSERT … SELECT` or `UPDATE … FROM`: rows or columns that move from one table to another one are
//! there in both, and the same, until the old app is gone. The statement itself says what belongs together.
//!
//! What is read from the statement is in `sync_tables/stated.rs`, what becomes of it in `sync_tables/paired.rs`: by which keys rows
//! belong together in `sync_tables/keys.rs`, how columns go there and back in `sync_tables/ways.rs`, what is in the way in
//! `sync_tables/fits.rs`. Columns that are made of others of the same table (`UPDATE` of all rows) are in `sync_tables/within.rs`; a
//! column that only gets another name or type in `rename_column.rs` and `change_type.rs`.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{ConstraintKind, TableKind},
    render,
};
use segue_sql::Problem;

use super::Recipe;
use crate::{
    Hindrance, Moment, Undo,
    planner::{DIRECT, Draft, Planning, Stop, Synced},
    writing::{
        Functions, Paired, Pairing, free_function, has_children, refuse_without_identity,
        seeing_all,
    },
};

mod fits;
mod keys;
mod paired;
mod stated;
mod ways;
mod within;

pub(super) use stated::Stated;

pub(super) const RECIPE: Recipe = Recipe {
    name: "sync_tables",
    title: "rows or columns that move to another table are the same in both until the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    if !planning.said().sync {
        return Ok(false);
    }
    if planning.is_deferring() {
        return Err(refused(
            "what this is about is put off to contract, and both apps are to find its rows before that".to_owned(),
            Some("put it into a migration of its own, and deploy that behind the contract of the first one".to_owned()),
        ));
    }
    if let Some(stated) = Stated::within(moment) {
        if moment.is_new(&ObjectRef::Table(stated.whole.table.clone())) {
            return Ok(false);
        }
        plain(moment, &stated.whole.table)?;
        let reads = within::follow(moment, planning, &stated)?;
        planning.synced.push(Synced {
            is_within: true,
            ..stays(planning, &stated, reads)
        });
        return Ok(true);
    }
    let Some(stated) = Stated::of(moment) else {
        return Err(refused("a statement that is to be synced brings the rows of one table to another one: `INSERT INTO b (…) SELECT … FROM a [WHERE …]`, or `UPDATE a SET … FROM b WHERE a.key = b.key`; or it makes columns of others of the same row: `UPDATE a SET …`".to_owned(), None));
    };
    // nobody writes to what the deploy itself has made
    if moment.is_new(&ObjectRef::Table(stated.source().clone())) {
        return Ok(false);
    }
    if let Some(call) = stated.several_rows(moment.before()) {
        return Err(refused(
            format!(
                "{call} makes several rows of {} of one of {}, and nothing makes one of them again",
                stated.part.table, stated.whole.table
            ),
            Some("let the new app write both, and leave what goes to a later deploy, behind a statement that fills once more".to_owned()),
        ));
    }
    for table in [&stated.whole.table, &stated.part.table] {
        plain(moment, table)?;
        refuse_without_identity(planning, table)?;
    }
    if let Some(stop) = comes_with_rows(planning, &stated) {
        return Err(stop);
    }
    let pairing = paired::of(moment, planning, &stated)?;
    steps(planning, &pairing)?;
    let marks = pairing.marks.iter();
    let marks: Vec<String> = marks
        .map(|mark| format!("{} = {}", mark.column, mark.typed()))
        .collect();
    let source = pairing.source();
    let written = source.columns.iter().map(|own| own.column.clone());
    let reads = source.reads.iter().cloned().chain(written).collect();
    planning.synced.push(Synced {
        marks: (!marks.is_empty()).then(|| marks.join(" AND ")),
        ..stays(planning, &stated, reads)
    });
    Ok(true)
}

/// Why columns cannot move to rows that an earlier statement brings from the same table: those of the old app's later rows would come
/// without them.
fn comes_with_rows(planning: &Planning<'_>, stated: &Stated) -> Option<Stop> {
    let (source, target) = (stated.source(), &stated.whole.table);
    let mut synced = planning.synced.iter();
    let brings = |it: &Synced| it.is_whole && it.table == *target && it.source == *source;
    if stated.inserts() || !synced.any(brings) {
        return None;
    }
    let columns = stated.columns.iter();
    let columns: Vec<&str> = columns.map(|(name, _)| name.as_str()).collect();
    let columns = columns.join(", ");
    Some(refused(
        format!(
            "the rows of {target} come from {source} by an earlier statement, and {columns} would be empty in those that come later"
        ),
        Some(format!(
            "bring {columns} by that statement too: `INSERT INTO {target} (…, {columns}) SELECT … FROM {source}`"
        )),
    ))
}

/// What no later statement of the deploy may change.
fn stays(planning: &Planning<'_>, stated: &Stated, reads: Vec<Name>) -> Synced {
    let (source, written) = match stated.inserts() {
        true => (&stated.whole.table, &stated.part.table),
        false => (&stated.part.table, &stated.whole.table),
    };
    Synced {
        table: written.clone(),
        is_whole: stated.inserts(),
        is_within: false,
        source: source.clone(),
        reads,
        marks: None,
        columns: stated
            .columns
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        served: planning.served(),
    }
}

/// What becomes of rows that the old app goes on writing, where a statement copies them to a table of the same deploy.
pub(super) fn left_behind(moment: &Moment<'_>) -> Option<String> {
    let stated = Stated::of(moment).filter(Stated::inserts)?;
    let (source, target) = (&stated.whole.table, &stated.part.table);
    let is_one =
        moment.is_in_use(source) && moment.is_new_relation(target) && target.schema != "pg_temp";
    is_one.then(|| {
        format!("what an app writes to {source} from here on is not in {target}: `-- segue: sync` before the statement keeps them the same")
    })
}

/// Why a statement cannot be synced.
fn refused(why: String, help: Option<String>) -> Stop {
    let help = help.unwrap_or_else(|| DIRECT.to_owned());
    Stop::Refused(Problem::new(why).help(help))
}

fn plain(moment: &Moment<'_>, table: &QName) -> Result<(), Stop> {
    let known = moment.before().tables.get(table);
    let is_plain = known.is_some_and(|own| {
        own.kind == TableKind::Plain
            && own.partition_of.is_none()
            && own.inherits.is_empty()
            && !has_children(moment.before(), table)
    });
    match is_plain {
        true => Ok(()),
        false => Err(refused(
            format!(
                "what is in {table} cannot be kept the same while both apps write: it is no plain table"
            ),
            None,
        )),
    }
}

fn steps(planning: &mut Planning<'_>, pairing: &Pairing) -> Result<(), Stop> {
    let (whole, part) = (&pairing.whole.table, &pairing.part.table);
    let function = |planning: &Planning<'_>, of: &QName, with: &QName| {
        let parts = ["segue_sync", of.name.as_str(), with.name.as_str()];
        free_function(planning.schema(), of, &parts)
    };
    let functions = Functions {
        whole: function(planning, whole, part),
        part: function(planning, part, whole),
    };
    let (source, target) = (&pairing.source().table, &pairing.target().table);
    let what = match pairing.kind {
        Paired::Rows => format!("rows of {source} and {target} are the same"),
        Paired::MovedOut | Paired::MovedIn => {
            let columns = pairing.target().columns.iter();
            let columns: Vec<&str> = columns.map(|own| own.column.as_str()).collect();
            format!(
                "{} of {source} and {target} are the same",
                columns.join(", ")
            )
        }
    };
    let remove = pairing.remove(&functions);
    let back = unreferenced(planning, pairing)
        .into_iter()
        .chain(remove.clone());
    let mut draft = Draft::transaction(&what, pairing.put(&functions)).undone_by(back);
    let unheld = pairing.unheld_rows(planning.schema()).map(|rows| {
        let what =
            format!("a row of {whole} has NULL for what {part}, which comes back, has to have");
        Hindrance::new(what, rows)
    });
    draft = draft.notices(hazards(pairing)).hindered_by(unheld);
    planning.step(draft)?;
    let title = format!("fill {target} from {source}");
    let fill = pairing.fill();
    let from = fill.table.clone();
    let draft = Draft::batches(title, fill).undo(Undo::Nothing);
    let draft = seeing_all(planning.schema(), &from, draft.writing(target));
    planning.step(draft)?;
    for (title, batches) in pairing.compared(planning.schema()) {
        let of = batches.table.clone();
        let draft = Draft::batches(title, batches).in_contract();
        let draft = seeing_all(planning.schema(), &of, draft);
        planning.step(draft)?;
    }
    let title = format!("drop what keeps {source} and {target} the same");
    planning.step(Draft::transaction(title, remove).in_contract())?;
    pairing.put_off(planning, &functions);
    Ok(())
}

/// Going back, the triggers go before the table does: meanwhile it may not keep the old app from deleting a row that it refers to.
/// Those of another statement that brings rows to it may have gone before.
fn unreferenced(planning: &Planning<'_>, pairing: &Pairing) -> Vec<String> {
    let target = &pairing.target().table;
    if pairing.kind == Paired::MovedIn {
        return Vec::new();
    }
    let table = planning.schema().tables.get(target);
    let constraints = table.into_iter().flat_map(|own| &own.constraints);
    let refer = constraints.filter(|(_, constraint)| {
        matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.references == pairing.source().table)
    });
    refer
        .map(|(name, _)| render::alter(target, &format!("DROP CONSTRAINT IF EXISTS {name}")))
        .collect()
}

/// What the apps may notice.
fn hazards(pairing: &Pairing) -> Vec<String> {
    let (whole, part) = (&pairing.whole.table, &pairing.part.table);
    let mut told = vec![format!(
        "where the old and the new app write the same row of {whole} and {part} at the same moment, the server may end one of them as a deadlock (40P01)"
    )];
    if pairing.kind == Paired::MovedOut && pairing.condition.is_none() {
        told.push(format!(
            "a new row of {whole} gets its row of {part} when its transaction ends: the new app inserts both in one transaction"
        ));
    }
    let strict = pairing.target().columns.iter().filter(|own| own.strict);
    told.extend(strict.map(|own| {
        let (source, target) = (&pairing.source().table, &pairing.target().table);
        format!(
            "{} of {target} takes no NULL: where the old app writes a row of {source} that has none for it, that is refused, or contract is"
        , own.column)
    }));
    told
}

/// Whether a table stays without some of its columns.
fn loses_columns(planning: &Planning<'_>, table: &QName) -> bool {
    let drops = |change: &Change| matches!(change, Change::Table { table: of, change: TableChange::DropColumn { .. } } if of == table);
    let mut later = planning.later();
    later.any(|(line, _)| line.changes.iter().any(drops))
}

/// Whether a later statement drops a table.
fn is_dropped(planning: &Planning<'_>, table: &QName) -> bool {
    let object = ObjectRef::Table(table.clone());
    let drops =
        |change: &Change| matches!(change, Change::Drop { object: gone, .. } if *gone == object);
    planning
        .later()
        .any(|(line, _)| line.changes.iter().any(drops))
}
