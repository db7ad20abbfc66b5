//! Triggers and rewrite rules.

use serde::Serialize;

use crate::{
    Expr, Name, QName,
    model::{Deferral, json::is_default},
};

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// Before, after, instead.
    pub timing: TriggerTiming,
    /// Of what.
    pub events: TriggerEvents,
    /// `FOR EACH ROW` rather than `STATEMENT`.
    pub for_each_row: bool,
    /// `WHEN`, without outer parentheses.
    #[serde(skip_serializing_if = "is_default")]
    pub when: Option<Expr>,
    /// The function that it calls.
    pub function: QName,
    /// The texts that it gives the function.
    #[serde(skip_serializing_if = "is_default")]
    pub arguments: Vec<String>,
    /// `REFERENCING OLD TABLE AS`.
    #[serde(skip_serializing_if = "is_default")]
    pub old_table: Option<Name>,
    /// `REFERENCING NEW TABLE AS`.
    #[serde(skip_serializing_if = "is_default")]
    pub new_table: Option<Name>,
    /// `CREATE CONSTRAINT TRIGGER`.
    #[serde(skip_serializing_if = "is_default")]
    pub constraint: Option<TriggerConstraint>,
    /// When it fires.
    #[serde(skip_serializing_if = "is_default")]
    pub enabled: Enabled,
    /// Whether a partition has it from its parent.
    #[serde(skip_serializing_if = "is_default")]
    pub inherited: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// Before, after, instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerTiming {
    /// `BEFORE`.
    Before,
    /// `AFTER`.
    After,
    /// `INSTEAD OF`.
    InsteadOf,
}

/// What fires a trigger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TriggerEvents {
    /// `INSERT`.
    #[serde(skip_serializing_if = "is_default")]
    pub insert: bool,
    /// `UPDATE`; a list of columns narrows it.
    #[serde(skip_serializing_if = "is_default")]
    pub update: bool,
    /// `UPDATE OF` these columns.
    #[serde(skip_serializing_if = "is_default")]
    pub update_of: Vec<Name>,
    /// `DELETE`.
    #[serde(skip_serializing_if = "is_default")]
    pub delete: bool,
    /// `TRUNCATE`.
    #[serde(skip_serializing_if = "is_default")]
    pub truncate: bool,
}

/// What a constraint trigger has beyond a plain one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TriggerConstraint {
    /// `FROM` another table.
    #[serde(skip_serializing_if = "is_default")]
    pub from: Option<QName>,
    /// When it is checked.
    #[serde(skip_serializing_if = "is_default")]
    pub deferral: Deferral,
}

/// When a trigger or rule fires (`ALTER TABLE … ENABLE`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Enabled {
    /// On the origin of a change.
    #[default]
    Origin,
    /// Also on a replica.
    Always,
    /// On a replica only.
    Replica,
    /// Never.
    Disabled,
}

/// A rewrite rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Of which statement.
    pub event: RuleEvent,
    /// `INSTEAD` rather than `ALSO`.
    #[serde(skip_serializing_if = "is_default")]
    pub instead: bool,
    /// `WHERE`.
    #[serde(skip_serializing_if = "is_default")]
    pub condition: Option<Expr>,
    /// The statements it runs, as SQL; empty for `NOTHING`.
    #[serde(skip_serializing_if = "is_default")]
    pub actions: Vec<Expr>,
    /// When it is in force.
    #[serde(skip_serializing_if = "is_default")]
    pub enabled: Enabled,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// The statement that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleEvent {
    /// `SELECT`.
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
}
