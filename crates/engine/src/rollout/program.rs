//! A step that takes rows through a program. What is run is declared on disk, beside the migration, and is what it was when the plan
//! was made: nothing that a database keeps decides what runs here.

use segue_plan::{Declared, Transform};
use segue_project::Migration;
use segue_sql::{Problem, nearest};

use super::{carry::Carrier, course::plan_step};
use crate::{
    Failure, Functions,
    backfill::transform::{self, Passage, Runs},
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
        let (declared, runs) = declared(migration, self.functions)?;
        let (_, opener) = self.run.observer.parts();
        let passage = Passage {
            rollout: self.rollout,
            number,
            step,
            transform,
            migration: &migration.name,
            declared: &declared,
            runs,
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

/// What a migration declares, and what of that is found.
pub(crate) fn declared<'m>(
    migration: &'m Migration,
    functions: &Functions,
) -> Result<(Declared, Runs<'m>), Failure> {
    let known = migration.transform.as_ref();
    let known = known.ok_or_else(|| {
        let message = format!("`{}` has no program beside it any more", migration.name);
        Failure::from(Problem::new(message).help("restore its transform.toml from version control"))
    })?;
    let declared = Declared::read(&known.source)?;
    let runs = match (declared.is_function, known.folder.as_deref()) {
        (true, _) => function(&declared, functions)?,
        (false, Some(folder)) => Runs::Program(folder),
        (false, None) => return Err(not_carried(&declared)),
    };
    Ok((declared, runs))
}

fn function(declared: &Declared, functions: &Functions) -> Result<Runs<'static>, Failure> {
    let name = &declared.program[0];
    if let Some(found) = functions.get(&name.text) {
        return Ok(Runs::Function(found.clone()));
    }
    let message = format!("the function {} is not known here", name.text);
    let problem = declared.problem(&name.span, message, "this function");
    Err(Failure::from(
        match nearest(&name.text, functions.names()) {
            Some(near) => problem.help(format!("did you mean {near}?")),
            None => problem.help(
                "it is Rust: deploy this migration by the program that has it (Migrator::function)",
            ),
        },
    ))
}

/// A program carries its migrations in itself: then there is no folder for another one.
fn not_carried(declared: &Declared) -> Failure {
    let program = &declared.program[0];
    let message = format!(
        "{} is a program of its own, and is not in this one with the migrations",
        program.text
    );
    let problem = declared.problem(&program.span, message, "this program");
    problem
        .help("deploy this migration by `segue deploy` from its folder, or make it a function")
        .into()
}

fn no_program(transform: &Transform) -> Failure {
    Failure::refused(Problem::new(format!(
        "rows of {} were to go through a program, and its migration is not on disk",
        transform.table
    )))
}
