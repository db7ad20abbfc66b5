//! Row security policies.

use serde::Serialize;

use crate::{Expr, model::json::is_default, privileges::Grantee};

/// A row security policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// `PERMISSIVE` rather than `RESTRICTIVE`.
    pub permissive: bool,
    /// For which statements.
    pub command: PolicyCommand,
    /// For whom, in order of their names.
    pub roles: Vec<Grantee>,
    /// `USING`, without outer parentheses.
    #[serde(skip_serializing_if = "is_default")]
    pub using: Option<Expr>,
    /// `WITH CHECK`, without outer parentheses.
    #[serde(skip_serializing_if = "is_default")]
    pub check: Option<Expr>,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// For which statements a policy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyCommand {
    /// All.
    All,
    /// `SELECT`.
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
}
