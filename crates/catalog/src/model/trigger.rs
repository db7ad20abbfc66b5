use serde::Serialize;

use crate::{Expr, Name, QName, model::Deferral};

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
    pub when: Option<Expr>,
    /// The function that it calls.
    pub function: QName,
    /// The texts that it gives the function.
    pub arguments: Vec<String>,
    /// `REFERENCING OLD TABLE AS`.
    pub old_table: Option<Name>,
    /// `REFERENCING NEW TABLE AS`.
    pub new_table: Option<Name>,
    /// `CREATE CONSTRAINT TRIGGER`.
    pub constraint: Option<TriggerConstraint>,
    /// When it fires.
    pub enabled: Enabled,
    /// Whether a partition has it from its parent.
    pub inherited: bool,
    /// Its comment.
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
    pub insert: bool,
    /// `UPDATE`; a list of columns narrows it.
    pub update: bool,
    /// `UPDATE OF` these columns.
    pub update_of: Vec<Name>,
    /// `DELETE`.
    pub delete: bool,
    /// `TRUNCATE`.
    pub truncate: bool,
}

/// What a constraint trigger has beyond a plain one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TriggerConstraint {
    /// `FROM` another table.
    pub from: Option<QName>,
    /// When it is checked.
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
    pub instead: bool,
    /// `WHERE`.
    pub condition: Option<Expr>,
    /// The statements it runs, as SQL; empty for `NOTHING`.
    pub actions: Vec<Expr>,
    /// When it is in force.
    pub enabled: Enabled,
    /// Its comment.
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
