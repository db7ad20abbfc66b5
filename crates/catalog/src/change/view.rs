//! What `ALTER VIEW` and `ALTER MATERIALIZED VIEW` do: their actions, one change each.

use serde::Serialize;

use crate::{Expr, Name, model::Parameters};

/// One action of `ALTER VIEW` or `ALTER MATERIALIZED VIEW`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewChange {
    /// `ALTER COLUMN … SET DEFAULT` or `DROP DEFAULT`.
    SetDefault {
        /// The column.
        column: Name,
        /// The default.
        default: Option<Expr>,
    },
    /// `SET (option)` and `RESET (option)`; `check_option` is one of them.
    SetParameters {
        /// Options that are set.
        set: Parameters,
        /// Options that are reset.
        reset: Vec<String>,
    },
    /// `SET TABLESPACE` of a materialized view; `None`: the default.
    SetTablespace(Option<Name>),
    /// `SET ACCESS METHOD` of a materialized view; `None`: the default.
    SetAccessMethod(Option<Name>),
    /// `CLUSTER ON` of a materialized view, and what else of it is like a table's; the model does not keep it.
    SetStatistics {
        /// The column.
        column: Name,
        /// The target; `None`: the default.
        target: Option<i32>,
    },
    /// `REFRESH MATERIALIZED VIEW`, with or without data.
    Refresh {
        /// Whether it can be read afterwards.
        populated: bool,
    },
}
