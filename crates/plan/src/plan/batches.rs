//! Rows that are written, or compared, in batches, each in a transaction of its own.

use segue_catalog::QName;
use serde::{Deserialize, Serialize};

/// Where a table's first row can be: the first value of `$1`.
pub const FIRST_ROW: &str = "(0,0)";
/// Behind any row that a table can have: the last value of `$2` (storage-page-layout.html: blocks are numbered by 32 bits).
pub const LAST_ROW: &str = "(4294967295,0)";

/// Rows that are written in batches.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Batches {
    /// The table; one without rows of its own is not named here, but each of its partitions.
    pub table: QName,
    /// The table is partitioned, and these partitions have steps of their own: what is written here is in those that have come
    /// since, as they are when the step begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub besides: Option<Vec<QName>>,
    /// What runs before each batch, in its transaction.
    pub before: Vec<String>,
    /// What writes a batch: `$1` and `$2` are the `ctid`s where it begins and ends, as text.
    pub statement: String,
    /// A query for one boolean: whether no row is left. While some are, it is begun again.
    pub done: String,
    /// A query for the `ctid` and `xmin` of the rows that are left, where an app may go on writing such rows and nothing is wrong with
    /// that: it is done once all those are written that one look has found, as the statement by itself would be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// How fast, where the file says so.
    #[serde(default, skip_serializing_if = "OwnPace::is_none")]
    pub pace: OwnPace,
    /// Whether rows are looked for instead of written: each one that is found is named by the statement, as one text, and is a
    /// difference that ends it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub compares: bool,
    /// What is wrong with rows that are found so; none: two forms that are to be kept the same are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Whether rows are read here, and written into a table of the same deploy, which nobody waits for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub copies: bool,
}

/// How fast rows are written, where the file says so (`-- segue: batch …`): the rest is as the deploy is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct OwnPace {
    /// How many rows a batch has at most, but for what is in one block of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How long a batch shall take, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_milliseconds: Option<u64>,
    /// How many rows a second may be written; a smaller number of the deploy's goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rate: Option<u64>,
}

impl OwnPace {
    /// Whether nothing is said.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Batches {
    /// Rows that are looked for: `statement` names those in which something differs.
    pub fn comparing(table: QName, statement: String) -> Self {
        Self {
            table,
            besides: None,
            before: Vec::new(),
            statement,
            done: "SELECT true".to_owned(),
            left: None,
            pace: OwnPace::default(),
            compares: true,
            found: None,
            copies: false,
        }
    }

    /// From where to where they go, for people.
    pub(crate) fn where_they_go(&self) -> String {
        match &self.besides {
            Some(_) => format!(
                "from $1 to $2 of each such partition, which stands in the place of {}",
                self.table
            ),
            None => "from $1 to $2".to_owned(),
        }
    }

    /// The same for one of the partitions that have come since.
    pub fn of_partition(&self, partition: &QName) -> Self {
        // what is read or written stands first in texts of ours, before anything of the user's
        let of_it = |text: &str| {
            text.replacen(
                &format!("ONLY {} ", self.table),
                &format!("ONLY {partition} "),
                1,
            )
        };
        Self {
            besides: None,
            statement: of_it(&self.statement),
            done: of_it(&self.done),
            table: partition.clone(),
            ..self.clone()
        }
    }

    /// The statement with the places of the rows filled in, as literals. A `$1` of the user's own, in a text, stays.
    pub fn between(&self, first: &str, last: &str) -> String {
        self.statement
            .replace("$1::tid", &format!("'{first}'::tid"))
            .replace("$2::tid", &format!("'{last}'::tid"))
    }

    /// The statement for these versions of rows: each is at a place, such as `(12,5)`, and was written by a transaction. None where
    /// that are no such, or the statement is no one over places.
    pub fn of_versions(&self, versions: &[(String, String)]) -> Option<String> {
        // what the rows are called stands before the second place
        let (front, _) = self.statement.split_once("ctid < $2::tid")?;
        let (_, of) = front.rsplit_once(" AND ")?;
        let range = format!("{of}ctid >= $1::tid AND {of}ctid < $2::tid");
        let is_place = |of: char| of.is_ascii_digit() || matches!(of, '(' | ')' | ',');
        let are_right = versions.iter().all(|(place, xmin)| {
            place.chars().all(is_place) && xmin.chars().all(|of| of.is_ascii_digit())
        });
        if !are_right || !self.statement.contains(&range) {
            return None;
        }
        let places: Vec<String> = versions
            .iter()
            .map(|(place, _)| format!("\"{place}\""))
            .collect();
        let written: Vec<String> = versions
            .iter()
            .map(|(place, xmin)| format!("\"{place} {xmin}\""))
            .collect();
        // one text for both: the server looks it up in a hash table (from 9 of them on), where it would compare each pair with all
        let these = format!(
            "{of}ctid = ANY ('{{{}}}'::tid[]) AND {of}ctid::text || ' ' || {of}xmin::text = ANY ('{{{}}}'::text[])",
            places.join(","),
            written.join(",")
        );
        Some(self.statement.replace(&range, &these))
    }
}
