//! `Migrator`: everything that the command line can do, for programs.

use std::{path::PathBuf, sync::Arc, time::Duration};

use segue_engine::{Deployed, Failure, Functions, Interrupt, Options, Reviewed};
use segue_plan::Strategy;
use segue_project::{
    Survey,
    config::{self, Secret, UrlNote},
    survey,
};
use segue_sql::Problem;

use crate::{
    BackupWanted, Embedded, Metrics, embed::without_url, in_heap::in_heap, server::Server,
    workplace::Workplace,
};

mod connect;

pub(crate) use connect::take_place;

/// What to deploy, to which database, and how. What is not said is found as the command line finds it:
/// `segue.toml`, the environment, `.env`, the project's own tool.
#[derive(Debug, Clone, Default)]
pub struct Migrator {
    pub(crate) embedded: Option<Embedded>,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) url: Option<Secret>,
    pub(crate) layout: Option<String>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) env: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) lock_timeout: Option<Duration>,
    pub(crate) lock_budget: Option<Duration>,
    pub(crate) strategy: Option<Strategy>,
    pub(crate) create_database: bool,
    pub(crate) shadow_url: Option<Secret>,
    pub(crate) no_shadow: bool,
    pub(crate) server_version: Option<u16>,
    /// Whom the project deploys as is nobody where this is carried out.
    pub(crate) without_role: bool,
    /// A database that nobody needs: no plan for it has to be looked at.
    pub(crate) unreviewed: bool,
    pub(crate) reviewed: Option<Arc<Reviewed>>,
    pub(crate) backup: Option<BackupWanted>,
    pub(crate) interrupt: Interrupt,
    pub(crate) options: Options,
    pub(crate) functions: Functions,
    pub(crate) metrics: Option<Metrics>,
}

impl Migrator {
    /// With nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The folder of migrations, or the project folder in which it is found.
    #[must_use]
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// The database's URL; `embedded` for the embedded one.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(Secret::new(url.into()));
        self
    }

    /// The layout, by its name in [`LAYOUTS`](crate::LAYOUTS).
    #[must_use]
    pub fn layout(mut self, name: impl Into<String>) -> Self {
        self.layout = Some(name.into());
        self
    }

    /// The configuration file, instead of the `segue.toml` that would be found.
    #[must_use]
    pub fn config(mut self, file: impl Into<PathBuf>) -> Self {
        self.config = Some(file.into());
        self
    }

    /// The section `[env.NAME]` of the configuration.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>) -> Self {
        self.env = Some(name.into());
        self
    }

    /// How long to go on trying where the server does not answer yet; not at all without it.
    #[must_use]
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = Some(time);
        self
    }

    /// How long one try may wait for a lock.
    #[must_use]
    pub fn lock_timeout(mut self, time: Duration) -> Self {
        self.lock_timeout = Some(time);
        self
    }

    /// How long all tries for the locks of one transaction may take together.
    #[must_use]
    pub fn lock_budget(mut self, time: Duration) -> Self {
        self.lock_budget = Some(time);
        self
    }

    /// Whether an app is running while migrations are deployed; without it what the configuration says, else online.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = Some(strategy);
        self
    }

    /// What stops the work in order: statements that run on a database are stopped, and a shadow database that was made
    /// is removed. Dropping the work leaves such a database to a later run.
    #[must_use]
    pub fn stopped_by(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// Makes the database where the server has none of that name.
    #[must_use]
    pub fn create_database(mut self, create: bool) -> Self {
        self.create_database = create;
        self
    }

    /// Numbers that follow what is carried out: see [`Metrics::listen`].
    #[must_use]
    pub fn metrics(mut self, metrics: &Metrics) -> Self {
        self.metrics = Some(metrics.clone());
        self
    }

    /// How long to wait for another deploy to end; not at all without it.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.options.patience.deploys = Some(time);
        self
    }

    /// What a deploy may and may not do. Settings of the session, patience and place of the history that
    /// the project's configuration names are added to it.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        let deploys = options.patience.deploys.or(self.options.patience.deploys);
        self.options = options;
        self.options.patience.deploys = deploys;
        self
    }

    /// Deploys what is pending.
    ///
    /// # Errors
    /// See [`FailureKind`](crate::FailureKind).
    pub async fn deploy(&self) -> Result<Deployed, Failure> {
        let mut connected = self.connect(&mut |_| {}).await?;
        let mut deployed = Deployed::default();
        let (never, mut hears) = (Interrupt::never(), |_| {});
        let result = in_heap(connected.deploy(&never, &mut hears, &mut deployed)).await;
        connected.close().await;
        result.map(|()| deployed)
    }

    /// The folder of migrations, and what it says of its layout.
    pub(crate) fn survey(&self, workplace: &Workplace) -> Result<Survey, Failure> {
        if let Some(embedded) = &self.embedded {
            return embedded.survey();
        }
        let folder = workplace.folder(self)?;
        Ok(survey(folder, workplace.wish(self)?.as_ref())?)
    }

    /// The server to work on.
    pub(crate) async fn server(
        &self,
        workplace: &Workplace,
        survey: &Survey,
        resolution: &config::Resolution,
    ) -> Result<Server, Failure> {
        let embedded = workplace.embedded_folder(&survey.folder);
        if self.embedded.is_some() && resolution.found.is_none() {
            return Err(without_url());
        }
        if let Some(source) = workplace.source(resolution)? {
            return Server::of(source, &survey.folder, embedded).await;
        }
        refuse_a_guess(workplace, &resolution.notes)?;
        Ok(Server::Embedded {
            folder: embedded,
            origin: "no database is configured".to_owned(),
        })
    }
}

/// Where the project does have a database that could not be learned of, or is said to be production, the
/// embedded server would only look like success.
fn refuse_a_guess(workplace: &Workplace, notes: &[UrlNote]) -> Result<(), Failure> {
    if notes.iter().any(|note| !note.is_unset) {
        let mut problem = Problem::new(
            "the project has a database, but its URL could not be learned",
        )
        .help(
            "give it with --url or DATABASE_URL; or say --url embedded for the embedded PostgreSQL",
        );
        problem.notes = notes.iter().map(ToString::to_string).collect();
        return Err(problem.into());
    }
    let settings = workplace.settings()?;
    if settings.production() {
        return Err(Problem::new(format!(
            "no database URL for the environment `{}`, which is production",
            settings.environment().unwrap_or_default()
        ))
        .help("give it with --url, DATABASE_URL, or `url` in that section of segue.toml")
        .into());
    }
    Ok(())
}
