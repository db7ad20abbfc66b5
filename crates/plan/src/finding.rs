//! What a rule has to say of a statement.

use std::{ops::Range, sync::Arc};

use segue_sql::Source;

use crate::{Phase, Severity};

/// What a rule has to say of a place in a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The text it is in.
    pub source: Arc<Source>,
    /// Where.
    pub span: Range<usize>,
    /// The number of the statement in its script, from 0; none where it is about the script.
    pub statement: Option<usize>,
    /// What happens, in one sentence without a full stop.
    pub message: String,
    /// Facts that help to understand it: the lock, who waits, how long.
    pub notes: Vec<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// The same change, written safely; where one file can hold it.
    pub fix: Option<Fix>,
    /// How a plan does the same while the app runs on: its steps, by phase and title; empty where it has none for it.
    pub planned: Vec<(Phase, String)>,
}

/// What can be written in the place of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words.
    pub title: String,
    /// The part of the text that is replaced.
    pub span: Range<usize>,
    /// What stands there instead.
    pub text: String,
    /// Whether the new statements cannot run in a transaction.
    pub outside_transaction: bool,
}
