//! Reviewed plans: a plan as data that somebody has looked at, and that is deployed as it is or not at all.
//!
//! A plan comes from the texts of the migrations, the schema, what is known of sizes, and what the team holds to be large. All of
//! these but the schema are kept with it. Before it runs it is made once more, from what is kept and the schema as it is now: where
//! that gives the same plan, nothing that it depends on has moved. So a table that has grown makes no plan stale, and a column that
//! somebody has taken away does.
//!
//! Owns: what is kept, and whether it fits a project and a database. Does not own: the file and its hash (crate `segue`), carrying
//! a plan out (`rollout.rs`).
//! Reads next: `reviewed/making.rs`, then `reviewed/moved.rs`.

use std::collections::BTreeMap;

use segue_db::{Contents, Facts, Session, own::rollouts::State};
use segue_plan::{Plan, Strategy};
use segue_project::{Migration, Project, TextsDigest, shown_path};
use segue_sql::{Dialect, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Covered, Event, Failure, FailureKind, Opened, Options, Status, Underway,
    rollout::{Course, Waiting, in_the_way, planned},
    work::{Due, splitter_of},
};

mod making;
mod moved;

pub use making::{Review, review};

/// What to do where a plan does not fit any more.
const AGAIN: &str = "make it anew with `segue plan --out FILE`, and have it looked at again";

/// A plan that somebody has looked at, with what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The version of the segue that has made it.
    pub version: String,
    /// The layout of the migrations.
    pub layout: String,
    /// The kind of database that it is for, as people call it.
    pub dialect: String,
    /// The name of the database that it was made on.
    pub database: String,
    /// The version of that server, as in `server_version_num`.
    pub server_version: u32,
    /// How far it goes to keep the app running.
    pub strategy: Strategy,
    /// The migrations that it deploys, in order.
    pub migrations: Vec<Covered>,
    /// What runs.
    pub way: Way,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The migrations as they are written.
    AsWritten {
        /// Whether that is so because the database has no tables, and so no app.
        because_empty: bool,
        /// What is committed together.
        migrations: Vec<WrittenMigration>,
    },
    /// A plan; where that does nothing but what is written, the files themselves.
    Planned(Box<Basis>),
}

/// A migration that runs as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenMigration {
    /// Its name.
    pub name: String,
    /// What is committed together, in order.
    pub units: Vec<WrittenUnit>,
}

/// What of a migration is committed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenUnit {
    /// `transaction`, or what it is that runs outside of one.
    pub runs_as: String,
    /// Its statements, without values that come from the environment.
    pub statements: Vec<String>,
}

/// A plan and what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// The plan.
    pub plan: Plan,
    /// What it was made from beside files and schema; none of a plan that was under way already.
    pub origin: Option<Origin>,
    /// The relations that it touches, and what each has, as the server describes that.
    pub relations: Vec<(String, String)>,
}

/// What a plan was made from beside the files and the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// What was known of sizes and settings, as `segue facts` prints it.
    pub facts: Value,
    /// Rows of tables that the configuration declares.
    pub declared: BTreeMap<String, u64>,
    /// What counted as large and as long.
    pub limits: Limits,
}

/// What counts as large and as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// A table with more rows is large.
    pub large_rows: u64,
    /// A table of more bytes is large.
    pub large_bytes: u64,
    /// For so long others may be kept waiting.
    pub longest_blocking_milliseconds: u64,
}

impl Reviewed {
    /// The plan, where there is one.
    pub fn plan(&self) -> Option<&Plan> {
        match &self.way {
            Way::AsWritten { .. } => None,
            Way::Planned(basis) => Some(&basis.plan),
        }
    }

    /// Whether the files are those that it was made from.
    ///
    /// # Errors
    /// Every migration that is not on disk any more, or has another text; another layout or kind of database.
    pub fn fits_project(&self, project: &Project, dialect: Dialect) -> Result<(), Failure> {
        let mut problems = Vec::new();
        let layout = project.choice.layout.name;
        if layout != self.layout {
            problems.push(Problem::new(format!(
                "the plan is for migrations of the layout {}, and these are of {layout}",
                self.layout
            )));
        } else if dialect.title() != self.dialect {
            problems.push(Problem::new(format!(
                "the plan is for {}, and this database is one of {}",
                self.dialect,
                dialect.title()
            )));
        } else {
            for known in &self.migrations {
                problems.extend(other_file(known, project, dialect)?);
            }
        }
        refused(problems)
    }

    /// Whether what is to be deployed is what the plan is for; `dues` are the pending migrations up to its last one. Says which
    /// later ones it leaves alone.
    pub(crate) fn fits(
        &self,
        status: &Status<'_>,
        opened: &Opened,
        dues: &[Due<'_>],
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), Failure> {
        if let Some(underway) = expanding(opened) {
            self.is_under_way(underway)?;
        }
        let strangers = dues
            .iter()
            .filter(|due| !self.covers(&due.migration.key))
            .map(|due| {
                let path = shown_path(&due.migration.up.path);
                Problem::new(format!(
                    "`{path}` is pending, and the plan has nothing of it"
                ))
            });
        refused(strangers.collect())?;
        let order = |due: &Due<'_>| {
            let mut known = self.migrations.iter();
            known.position(|one| one.key == due.migration.key)
        };
        let first = self.migrations.len() - dues.len().min(self.migrations.len());
        if !dues
            .iter()
            .map(order)
            .eq((first..).take(dues.len()).map(Some))
        {
            return refused(vec![Problem::new(
                "the migrations of the plan come in another order now",
            )]);
        }
        if first > 0 && !dues.is_empty() && !self.may_be_half_done() {
            return refused(vec![Problem::new(format!(
                "the database has `{}` already, and not the rest of the plan",
                self.migrations[first - 1].name
            ))]);
        }
        let later = status.entries.iter().filter(|entry| entry.is_pending());
        let later: Vec<&str> = later
            .filter(|entry| !self.covers(&entry.migration.key))
            .map(|entry| entry.migration.name.as_str())
            .collect();
        if !later.is_empty() {
            let names = later.join(", ");
            events(Event::Notice(format!(
                "not in the plan, and left alone: {names}"
            )));
        }
        Ok(())
    }

    /// How the migrations that are due are deployed, where the plan fits the schema.
    pub(crate) async fn course<'o>(
        &self,
        session: &Session,
        (dues, opened): (&[Due<'_>], &'o Opened),
        (facts, contents): (&Facts, &Contents),
        options: &Options,
        waiting: &mut Waiting<'_>,
    ) -> Result<Course<'o>, Failure> {
        if dues.is_empty() {
            return Ok(Course::AsWritten);
        }
        let is_begun =
            dues.len() < self.migrations.len() || dues.iter().any(|due| due.progress.is_some());
        let basis = match &self.way {
            Way::Planned(basis) => basis,
            Way::AsWritten {
                because_empty: true,
                ..
            } if !is_begun && contents.has_tables => {
                let problem = Problem::new(
                    "the plan is for a database without tables, and this one has some",
                );
                let problem = match contents.objects.as_slice() {
                    [] => problem,
                    some => problem.note(format!("found {}", some.join(", "))),
                };
                return refused(vec![problem]).map(|()| Course::AsWritten);
            }
            Way::AsWritten { .. } => return Ok(planned::without_plan(opened)),
        };
        if is_begun && basis.plan.is_as_written() {
            return Ok(planned::without_plan(opened));
        }
        let scripts = moved::refuse(self, basis, (session, facts), dues, options, waiting).await?;
        if let Some(first) = in_the_way(opened, &basis.plan, &scripts)? {
            return Ok(Course::Waits(first));
        }
        Ok(match basis.plan.is_as_written() {
            true => Course::AsWritten,
            false => Course::Plan(Box::new(basis.plan.clone())),
        })
    }

    fn covers(&self, key: &str) -> bool {
        self.migrations.iter().any(|one| one.key == key)
    }

    /// Whether some of its migrations may be done and others not: those that run as they are written, one after the other.
    fn may_be_half_done(&self) -> bool {
        self.plan().is_none_or(Plan::is_as_written)
    }

    fn is_under_way(&self, underway: &Underway) -> Result<(), Failure> {
        let same = match self.plan() {
            Some(plan) => underway.plan()? == *plan,
            None => false,
        };
        let keys = underway.migrations.iter().map(|one| &one.key);
        if same && keys.eq(self.migrations.iter().map(|one| &one.key)) {
            return Ok(());
        }
        let problem = Problem::new(format!(
            "another plan is under way, for {}",
            underway.names()
        ));
        Err(Failure::refused(problem.help(
            "go on with that one's own file, or take it back with `segue rollback`; `segue plan --out FILE` writes the plan that is under way",
        )))
    }
}

/// The plan that a deploy has to go on with first.
fn expanding(opened: &Opened) -> Option<&Underway> {
    let mut open = opened.open.iter();
    open.find(|one| one.kept.state == State::Expanding && one.by.is_none())
}

/// What is wrong with the file of a migration.
fn other_file(
    known: &Covered,
    project: &Project,
    dialect: Dialect,
) -> Result<Option<Problem>, Failure> {
    let mut all = project.migrations.iter();
    let Some(migration) = all.find(|one| one.key == known.key) else {
        return Ok(Some(Problem::new(format!(
            "the plan is for `{}`, which is not on disk",
            known.name
        ))));
    };
    let now = covered(migration, dialect)?;
    let path = shown_path(&migration.up.path);
    Ok(if now.checksum != known.checksum {
        Some(Problem::new(format!(
            "`{path}` has other statements than when the plan was made"
        )))
    } else if now.transform != known.transform {
        Some(Problem::new(format!(
            "the transform.toml of `{path}` is not the one that the plan was made from"
        )))
    } else {
        None
    })
}

/// A migration as a plan knows it. What comes from the environment is not in the checksum: it could be guessed from that.
fn covered(migration: &Migration, dialect: Dialect) -> Result<Covered, Failure> {
    let (source, shown) = (migration.up.source()?, migration.up.shown()?);
    let statements = migration.up.statements_of(&source, splitter_of(dialect))?;
    let mut digest = TextsDigest::default();
    for statement in statements.iter() {
        digest.add(statement.text(&shown.text));
    }
    Ok(Covered {
        key: migration.key.clone(),
        name: migration.name.clone(),
        checksum: digest.hex(),
        transform: migration.transform.as_ref().map(|it| it.checksum.clone()),
    })
}

/// The plan does not fit.
fn refused(mut problems: Vec<Problem>) -> Result<(), Failure> {
    let Some(last) = problems.pop() else {
        return Ok(());
    };
    problems.push(match last.help {
        Some(_) => last,
        None => last.help(AGAIN),
    });
    Err(Failure {
        kind: FailureKind::Refused,
        problems,
    })
}
