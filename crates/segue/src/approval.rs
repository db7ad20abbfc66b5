//! Reviewed plans: a plan in a file, which somebody looks at, and which is deployed as it is or not at all.
//!
//! Owns: the file and its hash; that a strict project is deployed in no other way. Does not own: what a plan is made from, and
//! whether it still fits (`segue_engine::Reviewed`).
//! Reads next: `approval/file.rs`.

use std::sync::Arc;

use segue_engine::{Failure, FailureKind, Interrupt, Options, review};
use segue_sql::Problem;

use crate::{Connected, Migrator};

mod file;

pub use file::PlanFile;

/// A plan that was made for review.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The plan, to be written into a file.
    pub file: PlanFile,
    /// Pending migrations that need another plan behind this one, by name.
    pub left: Vec<String>,
}

impl Migrator {
    /// Deploys exactly this plan, or nothing. How far it goes to keep the app running, and up to which migration, is as it says.
    #[must_use]
    pub fn reviewed(mut self, plan: &PlanFile) -> Self {
        self.reviewed = Some(Arc::new(plan.reviewed.clone()));
        self
    }

    /// Makes the plan that [`deploy`](Self::deploy) would carry out now, to be kept in a file and looked at. Nothing is changed.
    ///
    /// # Errors
    /// No connection; what a deploy would refuse before anything runs.
    pub async fn draw(&self) -> Result<Drawn, Failure> {
        let mut connected = self.connect(&mut |_| {}).await?;
        let drawn = connected.draw().await;
        connected.close().await;
        drawn
    }

    /// What a reviewed plan says of the options.
    pub(crate) fn apply_reviewed(&self, options: &mut Options) {
        if let Some(reviewed) = &self.reviewed {
            options.strategy = reviewed.strategy;
            options.to = reviewed.migrations.last().map(|last| last.name.clone());
            options.reviewed = Some(Arc::clone(reviewed));
        }
    }
}

impl Connected {
    /// Makes the plan that a deploy would carry out now. Nothing is changed.
    ///
    /// # Errors
    /// What a deploy would refuse before anything runs.
    pub async fn draw(&mut self) -> Result<Drawn, Failure> {
        let (interrupt, mut events) = (Interrupt::never(), |_| {});
        let review = review(self.request(&interrupt, &mut events)).await?;
        Ok(Drawn {
            file: PlanFile::of(review.reviewed)?,
            left: review.left,
        })
    }

    /// Whether a deploy may begin: where a plan is given, that the files are those that it was made from; else that the project
    /// does not ask for one.
    pub(crate) fn may_deploy(&self) -> Result<(), Failure> {
        match (&self.options.reviewed, &self.strict) {
            (Some(reviewed), _) => {
                reviewed.fits_project(&self.project, self.link.session.dialect())
            }
            (None, Some(origin)) if !self.options.dry_run => Err(only_reviewed(origin)),
            (None, _) => Ok(()),
        }
    }
}

fn only_reviewed(origin: &str) -> Failure {
    let problem = Problem::new("only a plan that somebody has looked at is deployed here")
        .note(format!("`strict = true` in {origin}"))
        .help("segue plan --out plan.json, have it looked at, then segue deploy --plan plan.json");
    Failure::new(FailureKind::Refused, problem)
}
