//! Flyway's own settings, as far as they say which files there are and what is run: from the nearest of its
//! configuration files, and over that from the environment, as its command line has it.
//!
//! Source: flyway-core 8–13 (`ConfigUtils`, `ClassicConfiguration`), Spring Boot's `FlywayProperties`.

use std::{collections::BTreeMap, path::PathBuf};

use segue_sql::Problem;

use super::config_file::{ConfigFile, nearest};
use crate::{Folder, layout::Context, locate::upward};

/// See the module.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) versioned: String,
    pub(super) undo: String,
    pub(super) repeatable: String,
    pub(super) separator: String,
    pub(super) suffixes: Vec<String>,
    pub(super) replace: bool,
    pub(super) placeholder_prefix: String,
    pub(super) placeholder_suffix: String,
    pub(super) placeholder_separator: String,
    /// By their names in lower case: placeholders know no case.
    pub(super) placeholders: BTreeMap<String, String>,
    pub(super) transactional: bool,
    /// A name that is not Flyway's is an error.
    pub(super) strict_names: bool,
    pub(super) skip_callbacks: bool,
    pub(super) table: Option<String>,
    pub(super) schema: Option<String>,
    /// The folders that the configuration names, and the name of the file that does.
    pub(super) locations: Vec<PathBuf>,
    pub(super) origin: String,
    /// Folders that it names and that are not there.
    pub(super) missing: Vec<String>,
    /// What segue cannot do as Flyway would.
    pub(super) refusals: Vec<Problem>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            versioned: "V".to_owned(),
            undo: "U".to_owned(),
            repeatable: "R".to_owned(),
            separator: "__".to_owned(),
            suffixes: vec![".sql".to_owned()],
            replace: true,
            placeholder_prefix: "${".to_owned(),
            placeholder_suffix: "}".to_owned(),
            placeholder_separator: ":".to_owned(),
            placeholders: BTreeMap::new(),
            transactional: true,
            strict_names: false,
            skip_callbacks: false,
            table: None,
            schema: None,
            locations: Vec::new(),
            origin: String::new(),
            missing: Vec::new(),
            refusals: Vec::new(),
        }
    }
}

/// Settings that segue uses: the key without dashes and in lower case, and the variable that Flyway reads it
/// from.
const USED: &[(&str, &str)] = &[
    ("sqlmigrationprefix", "FLYWAY_SQL_MIGRATION_PREFIX"),
    ("undosqlmigrationprefix", "FLYWAY_UNDO_SQL_MIGRATION_PREFIX"),
    (
        "repeatablesqlmigrationprefix",
        "FLYWAY_REPEATABLE_SQL_MIGRATION_PREFIX",
    ),
    ("sqlmigrationseparator", "FLYWAY_SQL_MIGRATION_SEPARATOR"),
    ("sqlmigrationsuffixes", "FLYWAY_SQL_MIGRATION_SUFFIXES"),
    ("placeholderreplacement", "FLYWAY_PLACEHOLDER_REPLACEMENT"),
    ("placeholderprefix", "FLYWAY_PLACEHOLDER_PREFIX"),
    ("placeholdersuffix", "FLYWAY_PLACEHOLDER_SUFFIX"),
    ("placeholderseparator", "FLYWAY_PLACEHOLDER_SEPARATOR"),
    ("executeintransaction", "FLYWAY_EXECUTE_IN_TRANSACTION"),
    (
        "validatemigrationnaming",
        "FLYWAY_VALIDATE_MIGRATION_NAMING",
    ),
    ("skipdefaultcallbacks", "FLYWAY_SKIP_DEFAULT_CALLBACKS"),
    ("table", "FLYWAY_TABLE"),
    ("defaultschema", "FLYWAY_DEFAULT_SCHEMA"),
    ("schemas", "FLYWAY_SCHEMAS"),
    ("locations", "FLYWAY_LOCATIONS"),
    ("encoding", "FLYWAY_ENCODING"),
];

/// Settings that change what a `migrate` does, in ways that segue does not know.
const REFUSED: &[(&str, &str, &str)] = &[
    ("initsql", "FLYWAY_INIT_SQL", "SQL that Flyway runs first"),
    (
        "initsqls",
        "SPRING_FLYWAY_INIT_SQLS",
        "SQL that Flyway runs first",
    ),
    (
        "callbacks",
        "FLYWAY_CALLBACKS",
        "code that Flyway runs between migrations",
    ),
    (
        "callbacklocations",
        "FLYWAY_CALLBACK_LOCATIONS",
        "callbacks in folders of their own",
    ),
    (
        "resolvers",
        "FLYWAY_RESOLVERS",
        "code that makes migrations",
    ),
    (
        "tablespace",
        "FLYWAY_TABLESPACE",
        "a tablespace for the history",
    ),
    (
        "installedby",
        "FLYWAY_INSTALLED_BY",
        "a name for the history's column installed_by",
    ),
    ("target", "FLYWAY_TARGET", "a version to stop at"),
    (
        "cherrypick",
        "FLYWAY_CHERRY_PICK",
        "single migrations to run",
    ),
    (
        "skipexecutingmigrations",
        "FLYWAY_SKIP_EXECUTING_MIGRATIONS",
        "migrations that are recorded and not run",
    ),
    (
        "erroroverrides",
        "FLYWAY_ERROR_OVERRIDES",
        "errors that do not count",
    ),
];

impl Settings {
    /// The settings that hold for a folder of migrations.
    pub(super) fn of(folder: &Folder, context: &Context<'_>) -> Result<Self, Vec<Problem>> {
        let file = nearest(&upward(&folder.path), context)?;
        Ok(Self::new(file.as_ref(), context))
    }

    /// What a file says, and over it the environment.
    pub(super) fn new(file: Option<&ConfigFile>, context: &Context<'_>) -> Self {
        let mut settings = Self::default();
        let mut values = BTreeMap::new();
        if let Some(file) = file {
            settings.origin = file.name.clone();
            values.clone_from(&file.values);
            settings.placeholders.clone_from(&file.placeholders);
        }
        let keys = USED.iter().copied();
        for (key, variable) in
            keys.chain(REFUSED.iter().map(|(key, variable, _)| (*key, *variable)))
        {
            if let Some(value) = (context.variable)(variable) {
                values.insert(key.to_owned(), value);
            }
        }
        settings.take(&values);
        // Without a file, what the environment names is relative to where we are.
        let here = ConfigFile::default();
        settings.locate(file.unwrap_or(&here), values.get("locations"), context);
        settings
    }

    fn take(&mut self, values: &BTreeMap<String, String>) {
        let text = |key: &str, into: &mut String| {
            if let Some(value) = values.get(key) {
                into.clone_from(value);
            }
        };
        text("sqlmigrationprefix", &mut self.versioned);
        text("undosqlmigrationprefix", &mut self.undo);
        text("repeatablesqlmigrationprefix", &mut self.repeatable);
        text("sqlmigrationseparator", &mut self.separator);
        text("placeholderprefix", &mut self.placeholder_prefix);
        text("placeholdersuffix", &mut self.placeholder_suffix);
        text("placeholderseparator", &mut self.placeholder_separator);
        let flag = |key: &str, into: &mut bool| {
            if let Some(value) = values.get(key) {
                *into = value.trim().eq_ignore_ascii_case("true");
            }
        };
        flag("placeholderreplacement", &mut self.replace);
        flag("executeintransaction", &mut self.transactional);
        flag("validatemigrationnaming", &mut self.strict_names);
        flag("skipdefaultcallbacks", &mut self.skip_callbacks);
        if let Some(value) = values.get("sqlmigrationsuffixes") {
            self.suffixes = list(value);
        }
        self.table = values.get("table").cloned();
        self.schema = values
            .get("defaultschema")
            .cloned()
            .or_else(|| list(values.get("schemas")?).into_iter().next());
        self.refuse(values);
    }

    fn refuse(&mut self, values: &BTreeMap<String, String>) {
        for (key, _, what) in REFUSED {
            let value = values.get(*key).map_or("", |value| value.trim());
            if !matches!(value, "" | "false" | "latest") {
                self.cannot(format!(
                    "Flyway's setting `{key}` asks for {what}, which segue does not do"
                ));
            }
        }
        let encoding = values.get("encoding").map_or("UTF-8", |value| value.trim());
        if !["UTF-8", "UTF8", "US-ASCII", "ASCII"].contains(&encoding.to_ascii_uppercase().as_str())
        {
            self.cannot(format!(
                "Flyway's setting `encoding` says {encoding}, and segue reads UTF-8 alone"
            ));
        }
    }

    pub(super) fn cannot(&mut self, message: String) {
        let problem = Problem::new(message);
        let problem = if self.origin.is_empty() {
            problem
        } else {
            problem.note(format!("the settings are those of `{}`", self.origin))
        };
        self.refusals.push(problem.help(
            "deploy this project with `flyway migrate`; or take the setting away if it is not needed",
        ));
    }

    fn on_class_path(&mut self, file: &ConfigFile, path: &str) {
        match file.on_class_path(path) {
            Some(folder) => self.locations.push(folder),
            None => self.missing.push(format!("classpath:{path}")),
        }
    }

    fn locate(&mut self, file: &ConfigFile, locations: Option<&String>, context: &Context<'_>) {
        for location in locations.map(|value| list(value)).unwrap_or_default() {
            let location = location.replace("{vendor}", vendor(context));
            if location.contains('*') {
                self.cannot(format!(
                    "`{location}` names folders with a pattern, which segue does not follow"
                ));
                continue;
            }
            match location.split_once(':') {
                Some(("filesystem", path)) => self.locations.push(file.folder.join(path)),
                Some(("classpath", path)) => self.on_class_path(file, path),
                None => self.on_class_path(file, &location),
                Some((kind, _)) => {
                    self.cannot(format!(
                        "`{location}` is a place of kind `{kind}`, which segue does not read"
                    ));
                }
            }
        }
    }
}

/// As Spring Boot's `DatabaseDriver` calls it.
fn vendor(context: &Context<'_>) -> &'static str {
    match context.dialect {
        Some(segue_sql::Dialect::Sqlite) => "sqlite",
        _ => "postgresql",
    }
}

fn list(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}
