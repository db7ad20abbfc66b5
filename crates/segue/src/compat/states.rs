//! The three schemas of a deploy, each in a database of its own, made by segue's own deploy and contract.

use std::sync::Arc;

use segue_engine::{Failure, FailureKind, Interrupt, replay::Part};
use segue_proof::{compat::Stages, rows};
use segue_sql::{Dialect, Problem};

use super::Chosen;
use crate::{
    proof::{
        deploys::Setup,
        grounds::{Database, Grounds},
        walk::refuse_the_real_one,
    },
    schema::{Found, extensions},
    shadow::{Wanted, Wish},
};

/// How the schemas were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Course {
    /// By a plan, with so many steps in its second phase.
    Planned {
        /// How many.
        contract: usize,
    },
    /// All at once, as it is written: there is no second phase.
    AsWritten,
    /// All at once, since `segue deploy` refuses it while an app is running, and why.
    Refused(String),
}

/// Databases with the schemas of a deploy.
pub(crate) struct States {
    pub(super) setup: Setup,
    /// By moment.
    pub(super) databases: [Database; 3],
    pub(super) stages: Stages,
    pub(super) migrations: Vec<String>,
    pub(super) course: Course,
    pub(super) notes: Vec<String>,
}

impl States {
    /// Makes them on the server of a shadow database.
    pub(crate) async fn make(
        found: Found,
        major: u16,
        wish: &Wish,
        chosen: Chosen,
    ) -> Result<Self, Failure> {
        refuse_the_real_one(&found, wish)?;
        let order = chosen.before.iter().chain(&chosen.deployed);
        let mut found = found;
        let all = &found.project.migrations;
        found.project.migrations = order.map(|number| all[*number].clone()).collect();
        let mut notes = [found.notes.clone(), chosen.notes].concat();
        let (before, last) = (chosen.before.len(), found.project.migrations.len() - 1);
        let user = None;
        let path = segue_engine::names(&found.options.settings, user).search_path;
        let setup = setup(found, major, wish).await?;
        let made = wish.interrupt.may_stop(made(&setup, before, last)).await;
        let (databases, course) = match made {
            Ok(made) => made,
            Err(failure) => {
                setup.grounds.close().await;
                return Err(failure);
            }
        };
        let catalogs = catalogs(&setup, &databases).await;
        let catalogs = match catalogs {
            Ok(catalogs) => catalogs,
            Err(failure) => {
                setup.grounds.close().await;
                return Err(failure);
            }
        };
        if let Course::Refused(why) = &course {
            notes.push(format!(
                "while an app is running `segue deploy` refuses it, so it was run as it is written: {why}"
            ));
        }
        let deployed = setup.project.migrations[before..].iter();
        Ok(Self {
            migrations: deployed.map(|migration| migration.name.clone()).collect(),
            setup,
            databases,
            stages: Stages::new(catalogs, path),
            course,
            notes,
        })
    }

    /// The server, in words.
    pub(super) fn server(&self) -> String {
        self.setup.grounds.name().to_owned()
    }

    /// Removes the databases; what is left behind where that could not be done.
    pub(crate) async fn close(self) -> Vec<String> {
        self.setup.grounds.close().await
    }
}

async fn setup(found: Found, major: u16, wish: &Wish) -> Result<Setup, Failure> {
    let parts: Vec<Part<'_>> = found.project.migrations.iter().map(Part::from).collect();
    let history = found.history(Dialect::Postgres, &parts)?;
    let extensions = extensions(&parts);
    let wanted = Wanted {
        major,
        extensions: &extensions,
    };
    let grounds = Grounds::open_for_several(wish, &wanted).await?;
    let mut options = found.options;
    options.settings.role = None;
    options.settings.path = None;
    options.settings.server_path = None;
    Ok(Setup {
        grounds,
        project: Arc::new(found.project),
        options,
        history,
        interrupt: wish.interrupt.clone(),
        rows: rows::Wish { rows: 0, seed: 1 },
        sample: None,
    })
}

async fn made(
    setup: &Setup,
    before: usize,
    last: usize,
) -> Result<([Database; 3], Course), Failure> {
    let first = setup.beginning().await?;
    if let Some(number) = before.checked_sub(1) {
        refused(setup, number, setup.written_through(&first, number).await?)?;
    }
    let expanded = setup.grounds.copy(&first).await?;
    let course = expand(setup, &first, &expanded, last).await?;
    let contracted = setup.grounds.copy(&expanded).await?;
    if matches!(course, Course::Planned { contract: 1.. }) {
        setup.contract(&contracted).await?;
    }
    Ok(([first, expanded, contracted], course))
}

/// Deploys as if all tables were large and in use.
async fn expand(
    setup: &Setup,
    before: &Database,
    database: &Database,
    last: usize,
) -> Result<Course, Failure> {
    let catalog = setup.catalog_of(before).await?;
    let never = Interrupt::never();
    let online = setup
        .deploy(database, last, Some(&catalog), &never, &mut |_| {})
        .await;
    match online {
        Ok(deployed) => Ok(match deployed.expanded.last() {
            Some(plan) => Course::Planned {
                contract: plan.contract,
            },
            None => Course::AsWritten,
        }),
        Err(failure) if matches!(failure.kind, FailureKind::Input | FailureKind::Refused) => {
            let why = failure.problems.first();
            let why = why.map_or_else(String::new, |problem| problem.message.clone());
            refused(setup, last, setup.written_through(database, last).await?)?;
            Ok(Course::Refused(why))
        }
        Err(failure) => Err(failure),
    }
}

fn refused(setup: &Setup, number: usize, failure: Option<Failure>) -> Result<(), Failure> {
    let Some(mut failure) = failure else {
        return Ok(());
    };
    let name = &setup.migration(number).name;
    for problem in &mut failure.problems {
        problem
            .notes
            .push(format!("this is on the way to the schema of `{name}`"));
    }
    Err(failure)
}

async fn catalogs(
    setup: &Setup,
    databases: &[Database; 3],
) -> Result<[segue_catalog::Catalog; 3], Failure> {
    let mut catalogs = Vec::new();
    for database in databases {
        catalogs.push(setup.catalog_of(database).await?);
    }
    let catalogs = <[segue_catalog::Catalog; 3]>::try_from(catalogs);
    catalogs.map_err(|_| Problem::new("a schema is missing").into())
}
