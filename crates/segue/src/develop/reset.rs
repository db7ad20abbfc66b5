//! `reset`: everything in a dev database goes, and comes again from the migrations.

use segue_engine::{Deployed, Event, Failure, FailureKind};
use segue_sql::Problem;

use super::empty;
use crate::{Migrator, Seeded, Seeding, workplace::Workplace};

/// What was done.
#[derive(Debug, Default)]
pub struct Reset {
    /// The database, in words without a secret.
    pub database: String,
    /// What was applied.
    pub deployed: Deployed,
    /// The seed, where the project has one.
    pub seeded: Option<Seeded>,
}

/// A database that is marked as production is nobody's to play with.
pub(super) fn refuse_production(workplace: &Workplace, done: &str) -> Result<(), Failure> {
    let settings = workplace.settings()?;
    if !settings.production() {
        return Ok(());
    }
    let what = match settings.environment() {
        Some(name) => format!("the environment `{name}` is production"),
        None => "this is a production database".to_owned(),
    };
    let problem = Problem::new(format!("{what}, and is not {done}"))
        .note("segue.toml says so: production = true")
        .help("name a database for development with --url or --env; change this one by `segue deploy`");
    Err(Failure::new(FailureKind::Refused, problem))
}

impl Migrator {
    /// The database that [`reset`](Self::reset) would empty, in words without a secret.
    ///
    /// # Errors
    /// A database that is production; what is wrong with the project or the connection.
    pub async fn to_be_reset(&self) -> Result<String, Failure> {
        refuse_production(&Workplace::of(self)?, "reset")?;
        let connected = self.connect(&mut |_| {}).await?;
        let database = connected.database.clone();
        connected.close().await;
        Ok(database)
    }

    /// Drops everything in the database, deploys all migrations, and runs the seed if the project has one. Nobody is
    /// asked.
    ///
    /// # Errors
    /// A database that is production; what the server refused: what was dropped by then stays dropped.
    pub async fn reset(
        &self,
        seeds: bool,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Reset, Failure> {
        let workplace = Workplace::of(self)?;
        refuse_production(&workplace, "reset")?;
        let connected = self.connect(&mut |_| {}).await?;
        let mut reset = Reset {
            database: connected.database.clone(),
            ..Reset::default()
        };
        let schema = connected.options.settings.schema.clone();
        let facts = connected.history().await.map(|(facts, _)| facts);
        let histories = facts.map(|facts| facts.histories).unwrap_or_default();
        let emptied = empty(&connected.link.session, schema.as_deref(), &histories).await;
        connected.close().await;
        emptied?;
        self.apply(events, &mut reset.deployed).await?;
        if seeds && self.has_seed()? {
            let seeding = Seeding {
                confirmed: false,
                output_to_stderr: true,
            };
            reset.seeded = Some(self.seed(seeding, &self.interrupt, events).await?);
        }
        Ok(reset)
    }
}
