//! Several projects in one repository: which of them is meant, and that no two of them share a history.

use std::path::{Path, PathBuf};

use segue_db::{Place, history, postgres::url, sqlite, wanted_schema, wanted_table};
use segue_engine::Failure;
use segue_project::{
    Folder, Survey, Verdict,
    config::{Config, Found, Given, Place as UrlPlace},
    shown_path,
};
use segue_sql::{Dialect, Problem};

use crate::{
    Migrator,
    workplace::{Workplace, process_variable},
};

impl Migrator {
    /// The `[[project]]` of the configuration, by its name.
    #[must_use]
    pub fn project(mut self, name: impl Into<String>) -> Self {
        self.project = Some(name.into());
        self
    }

    /// Every `[[project]]` of the configuration with its name, in the order of the file.
    ///
    /// # Errors
    /// A configuration without projects, or two projects that would share a history. What is wrong with one
    /// of them alone is said when that one is used.
    pub fn projects(&self) -> Result<Vec<(String, Self)>, Failure> {
        let (config, _) = Workplace::config_of(self)?;
        let projects: Vec<(String, Self)> = config
            .projects()
            .map(|name| (name.to_owned(), self.clone().project(name)))
            .collect();
        if projects.is_empty() {
            return Err(Problem::new("there are no projects to take all of")
                .help("describe each by a [[project]] in segue.toml, or leave out --all")
                .into());
        }
        let homes: Vec<Home> = projects
            .iter()
            .filter_map(|(name, migrator)| migrator.home(name, &Workplace::url_of).ok()?)
            .collect();
        for (at, home) in homes.iter().enumerate() {
            let shared = homes[..at].iter().find(|other| other.is_same(home));
            shared.map_or(Ok(()), |other| Err(share(other, home)))?;
        }
        Ok(projects)
    }

    /// Refuses a project whose history another one of the same file has too. Only URLs that stand in the file
    /// are compared: a `DATABASE_URL` is given for the project at hand.
    pub(crate) fn refuse_shared_history(&self, workplace: &Workplace) -> Result<(), Failure> {
        let Some(name) = workplace.config.project() else {
            return Ok(());
        };
        if self.url.is_some() || workplace.config.projects().count() < 2 {
            return Ok(());
        }
        let Ok(Some(own)) = self
            .clone()
            .project(name)
            .home(name, &Workplace::url_in_file)
        else {
            return Ok(());
        };
        for other in workplace.config.projects().filter(|other| *other != name) {
            let migrator = Self {
                dir: None,
                ..self.clone().project(other)
            };
            // What is wrong with another project is said when that one is used.
            if let Ok(Some(home)) = migrator.home(other, &Workplace::url_in_file)
                && home.is_same(&own)
            {
                return Err(share(&own, &home));
            }
        }
        Ok(())
    }

    fn home(&self, name: &str, url: UrlOf<'_>) -> Result<Option<Home>, Failure> {
        let workplace = Workplace::of(self)?;
        let survey = self.survey(&workplace)?;
        let Some(found) = url(&workplace, self, &survey)? else {
            return Ok(None);
        };
        // What a program prints is not known without running it, which is not for a project that is not meant.
        let Given::Url(text) = &found.given else {
            return Ok(None);
        };
        let embedded = workplace.embedded_folder(&survey.folder);
        let database = Database::of(text.expose().trim(), embedded, &survey.folder)?;
        let mut place = workplace.options(self)?.place;
        let schema = workplace.settings()?.schema(&workplace.vars())?;
        let schema = schema.map(|setting| setting.value);
        place.default_schema = database.schema.clone().or(schema);
        Ok(Some(Home {
            project: name.to_owned(),
            table: table(&survey, database.dialect, &place),
            database,
        }))
    }
}

type UrlOf<'a> = &'a dyn Fn(&Workplace, &Migrator, &Survey) -> Result<Option<Found>, Failure>;

impl Workplace {
    fn url_of(&self, migrator: &Migrator, survey: &Survey) -> Result<Option<Found>, Failure> {
        let resolution = self.url(migrator.url.as_ref(), &survey.folder)?;
        Ok(resolution.found)
    }

    fn url_in_file(&self, _: &Migrator, _: &Survey) -> Result<Option<Found>, Failure> {
        let setting = self.settings()?.url(&self.vars())?;
        Ok(setting.map(|setting| Found {
            given: setting.value,
            origin: setting.origin,
            place: UrlPlace::Settings,
        }))
    }
}

/// Where a project's history is.
struct Home {
    project: String,
    database: Database,
    table: (Option<String>, String),
}

impl Home {
    fn is_same(&self, other: &Self) -> bool {
        self.database.identity == other.database.identity && self.table == other.table
    }
}

/// A database as its URL names it.
struct Database {
    /// The server and the database, to be compared. Without the user: two users of one database see one history.
    identity: String,
    /// The same for people.
    shown: String,
    schema: Option<String>,
    dialect: Dialect,
}

impl Database {
    fn of(text: &str, embedded: PathBuf, migrations: &Folder) -> Result<Self, Failure> {
        let folder = match text.strip_prefix("embedded:") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => (text == "embedded").then_some(embedded),
        };
        if let Some(folder) = folder {
            return Ok(Self {
                identity: format!("{folder:?}"),
                shown: format!("embedded PostgreSQL in {}", shown_path(&folder)),
                schema: None,
                dialect: Dialect::Postgres,
            });
        }
        if sqlite::is_ours(text) {
            let location = crate::sqlite::locate(text, "segue.toml", migrations)?;
            return Ok(Self {
                identity: format!("{:?}", location.path),
                shown: location.describe(),
                schema: None,
                dialect: Dialect::Sqlite,
            });
        }
        let target = url::read(text, &url::Defaults::default())?;
        let name = target.config.get_dbname().or(target.config.get_user());
        Ok(Self {
            identity: format!("{:?} {name:?}", target.endpoints),
            shown: target.describe(),
            schema: target.schema.clone(),
            dialect: Dialect::Postgres,
        })
    }
}

fn table(survey: &Survey, dialect: Dialect, place: &Place) -> (Option<String>, String) {
    let layout = match &survey.verdict {
        Verdict::Settled(choice) => choice.layout,
        Verdict::Open(candidates) => candidates[0],
    };
    let Some(format) = history::format_of(layout, dialect) else {
        return (None, layout.name.to_owned());
    };
    let schema = wanted_schema(format, place).or(place.default_schema.as_deref());
    let table = wanted_table(format, place).to_owned();
    (schema.map(str::to_owned), table)
}

fn share(one: &Home, other: &Home) -> Failure {
    let (schema, table) = &one.table;
    let schema = schema.iter().map(|schema| format!("{schema}."));
    let table: String = schema.chain([table.clone()]).collect();
    Problem::new(format!(
        "the projects `{}` and `{}` would share one history",
        one.project, other.project
    ))
    .note(format!("both have {table} in {}", one.database.shown))
    .note("each would take the migrations of the other for its own that are missing on disk")
    .help(
        "give one of them another database or `schema`, or `history.table` where its tool lets that be configured",
    )
    .into()
}

/// The configuration with the project that is meant: named, or the one that `start` is in, or the only one.
///
/// # Errors
/// No such project, or several of which none is meant.
pub(crate) fn choose(migrator: &Migrator, config: Config, start: &Path) -> Result<Config, Failure> {
    let variable = || process_variable("SEGUE_PROJECT").filter(|name| !name.is_empty());
    if let Some(name) = migrator.project.clone().or_else(variable) {
        return Ok(config.of_project(&name)?);
    }
    let names: Vec<&str> = config.projects().collect();
    let inside = config.project_at(start);
    match (inside, names.as_slice()) {
        (_, []) => Ok(config),
        (Some(name), _) => Ok(config.of_project(name)?),
        (None, [only]) if migrator.dir.is_none() => Ok(config.of_project(only)?),
        (None, names) => Err(several(names, migrator.dir.is_some())),
    }
}

fn several(names: &[&str], dir_is_given: bool) -> Failure {
    let list = names.join(", ");
    if dir_is_given {
        return Problem::new("the folder of --dir is in none of the projects of segue.toml")
            .note(format!("it has: {list}"))
            .help("say whose settings count with --project, or add a [[project]] for the folder")
            .into();
    }
    Problem::new(format!("segue.toml has several projects: {list}"))
        .help("say which one with --project or SEGUE_PROJECT, or change to its folder; `status` and `deploy` also take --all")
        .into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_project_has_an_embedded_database_of_its_own() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let text =
            "[[project]]\nname = \"a b\"\ndir = \"a\"\n[[project]]\nname = \"c\"\ndir = \"c\"\n";
        fs::write(root.path().join("segue.toml"), text).expect("a file");
        let folder = |name: &str| {
            fs::create_dir_all(root.path().join(name)).expect("a folder");
            fs::write(root.path().join(name).join("1_a.sql"), "").expect("a file");
            let config = root.path().join("segue.toml");
            let project = if name == "a" { "a b" } else { name };
            let migrator = Migrator::new().config(config).project(project);
            let workplace = Workplace::of(&migrator).unwrap_or_else(|failure| panic!("{failure}"));
            let survey = migrator.survey(&workplace);
            let survey = survey.unwrap_or_else(|failure| panic!("{failure}"));
            workplace.embedded_folder(&survey.folder)
        };
        assert_eq!(folder("a"), root.path().join(".segue/postgres-a_b"));
        assert_eq!(folder("c"), root.path().join(".segue/postgres-c"));
    }
}
