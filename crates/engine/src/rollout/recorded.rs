//! What the tool's own history says of the migrations of a plan: the tool itself may have written to it since.

use segue_db::history::State as Recorded;
use segue_project::{Migration, Project};
use segue_sql::Problem;

use super::Underway;
use crate::{Failure, Opened};

/// What is expanded is recorded as applied: where it is no more, the tool has taken it back, and its contract would take away what the
/// migrations before it made.
///
/// # Errors
/// A migration that the history does not have any more.
pub(crate) fn refuse_what_is_recorded_no_more(
    opened: &Opened,
    underway: &Underway,
) -> Result<(), Failure> {
    if underway.kept.expanded_at.is_none() {
        return Ok(());
    }
    let lost = underway
        .migrations
        .iter()
        .find(|migration| !is_applied(opened, &migration.key));
    let Some(lost) = lost else {
        return Ok(());
    };
    let name = &lost.name;
    let table = opened.table.quoted();
    Err(Failure::refused(
        Problem::new(format!(
            "{name} is expanded, and the history ({table}) does not have it any more: another hand has taken it back"
        ))
        .help(format!(
            "`segue rollback` takes back what is left of it (--accept-changes, where the schema was changed too); if the database has all of it, record it again: `segue resolve --applied {name}`"
        )),
    ))
}

/// A history of nothing but the latest version has every migration before that: none in the middle can be taken back.
///
/// # Errors
/// A migration behind the plan that is applied.
pub(super) fn refuse_the_middle(
    opened: &Opened,
    project: &Project,
    underway: &Underway,
) -> Result<(), Failure> {
    let later = applied_behind(opened, project, underway);
    match later.filter(|_| opened.format.latest_only) {
        None => Ok(()),
        Some(later) => Err(Failure::refused(
            Problem::new(format!(
                "{} cannot be rolled back: `{}` was applied behind it, and the history keeps the latest version only",
                underway.names(),
                later.name
            ))
            .help("take the later one back first, or write a migration that does the reverse"),
        )),
    }
}

/// A migration behind those of a plan that is applied.
pub(super) fn applied_behind<'p>(
    opened: &Opened,
    project: &'p Project,
    underway: &Underway,
) -> Option<&'p Migration> {
    let last_first = project.migrations.iter().rev();
    let mut behind = last_first.take_while(|migration| !underway.covers(&migration.key));
    behind.find(|migration| is_applied(opened, &migration.key))
}

pub(super) fn is_applied(opened: &Opened, key: &str) -> bool {
    let mut records = opened.records.iter();
    records.any(|record| record.key == key && record.state == Recorded::Applied)
}
