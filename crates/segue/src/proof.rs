//! Evidence that migrations do what they say, on databases that nobody needs: with rows in them, each migration is expanded, taken
//! back, stopped on the way and gone on with, contracted and reversed, and beside it runs what is written.
//!
//! Owns: what is tried ([`TestOptions`]) and what people and programs get to know of it ([`TestRun`]).
//! Does not own: how a migration is deployed (crate `engine`), which rows there are (crate `proof`).
//! Reads next: `proof/walk.rs`, then `proof/trial.rs`.

use std::{path::PathBuf, time::Duration};

use segue_engine::Failure;
use segue_project::Migration;
use segue_sql::Problem;

use crate::{Migrator, workplace::Workplace};

mod assertions;
mod contents;
mod demands;
pub(crate) mod deploys;
pub(crate) mod fill;
pub(crate) mod grounds;
pub(crate) mod reverse;
mod sample;
mod trial;
pub(crate) mod walk;

pub(crate) use trial::setting::beside;

/// With so many rows for each table, databases are small.
const FEW_ROWS: u32 = 1000;

/// What is tried, and with which rows.
#[derive(Debug, Clone)]
pub struct TestOptions {
    /// Migrations by name, key, the beginning of a name, or their files or folders. Without any: all.
    pub migrations: Vec<String>,
    /// Only those that were added or changed since this revision of git.
    pub since: Option<String>,
    /// How many rows segue makes for each table, where the migration has no `seed.sql`.
    pub rows: u32,
    /// The same seed gives the same rows.
    pub seed: u64,
    /// The URL of a live database of which as many rows of each table are taken, masked as `[mask]` says; none: that of `sample_url`.
    pub sample: Option<String>,
    /// How many migrations are tried at once; 0: as many as there are processors.
    pub jobs: usize,
}

impl Default for TestOptions {
    fn default() -> Self {
        Self {
            migrations: Vec::new(),
            since: None,
            rows: 100,
            seed: 1,
            sample: None,
            jobs: 0,
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct TestRun {
    /// The server, in words.
    pub database: String,
    /// In the order of the migrations.
    pub tested: Vec<Tested>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// What came of one migration.
#[derive(Debug)]
pub struct Tested {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// What was looked at, in order.
    pub checks: Vec<TestCheck>,
    /// Why it was not tried.
    pub skipped: Option<String>,
    /// Which data do not come back with the way back.
    pub lost: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
    number: usize,
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct TestCheck {
    /// Its name: `as written`, `expand`, `rollback`, `interrupted`, `contract`, `same end`, `again`, `assertions`, `way back`.
    pub name: &'static str,
    /// What is not as it should be; nothing: it is.
    pub problems: Vec<Problem>,
}

impl Tested {
    fn of(migration: &Migration, number: usize) -> Self {
        Self {
            name: migration.name.clone(),
            file: migration.up.path.clone(),
            checks: Vec::new(),
            skipped: None,
            lost: Vec::new(),
            notes: Vec::new(),
            elapsed: Duration::ZERO,
            number,
        }
    }

    /// Whether something is not as it should be.
    pub fn has_failed(&self) -> bool {
        self.checks.iter().any(|check| !check.problems.is_empty())
    }
}

impl TestRun {
    /// Whether all were tried, and nothing is other than it should be.
    pub fn has_passed(&self) -> bool {
        let is_right = |one: &Tested| one.skipped.is_none() && !one.has_failed();
        self.tested.iter().all(is_right)
    }
}

impl Migrator {
    /// Tries migrations on throwaway databases; `hears` gets each as soon as it is through. PostgreSQL only.
    ///
    /// # Errors
    /// What is wrong with the project, or with what names the migrations; no server to try them on. What is wrong with a migration
    /// is no error but its verdict.
    pub async fn test(
        &self,
        options: &TestOptions,
        hears: &mut (dyn FnMut(&Tested) + Send),
    ) -> Result<TestRun, Failure> {
        let workplace = Workplace::of(self)?;
        let found = self.found(&workplace).await?;
        let major = self.stand(&found).await.major;
        let mut wish = self.shadow_wish(&workplace)?;
        // Few rows in all tables are a few megabytes; more of them may be more than the memory.
        wish.is_for_many = options.rows <= FEW_ROWS;
        let sample = self.sample(&workplace, options.sample.as_deref(), options.rows);
        let sample = self.interrupt.may_stop(Box::pin(sample)).await?;
        Box::pin(walk::walk(found, major, &wish, (options, sample), hears)).await
    }
}
