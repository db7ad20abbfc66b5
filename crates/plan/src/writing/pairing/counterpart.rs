//! Which rows of the whole have a counterpart, and what becomes of that where one has none any more.

use super::{PART, Paired, Pairing, columns, rows::changes as changed, values};

impl Pairing {
    /// Whether the row that is written has a counterpart.
    pub(super) fn new_has_part(&self) -> String {
        self.has_part("NEW")
    }

    pub(super) fn has_part(&self, row: &str) -> String {
        match &self.condition {
            None => "true".to_owned(),
            Some(condition) => format!(
                "(SELECT {condition} FROM (SELECT {row}.*) AS {})",
                self.whole.alias
            ),
        }
    }

    /// Whether a row that nobody has given a counterpart by the end of the transaction gets one: not where it has nothing for
    /// what has to have a value there.
    pub(super) fn may_have_part(&self) -> String {
        let condition = self.condition.iter().map(|text| format!(" AND ({text})"));
        // of rows that have none for that, the condition itself knows
        let strict = self
            .part
            .columns
            .iter()
            .filter(|own| own.strict && self.unheld.is_none());
        let strict = strict.map(|own| format!(" AND ({}) IS NOT NULL", own.value));
        condition.chain(strict).collect()
    }

    pub(super) fn is_row_of_new(&self, alias: &str) -> String {
        let keys = self.key.iter();
        let keys = keys.map(|key| format!("{alias}.{0} = NEW.{0}", key.whole));
        keys.collect::<Vec<_>>().join(" AND ")
    }

    /// What becomes of the counterpart of a row that is to have none.
    pub(super) fn without_part(&self, row: &str, of_new: &str) -> String {
        let part = &self.part.table;
        let delete = format!("DELETE FROM {part} AS {PART} WHERE {of_new}");
        match self.kind {
            Paired::Rows => delete,
            Paired::MovedOut => self.left_in_part(&delete, of_new),
            Paired::MovedIn if self.unheld.is_some() => delete,
            // it has columns beside those that move
            Paired::MovedIn => format!(
                "UPDATE {part} AS {PART} SET ({}) = (SELECT {} FROM {row}) WHERE {of_new}",
                columns(&self.part.columns),
                values(&self.part.columns)
            ),
        }
    }

    /// A row of the part goes with the last that it had from the whole; one that the new app has made without that, or that has
    /// something of its own, stays, and has what the whole has.
    fn left_in_part(&self, delete: &str, of_new: &str) -> String {
        let (part, alias) = (&self.part.table, &self.whole.alias);
        let of =
            |value: &str, row: &str| format!("(SELECT {value} FROM (SELECT {row}.*) AS {alias})");
        let own = self.own.iter().map(|own| format!(" AND NOT ({own})"));
        let had = format!(
            "{} IS TRUE{}",
            self.has_part("OLD"),
            own.collect::<String>()
        );
        let strict = self.part.columns.iter().filter(|own| own.strict);
        let lacks = strict.map(|own| format!(" OR {} IS NULL", of(&own.value, "NEW")));
        let goes = format!("({had}{})", lacks.collect::<String>());
        let set = self.part.columns.iter().map(|own| {
            let (column, changes) = (&own.column, changed(own, alias));
            format!(
                "{column} = CASE WHEN {changes} THEN {} ELSE {PART}.{column} END",
                of(&own.value, "NEW")
            )
        });
        let set = set.collect::<Vec<_>>().join(", ");
        match set.is_empty() {
            true => format!("{delete} AND {goes}"),
            false => format!(
                "{delete} AND {goes};\n      UPDATE {part} AS {PART} SET {set} WHERE {of_new}"
            ),
        }
    }
}
