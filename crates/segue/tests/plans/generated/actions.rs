//! `ALTER TABLE`, with one action or several.

use segue_catalog::{
    Name, QName,
    model::{Column, Table},
};

use super::{Picks, values};

/// One action.
pub(super) fn alter(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let (name, table) = picks.table()?;
    let action = action(picks, name, table)?;
    Some(vec![format!("ALTER TABLE {name} {action}")])
}

/// Several actions on one table.
pub(super) fn several(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let (name, table) = picks.table()?;
    let mut actions: Vec<String> = Vec::new();
    for _ in 0..3 {
        let next = action(picks, name, table);
        actions.extend(next.filter(|next| !actions.contains(next)));
    }
    (!actions.is_empty()).then(|| vec![format!("ALTER TABLE {name} {}", actions.join(", "))])
}

fn action(picks: &mut Picks<'_>, name: &QName, table: &Table) -> Option<String> {
    let kind = picks.number() % 20;
    if kind < 6 {
        return Some(add_column(picks, kind, table));
    }
    let column = picks.of(&table.columns)?;
    let own = &column.name;
    let of = column.data_type.to_string();
    Some(match kind {
        6 | 7 => format!("DROP COLUMN {own}"),
        8..=10 => retyped(picks, column),
        11 | 12 => format!("ALTER COLUMN {own} SET NOT NULL"),
        13 => format!("ALTER COLUMN {own} DROP NOT NULL"),
        14 => format!("ALTER COLUMN {own} SET DEFAULT {}", values::constant(&of)),
        15 => format!("ALTER COLUMN {own} SET DEFAULT {}", values::volatile(&of)),
        16 => format!("ALTER COLUMN {own} DROP DEFAULT"),
        17 => drop_constraint(picks, table)?,
        18 => format!("ALTER COLUMN {own} SET STATISTICS 50"),
        _ => add_constraint(picks, name, table)?,
    })
}

fn add_column(picks: &mut Picks<'_>, kind: usize, table: &Table) -> String {
    let name = picks.new_column(table);
    let of = values::data_type(picks);
    let extra = match kind {
        0 => String::new(),
        1 => format!(" NOT NULL DEFAULT {}", values::constant(of)),
        2 => format!(" DEFAULT {}", values::volatile(of)),
        3 => format!(" NOT NULL DEFAULT {}", values::volatile(of)),
        4 => format!(" CHECK ({})", values::check(&name.to_string(), of)),
        _ => match picks.number() % 4 {
            0 => return format!("ADD COLUMN {name} bigserial"),
            1 => return format!("ADD COLUMN {name} integer GENERATED ALWAYS AS IDENTITY"),
            2 => " UNIQUE".to_owned(),
            _ => return format!("ADD COLUMN IF NOT EXISTS {name} {of}"),
        },
    };
    format!("ADD COLUMN {name} {of}{extra}")
}

fn retyped(picks: &mut Picks<'_>, column: &Column) -> String {
    let own = &column.name;
    let to = values::data_type(picks);
    let written = own.to_string();
    match values::converted(&written, &column.data_type.to_string(), to) {
        Some(value) => format!("ALTER COLUMN {own} TYPE {to} USING {value}"),
        None => format!("ALTER COLUMN {own} TYPE text USING {own}::text"),
    }
}

fn drop_constraint(picks: &mut Picks<'_>, table: &Table) -> Option<String> {
    let all: Vec<&Name> = table.constraints.keys().collect();
    Some(format!("DROP CONSTRAINT {}", picks.of(&all)?))
}

/// A constraint of any kind.
pub(super) fn constraint(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let (name, table) = picks.table()?;
    let action = add_constraint(picks, name, table)?;
    Some(vec![format!("ALTER TABLE {name} {action}")])
}

fn add_constraint(picks: &mut Picks<'_>, name: &QName, table: &Table) -> Option<String> {
    let kind = picks.number();
    let column = picks.of(&table.columns)?;
    let own = column.name.to_string();
    let of = column.data_type.to_string();
    let called = match kind / 8 % 2 {
        0 => String::new(),
        _ => format!("CONSTRAINT k{} ", picks.number() % 4),
    };
    let what = match kind % 8 {
        0 | 1 => format!("CHECK ({})", values::check(&own, &of)),
        2 => format!("UNIQUE ({own})"),
        3 => {
            let other = &picks.of(&table.columns)?.name;
            let more = if other.to_string() == own {
                String::new()
            } else {
                format!(", {other}")
            };
            format!("UNIQUE ({own}{more})")
        }
        4 if table.primary_key().is_empty() => format!("PRIMARY KEY ({own})"),
        5 => format!("CHECK ({}) NOT VALID", values::check(&own, &of)),
        _ => foreign_key(picks, name, table)?,
    };
    Some(format!("ADD {called}{what}"))
}

/// From a column whose type is that of another table's key.
fn foreign_key(picks: &mut Picks<'_>, name: &QName, table: &Table) -> Option<String> {
    let mut all = Vec::new();
    for (other, of) in picks.catalog.tables.iter() {
        let [key] = of.primary_key() else { continue };
        let id = of.column(key)?;
        let own = table
            .columns
            .iter()
            .filter(|own| own.data_type == id.data_type);
        all.extend(
            own.filter(|own| other != name || own.name != *key)
                .map(|own| format!("FOREIGN KEY ({}) REFERENCES {other} ({key})", own.name)),
        );
    }
    let key = picks.of(&all)?.clone();
    let action = [
        "",
        " ON DELETE CASCADE",
        " ON UPDATE CASCADE ON DELETE SET NULL",
    ];
    Some(format!("{key}{}", picks.of(&action)?))
}

/// `RENAME COLUMN`.
pub(super) fn rename_column(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let (name, table) = picks.table()?;
    let from = &picks.column(table)?.name;
    let to = picks.new_column(table);
    Some(vec![format!(
        "ALTER TABLE {name} RENAME COLUMN {from} TO {to}"
    )])
}

/// `RENAME TO`.
pub(super) fn rename_table(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let (name, _) = picks.table()?;
    let to = picks.new_relation("renamed");
    Some(vec![format!("ALTER TABLE {name} RENAME TO {to}")])
}

/// A column that has to have a value, with the value that it gets.
pub(super) fn backfilled(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let (name, table) = picks.table()?;
    let from = picks.column(table)?;
    let new = picks.new_column(table);
    let value = format!("COALESCE({}::text, 'none')", from.name);
    if picks.one_in(2) {
        return Some(vec![
            format!("ALTER TABLE {name} ADD COLUMN {new} text"),
            format!("UPDATE {name} SET {new} = {value}"),
            format!("ALTER TABLE {name} ALTER COLUMN {new} SET NOT NULL"),
        ]);
    }
    Some(vec![
        format!("ALTER TABLE {name} ADD COLUMN {new} text"),
        format!("UPDATE {name} SET {new} = {value} WHERE {new} IS NULL"),
    ])
}
