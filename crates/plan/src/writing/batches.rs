//! Rows that are written batch by batch, in the order in which they lie on disk.

use segue_catalog::{Catalog, Name, QName};

use super::{
    Holder, Keeping, Watch, holders, holders_and_to_come, of_fired_triggers, of_unproved_checks,
    refuse_without_identity,
    sync::{BACKFILL, FILLED},
};
use crate::{
    Batches, OwnPace, Undo,
    planner::{Draft, Planning, Stop},
};

/// Writes `values` into columns of all rows for which `open` holds; `synced`: a trigger keeps them right from here on, which is
/// told that it is batches that write.
pub(crate) fn fill(
    planning: &mut Planning<'_>,
    table: &QName,
    values: &[(Name, String)],
    open: &str,
    synced: bool,
) -> Result<(), Stop> {
    for held in holders_and_to_come(planning, table)? {
        refuse_without_identity(planning, &held.table)?;
        let draft = filled(planning, table, held, values, open, synced);
        planning.step(draft.undo(Undo::Nothing))?;
    }
    Ok(())
}

/// The same in contract, for partitions that have come since with rows that no trigger has seen: before they are compared.
pub(crate) fn fill_late(
    planning: &mut Planning<'_>,
    table: &QName,
    values: &[(Name, String)],
    open: &str,
    synced: bool,
) -> Result<(), Stop> {
    let all = holders_and_to_come(planning, table)?;
    for held in all.into_iter().filter(|held| held.besides.is_some()) {
        let draft = filled(planning, table, held, values, open, synced);
        planning.step(draft.in_contract())?;
    }
    Ok(())
}

fn filled(
    planning: &Planning<'_>,
    table: &QName,
    held: Holder,
    values: &[(Name, String)],
    open: &str,
    synced: bool,
) -> Draft {
    let set: Vec<String> = values
        .iter()
        .map(|(column, value)| format!("{column} = {value}"))
        .collect();
    let columns: Vec<&str> = values.iter().map(|(column, _)| column.as_str()).collect();
    let before = match synced {
        true => vec![own_fill(table, &columns)],
        false => Vec::new(),
    };
    let title = format!("fill {} of {}", columns.join(", "), held.told());
    let leaf = held.table;
    let batches = Batches {
        besides: held.besides,
        before,
        statement: format!(
            "UPDATE ONLY {leaf} SET {} WHERE ctid >= $1::tid AND ctid < $2::tid AND {open}",
            set.join(", ")
        ),
        done: format!("SELECT NOT EXISTS (SELECT FROM ONLY {leaf} WHERE {open})"),
        left: None,
        pace: OwnPace::default(),
        compares: false,
        found: None,
        copies: false,
        table: leaf.clone(),
    };
    let draft = Draft::batches(title, batches)
        .notices(of_unproved_checks(planning.schema(), table))
        .notices(of_fired_triggers(planning.schema(), table, !synced));
    seeing_all(planning.schema(), &leaf, draft)
}

/// Rows that row security hides from their owner too are written and compared as well, or nothing is: the server refuses a
/// statement from which it would keep rows back (`row_security`, runtime-config-client.html).
pub(crate) fn seeing_all(schema: &Catalog, table: &QName, draft: Draft) -> Draft {
    let known = schema.tables.get(table);
    let hides = known.is_some_and(|known| known.row_security.enabled && known.row_security.forced);
    match hides {
        true => draft.with_setting("SET LOCAL row_security = off".to_owned()),
        false => draft,
    }
}

/// Tells the trigger of a table that the batch's own writes need no looking after.
pub(crate) fn own_writes(table: &QName) -> String {
    let table = segue_catalog::render::literal(&table.to_string());
    format!(
        "SELECT pg_catalog.set_config('{BACKFILL}', {table}::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text, true)"
    )
}

/// The same where nothing is written but these columns, which are counterparts of others.
fn own_fill(table: &QName, columns: &[&str]) -> String {
    let columns = segue_catalog::render::literal(&columns.join(", "));
    let writes = own_writes(table);
    format!("{writes}, pg_catalog.set_config('{FILLED}', {columns}, true)")
}

/// When rows that are written in batches are written.
pub(crate) struct Ends {
    /// [`Batches::done`]
    pub(crate) done: String,
    /// [`Batches::left`]
    pub(crate) left: Option<String>,
}

/// How rows are kept that a statement writes.
pub(crate) enum Keeps {
    /// It writes nothing but what goes with what the same deploy has made.
    Nothing,
    /// The statement keeps them itself.
    Rows(Keeping),
    /// Triggers keep them.
    Seen(Watch),
}

/// A statement over all rows, batch by batch: `keeping`, `statement` and `ends` are asked for each table that holds rows.
pub(crate) fn in_batches(
    planning: &mut Planning<'_>,
    table: &QName,
    title: &str,
    keeping: impl Fn(&Planning<'_>, &QName) -> Result<Keeps, String>,
    statement: impl Fn(&QName, Option<&Keeping>) -> String,
    ends: impl Fn(&QName) -> Ends,
) -> Result<(), Stop> {
    for leaf in holders(planning, table)? {
        refuse_without_identity(planning, &leaf)?;
        let ends = ends(&leaf);
        let keeping = keeping(planning, &leaf);
        let kept = match &keeping {
            Ok(Keeps::Rows(keeping)) => Some(keeping),
            _ => None,
        };
        let draft = Draft::batches(
            format!("{title} {leaf}"),
            Batches {
                besides: None,
                before: Vec::new(),
                statement: statement(&leaf, kept),
                done: ends.done,
                left: ends.left,
                pace: planning.said().pace,
                compares: false,
                found: None,
                copies: false,
                table: leaf,
            },
        );
        match keeping {
            Ok(Keeps::Rows(keeping)) => {
                let draft = draft.keeping(keeping.keep(), keeping.undo_in_batches());
                planning.step(draft.putting_back(keeping.put_back_rows()))?;
            }
            Ok(Keeps::Seen(watch)) => {
                planning.step(watch.put())?;
                let undo = watch.undo_in_batches();
                let draft = draft.keeping(watch.keep(), undo);
                planning.step(draft.with_setting(watch.setting()))?;
                planning.step(watch.taken_away())?;
            }
            Ok(Keeps::Nothing) => planning.step(draft.undo(Undo::Nothing))?,
            Err(why) => planning.step(draft.undo(Undo::Impossible(not_kept(&why))))?,
        }
    }
    Ok(())
}

/// Why rows cannot be put back.
pub(crate) fn not_kept(why: &str) -> String {
    format!("what the rows were before is not kept: {why}")
}
