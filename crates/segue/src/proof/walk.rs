//! The history is walked once, as it is written: every migration that is tried starts from a copy of the database before it.

use std::{path::Path, sync::Arc};

use segue_catalog::Catalog;
use segue_engine::{Failure, replay::Part, up_to};
use segue_project::{Migration, Project};
use segue_proof::rows;
use segue_sql::{Dialect, Problem};
use tokio::task::JoinSet;

use super::{
    TestOptions, TestRun, Tested,
    deploys::Setup,
    grounds::{Database, Grounds},
    sample::Sample,
    trial::{self, Case},
};
use crate::{
    revision::{Touched, real, touched},
    schema::{Found, extensions},
    server::Server,
    shadow::{Place, Wanted, Wish},
};

/// Who hears of each migration.
type Hears<'a> = &'a mut (dyn FnMut(&Tested) + Send);

pub(super) async fn walk(
    found: Found,
    major: u16,
    wish: &Wish,
    (options, sample): (&TestOptions, Option<Sample>),
    hears: Hears<'_>,
) -> Result<TestRun, Failure> {
    if found.server.as_ref().map(Server::dialect) == Some(Dialect::Sqlite) {
        return Err(Problem::new(
            "migrations of SQLite cannot be tried yet, only those of PostgreSQL",
        )
        .into());
    }
    refuse_the_real_one(&found, wish)?;
    let chosen = chosen(&found.project, options)?;
    let parts: Vec<Part<'_>> = found.project.migrations.iter().map(Part::from).collect();
    let history = found.history(Dialect::Postgres, &parts)?;
    let extensions = extensions(&parts);
    let wanted = Wanted {
        major,
        extensions: &extensions,
    };
    let grounds = Grounds::open(wish, &wanted).await?;
    let mut deploying = found.options;
    deploying.settings.role = None;
    deploying.settings.path = None;
    deploying.settings.server_path = None;
    let mut notes = found.notes;
    notes.extend(
        sample
            .iter()
            .flat_map(|sample| sample.notes.iter().cloned()),
    );
    let setup = Arc::new(Setup {
        grounds,
        project: Arc::new(found.project),
        options: deploying,
        history,
        interrupt: wish.interrupt.clone(),
        rows: rows::Wish {
            rows: options.rows,
            seed: options.seed,
        },
        sample,
    });
    let mut walk = Walk {
        setup: &setup,
        run: TestRun {
            database: setup.grounds.name().to_owned(),
            notes,
            ..TestRun::default()
        },
        trials: JoinSet::new(),
        hears,
        jobs: match options.jobs {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        },
        reached: None,
    };
    let done = walk.all(&chosen).await;
    walk.trials.shutdown().await;
    let mut run = walk.run;
    if let Some(setup) = Arc::into_inner(setup) {
        run.notes.extend(setup.grounds.close().await);
    }
    done?;
    run.tested.sort_by_key(|tested| tested.number);
    Ok(run)
}

struct Walk<'a> {
    setup: &'a Arc<Setup>,
    run: TestRun,
    trials: JoinSet<Result<Tested, Failure>>,
    hears: Hears<'a>,
    jobs: usize,
    /// The schema before the next migration, where it is known.
    reached: Option<Catalog>,
}

impl Walk<'_> {
    async fn all(&mut self, chosen: &[bool]) -> Result<(), Failure> {
        let setup = Arc::clone(self.setup);
        let database = setup.beginning().await?;
        let last = chosen.iter().rposition(|chosen| *chosen);
        for number in 0..last.map_or(0, |last| last + 1) {
            setup.interrupt.refuses()?;
            if let Some(why) = self.step(&database, number, chosen).await? {
                let rest = chosen.iter().enumerate().skip(number);
                for (skipped, _) in rest.filter(|(_, chosen)| **chosen) {
                    self.skip(skipped, &why);
                }
                break;
            }
        }
        while !self.trials.is_empty() {
            self.hear().await?;
        }
        Ok(())
    }

    /// Goes on by one migration; why that cannot be done.
    async fn step(
        &mut self,
        database: &Database,
        number: usize,
        chosen: &[bool],
    ) -> Result<Option<String>, Failure> {
        let setup = Arc::clone(self.setup);
        let migration = setup.migration(number);
        if migration.run_by.is_some() {
            return Ok(Some(format!(
                "`{}` is code, which its tool runs",
                migration.name
            )));
        }
        let is_next = chosen.get(number + 1).copied().unwrap_or_default();
        if !chosen[number] {
            // What is not tried is run with the last one before what is.
            self.reached = None;
            let failure = match is_next {
                true => setup.written_through(database, number).await?,
                false => None,
            };
            return Ok(failure.map(|failure| failure.to_string()));
        }
        let before = match self.reached.take() {
            Some(catalog) => catalog,
            None => setup.catalog_of(database).await?,
        };
        let copy = setup.grounds.copy(database).await?;
        if let Some(failure) = setup.written_through(database, number).await? {
            self.refused(number, failure);
            setup.grounds.remove(copy).await;
            return Ok(Some(format!("`{}` before it fails", migration.name)));
        }
        let after = setup.catalog_of(database).await?;
        self.reached = Some(after.clone());
        let case = Case {
            number,
            before,
            after,
        };
        while self.trials.len() >= self.jobs {
            self.hear().await?;
        }
        let takes_one = setup.grounds.takes_one();
        self.trials.spawn(trial::run(setup, case, copy));
        while takes_one && !self.trials.is_empty() {
            self.hear().await?;
        }
        Ok(None)
    }

    /// Waits for one migration.
    async fn hear(&mut self) -> Result<(), Failure> {
        match self.trials.join_next().await {
            Some(Ok(tested)) => self.told(tested?),
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            _ => {}
        }
        Ok(())
    }

    fn told(&mut self, tested: Tested) {
        (self.hears)(&tested);
        self.run.tested.push(tested);
    }

    fn refused(&mut self, number: usize, failure: Failure) {
        let mut tested = Tested::of(self.setup.migration(number), number);
        tested.checks.push(super::TestCheck {
            name: "as written",
            problems: failure.problems,
        });
        self.told(tested);
    }

    fn skip(&mut self, number: usize, why: &str) {
        if self.run.tested.iter().any(|tested| tested.number == number) {
            return;
        }
        let mut tested = Tested::of(self.setup.migration(number), number);
        tested.skipped = Some(why.to_owned());
        self.told(tested);
    }
}

/// Which migrations are tried.
fn chosen(project: &Project, options: &TestOptions) -> Result<Vec<bool>, Failure> {
    let all = &project.migrations;
    if all.is_empty() {
        return Err(project.nothing().into());
    }
    let mut chosen = match &options.since {
        None => vec![options.migrations.is_empty(); all.len()],
        Some(revision) => {
            let touched = touched(revision, &project.folder.path)?;
            let is_touched =
                |migration: &Migration| Touched::find(&touched, &migration.up.path).is_some();
            all.iter().map(is_touched).collect()
        }
    };
    for wanted in &options.migrations {
        let path = real(Path::new(wanted));
        let mut of_path = (0..all.len())
            .filter(|number| real(&all[*number].up.path).starts_with(&path))
            .peekable();
        if of_path.peek().is_none() {
            let through = up_to(project, Some(wanted))?.len();
            chosen[through - 1] = true;
        }
        of_path.for_each(|number| chosen[number] = true);
    }
    Ok(chosen)
}

/// Nothing is tried beside what people need.
pub(crate) fn refuse_the_real_one(found: &Found, wish: &Wish) -> Result<(), Failure> {
    let (Some(server), Place::Named { url, origin }) = (&found.server, &wish.place) else {
        return Ok(());
    };
    let defaults = segue_db::postgres::url::Defaults::default();
    let shadow = segue_db::postgres::url::read(url.expose(), &defaults)?;
    if shadow.describe() != server.describe() {
        return Ok(());
    }
    Err(
        Problem::new("the shadow database is the project's own database")
            .note(format!("it is named by {origin}: {}", shadow.describe()))
            .help("name another one: migrations are tried on databases that nobody needs")
            .into(),
    )
}
