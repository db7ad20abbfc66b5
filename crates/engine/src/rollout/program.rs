//! A step that takes rows through a program. What is run is declared on disk, beside the migration, and is what it was when the plan
//! was made: nothing that a database keeps decides what runs here.

use segue_plan::{Declared, Transform};
use segue_project::Migration;
use segue_sql::Problem;

use super::{carry::Carrier, course::plan_step};
use crate::{
    Failure,
    backfill::transform::{self, Passage},
};

impl Carrier<'_, '_> {
    /// Takes the rows of a step through its program, or the rest of them.
    pub(super) async fn program(
        &mut self,
        number: usize,
        transform: &Transform,
    ) -> Result<(), Failure> {
        let step = plan_step(self.plan, number);
        let served = step.serves.first();
        let migration = served.and_then(|served| self.migrations.get(served.migration));
        let migration = migration.copied().ok_or_else(|| no_program(transform))?;
        let (declared, folder) = declared(migration)?;
        let (_, opener) = self.run.observer.parts();
        let passage = Passage {
            rollout: self.rollout,
            number,
            step,
            transform,
            migration: &migration.name,
            declared: &declared,
            folder,
            only_aside: false,
            pace: self.pace,
            settings: self.run.settings,
            patience: self.run.patience,
            session: self.run.session,
            opener,
            interrupt: self.run.interrupt,
            events: self.run.events,
        };
        transform::run(passage).await.map(|_| ())
    }
}

/// What a migration declares, and the folder that this is in.
pub(crate) fn declared(migration: &Migration) -> Result<(Declared, &std::path::Path), Failure> {
    let known = migration.transform.as_ref();
    let known = known.ok_or_else(|| {
        let message = format!("`{}` has no program beside it any more", migration.name);
        Failure::from(Problem::new(message).help("restore its transform.toml from version control"))
    })?;
    let declared = Declared::read(&known.source)?;
    let folder = known.folder.as_deref().ok_or_else(|| {
        let at = declared.problem(
            &declared.program[0].span,
            format!(
                "{} is not in this program, which carries its migrations in itself",
                declared.program[0].text
            ),
            "a program of its own",
        );
        Failure::from(
            at.help("deploy this migration by `segue deploy`, from the folder with the migrations"),
        )
    })?;
    Ok((declared, folder))
}

fn no_program(transform: &Transform) -> Failure {
    Failure::refused(Problem::new(format!(
        "rows of {} were to go through a program, and its migration is not on disk",
        transform.table
    )))
}
