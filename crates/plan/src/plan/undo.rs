//! How a step is taken back.

use serde::{Deserialize, Serialize};

use super::Action;

/// How a step is taken back. The steps of a phase are taken back in reverse order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// There is nothing to take back: taking back another step does it too, or nothing has changed.
    Nothing,
    /// By these, in order.
    Actions(Vec<Action>),
    /// It cannot be: why.
    Impossible(String),
}

/// Rows that the schema before a step could not hold, as an app may write them behind it; of a step of contract, what may have come
/// since the plan was made that the step would stop at, or take away.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Hindrance {
    /// What is wrong with them, in a few words.
    pub what: String,
    /// A query for what some of them are called, as one text each; nothing is wrong where it has no rows.
    pub rows: String,
    /// The same without rows that a later step has written, which are put back before: where that has not kept any, it cannot be
    /// asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub besides: Option<String>,
}

impl Hindrance {
    pub(crate) fn new(what: String, rows: String) -> Self {
        Self {
            what,
            rows,
            besides: None,
        }
    }
}

impl Undo {
    /// Statements in one transaction.
    pub(crate) fn transaction(statements: Vec<String>) -> Self {
        Self::Actions(vec![Action::Transaction(statements)])
    }
}
