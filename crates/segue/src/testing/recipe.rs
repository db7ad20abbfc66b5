//! What test databases are made from, and on which server: what the caller says, completed as the command line does it.

use segue_db::postgres::url::Target;
use segue_engine::{Failure, FailureKind};
use segue_plan::Strategy;
use segue_project::config::{Given, Secret};
use segue_sql::Problem;

use super::place::Place;
use crate::{Migrator, workplace::Workplace};

/// How far a database is migrated when it is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum At {
    /// With all migrations.
    #[default]
    Last,
    /// Up to this one.
    Migration(String),
    /// With none.
    Nothing,
}

/// The migrations, and how they are run.
#[derive(Clone)]
pub(super) struct Recipe {
    pub(super) migrator: Migrator,
    /// Whether the files may change while this is used: they are looked at for every database.
    pub(super) changes: bool,
}

/// Which server.
pub(super) enum Source {
    /// The one that is named.
    Named {
        /// It.
        place: Box<Place>,
        /// Where it is named.
        origin: String,
    },
    /// An embedded one, whatever else there is.
    Embedded,
    /// Whichever there is.
    Anywhere {
        /// Whether programs that know no Unix sockets have to reach it.
        tcp: bool,
    },
}

impl Source {
    /// Equal for equal servers.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Named { place, .. } => place.url("postgres"),
            Self::Embedded => "embedded".to_owned(),
            Self::Anywhere { tcp } => format!("anywhere {tcp}"),
        }
    }
}

/// The variables that name the server, the first one first.
const VARIABLES: [&str; 2] = ["SEGUE_TEST_URL", "TEST_DATABASE_URL"];

/// The project's own database, as far as it can be told without running a program.
struct Own {
    target: Target,
    origin: String,
}

impl Recipe {
    pub(super) fn new(migrator: &Migrator, changes: bool) -> Self {
        let mut migrator = migrator.clone().strategy(Strategy::Direct);
        // Whom the project deploys as is nobody on a server for tests.
        migrator.without_role = true;
        migrator.unreviewed = true;
        Self { migrator, changes }
    }

    /// Equal for what makes equal databases within one process.
    pub(super) fn key(&self, at: &At) -> String {
        let migrator = &self.migrator;
        let embedded = migrator.embedded.map(|embedded| embedded.id());
        format!(
            "{:?}",
            (
                (&migrator.dir, &migrator.layout, &migrator.config),
                (&migrator.env, &migrator.project, embedded, at),
                std::env::current_dir().ok(),
            )
        )
    }

    /// Equal for what leads to the same server within one process.
    pub(super) fn wish(&self, given: Option<&Secret>, tcp: bool) -> String {
        let shadow = self.migrator.shadow_url.as_ref();
        let variables = VARIABLES.map(std::env::var_os);
        let named = (given.map(Secret::expose), shadow.map(Secret::expose));
        format!("{} {:?}", self.key(&At::Last), (named, variables, tcp))
    }

    /// The server, in this order: `given`, `--shadow-url`, the variables (also of `.env`), `shadow_url` of segue.toml; else
    /// any.
    ///
    /// # Errors
    /// A URL that is wrong, of SQLite's, or that of the project's own database.
    pub(super) async fn source(
        &self,
        given: Option<&Secret>,
        tcp: bool,
    ) -> Result<Source, Failure> {
        let workplace = Workplace::of(&self.migrator)?;
        let own = self.own(&workplace).await;
        let Some((url, origin)) = self.named(&workplace, given)? else {
            refuse_sqlite(own.as_ref().err().and_then(Option::as_deref))?;
            return Ok(Source::Anywhere { tcp });
        };
        if url.expose().trim() == "embedded" {
            return Ok(Source::Embedded);
        }
        refuse_sqlite(segue_db::sqlite::is_ours(url.expose()).then_some(origin.as_str()))?;
        let target = workplace.given(&url, &origin)?.target(&url).await?;
        let mut place = Place::new(url, target);
        if let Ok(own) = own {
            refuse_own(&place, &own, &origin, workplace.settings()?.production())?;
            place.schema = place.schema.or_else(|| own.target.schema.clone());
        }
        Ok(Source::Named {
            place: Box::new(place),
            origin,
        })
    }

    /// The URL of the server, and where it stands.
    fn named(
        &self,
        workplace: &Workplace,
        given: Option<&Secret>,
    ) -> Result<Option<(Secret, String)>, Failure> {
        if let Some(url) = given {
            return Ok(Some((url.clone(), "--url".to_owned())));
        }
        if let Some(url) = &self.migrator.shadow_url {
            return Ok(Some((url.clone(), "--shadow-url".to_owned())));
        }
        for name in VARIABLES {
            let value = workplace.variable(name);
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                return Ok(Some((Secret::new(value), format!("the variable {name}"))));
            }
        }
        let setting = workplace.settings()?.shadow_url(&workplace.vars())?;
        Ok(setting.map(|setting| (setting.value, format!("`shadow_url` in {}", setting.origin))))
    }

    /// The project's own database; else where it is named, if it is one of SQLite's.
    async fn own(&self, workplace: &Workplace) -> Result<Own, Option<String>> {
        let survey = self.survey(workplace).map_err(|_| None)?;
        let resolution = workplace.url(None, &survey.folder).map_err(|_| None)?;
        let found = resolution.found.as_ref();
        if let Some(found) = found
            && let Given::Url(url) = &found.given
            && segue_db::sqlite::is_ours(url.expose())
        {
            return Err(Some(found.origin.clone()));
        }
        if found.is_some_and(|found| matches!(found.given, Given::Command(_))) {
            return Err(None);
        }
        let source = workplace.source(&resolution).map_err(|_| None)?;
        let source = source.ok_or(None)?;
        let url = source.url().await.map_err(|_| None)?;
        let target = segue_db::postgres::url::read(url.expose(), &source.defaults);
        Ok(Own {
            target: target.map_err(|_| None)?,
            origin: source.found.origin.clone(),
        })
    }

    fn survey(&self, workplace: &Workplace) -> Result<segue_project::Survey, Failure> {
        self.migrator.survey(workplace)
    }

    /// The schema that names without one mean, where the project says.
    pub(super) fn schema(&self) -> Option<String> {
        let workplace = Workplace::of(&self.migrator).ok()?;
        workplace.options(&self.migrator).ok()?.settings.schema
    }

    /// The extensions that the migrations create: the embedded server has to know them before it opens.
    #[cfg(feature = "embedded")]
    pub(super) async fn extensions(&self) -> Result<Vec<String>, Failure> {
        let workplace = Workplace::of(&self.migrator)?;
        let found = self.migrator.found(&workplace).await?;
        let migrations = found.project.migrations.iter();
        let texts = migrations.filter_map(|migration| migration.up.statements().ok());
        Ok(crate::schema::extensions_of(texts))
    }

    /// The schema that the project's own URL names, which its tools look for in every URL.
    pub(super) async fn own_schema(&self) -> Result<Option<String>, Failure> {
        let workplace = Workplace::of(&self.migrator)?;
        let own = self.own(&workplace).await;
        Ok(own.ok().and_then(|own| own.target.schema))
    }
}

fn refuse_sqlite(origin: Option<&str>) -> Result<(), Failure> {
    match origin {
        None => Ok(()),
        Some(origin) => Err(Problem::new("test databases are PostgreSQL's, and this project's database is SQLite's")
            .note(format!("its URL comes from {origin}"))
            .help("for SQLite let each test have a file of its own, and deploy to that: `segue deploy --url sqlite:test.db`")
            .into()),
    }
}

/// Nothing is made, or removed, where real data are.
fn refuse_own(place: &Place, own: &Own, origin: &str, production: bool) -> Result<(), Failure> {
    if !place.is_server_of(&own.target) {
        return Ok(());
    }
    let what = if place.target.database() == own.target.database() {
        "this is the project's own database, and none for tests"
    } else if production {
        "this is the server of the project's production database, and none for tests"
    } else {
        return Ok(());
    };
    let problem = Problem::new(what)
        .note(place.target.describe())
        .note(format!("the server for tests comes from {origin}"))
        .note(format!("the project's own database comes from {}", own.origin))
        .help("name another server, or another database of it such as `postgres`: test databases are made beside it");
    Err(Failure::new(FailureKind::Refused, problem))
}
