//! What is judged: migrations, statement by statement, with the schema around each.

use std::{ops::Range, sync::Arc};

use segue_catalog::{Catalog, Change, Session};
use segue_sql::{Kind, Source};

/// Where a script comes from, which some rules depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A migration of a project.
    Migration,
    /// A file of its own.
    Loose,
}

/// A migration that is judged.
#[derive(Debug, Clone)]
pub struct Script {
    /// How people know it.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Its text.
    pub source: Arc<Source>,
    /// Its statements, in order, those that only steer a transaction included.
    pub lines: Vec<Line>,
}

/// A statement of a script.
#[derive(Debug, Clone)]
pub struct Line {
    /// Where it is in the text.
    pub span: Range<usize>,
    /// How it has to be run.
    pub kind: Kind,
    /// What it does to the schema; empty where only the server can tell.
    pub changes: Vec<Change>,
    /// Why its effect is not known.
    pub unknown: Option<String>,
    /// The schema before it.
    pub before: Catalog,
    /// The schema behind it.
    pub after: Catalog,
    /// What names mean in it.
    pub session: Session,
    /// Which of the script's transactions it runs in, from 0; none: in one of its own, or outside of any.
    pub transaction: Option<usize>,
}
