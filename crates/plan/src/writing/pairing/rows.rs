//! Statements that write rows of the one table from those of the other one.

use segue_catalog::Name;

use super::{super::differ, Carried, Half, PART, Pairing, WHOLE, listed};

/// What a row of the whole is that has the key already.
#[derive(Debug, Clone, Copy)]
pub(super) enum There {
    /// The counterpart: its columns stay as they are where what they are made of does.
    Updated,
    /// The counterpart, whatever is in it.
    Replaced,
    /// Another row, which is not to be written: the server refuses the key.
    Another,
}

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

    /// The same into the whole, of a row of the part that is written.
    pub(super) fn insert_whole(&self, there: There) -> String {
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
            &match there {
                There::Updated => on_conflict(&own_key, &self.whole, WHOLE, Some((alias, None))),
                There::Replaced => on_conflict(&own_key, &self.whole, WHOLE, None),
                There::Another => String::new(),
            },
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
    let behind = match behind.is_empty() {
        true => String::new(),
        false => format!(" {behind}"),
    };
    format!(
        "INSERT INTO {} AS {called} ({}) {overriding}SELECT {} FROM {from}{behind}",
        half.table,
        columns.join(", "),
        values.join(", ")
    )
}

/// Writes the columns of a row that is there, where they are others. `updates`: how the values call the row that is written, and
/// what holds where its old form had a counterpart too; then a column stays as it is where its value is the same of both forms: a
/// way may lose something, and who has written another column has not written this one.
pub(super) fn on_conflict(
    key: &[Name],
    half: &Half,
    called: &str,
    updates: Option<(&str, Option<&str>)>,
) -> String {
    let key = names(key);
    if half.columns.is_empty() {
        return format!("ON CONFLICT ({key}) DO NOTHING");
    }
    let value = |own: &Carried| {
        let column = &own.column;
        match updates.filter(|_| half.columns.len() > 1) {
            None => format!("EXCLUDED.{column}"),
            Some((alias, was)) => {
                let was = was.map_or(String::new(), |was| format!("{was} AND "));
                let changes = changes(own, alias);
                format!(
                    "CASE WHEN {was}NOT {changes} THEN {called}.{column} ELSE EXCLUDED.{column} END"
                )
            }
        }
    };
    let columns = half.columns.iter();
    let (set, values): (Vec<String>, Vec<String>) = columns
        .map(|own| (format!("{} = {}", own.column, value(own)), value(own)))
        .unzip();
    format!(
        "ON CONFLICT ({key}) DO UPDATE SET {} WHERE {}",
        set.join(", "),
        differ(&listed(&half.columns, called), &values.join(", "))
    )
}

/// Whether what a column is made of, in a row called so, is another thing than before.
pub(super) fn changes(own: &Carried, alias: &str) -> String {
    let of = |row: &str| format!("(SELECT {} FROM (SELECT {row}.*) AS {alias})", own.typed());
    differ(&of("OLD"), &of("NEW"))
}

pub(super) fn names(names: &[Name]) -> String {
    let names = names.iter().map(ToString::to_string);
    names.collect::<Vec<_>>().join(", ")
}
