//! A new column of a table that was there before, filled from what there is: in batches, and by a trigger where an app that
//! does not know the column writes. The trigger goes in contract.

use segue_catalog::{Name, ObjectRef, QName};
use segue_sql::Problem;

use super::Written;
use crate::{
    Batches, Moment, OwnPace, Undo, effect,
    planner::{Draft, Filled, Planning, Stop},
    writing::{
        Sync, called, free_function, has_children, holders, of_fired_triggers, own_writes,
        seeing_all,
    },
};

/// How a column is filled.
pub(in crate::recipes) struct Filling {
    pub(in crate::recipes) column: Name,
    /// The value, from a row of the table and the other tables.
    pub(in crate::recipes) value: String,
    /// How the table is called in it.
    pub(in crate::recipes) alias: String,
    /// Other tables, as they are written behind FROM.
    pub(in crate::recipes) others: Option<String>,
    /// The rows that get it.
    pub(in crate::recipes) condition: Option<String>,
}

/// Takes an UPDATE for what fills a new column, if it is that.
pub(super) fn of_rows(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    written: &Written,
) -> Result<bool, Stop> {
    let [set] = written.set.as_slice() else {
        return Ok(false);
    };
    let is_new = moment.is_new(&ObjectRef::Column(table.clone(), set.column.clone()));
    let known = moment.before().tables.get(table);
    let own = known.and_then(|table| table.column(&set.column));
    let is_empty = own.is_some_and(|own| own.default.is_none());
    let aliases = [written.alias.as_str()];
    let feeds_itself = effect::names_column(&set.value, &aliases, &set.column)
        || (written.condition.as_ref()).is_some_and(|condition| {
            effect::names_column(condition, &aliases, &set.column)
                && !effect::demands_null(condition, &set.column)
        });
    let volatile = moment.calls_volatile(&set.value);
    if !is_new || !is_empty || feeds_itself || volatile || has_children(moment.before(), table) {
        return Ok(false);
    }
    let filling = Filling {
        column: set.column.clone(),
        value: set.value.clone(),
        alias: written.alias.clone(),
        others: written.others.clone(),
        condition: written.condition.clone(),
    };
    keep_filled(planning, table, &filling)?;
    Ok(true)
}

/// Fills a column, and keeps it filled.
pub(in crate::recipes) fn keep_filled(
    planning: &mut Planning<'_>,
    table: &QName,
    filling: &Filling,
) -> Result<(), Stop> {
    let own = planning.schema().tables.get(table);
    let own = own.and_then(|table| table.column(&filling.column));
    let of = own.map(|own| own.data_type.to_string());
    let typed = |value: &str| match &of {
        Some(of) => format!("CAST({value} AS {of})"),
        None => value.to_owned(),
    };
    let column = &filling.column;
    let value = filling.of_a_row();
    // what is assigned is refused where it is too long, and a cast cuts it
    let of_row = |value: &str, row: &str| {
        format!(
            "(SELECT {value} FROM (SELECT {row}.*) AS {})",
            filling.alias
        )
    };
    let sync = Sync {
        table: table.clone(),
        original: column.clone(),
        mirror: column.clone(),
        forth: of_row(&value, "NEW"),
        forth_before: Some(of_row(&typed(&value), "OLD")),
        back: None,
        default: None,
        lossy: None,
        differs: None,
        leads: false,
        always: false,
        search_path: Some(planning.search_path()),
    };
    let parts = ["segue_fill", table.name.as_str(), column];
    let function = free_function(planning.schema(), table, &parts);
    let remove = sync.remove(&function);
    planning.step(
        Draft::transaction(
            format!("{column} of {table} is filled where an app leaves it out"),
            sync.put(&function),
        )
        .undone_by(&remove),
    )?;
    for leaf in holders(planning, table)? {
        let batches = filling.batches(table, leaf, &typed(&filling.value));
        let title = format!("fill {column} of {}", batches.table);
        let of = batches.table.clone();
        let draft = Draft::batches(title, batches).undo(Undo::Nothing);
        let draft = draft.notices(of_fired_triggers(planning.schema(), table));
        let draft = seeing_all(planning.schema(), &of, draft);
        planning.step(draft)?;
    }
    planning.fills(Filled {
        table: table.clone(),
        column: column.clone(),
        trigger: sync,
        function,
    });
    let title = format!("{column} of {table} is no longer filled by a trigger");
    Ok(planning.step(Draft::transaction(title, remove).in_contract())?)
}

/// A column that is filled so is dropped: its trigger goes with it.
pub(in crate::recipes) fn dropped(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Name,
) -> Result<bool, Stop> {
    // in contract the trigger is gone already
    if planning.is_deferring() {
        return Ok(false);
    }
    let Some(filled) = planning.take_filled(table, column) else {
        return Ok(false);
    };
    let mut statements = filled.trigger.remove(&filled.function);
    planning.cancel(&statements);
    statements.push(moment.text().to_owned());
    let title = format!("drop {column} of {table}, and what fills it");
    planning.step(Draft::transaction(title, statements))?;
    Ok(true)
}

/// A column that is filled so gets another name: its trigger is made for that one.
pub(in crate::recipes) fn renamed(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    (table, from): (&QName, &Name),
    to: &Name,
) -> Result<bool, Stop> {
    if planning.is_deferring() {
        return Ok(false);
    }
    let Some(mut filled) = planning.take_filled(table, from) else {
        return Ok(false);
    };
    if effect::mentions(&filled.trigger.forth, from) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{from} of {table} is filled by its own value, and cannot be renamed meanwhile"
            ))
            .help("name the column so where it is added"),
        ));
    }
    let mut statements = filled.trigger.remove(&filled.function);
    statements.push(moment.text().to_owned());
    filled.column = to.clone();
    filled.trigger.original = to.clone();
    filled.trigger.mirror = to.clone();
    statements.extend(filled.trigger.put(&filled.function));
    let title = format!("{from} of {table} is called {to}, and filled as before");
    planning.step(Draft::transaction(title, statements))?;
    planning.fills(filled);
    Ok(true)
}

impl Filling {
    /// The value as one of a row alone.
    fn of_a_row(&self) -> String {
        match (&self.others, &self.condition) {
            (None, None) => self.value.clone(),
            (None, Some(condition)) => {
                format!("CASE WHEN {condition} THEN {} END", self.value)
            }
            (Some(others), condition) => {
                let condition = condition.as_ref();
                let filter = condition.map_or(String::new(), |text| format!(" WHERE {text}"));
                format!("(SELECT {} FROM {others}{filter} LIMIT 1)", self.value)
            }
        }
    }

    fn batches(&self, table: &QName, leaf: QName, image: &str) -> Batches {
        let (alias, column, value) = (&self.alias, &self.column, &self.value);
        let named = called(&leaf, alias);
        let mut open = format!("{alias}.{column} IS NULL AND {image} IS NOT NULL");
        if let Some(condition) = &self.condition {
            open.push_str(&format!(" AND ({condition})"));
        }
        let others = |word: &str| {
            let others = self.others.as_ref();
            others.map_or(String::new(), |others| format!("{word}{others}"))
        };
        Batches {
            before: vec![own_writes(table)],
            statement: format!(
                "UPDATE ONLY {named} SET {column} = {value}{} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open}",
                others(" FROM ")
            ),
            done: format!(
                "SELECT NOT EXISTS (SELECT FROM ONLY {named}{} WHERE {open})",
                others(", ")
            ),
            left: None,
            pace: OwnPace::default(),
            compares: false,
            found: None,
            copies: false,
            table: leaf,
        }
    }
}
