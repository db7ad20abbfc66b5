//! The schema of a project that need not be connected to anything: what `segue schema` asks for.

use std::time::Duration;

use segue_db::Session;
use segue_engine::{
    Failure, Options, format_of,
    replay::{Bookkeeping, Part},
    up_to,
};
use segue_project::{Context, Folder, Project, Survey, config::Secret, survey};
use segue_sql::Dialect;

use super::{Model, Question, Schema, beginning, predict, run};
use crate::{
    Migrator,
    migrator::take_place,
    server::{Server, Wanted},
    shadow::{Place, Wish},
    workplace::Workplace,
};

/// The version that counts where nothing says another one: that of the embedded PostgreSQL.
pub(crate) const DEFAULT_MAJOR: u16 = 17;

/// How long the configured database may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(2);

/// A project whose schema is asked for.
pub(crate) struct Found {
    pub(crate) project: Project,
    pub(crate) options: Options,
    pub(crate) server: Option<Server>,
    pub(crate) notes: Vec<String>,
}

impl Found {
    /// The history's table, where the project's settings or its tool have it.
    pub(crate) fn history(
        &self,
        dialect: Dialect,
        parts: &[Part<'_>],
    ) -> Result<Bookkeeping, Failure> {
        let format = format_of(self.project.choice.layout, dialect)?;
        let schema = match dialect {
            Dialect::Postgres => self.options.settings.schema.as_deref(),
            Dialect::Sqlite => Some("main"),
        };
        let table = self.options.place.of(format, schema);
        Ok(Bookkeeping::of(dialect, format, &table, parts))
    }
}

/// The server that the schema is for.
pub(crate) struct Stand {
    pub(crate) major: u16,
    pub(crate) user: Option<String>,
    pub(crate) note: Option<String>,
}

impl Migrator {
    /// The server, or the empty database, that is used to learn what statements do which cannot be told.
    #[must_use]
    pub fn shadow_url(mut self, url: impl Into<String>) -> Self {
        self.shadow_url = Some(Secret::new(url.into()));
        self
    }

    /// Learns from no database what statements do: what cannot be told stays unknown.
    #[must_use]
    pub fn no_shadow(mut self, no_shadow: bool) -> Self {
        self.no_shadow = no_shadow;
        self
    }

    /// The major version of the server that [`schema`](Self::schema) is for, whatever the configured one has.
    #[must_use]
    pub fn server_version(mut self, major: u16) -> Self {
        self.server_version = Some(major);
        self
    }

    /// The schema that the project's migrations make, up to one of them or all together.
    ///
    /// The configured database is asked for its version only, and need not be there.
    ///
    /// # Errors
    /// What is wrong with the project or its settings; a migration that cannot be read; no shadow database where
    /// one is needed; what a shadow database refused.
    pub async fn schema(&self, at: Option<&str>) -> Result<Schema, Failure> {
        let workplace = Workplace::of(self)?;
        let wish = self.shadow_wish(&workplace)?;
        let found = self.found(&workplace).await?;
        let parts: Vec<Part<'_>> = up_to(&found.project, at)?.iter().map(Part::from).collect();
        if found.server.as_ref().map(Server::dialect) == Some(Dialect::Sqlite) {
            let history = found.history(Dialect::Sqlite, &parts)?;
            let layout = found.project.choice.layout;
            let (catalog, mut provenance) = run(&parts, layout, Some(&history)).await?;
            provenance.notes.extend(found.notes);
            let model = Model::Sqlite(Box::new(catalog));
            return Ok(Schema { model, provenance });
        }
        let stand = self.stand(&found).await;
        self.interrupt.refuses()?;
        let (catalog, mut provenance) = predict(Question {
            beginning: beginning(stand.major, stand.user.as_deref(), &found.options.settings),
            history: found.history(Dialect::Postgres, &parts)?,
            parts,
            settings: &found.options.settings,
            shadow: &wish,
            compared_with: None,
        })
        .await?;
        provenance.notes.extend(found.notes);
        provenance.notes.extend(stand.note);
        let model = Model::Postgres(Box::new(catalog));
        Ok(Schema { model, provenance })
    }

    /// Where statements may be learned from: what the caller says, else `shadow_url` of the configuration.
    pub(crate) fn shadow_wish(&self, workplace: &Workplace) -> Result<Wish, Failure> {
        Ok(Wish {
            place: self.shadow_place(workplace)?,
            interrupt: self.interrupt.clone(),
            is_for_many: false,
        })
    }

    fn shadow_place(&self, workplace: &Workplace) -> Result<Place, Failure> {
        if self.no_shadow {
            return Ok(Place::Nowhere);
        }
        if let Some(url) = &self.shadow_url {
            return Ok(Place::of(url.clone(), "--shadow-url".to_owned()));
        }
        let setting = workplace.settings()?.shadow_url(&workplace.vars())?;
        Ok(setting.map_or(Place::Anywhere, |setting| {
            Place::of(setting.value, setting.origin)
        }))
    }

    pub(crate) async fn found(&self, workplace: &Workplace) -> Result<Found, Failure> {
        let survey = self.survey(workplace)?;
        let found = self.found_by(workplace, survey);
        self.interrupt.may_stop(found).await
    }

    /// The project as another folder has it: one that is not on disk. The layout is that of the folder on disk, where
    /// its own files do not tell.
    pub(crate) async fn found_in(
        &self,
        workplace: &Workplace,
        folder: Folder,
    ) -> Result<Found, Failure> {
        let mut wish = workplace.wish(self)?;
        if wish.is_none() && folder.path.is_dir() {
            let there = survey(Folder::list(&folder.path)?, None)?;
            let choice = there.settle(&[])?.1;
            wish = Some(segue_project::Wish {
                name: choice.layout.name.to_owned(),
                origin: choice.reason,
            });
        }
        let survey = survey(folder, wish.as_ref())?;
        self.found_by(workplace, survey).await
    }

    async fn found_by(&self, workplace: &Workplace, survey: Survey) -> Result<Found, Failure> {
        let mut notes = Vec::new();
        let server =
            match self.configured(workplace, &survey).await {
                Ok(server) => server,
                Err(failure) => {
                    let why = failure.problems.first();
                    notes.extend(why.map(|why| {
                        format!("the configured database does not count: {}", why.message)
                    }));
                    None
                }
            };
        let mut options = workplace.options(self)?;
        if let Some(schema) = server.as_ref().and_then(Server::schema) {
            options.settings.schema = Some(schema.to_owned());
        }
        let variable = |name: &str| workplace.variable(name);
        let context = Context {
            dialect: Some(server.as_ref().map_or(Dialect::Postgres, Server::dialect)),
            variable: &variable,
        };
        let (folder, choice) = survey.settle(&[])?;
        let project = Project::read(folder, choice, &context)?;
        take_place(&project, &mut options);
        Ok(Found {
            project,
            options,
            server,
            notes,
        })
    }

    async fn configured(
        &self,
        workplace: &Workplace,
        survey: &Survey,
    ) -> Result<Option<Server>, Failure> {
        let resolution = workplace.url(self.url.as_ref(), &survey.folder)?;
        let Some(source) = workplace.source(&resolution)? else {
            return Ok(None);
        };
        let embedded = workplace.embedded_folder(&survey.folder);
        Server::of(source, &survey.folder, embedded).await.map(Some)
    }

    /// The version of the configured server, if it tells it at once.
    pub(crate) async fn stand(&self, found: &Found) -> Stand {
        let of = |major, note: Option<String>| Stand {
            major,
            user: None,
            note,
        };
        if let Some(major) = self.server_version {
            return of(major, None);
        }
        let assumed = |why: &str| {
            let note = format!("the model is that of PostgreSQL {DEFAULT_MAJOR}: {why}");
            of(DEFAULT_MAJOR, Some(note))
        };
        match &found.server {
            None => assumed("no database is configured"),
            Some(Server::Embedded { .. }) => of(DEFAULT_MAJOR, None),
            Some(server) => match tokio::time::timeout(PATIENCE, ask(server, found)).await {
                Ok(Some((major, user))) => Stand {
                    major,
                    user: Some(user),
                    note: None,
                },
                _ => assumed(
                    "the configured database did not answer (--server-version says another one)",
                ),
            },
        }
    }
}

/// The major version of a server, and who we are there.
async fn ask(server: &Server, found: &Found) -> Option<(u16, String)> {
    let wanted = Wanted {
        extensions: &[],
        patience: None,
        create: false,
        layout: found.project.choice.layout,
        lock_timeout: found.options.settings.lock_timeout,
        lock_budget: found.options.patience.locks,
    };
    let link = server.connect(&wanted, &mut |_| {}).await.ok()?;
    let answer = version_and_user(&link.session).await;
    link.close().await;
    answer
}

async fn version_and_user(session: &Session) -> Option<(u16, String)> {
    let rows = session
        .rows("SELECT current_setting('server_version_num')::int / 10000, current_user")
        .await
        .ok()?;
    let mut row = rows.into_iter().next()?.into_iter();
    let major = row.next()??.parse().ok()?;
    Some((major, row.next()??))
}
