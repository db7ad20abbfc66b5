//! `ADD COLUMN`: quick where the rows need not be touched. Where they do, the column comes empty, and is filled in batches.

use segue_catalog::{
    Change, Object, QName, TableChange,
    model::{Column, Sequence, TableKind},
    render,
};
use segue_sql::Problem;

use super::{
    Recipe,
    rows::{
        filling::{Filling, Value},
        kept_filled::keep_filled,
    },
};
use crate::{
    Moment, Weight, WorkKind,
    planner::{DIRECT, Draft, Planning, Stop},
    writing::{Proof, fill, has_children, prove_not_null},
};

mod identity;
mod placeholder;

use placeholder::is_dropped_behind_values;

pub(super) const RECIPE: Recipe = Recipe {
    name: "add_column",
    title: "a column that every row has to get comes empty, and is filled in batches",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, column)) = added(moment) else {
        return Ok(false);
    };
    if moment.is_new_relation(table) {
        return Ok(false);
    }
    let known = moment.before().tables.get(table);
    if known.is_some_and(|known| matches!(known.kind, TableKind::Foreign(_))) {
        return Ok(false);
    }
    if let Some(value) = planning.backfill(table, &column.name).map(str::to_owned) {
        with_values(planning, table, column, &value)?;
        return Ok(true);
    }
    if !planning.is_deferring() && is_dropped_behind_values(moment, planning, table, column) {
        let title = format!("add {} to {table}, empty", column.name);
        let drop = render::alter(table, &format!("DROP COLUMN {}", column.name));
        let add = add_empty(planning, table, column);
        planning.step(Draft::transaction(title, [add]).undone_by([drop]))?;
        planning.keep_empty(table, &column.name);
        return Ok(true);
    }
    let has_value =
        column.default.is_some() || column.identity.is_some() || column.generated.is_some();
    if column.not_null.is_some() && !has_value {
        return required(moment, table, column);
    }
    let rewrites = moment
        .effect()
        .work_of(WorkKind::Rewrite)
        .any(|work| moment.is_heavy(&work.table));
    if !rewrites {
        return Ok(false);
    }
    if column.generated.is_some() {
        return Err(Stop::Refused(
            Problem::new(format!(
                "a stored generated column writes all rows of {table} anew while reads and writes wait"
            ))
            .note("no server can add one in another way, nor make a column that is there a generated one")
            .help("add a plain column with a trigger of yours that fills it, and `-- segue: backfill …` for the rows that are there, or from PostgreSQL 18 on a virtual one; or deploy while no app is running: --strategy direct"),
        ));
    }
    if column.identity.is_some() {
        identity::follow(moment, planning, table, column)?;
        return Ok(true);
    }
    let Some(default) = column.default.as_ref().map(ToString::to_string) else {
        return Err(Stop::Refused(
            Problem::new(format!(
                "a column of a domain that checks its values makes the server look at all rows of {table} while others wait"
            ))
            .help(DIRECT),
        ));
    };
    by_default(moment, planning, table, column, &default)?;
    Ok(true)
}

/// The column that a table gets, and those below it with it; none where it gets several at once.
fn added<'a>(moment: &Moment<'a>) -> Option<(&'a QName, &'a Column)> {
    let mut all = moment
        .table_changes()
        .filter_map(|(table, change)| match change {
            TableChange::AddColumn(column) => Some((table, &**column)),
            _ => None,
        });
    let (table, column) = all.next()?;
    all.all(|(_, other)| other.name == column.name)
        .then_some((table, column))
}

/// A column that has to have a value, and gets none: only of a table that nobody uses.
fn required(moment: &Moment<'_>, table: &QName, column: &Column) -> Result<bool, Stop> {
    if moment.seems_unused(table) && moment.weight(table) == Weight::Empty {
        return Ok(false);
    }
    let name = &column.name;
    Err(Stop::Refused(
        Problem::new(format!(
            "{name} of {table} is to be NOT NULL, and nothing says what it is in the rows that are there"
        ))
        .note("the server refuses it where there are rows, and an app that does not know the column could write no more")
        .help(format!(
            "say what it is from the other columns: `-- segue: backfill {}.{name} = …`; or give it a DEFAULT",
            table.name
        )),
    ))
}

/// The column as it comes: empty.
fn empty(column: &Column) -> Column {
    Column {
        not_null: None,
        default: None,
        identity: None,
        ..column.clone()
    }
}

fn add_empty(planning: &Planning<'_>, table: &QName, column: &Column) -> String {
    let major = planning.schema().major;
    let definition = render::column_definition(table, &empty(column), major);
    render::alter(table, &format!("ADD COLUMN {definition}"))
}

/// A default that is another one for each row: new rows get it at once, those that are there in batches.
fn by_default(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Column,
    default: &str,
) -> Result<(), Stop> {
    let name = &column.name;
    let mut statements: Vec<String> = Vec::new();
    let sequence = moment.changes().iter().find_map(owned);
    if let Some((sequence, made)) = sequence {
        let alone = Sequence {
            owned_by: None,
            ..made.clone()
        };
        statements.push(render::create_sequence(sequence, &alone));
    }
    statements.push(add_empty(planning, table, column));
    let set = format!("ALTER COLUMN {name} SET DEFAULT {default}");
    statements.push(render::alter(table, &set));
    if let Some((sequence, made)) = sequence {
        statements.extend(render::owned_by(sequence, made));
    }
    let title = format!("add {name} to {table}, for new rows with its default");
    let drop = render::alter(table, &format!("DROP COLUMN {name}"));
    planning.step(Draft::transaction(title, statements).undone_by([drop]))?;
    let open = format!("{name} IS NULL");
    fill(
        planning,
        table,
        &[(name.clone(), default.to_owned())],
        &open,
        false,
    )?;
    not_null(planning, table, column)
}

fn owned(change: &Change) -> Option<(&QName, &Sequence)> {
    match change {
        Change::Create(object) => match &**object {
            Object::Sequence(name, sequence) => Some((name, sequence)),
            _ => None,
        },
        _ => None,
    }
}

/// The default of a column that has come without it goes: it is what the column takes no NULL from.
pub(super) fn has_its_values(
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Column,
) -> Result<bool, Stop> {
    if !planning.comes_empty(table, &column.name) {
        return Ok(false);
    }
    let now = planning.schema().tables.get(table);
    let now = now.and_then(|table| table.column(&column.name));
    if now.is_some_and(|own| own.not_null.is_none()) {
        not_null(planning, table, column)?;
    }
    Ok(true)
}

fn not_null(planning: &mut Planning<'_>, table: &QName, column: &Column) -> Result<(), Stop> {
    let Some(not_null) = &column.not_null else {
        return Ok(());
    };
    prove_not_null(
        planning,
        &Proof {
            table,
            column: &column.name,
            not_null,
        },
    )
}

/// A column that is filled from others: by a trigger where an app that does not know it writes, and in batches.
fn with_values(
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Column,
    value: &str,
) -> Result<(), Stop> {
    let name = &column.name;
    if has_children(planning.schema(), table) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "tables inherit from {table}: they would need triggers of their own"
            ))
            .help(DIRECT),
        ));
    }
    let bare_column = Column {
        not_null: None,
        ..column.clone()
    };
    let major = planning.schema().major;
    let definition = render::column_definition(table, &bare_column, major);
    let add = render::alter(table, &format!("ADD COLUMN {definition}"));
    let drop = render::alter(table, &format!("DROP COLUMN {name}"));
    planning.step(
        Draft::transaction(format!("add {name} to {table}, empty"), [add]).undone_by([drop]),
    )?;
    let filling = Filling {
        columns: vec![Value {
            column: name.clone(),
            value: value.to_owned(),
        }],
        alias: table.name.to_string(),
        others: None,
        condition: None,
    };
    keep_filled(planning, table, &filling, false)?;
    not_null(planning, table, column)
}
