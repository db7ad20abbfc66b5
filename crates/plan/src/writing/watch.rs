//! Rows that are kept by triggers: of statements which nothing tells beforehand what rows they write, and of tables whose rows go or
//! change along (`ON DELETE CASCADE`). A trigger of each table that may be reached sees what is really done to it; it does so for
//! the step's own transactions only, which say so by a setting (trigger-definition.html, functions-admin.html).

mod back;
mod keyless;
mod reach;
mod seen;

use segue_catalog::{Catalog, Name, QName, model::Table, render};

pub(crate) use self::reach::Reach;
use super::{
    free_function,
    keep::{all_columns, joined, keys, own_table, unless_there},
    trigger_function::Runs,
};
use crate::{
    Keep,
    planner::{Draft, Planning},
};

/// The setting by which a step tells the triggers that what it writes is to be kept: the name of the first table that rows are kept
/// in.
const KEEPS: &str = "segue.keeps";

/// How many columns a table can have (limits.html).
const MOST_COLUMNS: usize = 1600;

/// Rows that are kept by triggers.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    /// The first table that rows are kept in, by which the step is known to the triggers.
    name: QName,
    /// The tables that may be reached, those that others refer to before those.
    tables: Vec<Watched>,
    /// Whether rows of one of them can be put back without those of the next: no two of them refer to each other.
    in_order: bool,
}

/// A table whose rows are kept.
#[derive(Debug, Clone)]
struct Watched {
    of: QName,
    /// The table that they are kept in: the key (`k1` …; without one a number, `nr`), what a row was (`o1` …) and is (`n1` …), whether it was there before
    /// (`had`), and is there now (`has`).
    kept: QName,
    /// What the trigger calls, and how that runs: the role that writes may have no right to what segue keeps.
    function: QName,
    runs: Runs,
    /// The columns that tell one row from another, and stay as they are; none: rows are told apart by all they hold.
    key: Vec<Name>,
    /// What is kept of each.
    columns: Vec<Name>,
    /// Those of them that can be set again, by their number from 1.
    settable: Vec<usize>,
    /// Rows elsewhere that name a row, as conditions: while there are some it does not go.
    named_by: Vec<String>,
    /// Rows elsewhere that a row which is put back names, as conditions.
    names: Vec<String>,
    /// What lets an INSERT leave alone a row that is there by now.
    unless_there: String,
}

impl Watch {
    /// How the rows are kept that a statement may reach; none where all of them go with the deploy itself, by `is_new`. Rows without
    /// a key are found again by a look at the whole table, which is none for each batch.
    ///
    /// # Errors
    /// Why they cannot be kept.
    pub(crate) fn of(
        planning: &Planning<'_>,
        first: Vec<Reach>,
        at_once: bool,
        is_new: impl Fn(&QName) -> bool,
    ) -> Result<Option<Self>, String> {
        let schema = planning.schema();
        let (reached, in_order) = reach::all(schema, first, is_new);
        let places = planning.places_to_keep(reached.len())?;
        let Some(name) = places.first().cloned() else {
            return Ok(None);
        };
        let mut tables: Vec<Watched> = Vec::new();
        for (reach, kept) in reached.iter().zip(places) {
            let watched = Watched::new(schema, reach, planning.key_to_keep(), kept)?;
            if watched.key.is_empty() && !at_once {
                return Err(no_key(&reach.table));
            }
            tables.push(watched);
        }
        back::connect(schema, &mut tables);
        Ok(Some(Self {
            name,
            tables,
            in_order,
        }))
    }

    /// Puts the triggers in place. They do nothing for anybody but the step between, and go behind it; so nothing has to be put back
    /// of them but what is there.
    pub(crate) fn put(&self) -> Draft {
        let put = self.tables.iter().flat_map(|one| one.put(&self.told()));
        let gone = self.tables.iter().flat_map(|one| one.gone(" IF EXISTS"));
        // behind the step they are gone already, which is nothing to tell anybody
        let quietly = "SET LOCAL client_min_messages = warning".to_owned();
        Draft::transaction(
            format!("triggers see which rows of {} are written", self.named()),
            put,
        )
        .undone_by(std::iter::once(quietly).chain(gone))
    }

    /// Takes the triggers away.
    pub(crate) fn taken_away(&self) -> Draft {
        let gone = self.tables.iter().flat_map(|one| one.gone(""));
        let title = format!("no trigger sees rows of {} any more", self.named());
        Draft::transaction(title, gone).undo(crate::Undo::Nothing)
    }

    /// The setting of the step whose rows are kept.
    pub(crate) fn setting(&self) -> String {
        format!("SET {KEEPS} = {}", self.told())
    }

    /// As a plan has it.
    pub(crate) fn keep(&self) -> Keep {
        let kept = self.tables.iter().map(|one| one.kept.clone());
        Keep {
            table: self.name.clone(),
            also: kept.skip(1).collect(),
            make: self.tables.iter().flat_map(Watched::make).collect(),
            before: Vec::new(),
            instead: None,
            behind: Vec::new(),
            sample: self.sample(),
            others: self.others(),
        }
    }

    fn told(&self) -> String {
        render::literal(&self.name.to_string())
    }

    fn named(&self) -> String {
        joined(self.tables.iter().map(|one| &one.of))
    }
}

impl Watched {
    fn new(
        schema: &Catalog,
        reach: &Reach,
        wanted: Option<&[Name]>,
        kept: QName,
    ) -> Result<Self, String> {
        let of = &reach.table;
        let own = own_table(schema, of)?;
        let stays = |key: &Vec<Name>| !key.iter().any(|name| reach.sets.contains(name));
        let mut all = keys(schema, of, own).filter(stays);
        let wanted = wanted.filter(|_| reach.is_first);
        let key = match wanted {
            Some(wanted) => all.find(|key| super::keep::is_of(key, wanted)),
            None => all.next(),
        };
        let key = match key {
            Some(key) => key,
            None if !is_unique(schema, of, own) => Vec::new(),
            None => return Err(no_key(of)),
        };
        let columns = all_columns(schema, of);
        if key.len() + 2 * columns.len() + 2 > MOST_COLUMNS {
            return Err(format!(
                "{of} has too many columns to keep each of them twice"
            ));
        }
        let can_be_set = |name: &Name| {
            let identity = own.column(name).and_then(|own| own.identity.as_ref());
            !key.contains(name) && identity.is_none_or(|own| !own.always)
        };
        let numbered = columns.iter().enumerate();
        Ok(Self {
            settable: numbered
                .filter_map(|(at, name)| can_be_set(name).then_some(at + 1))
                .collect(),
            function: free_function(schema, of, &["segue_keep", of.name.as_str()]),
            runs: Runs::plain_as_deployer(own),
            unless_there: unless_there(schema, of, &key),
            of: of.clone(),
            kept,
            key,
            columns,
            named_by: Vec::new(),
            names: Vec::new(),
        })
    }
}

fn no_key(of: &QName) -> String {
    format!("{of} has no key that stays as it is, by which its rows could be found again")
}

/// Whether rows cannot all be the same, if only those without NULLs.
fn is_unique(schema: &Catalog, of: &QName, own: &Table) -> bool {
    let mut constraints = own.constraints.values();
    let mut indexes = schema.indexes_of(of);
    constraints.any(|one| one.index().is_some()) || indexes.any(|(_, index)| index.unique)
}
