//! Statements that write rows of the one table from those of the other one.

use segue_catalog::Name;

use super::{super::differ, Half, PART, Pairing, WHOLE};

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
    let key = names(key);
    if half.columns.is_empty() {
        return format!("ON CONFLICT ({key}) DO NOTHING");
    }
    let columns = || half.columns.iter().map(|own| &own.column);
    let of = |row: &str| {
        let columns = columns().map(|column| format!("{row}.{column}"));
        columns.collect::<Vec<_>>().join(", ")
    };
    let set: Vec<String> = columns()
        .map(|column| format!("{column} = EXCLUDED.{column}"))
        .collect();
    format!(
        "ON CONFLICT ({key}) DO UPDATE SET {} WHERE {}",
        set.join(", "),
        differ(&of(called), &of("EXCLUDED"))
    )
}

pub(super) fn names(names: &[Name]) -> String {
    let names = names.iter().map(ToString::to_string);
    names.collect::<Vec<_>>().join(", ")
}
