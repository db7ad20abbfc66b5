//! Which server: one behind a URL, or the embedded one. Both end as a connection on which the engine works.

use std::{path::PathBuf, sync::Arc, time::Duration};

use segue_db::{
    Session, postgres,
    postgres::{
        connect::{ConnectError, Connection, Retry, connect, create_database},
        url::Target,
    },
    sqlite::Location,
};
use segue_engine::{Failure, FailureKind, Opener};
use segue_project::{Folder, Layout, shown_path};
use segue_sql::{Dialect, Problem};

use crate::sqlite;

use crate::source::{self, Source};

/// A database server that can be connected to.
pub(crate) enum Server {
    /// Behind a URL.
    Remote {
        /// Boxed: it is much larger than the other variant.
        target: Box<Target>,
        /// Where that came from.
        source: Arc<Source>,
    },
    /// A database of SQLite's.
    Sqlite {
        /// Where it is.
        location: Location,
        /// Where its URL came from.
        origin: String,
    },
    /// In this process.
    Embedded {
        /// Its data folder.
        folder: PathBuf,
        /// Why it is used.
        origin: String,
    },
}

/// What a connection is to be like.
pub(crate) struct Wanted<'a> {
    /// The extensions that the migrations create.
    pub(crate) extensions: &'a [String],
    /// How long to go on trying where the server does not answer yet.
    pub(crate) patience: Option<Duration>,
    /// Whether to make a database that is missing.
    pub(crate) create: bool,
    /// The layout of the migrations, as far as it is known.
    pub(crate) layout: &'static Layout,
    /// How long one try may wait for a lock.
    pub(crate) lock_timeout: Duration,
    /// How long all tries together may.
    pub(crate) lock_budget: Duration,
}

/// A connection to a server, and what keeps it up.
pub(crate) struct Link {
    pub(crate) session: Session,
    pub(crate) opener: Option<Opener>,
    /// Where the data are, if on this machine and known.
    pub(crate) data_folder: Option<PathBuf>,
    /// Dropped after the session.
    #[cfg(feature = "embedded")]
    embedded: Option<segue_embedded::Embedded>,
}

impl Server {
    /// The server behind a URL; `embedded` and `embedded:FOLDER` stand for the embedded one.
    pub(crate) async fn of(
        source: Source,
        migrations: &Folder,
        embedded_folder: PathBuf,
    ) -> Result<Self, Failure> {
        let url = source.url().await?;
        let text = url.expose().trim();
        let origin = source.found.origin.clone();
        if segue_db::sqlite::is_ours(text) {
            return Ok(Self::Sqlite {
                location: sqlite::locate(text, &origin, migrations)?,
                origin,
            });
        }
        if text == "embedded" {
            return Ok(Self::Embedded {
                folder: embedded_folder,
                origin,
            });
        }
        if let Some(folder) = text.strip_prefix("embedded:") {
            return Ok(Self::Embedded {
                folder: PathBuf::from(folder),
                origin,
            });
        }
        Ok(Self::Remote {
            target: Box::new(source.target(&url).await?),
            source: Arc::new(source),
        })
    }

    /// The server, in words without a secret.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Remote { target, .. } => target.describe(),
            Self::Sqlite { location, .. } => location.describe(),
            Self::Embedded { folder, .. } => {
                format!("embedded PostgreSQL in {}", shown_path(folder))
            }
        }
    }

    /// Where it was named.
    pub(crate) fn origin(&self) -> &str {
        match self {
            Self::Remote { source, .. } => &source.found.origin,
            Self::Sqlite { origin, .. } | Self::Embedded { origin, .. } => origin,
        }
    }

    /// The user that logs in.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Self::Remote { target, .. } => Some(target.user()),
            Self::Sqlite { .. } | Self::Embedded { .. } => None,
        }
    }

    /// What was read of the URL.
    pub(crate) fn target(&self) -> Option<Box<Target>> {
        match self {
            Self::Remote { target, .. } => Some(target.clone()),
            Self::Sqlite { .. } | Self::Embedded { .. } => None,
        }
    }

    /// `?schema=` of the URL.
    pub(crate) fn schema(&self) -> Option<&str> {
        match self {
            Self::Remote { target, .. } => target.schema.as_deref(),
            Self::Sqlite { .. } | Self::Embedded { .. } => None,
        }
    }

    /// Whether the URL is that of a pooler, as far as its text tells.
    pub(crate) fn is_pooled(&self) -> bool {
        matches!(self, Self::Remote { target, .. } if target.pooled)
    }

    /// Parameters of the URL that have no effect.
    pub(crate) fn ignored(&self) -> &[String] {
        match self {
            Self::Remote { target, .. } => &target.ignored,
            Self::Sqlite { location, .. } => &location.ignored,
            Self::Embedded { .. } => &[],
        }
    }

    /// Whose SQL it understands.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Remote { .. } | Self::Embedded { .. } => Dialect::Postgres,
            Self::Sqlite { .. } => Dialect::Sqlite,
        }
    }

    /// What else to say about the URL.
    pub(crate) fn notes(&self) -> &[String] {
        match self {
            Self::Remote { target, .. } => &target.notes,
            Self::Sqlite { .. } | Self::Embedded { .. } => &[],
        }
    }

    /// Connects.
    /// Whether an attempt to connect changes nothing, so that it may be made before the migrations are known to be
    /// in order, and is worth it: SQLite has a thread of its own.
    pub(crate) fn opens_without_trace(&self, wanted: &Wanted<'_>) -> bool {
        matches!(self, Self::Sqlite { .. }) && !wanted.create
    }

    /// Connects.
    pub(crate) async fn connect(
        &self,
        wanted: &Wanted<'_>,
        retries: &mut (dyn FnMut(&Retry) + Send),
    ) -> Result<Link, Failure> {
        match self {
            Self::Sqlite { location, origin } => {
                let session = sqlite::open(location, origin, wanted).await?;
                Ok(Link::alone(session))
            }
            Self::Remote { target, source } => {
                let connection = reach(target, wanted.patience, wanted.create, retries)
                    .await
                    .map_err(|error| with_origin(error, target, &source.found.origin))?;
                let opener = source::opener(Arc::clone(source), target.as_ref().clone());
                Ok(Link::remote(connection, opener))
            }
            Self::Embedded { folder, .. } => Link::embedded(folder, wanted.extensions).await,
        }
    }
}

async fn reach(
    target: &Target,
    patience: Option<Duration>,
    create: bool,
    retries: &mut (dyn FnMut(&Retry) + Send),
) -> Result<Connection, ConnectError> {
    match connect(target, patience, retries).await {
        Err(ConnectError::MissingDatabase { .. }) if create => {
            create_database(target).await?;
            connect(target, patience, retries).await
        }
        other => other,
    }
}

fn with_origin(error: ConnectError, target: &Target, origin: &str) -> Failure {
    let login = matches!(error, ConnectError::Authentication { .. });
    let mut failure = Failure::from(error);
    for problem in &mut failure.problems {
        problem.notes.push(format!("the URL comes from {origin}"));
        if login {
            problem.notes.extend(target.notes.iter().cloned());
        }
        if let Some(origin) = target.password_origin.as_ref().filter(|_| login) {
            problem
                .notes
                .push(format!("the password comes from {origin}"));
        }
    }
    failure
}

/// A database is nothing to commit: `.segue` says so itself, if it is new.
#[cfg(feature = "embedded")]
fn keep_out_of_git(folder: &std::path::Path) {
    let Some(own) = folder.parent().filter(|own| own.ends_with(".segue")) else {
        return;
    };
    if !own.exists() && std::fs::create_dir_all(own).is_ok() {
        // Without this file nothing is lost; that the folder cannot be written is said at the opening.
        let _ = std::fs::write(own.join(".gitignore"), "*\n");
    }
}

/// Where sessions of an embedded server can be had, one after the other.
#[cfg(feature = "embedded")]
pub(crate) fn target_of(embedded: &segue_embedded::Embedded) -> Result<Target, Problem> {
    let endpoint = embedded.endpoint();
    segue_db::postgres::url::read(
        &format!(
            "host='{}' port={} user='{}' dbname='{}' sslmode=disable application_name=segue",
            endpoint.host, endpoint.port, endpoint.user, endpoint.dbname
        ),
        &segue_db::postgres::url::Defaults::default(),
    )
}

impl Link {
    /// A session beside which none is opened.
    fn alone(session: Session) -> Self {
        Self {
            session,
            opener: None,
            data_folder: None,
            #[cfg(feature = "embedded")]
            embedded: None,
        }
    }

    fn remote(connection: Connection, opener: Opener) -> Self {
        Self {
            session: Session::Postgres(Box::new(postgres::Session::new(connection))),
            opener: Some(opener),
            data_folder: None,
            #[cfg(feature = "embedded")]
            embedded: None,
        }
    }

    /// The session, and the embedded server that has to outlive it.
    #[cfg(feature = "embedded")]
    pub(crate) fn into_parts(self) -> (Session, Option<segue_embedded::Embedded>) {
        (self.session, self.embedded)
    }

    #[cfg(feature = "embedded")]
    pub(crate) async fn embedded(
        folder: &std::path::Path,
        extensions: &[String],
    ) -> Result<Self, Failure> {
        keep_out_of_git(folder);
        let embedded = segue_embedded::Embedded::open(folder, extensions).map_err(|error| {
            Failure::new(FailureKind::Connection, Problem::new(error.to_string()))
        })?;
        let target = target_of(&embedded)?;
        let connection = connect(&target, None, &mut |_| {}).await?;
        Ok(Self {
            session: Session::Postgres(Box::new(postgres::Session::new(connection))),
            // The embedded server takes one connection at a time.
            opener: None,
            data_folder: Some(folder.to_owned()),
            embedded: Some(embedded),
        })
    }

    #[cfg(not(feature = "embedded"))]
    async fn embedded(_: &std::path::Path, _: &[String]) -> Result<Self, Failure> {
        Err(Failure::new(
            FailureKind::Input,
            Problem::new("no database is configured, and this segue has no embedded PostgreSQL")
                .help("give a URL: --url, DATABASE_URL, .env or segue.toml"),
        ))
    }

    /// Ends the connection, then the server if it is ours.
    pub(crate) async fn close(self) {
        self.session.close().await;
        #[cfg(feature = "embedded")]
        if let Some(embedded) = self.embedded {
            // What is wrong now is wrong at the next opening too, and is said there.
            let _ = embedded.close();
        }
    }
}
