//! From what is configured to a connection, with the migrations read meanwhile.

use segue_db::postgres::connect::Retry;
use segue_engine::{Failure, Options};
use segue_plan::Strategy;
use segue_project::{Context, Layout, Project, Survey, Verdict};
use segue_sql::Dialect;

use super::Migrator;
use crate::{
    Connected,
    doctor::Stage,
    meanwhile::{Connecting, meanwhile},
    schema::extensions_of,
    server::{Link, Server, Wanted},
    sqlite,
    workplace::Workplace,
};

impl Migrator {
    /// Finds the project, connects, and reads the migrations.
    ///
    /// # Errors
    /// What is wrong with the project, its settings or the connection; nothing is changed by then.
    pub async fn connect(
        &self,
        retries: &mut (dyn FnMut(&Retry) + Send),
    ) -> Result<Connected, Failure> {
        let mut stage = Stage::default();
        // In the heap: every command has it inside of its own future.
        let connecting = Box::pin(self.connect_in_stages(retries, &mut stage));
        self.interrupt.may_stop(connecting).await
    }

    /// Connects; `stage` tells where it failed.
    pub(crate) async fn connect_in_stages(
        &self,
        retries: &mut (dyn FnMut(&Retry) + Send),
        stage: &mut Stage,
    ) -> Result<Connected, Failure> {
        let workplace = Workplace::of(self)?;
        self.refuse_shared_history(&workplace)?;
        let survey = self.survey(&workplace)?;
        *stage = Stage::Url;
        let resolution = workplace.url(self.url.as_ref(), &survey.folder)?;
        let server = self.server(&workplace, &survey, &resolution).await?;
        let mut options = workplace.options(self)?;
        if self.without_role {
            options.settings.role = None;
        }
        if let Some(schema) = server.schema() {
            options.settings.schema = Some(schema.to_owned());
        }
        let dialect = server.dialect();
        if matches!(server, Server::Embedded { .. }) {
            // It has one connection at a time: no app can be running.
            options.strategy = Strategy::Direct;
        }
        let without_effect = match dialect {
            Dialect::Postgres => Vec::new(),
            Dialect::Sqlite => sqlite::without_effect(&mut options),
        };
        options
            .place
            .default_schema
            .clone_from(&options.settings.schema);
        *stage = Stage::Migrations;
        let variable = |name: &str| workplace.variable(name);
        let context = Context {
            dialect: Some(dialect),
            variable: &variable,
        };
        let extensions = extensions(&server, &survey, &context);
        let wanted = Wanted {
            extensions: &extensions,
            patience: workplace.connect_timeout(self)?,
            create: self.create_database,
            layout: likely_layout(&survey),
            lock_timeout: options.settings.lock_timeout,
            lock_budget: options.patience.locks,
        };
        // In the heap: it is passed on, and every copy would lie on the stack.
        let connecting: Connecting<'_, Link> = Box::pin(server.connect(&wanted, retries));
        let read = || early_project(&survey, &context);
        let (mut link, early) = if server.opens_without_trace(&wanted) {
            meanwhile(connecting, read, stage).await?
        } else {
            let early = read()?;
            *stage = Stage::Connection;
            (connecting.await?, early)
        };
        if let Some(project) = &early {
            take_place(project, &mut options);
        }
        if let Err(failure) = options.settings.apply(&link.session).await {
            return Err(workplace.explain_role(failure, server.user()));
        }
        let project = match early {
            Some(project) => project,
            None => settle(&link, survey, &options, &context).await?,
        };
        sqlite::settle(&mut link.session, project.choice.layout).await?;
        self.apply_reviewed(&mut options);
        Ok(Connected {
            link,
            shadow: self.shadow_wish(&workplace)?,
            observe: workplace.observe()?,
            backup: match self.unreviewed {
                true => None,
                false => workplace.backup(self)?,
            },
            backed_up: None,
            target: server.target(),
            strict: workplace
                .settings()?
                .strict_origin()
                .filter(|_| !self.unreviewed),
            webhooks: workplace.webhooks(),
            metrics: self.metrics.clone(),
            environment: workplace.environment_name(),
            project,
            project_name: workplace.config.project().map(str::to_owned),
            options,
            database: server.describe(),
            origin: server.origin().to_owned(),
            ignored: server.ignored().to_vec(),
            notes: server.notes().to_vec(),
            without_effect,
            pooled: server.is_pooled(),
            shadowed: resolution.shadowed,
            unset: resolution.notes.iter().map(ToString::to_string).collect(),
        })
    }
}

/// The project, where no database is needed to tell its layout.
fn early_project(survey: &Survey, context: &Context<'_>) -> Result<Option<Project>, Failure> {
    match &survey.verdict {
        Verdict::Settled(choice) => {
            let project = Project::read(survey.folder.clone(), choice.clone(), context)?;
            Ok(Some(project))
        }
        Verdict::Open(_) => Ok(None),
    }
}

/// Where the tool's own configuration has the history, unless the user says otherwise.
pub(crate) fn take_place(project: &Project, options: &mut Options) {
    let (settings, place) = (&mut options.settings, &mut options.place);
    if settings.schema.is_none() {
        settings.schema.clone_from(&project.history_schema);
        settings.keeps_path = settings.schema.is_some();
        place.default_schema.clone_from(&settings.schema);
        // The schema need not be there yet, and then the first one of the path is another one.
        place.schema = place.schema.take().or_else(|| settings.schema.clone());
    }
    if place.table.is_none() {
        place.table.clone_from(&project.history_table);
    }
}

async fn settle(
    link: &Link,
    survey: Survey,
    options: &Options,
    context: &Context<'_>,
) -> Result<Project, Failure> {
    let facts = segue_db::facts(&link.session, &options.place).await?;
    let (folder, choice) = survey.settle(&facts.layouts())?;
    Ok(Project::read(folder, choice, context)?)
}

/// The layout, or the default one where it is for the database to settle.
fn likely_layout(survey: &Survey) -> &'static Layout {
    match &survey.verdict {
        Verdict::Settled(choice) => choice.layout,
        Verdict::Open(candidates) => candidates[0],
    }
}

/// The extensions that the migrations create: the embedded server has to know them before it opens.
/// Where the layout is not settled yet the default reading of the files is good enough for that; what
/// cannot be read is said when the project is.
fn extensions(server: &Server, survey: &Survey, context: &Context<'_>) -> Vec<String> {
    if !matches!(server, Server::Embedded { .. }) {
        return Vec::new();
    }
    let layout = likely_layout(survey);
    let reading = (layout.read)(&survey.folder, context).unwrap_or_default();
    let migrations = reading.migrations.iter();
    extensions_of(migrations.filter_map(|migration| migration.up.statements().ok()))
}
