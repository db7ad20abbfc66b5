//! The checklist of a change without downtime, each line with its evidence: from the plan, lint, the files and git, and on request
//! from `compat` and `test`.
//!
//! Owns: which lines there are, and what is evidence for each ([`Checklist`]).
//! Does not own: any of the evidence itself.
//! Reads next: `check/lines.rs`.

use std::path::PathBuf;

use segue_engine::Failure;
use segue_project::{Project, config::Webhook};
use segue_sql::Problem;

use crate::{
    CompatOptions, Compatibility, LintOptions, Linted, Migrator, PlanOptions, PlannedDeploy,
    TestOptions, TestRun, workplace::Workplace,
};

mod backed_up;
mod lines;
mod planned;

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct ChecklistOptions {
    /// Migrations by their files. Without any: what the configured database has not, or all where none answers.
    pub files: Vec<PathBuf>,
    /// Those that were added or changed since this revision of git.
    pub since: Option<String>,
    /// Facts about the database: a file that `segue facts` has written.
    pub facts: Option<PathBuf>,
    /// Take the facts from the configured database.
    pub live: bool,
    /// Where the queries of the old app are: as for [`CompatOptions`].
    pub old: Vec<String>,
    /// Where those of the new app are.
    pub new: Vec<String>,
    /// Whether `segue test` is run too.
    pub test: bool,
    /// Lines that have to be known to be right, by name; all others may be unknown.
    pub required: Vec<String>,
    /// Lines that may be wrong.
    pub allowed: Vec<String>,
}

/// What is known of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is so.
    Yes,
    /// It is not.
    No,
    /// Nothing tells.
    Unknown,
}

impl Known {
    /// For people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone)]
pub struct ChecklistLine {
    /// Its name.
    pub name: &'static str,
    /// What is known of it.
    pub known: Known,
    /// Why, each in one sentence without a full stop; never empty.
    pub evidence: Vec<String>,
    /// Whether it forbids.
    pub forbids: bool,
}

/// The list.
#[derive(Debug, Clone)]
pub struct Checklist {
    /// The files.
    pub files: Vec<String>,
    /// In the order of [`CHECKLIST`].
    pub lines: Vec<ChecklistLine>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl Checklist {
    /// Whether no line forbids.
    pub fn passes(&self) -> bool {
        self.lines.iter().all(|line| !line.forbids)
    }
}

/// The names of the lines, in order.
pub const CHECKLIST: [&str; 12] = [
    "backward-compatible",
    "forward-compatible",
    "non-blocking",
    "batched",
    "idempotent",
    "monitored",
    "tested",
    "reversible",
    "backed-up",
    "documented",
    "one-change",
    "not-edited",
];

/// All that was learned.
struct Learned {
    project: Project,
    /// Numbers of the migrations.
    migrations: Vec<usize>,
    linted: Linted,
    plan: Result<PlannedDeploy, Failure>,
    compat: Option<Result<Compatibility, Failure>>,
    tested: Option<TestRun>,
    backups: backed_up::Evidence,
    notes: Vec<String>,
    /// Whom a deploy tells what happens.
    webhooks: Result<Vec<Webhook>, Problem>,
}

impl Migrator {
    /// The checklist of what is pending. Nothing is changed anywhere.
    ///
    /// # Errors
    /// What is wrong with the project or the files, or with what names them. What cannot be planned is no error but a line.
    pub async fn checklist(&self, options: &ChecklistOptions) -> Result<Checklist, Failure> {
        lines::refuse_unknown(options.required.iter().chain(&options.allowed))?;
        let learned = Box::pin(self.learned(options)).await?;
        let mut lines = lines::of(&learned);
        for line in &mut lines {
            let is_in = |names: &[String]| names.iter().any(|name| name == line.name);
            line.forbids = match line.known {
                Known::Yes => false,
                Known::No => !is_in(&options.allowed),
                Known::Unknown => is_in(&options.required),
            };
        }
        let migrations = learned.migrations.iter();
        let file = |number: &usize| {
            segue_project::shown_path(&learned.project.migrations[*number].up.path)
        };
        Ok(Checklist {
            files: migrations.map(file).collect(),
            lines,
            notes: learned.notes,
        })
    }

    async fn learned(&self, options: &ChecklistOptions) -> Result<Learned, Failure> {
        let subject = LintOptions {
            files: options.files.clone(),
            since: options.since.clone(),
            facts: options.facts.clone(),
            live: options.live,
            ..LintOptions::default()
        };
        let linted = self.lint(&subject).await?;
        let planned = PlanOptions {
            files: subject.files,
            since: subject.since,
            facts: subject.facts,
            live: subject.live,
            ..PlanOptions::default()
        };
        let plan = self.plan(&planned).await;
        let workplace = Workplace::of(self)?;
        let found = self.found(&workplace).await?;
        let backups = self.backups_known(&workplace, &found).await?;
        let webhooks = workplace.webhooks();
        let paths = linted.paths();
        let numbers = (0..found.project.migrations.len()).filter(|number| {
            let path = &found.project.migrations[*number].up.path;
            paths.iter().any(|one| one == path)
        });
        let migrations: Vec<usize> = numbers.collect();
        let names = migrations
            .iter()
            .map(|number| found.project.migrations[*number].name.clone());
        let names: Vec<String> = names.collect();
        let workloads = options.old.len() + options.new.len();
        let compat = match workloads > 0 && !names.is_empty() {
            true => Some(
                self.compat(&CompatOptions {
                    migrations: names.clone(),
                    old: options.old.clone(),
                    new: options.new.clone(),
                    ..CompatOptions::default()
                })
                .await,
            ),
            false => None,
        };
        let tested = match options.test && !names.is_empty() {
            true => {
                let wanted = TestOptions {
                    migrations: names,
                    ..TestOptions::default()
                };
                Some(self.test(&wanted, &mut |_| {}).await?)
            }
            false => None,
        };
        Ok(Learned {
            notes: linted.notes.clone(),
            webhooks,
            project: found.project,
            migrations,
            linted,
            plan,
            compat,
            tested,
            backups,
        })
    }
}
