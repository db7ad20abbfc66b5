//! New columns of a table that was there before, filled from what there is: in batches, and by triggers where an app that
//! does not know them writes. The triggers go in contract.

use segue_catalog::{Change, DataType, Name, ObjectRef, QName, TableChange};
use segue_sql::Problem;

use super::{
    super::changes_rows, Written, kept_filled::keep_filled, merged::Merged, tells_the_time,
    written::Set,
};
use crate::{
    Batches, Moment, OwnPace, effect,
    planner::{DIRECT, Planning, Stop},
    writing::{Holder, Runs, Sync, asked, called, has_children, own_writes},
};

/// How new columns are filled.
pub(in crate::recipes) struct Filling {
    pub(in crate::recipes) columns: Vec<Value>,
    /// How the table is called in the values.
    pub(in crate::recipes) alias: String,
    /// Other tables, as they are written behind FROM.
    pub(in crate::recipes) others: Option<String>,
    /// The rows that get them.
    pub(in crate::recipes) condition: Option<String>,
}

/// A column, and its value from a row of the table and the other tables.
pub(in crate::recipes) struct Value {
    pub(in crate::recipes) column: Name,
    pub(in crate::recipes) value: String,
}

/// Takes an UPDATE for what fills new columns, if it is that.
pub(super) fn of_rows(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    Merged { written, others }: &Merged,
) -> Result<bool, Stop> {
    let is_filled = |set: &Set| is_filled(moment, planning, table, written, set);
    let is_it = !written.set.is_empty() && written.set.iter().all(is_filled);
    // in contract no app is there any more that leaves them out
    if !is_it || planning.is_deferring() || has_children(moment.before(), table) {
        return Ok(false);
    }
    if let Some(generated) = generated(moment, table, written) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{generated} of {table} is a generated column, which is not computed yet when triggers fire that fill others"
            ))
            .help(format!("write what {generated} is generated from instead; or {DIRECT}")),
        ));
    }
    let columns = written.set.iter().map(|set| Value {
        column: set.column.clone(),
        value: set.value.clone(),
    });
    let filling = Filling {
        columns: columns.collect(),
        alias: written.alias.clone(),
        others: written.others.clone(),
        condition: written.condition.clone(),
    };
    keep_filled(planning, table, &filling, true)?;
    for at in others {
        planning.skip(*at);
    }
    Ok(true)
}

/// A generated column that values are made of.
fn generated<'m>(moment: &Moment<'m>, table: &QName, written: &Written) -> Option<&'m Name> {
    let known = moment.before().tables.get(table)?;
    let aliases = [written.alias.as_str()];
    let values = written.set.iter().map(|set| &set.value);
    let texts: Vec<&String> = values.chain(&written.condition).collect();
    let mut columns = known.columns.iter().filter(|own| own.generated.is_some());
    let found = columns.find(|own| {
        texts
            .iter()
            .any(|text| effect::names_column(text, &aliases, &own.name))
    });
    found.map(|own| &own.name)
}

/// Whether a column that an UPDATE sets is new and empty, and its value the same whenever it is made: of nothing that the UPDATE
/// itself writes.
fn is_filled(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    written: &Written,
    set: &Set,
) -> bool {
    let is_new = moment.is_new(&ObjectRef::Column(table.clone(), set.column.clone()));
    let known = moment.before().tables.get(table);
    let own = known.and_then(|table| table.column(&set.column));
    let is_empty = own
        .is_some_and(|own| own.default.is_none() || planning.comes_empty(table, &own.name))
        && is_unwritten(planning, table, &set.column);
    let aliases = [written.alias.as_str()];
    let names = |text: &str| effect::names_column(text, &aliases, &set.column);
    let alone = written.set.len() == 1;
    let feeds = written.set.iter().any(|of| names(&of.value))
        || (written.condition.as_ref()).is_some_and(|condition| {
            names(condition) && !(alone && effect::demands_null(condition, &set.column))
        });
    is_new && is_empty && !feeds && !moment.calls_volatile(&set.value)
}

/// Whether nothing in the deploy has given a column values so far: the default with which it was added, or a statement that
/// names it.
fn is_unwritten(planning: &Planning<'_>, table: &QName, column: &Name) -> bool {
    // what comes behind its first fill has been looked at
    planning.is_filled(table, column)
        || !planning.earlier().any(|(line, text)| {
            let adds = |change: &Change| match change {
                Change::Table {
                    table: of,
                    change: TableChange::AddColumn(added),
                } => {
                    let has_values =
                        || added.default.is_some() && !planning.comes_empty(table, column);
                    of == table && added.name == *column && has_values()
                }
                _ => false,
            };
            let is_data = |change: &Change| matches!(change, Change::Data { .. });
            let is_of_rows = line.unknown.is_some() || line.changes.iter().any(is_data);
            let names = |name: &Name| match line.unknown {
                // what it does is a text in it
                Some(_) => text.to_lowercase().contains(&name.to_lowercase()),
                None => effect::mentions(text, name),
            };
            line.changes.iter().any(adds) || is_of_rows && names(&table.name) && names(column)
        })
}

impl Filling {
    /// The columns, in words.
    pub(super) fn names(&self) -> String {
        let columns = self.columns.iter().map(|value| value.column.as_str());
        columns.collect::<Vec<_>>().join(", ")
    }

    /// What keeps one of them filled.
    pub(super) fn kept(&self, planning: &Planning<'_>, table: &QName, value: &Value) -> Sync {
        // what is assigned is refused where it is too long, and a cast cuts it
        let of_row = |value: &str, row: &str| {
            format!("(SELECT {value} FROM (SELECT {row}.*) AS {})", self.alias)
        };
        let typed = typed(planning, table, &value.column, &self.of_a_row(&value.value));
        let condition = self.condition.as_ref();
        let unset = condition.is_some_and(|of| effect::demands_null(of, &value.column));
        let image = of_row(&typed, if unset { "segue_was" } else { "OLD" });
        let before = match condition {
            // no row tells what such a value was: it goes when its row is no longer one that gets it
            Some(condition) if !unset && self.is_another_by_now(planning, table, value) => format!(
                "CASE WHEN {} AND {} IS NOT TRUE THEN OLD.{} END",
                of_row(condition, "OLD"),
                of_row(condition, "NEW"),
                value.column
            ),
            _ => image,
        };
        Sync {
            table: table.clone(),
            original: value.column.clone(),
            mirror: value.column.clone(),
            forth: of_row(&self.of_a_row(&value.value), "NEW"),
            forth_before: Some(before),
            unset,
            back: None,
            default: None,
            lossy: None,
            differs: None,
            leads: false,
            always: false,
            runs: Runs::as_deployer(planning, planning.search_path(), table),
        }
    }

    /// Whether a value may be another one when it is made again of the same row: the time, or what a trigger of the user's makes of a
    /// row at every write.
    fn is_another_by_now(&self, planning: &Planning<'_>, table: &QName, value: &Value) -> bool {
        let known = planning.schema().tables.get(table);
        let is_changed = || {
            let alias = [self.alias.as_str()];
            known.is_some_and(|known| {
                let mut columns = known.columns.iter();
                changes_rows(known)
                    && columns.any(|own| effect::names_column(&value.value, &alias, &own.name))
            })
        };
        self.others.is_none() && (tells_the_time(&value.value) || is_changed())
    }

    /// A value as one of a row alone.
    /// Asks whether the server can make the values.
    pub(super) fn asked(&self, table: &QName) -> String {
        let values: Vec<String> = (self.columns.iter())
            .map(|value| self.of_a_row(&value.value))
            .collect();
        asked(
            values.iter().map(String::as_str),
            &called(table, &self.alias),
        )
    }

    fn of_a_row(&self, value: &str) -> String {
        match (&self.others, &self.condition) {
            (None, None) => value.to_owned(),
            (None, Some(condition)) => {
                format!("CASE WHEN {condition} THEN {value} END")
            }
            (Some(others), condition) => {
                let condition = condition.as_ref();
                let filter = condition.map_or(String::new(), |text| format!(" WHERE {text}"));
                format!("(SELECT {value} FROM {others}{filter} LIMIT 1)")
            }
        }
    }

    pub(super) fn batches(&self, planning: &Planning<'_>, table: &QName, held: Holder) -> Batches {
        let alias = &self.alias;
        let leaf = held.table;
        // a partition that takes its place is not called like it
        let named = match held.besides {
            Some(_) => format!("{leaf} AS {alias}"),
            None => called(&leaf, alias),
        };
        let is_open = |value: &Value| {
            let image = typed(planning, table, &value.column, &value.value);
            format!("{alias}.{} IS NULL AND {image} IS NOT NULL", value.column)
        };
        let (mut open, set) = match self.columns.as_slice() {
            [one] => (is_open(one), format!("{} = {}", one.column, one.value)),
            all => {
                let open: Vec<String> = all.iter().map(is_open).collect();
                let set = all
                    .iter()
                    .map(|value| self.set_where_null(planning, table, value));
                (
                    format!("({})", open.join(" OR ")),
                    set.collect::<Vec<_>>().join(", "),
                )
            }
        };
        if let Some(condition) = &self.condition {
            open.push_str(&format!(" AND ({condition})"));
        }
        let others = |word: &str| {
            let others = self.others.as_ref();
            others.map_or(String::new(), |others| format!("{word}{others}"))
        };
        Batches {
            besides: held.besides,
            before: vec![own_writes(table)],
            statement: format!(
                "UPDATE ONLY {named} SET {set}{} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open}",
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

    /// One of several columns, of which an app may have written one already. The cast gives both branches one type, and leaves it
    /// to the assignment to refuse what is too long; to that of a domain all is left.
    fn set_where_null(&self, planning: &Planning<'_>, table: &QName, value: &Value) -> String {
        let (alias, column) = (&self.alias, &value.column);
        let cast = match assigned_type(planning, table, column) {
            Some(of) if of.is_builtin() => format!("CAST({} AS {of})", value.value),
            _ => value.value.clone(),
        };
        format!(
            "{column} = CASE WHEN {alias}.{column} IS NULL THEN {cast} ELSE {alias}.{column} END"
        )
    }
}

/// The type in which values of a column stand beside each other: what is too long is left to the assignment to refuse.
pub(super) fn assigned_type(
    planning: &Planning<'_>,
    table: &QName,
    column: &Name,
) -> Option<DataType> {
    type_of(planning, table, column).map(assigned)
}

/// The same of a type; one of the user's own has its own idea of what is too long.
pub(super) fn assigned(of: DataType) -> DataType {
    match of.is_builtin() {
        true => unbounded(of),
        false => of,
    }
}

fn type_of(planning: &Planning<'_>, table: &QName, column: &Name) -> Option<DataType> {
    let own = planning.schema().tables.get(table)?.column(column)?;
    Some(own.data_type.clone())
}

/// A value in the exact type of its column.
fn typed(planning: &Planning<'_>, table: &QName, column: &Name, value: &str) -> String {
    match type_of(planning, table, column) {
        Some(of) => format!("CAST({value} AS {of})"),
        None => value.to_owned(),
    }
}

/// A type without a length or a scale; `character` and `bit` alone have the length 1 (datatype-character.html, datatype-bit.html).
fn unbounded(of: DataType) -> DataType {
    let of = DataType {
        modifier: None,
        ..of
    };
    match of.name.name.as_str() {
        "character" if of.is_builtin() => named_so(of, "bpchar"),
        "bit" if of.is_builtin() => named_so(of, "bit varying"),
        _ => of,
    }
}

fn named_so(of: DataType, name: &str) -> DataType {
    DataType {
        array: of.array,
        ..DataType::builtin(name)
    }
}
