//! Statements that write rows of the one table from those of the other one.

use segue_catalog::Name;

use super::{super::differ, Carried, Half, PART, Pairing, WHOLE};

impl Pairing {
    /// An INSERT into the part, of rows of the whole.
    pub(super) fn insert_part(&self, from: &str, behind: &str) -> String {
        let alias = &self.whole.alias;
        let keys = self.key.iter().map(|key| {
            let value = key.to_part(&format!("{alias}.{}", key.whole));
            (key.part.to_string(), value)
        });
        let carried = self.part.columns.iter().chain(&self.marks);
        let carried = carried.chain(&self.initial);
        let carried = carried.map(|own| (own.column.to_string(), own.value.clone()));
        insert(&self.part, PART, keys.chain(carried), from, behind)
    }

    pub(super) fn insert_whole(&self) -> String {
        let alias = &self.part.alias;
        let keys = self.key.iter().map(|key| {
            let value = key.to_whole(&format!("{alias}.{}", key.part));
            (key.whole.to_string(), value)
        });
        let carried = self.whole.columns.iter();
        let carried = carried.map(|own| (own.column.to_string(), own.value.clone()));
        let own_key: Vec<Name> = self.key.iter().map(|key| key.whole.clone()).collect();
        insert(
            &self.whole,
            WHOLE,
            keys.chain(carried),
            &format!("(SELECT NEW.*) AS {alias}"),
            &on_conflict(&own_key, &self.whole, WHOLE),
        )
    }
}

/// A table under the name that the values from it call it by.
pub(super) fn called(half: &Half) -> String {
    if half.table.name.to_string() == half.alias {
        half.table.to_string()
    } else {
        format!("{} AS {}", half.table, half.alias)
    }
}

fn insert(
    half: &Half,
    called: &str,
    values: impl Iterator<Item = (String, String)>,
    from: &str,
    behind: &str,
) -> String {
    let (columns, values): (Vec<String>, Vec<String>) = values.unzip();
    let overriding = match half.overriding {
        true => "OVERRIDING SYSTEM VALUE ",
        false => "",
    };
    format!(
        "INSERT INTO {} AS {called} ({}) {overriding}SELECT {} FROM {from} {behind}",
        half.table,
        columns.join(", "),
        values.join(", ")
    )
}

/// Writes the columns of a row that is there, where they are others.
pub(super) fn on_conflict(key: &[Name], half: &Half, called: &str) -> String {
    let key = listed(key);
    if half.columns.is_empty() {
        return format!("ON CONFLICT ({key}) DO NOTHING");
    }
    let names = || half.columns.iter().map(|own| &own.column);
    let of = |row: &str| {
        let columns = names().map(|column| format!("{row}.{column}"));
        columns.collect::<Vec<_>>().join(", ")
    };
    let set: Vec<String> = names()
        .map(|column| format!("{column} = EXCLUDED.{column}"))
        .collect();
    format!(
        "ON CONFLICT ({key}) DO UPDATE SET {} WHERE {}",
        set.join(", "),
        differ(&of(called), &of("EXCLUDED"))
    )
}

pub(super) fn listed(names: &[Name]) -> String {
    let names = names.iter().map(ToString::to_string);
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn columns(carried: &[Carried]) -> String {
    let columns = carried.iter().map(|own| own.column.to_string());
    columns.collect::<Vec<_>>().join(", ")
}

pub(super) fn values(carried: &[Carried]) -> String {
    let values = carried.iter().map(|own| own.value.clone());
    values.collect::<Vec<_>>().join(", ")
}
