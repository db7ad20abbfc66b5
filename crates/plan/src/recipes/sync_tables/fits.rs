//! Whether two tables can be kept the same at all: in what is missing, or would be in the way.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{Column, Table},
    render,
};

use super::{paired::Reading, refused, ways::Ways};
use crate::{
    planner::Stop,
    recipes::rows_triggers,
    writing::{Key, Paired, Pairing, trigger_text},
};

impl Reading<'_> {
    /// What the statement fills is new: else nobody could tell, going back, what of it was there before.
    pub(super) fn is_of_this_deploy(&self) -> Result<(), Stop> {
        let (table, ..) = self.target();
        if self.stated.inserts() {
            let object = ObjectRef::Table(table.clone());
            return match self.moment.is_new(&object) {
                true => Ok(()),
                false => Err(refused(
                    format!(
                        "{table} was there before, and going back nobody could tell which of its rows were"
                    ),
                    Some("make the table in the same deploy".to_owned()),
                )),
            };
        }
        for (column, _) in &self.stated.columns {
            let object = ObjectRef::Column(table.clone(), column.clone());
            if !self.moment.is_new(&object) {
                return Err(refused(
                    format!("{column} of {table} was there before, and what it was is not kept"),
                    Some("add the column in the same deploy".to_owned()),
                ));
            }
        }
        Ok(())
    }

    /// What one app writes is what the other table gets; what a trigger of the user's makes of it there does not come back.
    pub(super) fn keeps_rows(&self) -> Result<(), Stop> {
        let stated = [
            (&self.stated.whole.table, self.whole),
            (&self.stated.part.table, self.part),
        ];
        let mut changed = stated.into_iter().flat_map(|(name, table)| {
            rows_triggers(table).map(move |(trigger, _)| (name, trigger))
        });
        let mut behind = stated
            .into_iter()
            .filter_map(|(name, table)| Some((name, self.writes_itself(name, table)?)));
        match changed.next().or_else(|| behind.next()) {
            None => Ok(()),
            Some((table, trigger)) => Err(refused(
                format!(
                    "trigger {trigger} of {table} may change a row as it is written, and what it makes of it would not come to the other table"
                ),
                Some(
                    "drop it in a deploy before, and make it again when this one is contracted"
                        .to_owned(),
                ),
            )),
        }
    }

    /// A trigger of a table, in front of a write or behind it, whose function writes rows of that table.
    fn writes_itself<'t>(&self, name: &QName, table: &'t Table) -> Option<&'t Name> {
        let mut triggers = table.triggers.iter();
        let found = triggers.find(|(_, trigger)| {
            let text = trigger_text(self.moment.before(), trigger);
            text.is_some_and(|text| writes(text, &name.name))
        });
        found.map(|(trigger, _)| trigger)
    }

    /// Whether rows that come back can be inserted: nothing else may have to be said.
    pub(super) fn takes_rows(&self, pairing: &Pairing) -> Result<(), Stop> {
        let (half, table) = match pairing.kind {
            Paired::Rows => (&pairing.whole, self.whole),
            Paired::MovedIn => (&pairing.part, self.part),
            Paired::MovedOut => return Ok(()),
        };
        let key = pairing.key.iter().map(|own| match pairing.kind {
            Paired::Rows => &own.whole,
            _ => &own.part,
        });
        let given: Vec<&Name> = key
            .chain(half.columns.iter().map(|own| &own.column))
            .collect();
        let lacks = table.columns.iter().find(|own| {
            let has_value =
                own.default.is_some() || own.identity.is_some() || own.generated.is_some();
            own.not_null.is_some() && !has_value && !given.contains(&&own.name)
        });
        match lacks {
            None => Ok(()),
            Some(own) => Err(refused(
                format!(
                    "{} of {} has to have a value, and a row that the new app writes has none",
                    own.name, half.table
                ),
                Some(
                    "let the statement bring the column along, or give it a default before"
                        .to_owned(),
                ),
            )),
        }
    }

    /// Both tables must count their keys by one sequence: else both apps would make the same one.
    pub(super) fn counts_together(&self, key: &[Key]) -> Result<(), Stop> {
        for own in key {
            let (Some(of_whole), Some(of_part)) =
                (self.whole.column(&own.whole), self.part.column(&own.part))
            else {
                continue;
            };
            let Some(sequence) = self.counted_by(&self.stated.whole.table, of_whole) else {
                continue;
            };
            let of_other = self.counted_by(&self.stated.part.table, of_part);
            let is_same = of_other.as_ref() == Some(&sequence);
            let makes_own = of_part.identity.is_some() || of_part.default.is_some();
            if makes_own && !is_same {
                return Err(refused(
                    format!(
                        "{} of {} and {} of {} are counted by two sequences: both apps would make the same key",
                        own.whole, self.stated.whole.table, own.part, self.stated.part.table
                    ),
                    Some(format!(
                        "count both by one: `{} … DEFAULT nextval('{sequence}')`, and let the new column own it: `ALTER SEQUENCE {sequence} OWNED BY {}.{}`",
                        own.part, self.stated.part.table, own.part
                    )),
                ));
            }
        }
        Ok(())
    }

    /// The sequence that a column of a table gets its next value from.
    fn counted_by(&self, table: &QName, column: &Column) -> Option<QName> {
        if let Some(identity) = &column.identity {
            return Some(identity.sequence.clone());
        }
        let named = render::next_value_of(&column.default.as_ref()?.text)?;
        let sequences = &self.moment.before().sequences;
        let is_it = |name: &&QName| name.to_string() == named || name.name.to_string() == named;
        let mut found: Vec<&QName> = sequences.keys().filter(is_it).collect();
        // of several that are called so, the one beside the table
        found.sort_by_key(|name| name.schema != table.schema);
        found.first().map(|name| (*name).clone())
    }

    /// Whether the deploy inserts into the target from other tables too.
    pub(super) fn is_merged(&self) -> bool {
        let part = &self.stated.part.table;
        let inserts = |change: &Change| matches!(change, Change::Data { statement: "INSERT", table: Some(of) } if of == part);
        let mut all = self.planning.all();
        let first = all.find(|line| line.changes.iter().any(inserts));
        first.is_some() && all.any(|line| line.changes.iter().any(inserts))
    }

    /// Whether nothing of the whole stays behind.
    pub(super) fn is_all(&self, ways: &Ways) -> bool {
        let mut columns = self.whole.columns.iter();
        let said = self.planning.said().back;
        columns.all(|own| {
            own.generated.is_some()
                || ways.plain.iter().any(|(name, ..)| *name == own.name)
                || said.iter().any(|(name, _)| *name == own.name)
        })
    }

    /// What a column is in a row without a counterpart; none: NULL.
    pub(super) fn empty(
        &self,
        name: &QName,
        table: &Table,
        column: &Name,
    ) -> Result<Option<String>, Stop> {
        let Some(own) = table.column(column).filter(|own| own.not_null.is_some()) else {
            return Ok(None);
        };
        match &own.default {
            Some(default) if !self.moment.calls_volatile(&default.text) => {
                Ok(Some(default.to_string()))
            }
            // it may be NULL until it goes
            _ if self.is_column_dropped(name, column) => Ok(None),
            _ => Err(refused(
                format!(
                    "{column} of {name} takes no NULL, and has no default: there is no value for a row whose counterpart is deleted"
                ),
                Some("drop the column in the same deploy, or give it a default".to_owned()),
            )),
        }
    }

    /// What a column that may be NULL is in a row that is inserted without a counterpart: its default, which so stands for nothing.
    pub(super) fn left_out(&self, name: &QName, column: &Name) -> Result<Option<String>, Stop> {
        let own = self.whole.column(column);
        match own.and_then(|own| own.default.as_ref()) {
            Some(default) if self.moment.calls_volatile(&default.text) => Err(refused(
                format!(
                    "the default of {column} of {name} is another value each time: each row that an app inserts would have a counterpart at once, before the old app can insert it"
                ),
                Some(format!("give {column} its default in a later migration")),
            )),
            default => Ok(default.map(ToString::to_string)),
        }
    }

    fn is_column_dropped(&self, table: &QName, column: &Name) -> bool {
        let drops = |change: &Change| matches!(change, Change::Table { table: of, change: TableChange::DropColumn { name, .. } } if of == table && name == column);
        let mut later = self.planning.later();
        later.any(|(line, _)| line.changes.iter().any(drops))
    }
}

/// Whether a function's text writes rows of a table of this name.
fn writes(text: &str, table: &Name) -> bool {
    let is_part = |of: char| of.is_alphanumeric() || of == '_' || of == '$';
    // a list of columns is behind the table
    let text = text.replace('(', " ( ");
    let words = text
        .split(|of| !is_part(of) && of != '(')
        .filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let wanted = table.as_str().to_lowercase();
    words.iter().enumerate().any(|(at, word)| {
        let into = match word.as_str() {
            "update" => 1,
            "insert" | "delete" | "merge" => 2,
            _ => return false,
        };
        // ONLY, and a schema
        let named = words.iter().skip(at + into).take_while(|word| *word != "(");
        named.take(3).any(|word| *word == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_write_their_table_are_told_from_those_that_read_it() {
        let of = |text| writes(text, &Name::unquoted("users"));
        assert!(of("BEGIN UPDATE users SET a = 1; END"));
        assert!(of("update only public.Users u set a = 1"));
        assert!(of("INSERT INTO public.\"users\" VALUES (1)"));
        assert!(of("delete from users"));
        assert!(!of("INSERT INTO audit (users, what) VALUES (1, 'a')"));
        assert!(!of("INSERT INTO log SELECT count(*) FROM users"));
        assert!(!of("UPDATE stats SET n = (SELECT count(*) FROM users)"));
        assert!(!of("PERFORM pg_notify('users', 'update')"));
    }
}
