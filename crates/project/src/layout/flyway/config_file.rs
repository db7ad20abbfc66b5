//! The files that hold Flyway's settings: `flyway.toml`, `flyway.conf`, and Spring Boot's
//! `application.properties` and `application.yml`.

use std::{collections::BTreeMap, path::PathBuf};

use segue_sql::Problem;

use super::properties;
use crate::{Folder, folder::shown_path, layout::Context};

/// A configuration that has been read.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    /// As it is shown.
    pub(super) name: String,
    /// What relative paths in it start from: the project.
    pub(super) folder: PathBuf,
    /// By their keys, in lower case and without dashes.
    pub(super) values: BTreeMap<String, String>,
    /// By their names in lower case.
    pub(super) placeholders: BTreeMap<String, String>,
}

/// Where Maven and Gradle put what is on the class path.
const RESOURCES: &str = "src/main/resources";

/// Configurations relative to a project; the first that is there counts, and the second adds to it.
pub(super) const FLYWAY_FILES: &[(&str, Option<&str>)] = &[
    ("flyway.toml", Some("flyway.user.toml")),
    ("conf/flyway.toml", Some("conf/flyway.user.toml")),
    ("flyway.conf", None),
    ("conf/flyway.conf", None),
    ("flyway.properties", None),
];
const SPRING_FILES: &[&str] = &[
    "application.properties",
    "application.yml",
    "application.yaml",
];

/// The configuration that is nearest to a folder of migrations.
pub(super) fn nearest(
    levels: &[PathBuf],
    context: &Context<'_>,
) -> Result<Option<ConfigFile>, Vec<Problem>> {
    for level in levels {
        let Ok(folder) = Folder::list(level) else {
            continue;
        };
        if let Some(file) = at(&folder, context).map_err(|problem| vec![problem])? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// The configuration in a project folder.
pub(super) fn at(project: &Folder, context: &Context<'_>) -> Result<Option<ConfigFile>, Problem> {
    for (name, second) in FLYWAY_FILES {
        if !project.has_file(name) {
            continue;
        }
        let mut file = ConfigFile::new(project, name);
        for name in [Some(*name), *second].into_iter().flatten() {
            if project.has_file(name) {
                file.add(project, name, context)?;
            }
        }
        return Ok(Some(file));
    }
    for name in SPRING_FILES {
        for below in [RESOURCES, "src/main/resources/config", "config"] {
            let path = format!("{below}/{name}");
            if !project.has_file(&path) {
                continue;
            }
            let mut file = ConfigFile::new(project, &path);
            file.add(project, &path, context)?;
            if !file.values.is_empty() || !file.placeholders.is_empty() {
                return Ok(Some(file));
            }
        }
    }
    Ok(None)
}

impl ConfigFile {
    fn new(project: &Folder, name: &str) -> Self {
        Self {
            name: shown_path(&project.path.join(name)),
            folder: project.path.clone(),
            ..Self::default()
        }
    }

    fn add(&mut self, project: &Folder, name: &str, context: &Context<'_>) -> Result<(), Problem> {
        let source = project.source(name)?;
        let ending = name.rsplit('.').next().unwrap_or_default();
        match ending {
            "toml" => {
                let table: toml::Table =
                    source.text.parse().map_err(|error: toml::de::Error| {
                        let end = source.text.len();
                        Problem::new(format!("not valid TOML: {}", error.message()))
                            .at(&source, error.span().unwrap_or(end..end), "here")
                            .help("Flyway cannot read it either")
                    })?;
                self.toml(&table);
            }
            "yml" | "yaml" => {
                for (key, value) in properties::yaml(&source.text) {
                    if let Some(key) = key.strip_prefix("spring.flyway.") {
                        self.set(key, spring_value(&value, context));
                    }
                }
            }
            _ => {
                let spring = name.contains("application");
                for (key, value) in properties::read(&source.text) {
                    if spring && let Some(key) = key.strip_prefix("spring.flyway.") {
                        self.set(key, spring_value(&value, context));
                    } else if !spring && let Some(key) = key.strip_prefix("flyway.") {
                        self.set(key, value);
                    }
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: String) {
        match key.split_once('.') {
            Some(("placeholders", name)) => {
                self.placeholders.insert(name.to_lowercase(), value);
            }
            // Only what a `migrate` in the open-source Flyway looks at is flat.
            Some(_) => {}
            None => {
                let key = key.replace('-', "").to_lowercase();
                let key = key.split('[').next().unwrap_or_default().to_owned();
                let listed =
                    ["locations", "schemas", "sqlmigrationsuffixes"].contains(&key.as_str());
                match self.values.get_mut(&key).filter(|_| listed) {
                    Some(values) => *values = format!("{values},{value}"),
                    None => {
                        self.values.insert(key, value);
                    }
                }
            }
        }
    }

    /// `[flyway]`, and over it what the chosen environment says.
    fn toml(&mut self, table: &toml::Table) {
        let inner = |table: &toml::Table, key: &str| table.get(key)?.as_table().cloned();
        let flyway = inner(table, "flyway").unwrap_or_default();
        self.replace(&flyway);
        let environment = flyway.get("environment").and_then(toml::Value::as_str);
        let environment = inner(table, "environments")
            .and_then(|all| inner(&all, environment.unwrap_or("default")));
        if let Some(environment) = environment {
            if let Some(schemas) = environment.get("schemas") {
                self.values.insert("schemas".to_owned(), plain(schemas));
            }
            self.replace(&inner(&environment, "flyway").unwrap_or_default());
        }
    }

    fn replace(&mut self, table: &toml::Table) {
        for (key, value) in table {
            match value.as_table() {
                Some(placeholders) if key == "placeholders" => {
                    for (name, value) in placeholders {
                        self.placeholders.insert(name.to_lowercase(), plain(value));
                    }
                }
                Some(_) => {}
                None => {
                    self.values.insert(key.to_lowercase(), plain(value));
                }
            }
        }
    }

    /// Where a folder of the class path is in the sources.
    pub(super) fn on_class_path(&self, path: &str) -> Option<PathBuf> {
        let path = path.trim_start_matches('/');
        [RESOURCES, "resources", "conf", ""]
            .iter()
            .map(|root| self.folder.join(root).join(path))
            .find(|folder| Folder::list(folder).is_ok())
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Spring fills `${NAME:default}` in.
fn spring_value(value: &str, context: &Context<'_>) -> String {
    let mut filled = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        let (name, default) = match name.split_once(':') {
            Some((name, default)) => (name, Some(default)),
            None => (name, None),
        };
        let found = (context.variable)(name).or_else(|| default.map(str::to_owned));
        filled.push_str(before);
        filled.push_str(&found.unwrap_or_default());
        rest = behind;
    }
    filled + rest
}
