//! Compatibility: whether the queries of two versions of an app run under the schemas before, between and after the two phases of
//! a deploy. The schemas are made by really deploying, on databases that nobody needs, and a server is asked about every query.
//!
//! Owns: what is asked ([`CompatOptions`]), and what people and programs get to know ([`Compatibility`]).
//! Does not own: what follows from a server's answers (`segue_proof::compat`), how a migration is deployed (crate `engine`).
//! Reads next: `compat/states.rs`, then `compat/asked.rs`, `compat/workload.rs`.

use std::path::{Path, PathBuf};

use segue_engine::Failure;
use segue_proof::compat::{Advice, First, Side, Tally};
use segue_sql::Problem;

use crate::{Migrator, workplace::Workplace};

mod asked;
mod chosen;
mod states;
mod workload;

pub(crate) use chosen::Chosen;
pub use states::Course;
pub(crate) use states::States;
pub(crate) use workload::statistics;

/// What is judged.
#[derive(Debug, Clone, Default)]
pub struct CompatOptions {
    /// Migrations by name, key, the beginning of a name, or their files. Without any: what waits for contract, else what the
    /// configured database has not.
    pub migrations: Vec<String>,
    /// Where the queries of the old app are; see [`Workload`](#workloads).
    ///
    /// # Workloads
    /// A folder of `.sql` files or of sqlx's `.sqlx/query-*.json`; a `.sql` file; a file that [`Migrator::record_queries`] has
    /// written; a server's log; `database` for `pg_stat_statements` of the configured database, or the URL of another one.
    pub old: Vec<String>,
    /// Where those of the new app are.
    pub new: Vec<String>,
    /// What is to go first.
    pub first: First,
    /// Whether what is only notable forbids too.
    pub is_strict: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Compatibility {
    /// The server that was asked, in words.
    pub database: String,
    /// The migrations, in the order in which they run.
    pub migrations: Vec<String>,
    /// How the schemas were made.
    pub course: Course,
    /// Each version of the app that was given, with the names of its workloads.
    pub apps: Vec<(Tally, Vec<String>)>,
    /// Which deploy may go first.
    pub advice: Advice,
    /// Whether everything runs in the order that was asked for.
    pub passes: bool,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl Migrator {
    /// Judges the queries of an app under the schemas of a deploy. Nothing is changed on the configured database.
    ///
    /// # Errors
    /// What is wrong with the project or with a workload; nothing that is pending; no server to make the schemas on; migrations
    /// that do not run there.
    pub async fn compat(&self, options: &CompatOptions) -> Result<Compatibility, Failure> {
        if options.old.is_empty() && options.new.is_empty() {
            return Err(Problem::new("no queries are named")
                .help("name those of the app that runs with --old, of the next one with --new: a folder of .sql files, `.sqlx`, a recorded file, or `database`")
                .into());
        }
        let workplace = Workplace::of(self)?;
        let found = self.found(&workplace).await?;
        let wish = self.shadow_wish(&workplace)?;
        let mut workloads = Vec::new();
        for (side, names) in [(Side::Old, &options.old), (Side::New, &options.new)] {
            if !names.is_empty() {
                let opened = self.workload(&workplace, &found, names).await?;
                workloads.push((side, names.clone(), opened));
            }
        }
        let chosen = Chosen::of(&found, &options.migrations).await?;
        let major = self.stand(&found).await.major;
        // In the heap: a deploy is a large future, and a program may have small stacks.
        let states = Box::pin(States::make(found, major, &wish, chosen)).await?;
        let work = async {
            let mut apps = Vec::new();
            for (side, names, workload) in workloads {
                apps.push((Box::pin(states.judged(side, workload)).await?, names));
            }
            Ok(apps)
        };
        let apps = wish.interrupt.may_stop(work).await;
        let told = (
            states.server(),
            states.migrations.clone(),
            states.course.clone(),
        );
        let mut notes = states.notes.clone();
        notes.extend(states.close().await);
        let apps = apps?;
        let tallies: Vec<Tally> = apps.iter().map(|(tally, _)| tally.clone()).collect();
        Ok(Compatibility {
            database: told.0,
            migrations: told.1,
            course: told.2,
            advice: Advice::of(&tallies, options.is_strict),
            passes: Advice::passes(&tallies, options.first, options.is_strict),
            apps,
            notes,
        })
    }

    /// Writes the queries that `pg_stat_statements` of the configured database has into a file that
    /// [`compat`](Self::compat) reads; how many there are.
    ///
    /// # Errors
    /// No database, no `pg_stat_statements` in it, texts that are hidden from this role, a file that cannot be written.
    pub async fn record_queries(&self, file: Option<&Path>) -> Result<Recorded, Failure> {
        let workplace = Workplace::of(self)?;
        let found = self.found(&workplace).await?;
        let workload = self
            .workload(&workplace, &found, &["database".to_owned()])
            .await?;
        workload::record(workload, file).await
    }
}

/// What was recorded.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// Where; none: on the standard output.
    pub file: Option<PathBuf>,
    /// How many queries.
    pub queries: u64,
    /// How many were left out, and why.
    pub left_out: Vec<(String, u64)>,
}
