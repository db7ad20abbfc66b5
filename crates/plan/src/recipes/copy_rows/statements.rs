//! The statements that copy rows, batch by batch.

use segue_catalog::QName;

use super::Copy;
use crate::{
    Batches,
    planner::Planning,
    writing::{NAMED, called, differ, named_row},
};

/// How the target is called.
const THERE: &str = "segue_there";
/// How what it should have is called.
const OUGHT: &str = "segue_ought";

impl Copy {
    /// Copies the rows of a table that are not there as they are.
    pub(super) fn forth(&self, leaf: &QName, planning: &Planning<'_>) -> Batches {
        let (alias, target) = (&self.alias, &self.target);
        let from = format!("ONLY {}", called(leaf, alias));
        let open = self.copied_if(&self.is_missing());
        let columns: Vec<String> = (self.columns.iter())
            .map(|own| own.column.to_string())
            .collect();
        let values: Vec<&str> = (self.columns.iter())
            .map(|own| own.value.as_str())
            .collect();
        let overriding = match self.overriding {
            true => "OVERRIDING SYSTEM VALUE ",
            false => "",
        };
        Batches {
            statement: format!(
                "INSERT INTO {target} ({}) {overriding}SELECT {} FROM {from} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open} \
                 ON CONFLICT ({}) {}",
                columns.join(", "),
                values.join(", "),
                self.own_key(),
                self.otherwise()
            ),
            done: format!("SELECT NOT EXISTS (SELECT FROM {})", self.rest(&from)),
            left: Some(format!(
                "SELECT {OUGHT}.segue_at, {OUGHT}.segue_by FROM {}",
                self.rest(&from)
            )),
            besides: None,
            before: Vec::new(),
            pace: planning.said().pace,
            compares: false,
            found: None,
            copies: true,
            table: leaf.clone(),
        }
    }

    /// Deletes the rows of the target whose row is gone.
    pub(super) fn gone(&self, leaf: QName, planning: &Planning<'_>) -> Batches {
        let from = format!("ONLY {}", called(&leaf, THERE));
        let open = format!(
            "NOT EXISTS (SELECT FROM {} WHERE {})",
            called(&self.source, &self.alias),
            self.copied_if(&self.is_it())
        );
        Batches {
            statement: format!(
                "DELETE FROM {from} WHERE {THERE}.ctid >= $1::tid AND {THERE}.ctid < $2::tid AND {open}"
            ),
            done: format!("SELECT NOT EXISTS (SELECT FROM {from} WHERE {open})"),
            left: Some(format!(
                "SELECT {THERE}.ctid, {THERE}.xmin::text FROM {from} WHERE {open}"
            )),
            besides: None,
            before: Vec::new(),
            pace: planning.said().pace,
            compares: false,
            found: None,
            copies: false,
            table: leaf,
        }
    }

    /// Looks for rows whose key is in the target already: of another table, or of a statement before.
    pub(super) fn there_already(&self, leaf: &QName, planning: &Planning<'_>) -> Batches {
        let (alias, target) = (&self.alias, &self.target);
        let is_there = format!(
            "EXISTS (SELECT FROM {target} AS {THERE} WHERE {})",
            self.is_it()
        );
        let statement = format!(
            "SELECT {} FROM ONLY {} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {} LIMIT {NAMED}",
            named_row(planning.schema(), leaf),
            called(leaf, alias),
            self.copied_if(&is_there)
        );
        Batches {
            found: Some(format!(
                "their key ({}) is in {target} already",
                self.own_key()
            )),
            ..Batches::comparing(leaf.clone(), statement)
        }
    }

    fn copied_if(&self, condition: &str) -> String {
        match &self.condition {
            Some(own) => format!("({own}) AND {condition}"),
            None => condition.to_owned(),
        }
    }

    /// Whether a row of the target and one of the source are the same one.
    fn is_it(&self) -> String {
        let alias = &self.alias;
        let pairs = self.key.iter();
        let same: Vec<String> = pairs
            .map(|(own, of)| format!("{THERE}.{own} = {alias}.{of}"))
            .collect();
        same.join(" AND ")
    }

    /// Whether the target has no row that is as the one of the source makes it: an index is asked for each row of a batch. What it
    /// ought to be is made where the names of the target's columns are not to be seen.
    fn is_missing(&self) -> String {
        let (target, is_it) = (&self.target, self.is_it());
        if !self.is_compared() {
            return format!("NOT EXISTS (SELECT FROM {target} AS {THERE} WHERE {is_it})");
        }
        format!(
            "NOT EXISTS (SELECT FROM (SELECT {}) AS {OUGHT}, {target} AS {THERE} WHERE {is_it} AND {})",
            self.made().join(", "),
            self.is_same()
        )
    }

    /// The same rows of the whole table: made in front, so that the server can join both tables as a whole.
    fn rest(&self, from: &str) -> String {
        let (alias, target) = (&self.alias, &self.target);
        let key = self.key.iter().enumerate();
        let keys = key
            .clone()
            .map(|(at, (_, of))| format!("{alias}.{of} AS k{}", at + 1));
        let mut made = vec![
            format!("{alias}.ctid AS segue_at"),
            format!("{alias}.xmin::text AS segue_by"),
        ];
        made.extend(keys);
        let mut same: Vec<String> = key
            .map(|(at, (own, _))| format!("{THERE}.{own} = {OUGHT}.k{}", at + 1))
            .collect();
        if self.is_compared() {
            made.extend(self.made());
            same.push(self.is_same());
        }
        let condition = self.condition.as_ref();
        let condition = condition.map_or_else(String::new, |own| format!(" WHERE {own}"));
        format!(
            "(SELECT {} FROM {from}{condition}) AS {OUGHT} WHERE NOT EXISTS (SELECT FROM {target} AS {THERE} WHERE {})",
            made.join(", "),
            same.join(" AND ")
        )
    }

    /// What a row of the source makes of each column.
    fn made(&self) -> Vec<String> {
        let columns = self.columns.iter().enumerate();
        let made = columns.map(|(at, own)| format!("{} AS c{}", own.typed, at + 1));
        made.collect()
    }

    /// Whether a row of the target is what was made.
    fn is_same(&self) -> String {
        let ought: Vec<String> = (1..=self.columns.len())
            .map(|number| format!("{OUGHT}.c{number}"))
            .collect();
        let there: Vec<String> = (self.columns.iter())
            .map(|own| format!("{THERE}.{}", own.column))
            .collect();
        format!("NOT {}", differ(&there.join(", "), &ought.join(", ")))
    }

    fn own_key(&self) -> String {
        let key: Vec<String> = self.key.iter().map(|(own, _)| own.to_string()).collect();
        key.join(", ")
    }

    /// What becomes of a row that is there, and differs.
    fn otherwise(&self) -> String {
        let is_key = |column| self.key.iter().any(|(own, _)| own == column);
        let set: Vec<String> = (self.columns.iter())
            .filter(|own| !is_key(&own.column))
            .map(|own| format!("{0} = EXCLUDED.{0}", own.column))
            .collect();
        match set.is_empty() || !self.is_compared() {
            true => "DO NOTHING".to_owned(),
            false => format!("DO UPDATE SET {}", set.join(", ")),
        }
    }
}
