//! What a deploy may and may not do.

use std::{collections::BTreeMap, sync::Arc};

use segue_db::Place;
use segue_plan::{Policy, Strategy};
use segue_project::{Quiet, Windows};

use crate::{Functions, Pace, Patience, Reviewed, Settings};

/// What a deploy may and may not do.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The session's settings.
    pub settings: Settings,
    /// How long to try.
    pub patience: Patience,
    /// Where the history is, if not where the tool has it.
    pub place: Place,
    /// The last migration to deploy; by name, key, or a unique beginning of the name.
    pub to: Option<String>,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// With `dry_run`: hold the SQL of what would be done, which is as long as the files.
    pub with_sql: bool,
    /// Go on although applied migrations were changed on disk.
    pub allow_edited: bool,
    /// Go on although applied migrations are not on disk.
    pub allow_missing: bool,
    /// Refuse migrations that come before applied ones.
    pub strict: bool,
    /// Whether an app is running meanwhile. PostgreSQL only; a database without tables has no app.
    pub strategy: Strategy,
    /// What counts as large and in use, and how long others may wait.
    pub policy: Policy,
    /// Rows of tables, by name, that are said to have so many.
    pub declared: BTreeMap<String, u64>,
    /// When large steps of a plan may run that write no rows in batches.
    pub windows: Windows,
    /// Where these stand, if in a file.
    pub windows_place: Option<segue_sql::Place>,
    /// How quiet the database has to be for them.
    pub quiet: Option<Quiet>,
    /// How fast rows are written in batches.
    pub pace: Pace,
    /// End the sessions that keep a step of a plan waiting.
    pub cancel_blockers: bool,
    /// Functions that rows go through, by the names that migrations know them by.
    pub functions: Functions,
    /// Take what another hand has changed since the last step of a plan for right.
    pub accept_changes: bool,
    /// Deploy exactly this plan, or nothing.
    pub reviewed: Option<Arc<Reviewed>>,
}
