//! Where we are: the project folder, its `segue.toml` and `.env`, and what they say together with what the
//! caller said. The process environment is read here and nowhere else.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use segue_engine::Failure;
use segue_project::{
    Folder, LAYOUTS, Wish,
    config::{
        self, Config, DotEnv, Found, Given, Place, Resolution, Secret, Setting, Settings,
        UrlInputs, Vars, Webhook,
    },
    locate,
};
use segue_sql::Problem;

use crate::{
    Migrator, command, postgres_environment,
    projects::choose,
    role,
    source::{Source, is_pooled},
};

mod options;

/// What is known before a database is asked.
pub(crate) struct Workplace {
    pub(crate) config: Config,
    pub(crate) dotenv: Option<DotEnv>,
    /// `--env`, or `SEGUE_ENV`.
    environment: Option<String>,
    pub(crate) current: PathBuf,
    /// The folder of `segue.toml`, if there is one.
    pub(crate) config_folder: Option<PathBuf>,
    /// From the project upward.
    folders: Vec<PathBuf>,
}

/// Where the configuration was found.
pub(crate) struct Whereabouts {
    current: PathBuf,
    /// The folder that is asked about.
    start: PathBuf,
    /// From there upward.
    folders: Vec<PathBuf>,
    config_file: Option<PathBuf>,
}

fn current_folder() -> Result<PathBuf, Failure> {
    Ok(env::current_dir().map_err(|error| {
        Problem::new(format!("the current folder cannot be told: {error}"))
            .help("change to a folder that exists")
    })?)
}

pub(crate) fn process_variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

impl Workplace {
    pub(crate) fn of(migrator: &Migrator) -> Result<Self, Failure> {
        if migrator.embedded.is_some() {
            return Self::of_embedded(migrator, current_folder()?);
        }
        let (config, found) = Self::config_of(migrator)?;
        let Whereabouts {
            current,
            start,
            mut folders,
            config_file,
        } = found;
        let config = choose(migrator, config, &start)?;
        if let Some(dir) = config.project_dir().filter(|_| migrator.dir.is_none()) {
            // What lies in the project's own folder counts before what lies beside segue.toml.
            let inner = config::folders_up(&current.join(dir), &current);
            folders = inner.into_iter().chain(folders).collect();
        }
        let dotenv = match DotEnv::find(&folders) {
            Some(file) => Some(DotEnv::read(&shorten(&file, &current))?),
            None => None,
        };
        Ok(Self {
            config,
            dotenv,
            environment: Self::environment_of(migrator),
            config_folder: config_file
                .as_deref()
                .map(|file| current.join(file))
                .and_then(|file| file.parent().map(Path::to_owned)),
            current,
            folders,
        })
    }

    /// The name in `[env.NAME]` that is asked for.
    pub(crate) fn environment_of(migrator: &Migrator) -> Option<String> {
        let variable = || process_variable("SEGUE_ENV").filter(|name| !name.is_empty());
        migrator.env.clone().or_else(variable)
    }

    /// The configuration, before a project of it is chosen.
    pub(crate) fn config_of(migrator: &Migrator) -> Result<(Config, Whereabouts), Failure> {
        let current = current_folder()?;
        let start = migrator
            .dir
            .as_ref()
            .map_or_else(|| current.clone(), |dir| current.join(dir));
        let folders = config::folders_up(&start, &current);
        let config_file = match &migrator.config {
            Some(file) => Some(file.clone()),
            None => config::find(&folders).map(|file| shorten(&file, &current)),
        };
        let config = match &config_file {
            Some(file) => Config::read(file)?,
            None => Config::default(),
        };
        let found = Whereabouts {
            current,
            start,
            folders,
            config_file,
        };
        Ok((config, found))
    }

    /// For migrations that are in the program: nothing is looked for on disk, and no variable of the command
    /// line counts.
    fn of_embedded(migrator: &Migrator, current: PathBuf) -> Result<Self, Failure> {
        migrator.refuse_folder()?;
        let config = match &migrator.config {
            Some(file) => Config::read(file)?,
            None => Config::default(),
        };
        Ok(Self {
            config,
            dotenv: None,
            environment: migrator.env.clone(),
            config_folder: None,
            current,
            folders: Vec::new(),
        })
    }

    pub(crate) fn settings(&self) -> Result<Settings<'_>, Failure> {
        Ok(self.config.select(self.environment.as_deref())?)
    }

    /// The section `[env.NAME]` that is chosen.
    pub(crate) fn environment_name(&self) -> Option<String> {
        let settings = self.settings().ok()?;
        settings.environment().map(str::to_owned)
    }

    /// Whom a deploy tells what happens.
    pub(crate) fn webhooks(&self) -> Result<Vec<Webhook>, Problem> {
        let settings = self.config.select(self.environment.as_deref())?;
        settings.webhooks(&self.vars())
    }

    pub(crate) fn vars(&self) -> Vars<'_> {
        let vars = Vars::new(&process_variable);
        match &self.dotenv {
            Some(dotenv) => vars.with_dotenv(dotenv),
            None => vars,
        }
    }

    /// A variable that a migration names: of the process, then of `.env`, which the tools load too. A line of
    /// `.env` that cannot be read gives none.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let in_file = || self.dotenv.as_ref()?.get(name).ok()?;
        process_variable(name).or_else(|| in_file().map(|setting| setting.value))
    }

    /// The folder of migrations.
    pub(crate) fn folder(&self, migrator: &Migrator) -> Result<Folder, Failure> {
        let configured = match &migrator.dir {
            Some(_) => None,
            None => value(self.settings()?.dir(&self.vars())?),
        };
        let given = migrator.dir.clone().or(configured);
        Ok(locate(given.as_deref(), &self.current)?)
    }

    /// The layout that the user asked for.
    pub(crate) fn wish(&self, migrator: &Migrator) -> Result<Option<Wish>, Failure> {
        if let Some(name) = &migrator.layout {
            return Ok(Some(Wish {
                name: name.clone(),
                origin: "--layout".to_owned(),
            }));
        }
        let names: Vec<&str> = LAYOUTS.iter().map(|layout| layout.name).collect();
        let setting = self.settings()?.layout(&self.vars(), &names)?;
        Ok(setting.map(|setting| Wish {
            name: setting.value,
            origin: setting.origin,
        }))
    }

    /// The database's URL, from wherever the project has it.
    pub(crate) fn url(
        &self,
        flag: Option<&Secret>,
        folder: &Folder,
    ) -> Result<Resolution, Failure> {
        Ok(config::resolve_url(UrlInputs {
            flag,
            settings: self.settings()?,
            vars: self.vars(),
            tool_configs: &self.tool_configs(folder),
            is_pooled,
        })?)
    }

    /// The files in which the project's own tool may have the URL.
    pub(crate) fn tool_configs(&self, folder: &Folder) -> Vec<PathBuf> {
        let folders = self.folders_of(folder);
        let tools = ["prisma", "drizzle"].into_iter();
        let tools = tools.filter(|tool| has_marker(folder, tool));
        tools
            .flat_map(|tool| config::tool_configs(&folders, tool))
            .collect()
    }

    /// The database: behind the URL that was found, else the one that PostgreSQL's own variables name.
    /// Not that where the project does have a URL which could not be learned of.
    pub(crate) fn source(&self, resolution: &Resolution) -> Result<Option<Source>, Failure> {
        let settings = self.settings()?;
        let vars = self.vars();
        let home = env::home_dir();
        let (found, defaults) = match &resolution.found {
            Some(found) => {
                let lookup = postgres_environment::in_process(process_variable);
                let defaults = postgres_environment::defaults(&lookup, home)?;
                (Some(found.clone()), defaults)
            }
            None if resolution.notes.iter().any(|note| !note.is_unset) => return Ok(None),
            None => {
                let lookup = postgres_environment::in_both(vars);
                let defaults = postgres_environment::defaults(&lookup, home)?;
                let found = postgres_environment::database(&defaults.environment)?;
                (found, defaults)
            }
        };
        let Some(found) = found else {
            return Ok(None);
        };
        Ok(Some(Source {
            found,
            password: settings.password_command(&vars).map(value),
            limit: value(settings.command_timeout(&vars)?).unwrap_or(command::TIMEOUT),
            defaults,
        }))
    }

    /// The database behind a URL that was given for this run alone.
    pub(crate) fn given(&self, url: &Secret, origin: &str) -> Result<Source, Failure> {
        let lookup = postgres_environment::in_process(process_variable);
        Ok(Source {
            found: Found {
                given: Given::Url(url.clone()),
                origin: origin.to_owned(),
                place: Place::Flag,
            },
            password: Ok(None),
            limit: command::TIMEOUT,
            defaults: postgres_environment::defaults(&lookup, env::home_dir())?,
        })
    }

    /// A path as the user would write it from the current folder.
    pub(crate) fn shortened(&self, path: &Path) -> PathBuf {
        shorten(path, &self.current)
    }

    /// From the migrations upward, then from the project upward; nothing for migrations in the program.
    pub(crate) fn folders_of(&self, folder: &Folder) -> Vec<PathBuf> {
        if !folder.is_on_disk() {
            return Vec::new();
        }
        let mut folders = config::folders_up(&folder.path, &self.current);
        folders.extend(self.folders.iter().cloned());
        folders
    }

    /// Where the embedded server keeps its data: below the folder of `segue.toml`, else the nearest folder
    /// above the current one that the migrations are in, else the current one.
    pub(crate) fn embedded_folder(&self, folder: &Folder) -> PathBuf {
        let migrations = folder.path.canonicalize();
        let project = self.config_folder.clone().or_else(|| {
            let migrations = migrations.as_deref().ok()?;
            self.folders
                .iter()
                .find(|level| migrations.starts_with(level) && migrations != level.as_path())
                .filter(|level| self.current.starts_with(level))
                .cloned()
        });
        let own = project
            .unwrap_or_else(|| self.current.clone())
            .join(".segue");
        match self.config.project() {
            None => own.join("postgres"),
            Some(name) => own.join(format!("postgres-{}", file_name(name))),
        }
    }

    /// Adds what the configured role has to do with a failure.
    pub(crate) fn explain_role(&self, failure: Failure, user: Option<&str>) -> Failure {
        match self.settings().map(|settings| settings.role(&self.vars())) {
            Ok(Ok(Some(role))) => role::explain(failure, &role, user),
            _ => failure,
        }
    }

    /// How long to go on trying to connect.
    pub(crate) fn connect_timeout(&self, migrator: &Migrator) -> Result<Option<Duration>, Failure> {
        let configured = self.settings()?.connect_timeout(&self.vars())?;
        Ok(migrator.connect_timeout.or(value(configured)))
    }
}

fn value<T>(setting: Option<Setting<T>>) -> Option<T> {
    setting.map(|setting| setting.value)
}

/// A project's name as a part of a file name.
fn file_name(name: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    name.chars()
        .map(|c| if keep(c) { c } else { '_' })
        .collect()
}

/// A tool's own configuration counts only where its layout could be the folder's.
fn has_marker(folder: &Folder, tool: &str) -> bool {
    LAYOUTS
        .iter()
        .any(|layout| layout.name.starts_with(tool) && (layout.fits)(folder))
}

/// Relative to the current folder where it is below it, as the user would write it.
fn shorten(path: &Path, current: &Path) -> PathBuf {
    path.strip_prefix(current).unwrap_or(path).to_owned()
}
