//! A project compared with a history: where each migration stands.

use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use segue_db::{
    history::{Record, State},
    own::{Progress, rollouts::State as PlanState},
};
use segue_project::{Migration, Project};

use crate::Opened;
use stages::Stages;

mod stages;

/// Where one migration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not applied.
    Pending {
        /// Migrations that come after it are applied already.
        out_of_order: bool,
    },
    /// Applied.
    Applied {
        /// When, as the server prints it, where the tool keeps that.
        at: Option<String>,
    },
    /// Applied, and changed on disk since then.
    Edited {
        /// When it was applied.
        at: Option<String>,
    },
    /// Begun by segue: some of its statements are committed, the next deploy goes on behind them.
    Partial {
        /// How many are committed.
        done: usize,
        /// The statement that was sent and whose outcome is not recorded, from 1.
        doing: Option<usize>,
    },
    /// Begun by its own tool, and neither done nor taken back.
    Failed {
        /// When it was begun.
        at: Option<String>,
    },
}

/// One migration of the project.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// Where it stands.
    pub standing: Standing,
    /// Where the plan is that it is, or was last, deployed by.
    pub stage: Option<Stage>,
}

/// Where the plan of a migration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// How far it is.
    pub state: PlanState,
    /// Since when, as the server prints it.
    pub since: String,
    /// How many steps of the phase that is under way are done; of a way back, how many are left.
    pub done: usize,
    /// How many it has; 0 where none is under way.
    pub of: usize,
    /// How many percent of the rows of a step are written, where it writes rows.
    pub percent: Option<u8>,
    /// How long the rest of them is likely to take, as fast as it went so far; none where nobody goes on with it at present.
    pub left: Option<Duration>,
    /// Why it stopped last.
    pub problem: Option<String>,
    /// Whether rows are left alone until somebody says otherwise.
    pub paused: bool,
}

/// Where a project stands in a database.
#[derive(Debug)]
pub struct Status<'a> {
    /// Every migration on disk, in order.
    pub entries: Vec<Entry<'a>>,
    /// What the history has and the disk has not.
    pub missing: Vec<Record>,
    /// The database has tables, but no history: these are some of them.
    pub not_empty: Vec<String>,
}

impl<'a> Status<'a> {
    /// Compares.
    pub fn of(project: &'a Project, opened: &Opened) -> Self {
        let records: FxHashMap<&str, &Record> = opened
            .records
            .iter()
            .map(|record| (record.key.as_str(), record))
            .collect();
        let progress = progress_by_key(opened);
        let stages = Stages::of(opened);
        let mut entries: Vec<Entry<'a>> = project
            .migrations
            .iter()
            .map(|migration| {
                let progress = progress.get(migration.key.as_str()).copied();
                let record = records.get(migration.key.as_str()).copied();
                let stage = stages.of_key(&migration.key);
                let standing = match &stage {
                    // what is begun in the history is the plan's own
                    Some(stage) if stage.owns() => Standing::Pending {
                        out_of_order: false,
                    },
                    _ => standing(project, migration, record, progress),
                };
                let standing = match standing {
                    Standing::Applied { at } if has_other_program(opened, migration) => {
                        Standing::Edited { at }
                    }
                    standing => standing,
                };
                Entry {
                    stage: stage.filter(|stage| stage.fits(&standing)),
                    standing,
                    migration,
                }
            })
            .collect();
        mark_out_of_order(&mut entries);
        let on_disk: FxHashSet<&str> = project.migrations.iter().map(|m| m.key.as_str()).collect();
        let missing = opened
            .records
            .iter()
            .filter(|record| record.state != State::RolledBack)
            .filter(|record| !is_diesels_own(project, record))
            .filter(|record| !on_disk.contains(record.key.as_str()))
            .cloned()
            .collect();
        let contents = opened.without_history.as_ref();
        Self {
            entries,
            missing,
            not_empty: contents.map_or_else(Vec::new, |contents| contents.objects.clone()),
        }
    }

    /// Those that changed on disk after they were applied.
    pub fn edited(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries
            .iter()
            .filter(|entry| matches!(entry.standing, Standing::Edited { .. }))
    }

    /// Those that their own tool began and did not end.
    pub fn failed(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries
            .iter()
            .filter(|entry| matches!(entry.standing, Standing::Failed { .. }))
    }

    /// Whether there is nothing to do and nothing to worry about.
    pub fn is_up_to_date(&self) -> bool {
        let is_done = |entry: &Entry<'_>| {
            let is_under_way = entry.stage.as_ref().is_some_and(Stage::is_under_way);
            matches!(entry.standing, Standing::Applied { .. }) && !is_under_way
        };
        self.missing.is_empty() && self.entries.iter().all(is_done)
    }
}

impl Entry<'_> {
    /// Whether a deploy would run it, or the rest of it.
    pub fn is_pending(&self) -> bool {
        let is_pending = matches!(
            self.standing,
            Standing::Pending { .. } | Standing::Partial { .. }
        );
        is_pending && !self.stage.as_ref().is_some_and(Stage::owns)
    }
}

/// Diesel's initial setup may be recorded although projects leave it out of their folder.
fn is_diesels_own(project: &Project, record: &Record) -> bool {
    project.choice.layout.name == "diesel" && record.key == "00000000000000"
}

/// Whether a migration was deployed by a plan, and the program beside it is declared otherwise by now. The tools' own checksums
/// know nothing of it.
fn has_other_program(opened: &Opened, migration: &Migration) -> bool {
    let now = migration.transform.as_ref().map(|it| &it.checksum);
    let past = opened.past.iter().rev();
    let mut past = past
        .filter(|past| past.state == PlanState::Contracted)
        .flat_map(|past| past.keys.iter().zip(&past.transforms));
    let underway = opened.open.iter().flat_map(|it| &it.migrations);
    let mut underway = underway.map(|one| (&one.key, &one.transform));
    let is_it = |(key, _): &(&String, &Option<String>)| **key == migration.key;
    let known = underway.find(is_it).or_else(|| past.find(is_it));
    known.is_some_and(|(_, known)| known.as_ref() != now)
}

fn standing(
    project: &Project,
    migration: &Migration,
    record: Option<&Record>,
    progress: Option<&Progress>,
) -> Standing {
    match (record.map(|r| r.state), progress) {
        (Some(State::Applied), _) => {
            let record = record.expect("it was just there");
            let same = record
                .checksum
                .as_deref()
                .is_none_or(|stored| (project.choice.layout.same)(migration, stored));
            let at = record.at.clone();
            if same {
                Standing::Applied { at }
            } else if migration.repeatable {
                Standing::Pending {
                    out_of_order: false,
                }
            } else {
                Standing::Edited { at }
            }
        }
        (_, Some(progress)) => Standing::Partial {
            done: progress.done,
            doing: progress.doing,
        },
        (Some(State::Failed), None) => Standing::Failed {
            at: record.and_then(|r| r.at.clone()),
        },
        (Some(State::RolledBack) | None, None) => Standing::Pending {
            out_of_order: false,
        },
    }
}

/// How far migrations came, by their keys.
pub(crate) fn progress_by_key(opened: &Opened) -> FxHashMap<&str, &Progress> {
    let progress = opened.progress.iter();
    progress.map(|p| (p.key.as_str(), p)).collect()
}

fn mark_out_of_order(entries: &mut [Entry<'_>]) {
    let last_applied = entries.iter().rposition(|entry| {
        // Repeatable migrations come after all others, whenever those are written.
        !entry.migration.repeatable
            && matches!(
                entry.standing,
                Standing::Applied { .. } | Standing::Edited { .. }
            )
    });
    let Some(last_applied) = last_applied else {
        return;
    };
    for entry in &mut entries[..last_applied] {
        if let Standing::Pending { out_of_order } = &mut entry.standing {
            *out_of_order = true;
        }
    }
}
