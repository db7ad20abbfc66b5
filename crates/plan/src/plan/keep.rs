//! What is kept of rows that a step changes or deletes, so that they can be put back until contract.

use segue_catalog::QName;
use serde::{Deserialize, Serialize};

/// What is kept of rows that were there before a step changes or deletes them, and which ones it adds: in a table of segue's own,
/// written in the same transaction. It goes with contract, and where there is none, with the next plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Keep {
    /// The table that it is kept in.
    pub table: QName,
    /// Those of the other tables that the step reaches, where triggers see what it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<QName>,
    /// What makes these tables.
    pub make: Vec<String>,
    /// What runs before the step's statement, in its transaction, which sees one state of the database from its beginning to its end
    /// (`REPEATABLE READ`, transaction-iso.html). None where the statement itself keeps the rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// The step's statement in a form that also keeps what it adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// What runs behind the step's statement, in its transaction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<String>,
    /// A query for some of the rows: what each is called, what it was and what it is, as texts; the last is NULL where it is deleted.
    pub sample: String,
    /// A query for what the rows are called, as one text each, that are not as they were when all is put back: somebody else has
    /// changed them since.
    pub others: String,
}

impl Keep {
    /// The tables that it is kept in.
    pub fn tables(&self) -> impl Iterator<Item = &QName> {
        std::iter::once(&self.table).chain(&self.also)
    }

    /// What takes the tables away.
    pub fn drop(&self) -> String {
        let tables: Vec<String> = self.tables().map(ToString::to_string).collect();
        format!("DROP TABLE IF EXISTS {}", tables.join(", "))
    }
}
