//! What `ALTER INDEX` does: its actions, one change each.

use serde::Serialize;

use crate::{Name, QName, model::Parameters};

/// One action of `ALTER INDEX`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexChange {
    /// `SET (parameter = value)` and `RESET (parameter)`.
    SetParameters {
        /// Parameters that are set.
        set: Parameters,
        /// Parameters that are reset.
        reset: Vec<String>,
    },
    /// `SET TABLESPACE`; `None`: the default.
    SetTablespace(Option<Name>),
    /// `ATTACH PARTITION` index.
    Attach(QName),
    /// `ALTER COLUMN n SET STATISTICS`; `None`: the default.
    SetStatistics {
        /// The key's number, from 1.
        key: u16,
        /// The target.
        target: Option<i32>,
    },
}
