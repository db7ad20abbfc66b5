//! The config files of migration tools that name the variable with the database's URL:
//! `prisma.config.*` and `schema.prisma`, `drizzle.config.*`. (`diesel.toml` and sqlx have no such
//! setting; both read `DATABASE_URL`.) Rules: prisma.io/docs/orm/reference/prisma-config-reference
//! and prisma-schema-reference (`directUrl` is what Migrate connects to, so it goes first);
//! orm.drizzle.team/docs/drizzle-config-file (`dbCredentials`).
//!
//! Only variables are read, and the names of SQLite's files. Another URL that is written out, put together or
//! computed gives a note.

use std::{
    fs,
    path::{Path, PathBuf},
};

use segue_sql::Problem;

use super::{
    Secret, Vars,
    expression::{self, Term},
    script::{Lookup, Script},
    url::{Found, Given, Place, UrlNote},
};

/// A tool and where its config keeps the URL.
struct Tool {
    layout: &'static str,
    /// Config files of a folder, without and only with these endings, in the order they count.
    configs: &'static [&'static str],
    endings: &'static [&'static str],
    /// Files that count after those: Prisma 7 has the URL in its config only; Prisma 6 in the
    /// schema, unless the config has it.
    schemas: &'static [&'static str],
    /// Folders whose `*.prisma` files count after those.
    schema_folders: &'static [&'static str],
    /// The property with the connection.
    block: &'static str,
    /// Its properties with a URL, in the order they count.
    keys: &'static [&'static str],
    has_env_function: bool,
    /// A block without any of the keys means that the connection is written in another way.
    needs_key: bool,
}

const TOOLS: [Tool; 2] = [
    Tool {
        layout: "prisma",
        configs: &["prisma.config", ".config/prisma"],
        endings: &["ts", "mts", "cts", "js", "mjs", "cjs"],
        schemas: &["schema.prisma", "prisma/schema.prisma"],
        schema_folders: &["schema", "prisma/schema", "prisma"],
        block: "datasource",
        keys: &["directUrl", "url"],
        has_env_function: true,
        needs_key: false,
    },
    Tool {
        layout: "drizzle",
        configs: &["drizzle.config"],
        endings: &["ts", "js", "json"],
        schemas: &[],
        schema_folders: &[],
        block: "dbCredentials",
        keys: &["url", "connectionString"],
        has_env_function: false,
        needs_key: true,
    },
];

/// The config files of a layout's tool in the nearest of the folders of
/// [`folders_up`](super::folders_up) that has `package.json`, or else in the nearest that has any
/// of the files; in the order they count. Empty for layouts whose tool names no variable.
/// A schema elsewhere (`--schema`, `schema` in `prisma.config.ts` or `package.json`) is for the
/// caller to append.
pub fn tool_configs(folders: &[PathBuf], layout: &str) -> Vec<PathBuf> {
    let Some(tool) = TOOLS.iter().find(|tool| tool.layout == layout) else {
        return Vec::new();
    };
    let package = folders
        .iter()
        .find(|folder| folder.join("package.json").is_file());
    package
        .into_iter()
        .chain(folders)
        .map(|folder| files_in(folder, tool))
        .find(|files| !files.is_empty())
        .unwrap_or_default()
}

fn files_in(folder: &Path, tool: &Tool) -> Vec<PathBuf> {
    let configs = tool.configs.iter().flat_map(|config| {
        let endings = tool.endings.iter();
        endings.map(move |ending| format!("{config}.{ending}"))
    });
    let schemas = tool.schemas.iter().map(|name| (*name).to_owned());
    let mut files: Vec<PathBuf> = configs
        .chain(schemas)
        .map(|name| folder.join(name))
        .filter(|path| path.is_file())
        .collect();
    for name in tool.schema_folders {
        // A folder that cannot be listed has nothing to offer here; the layout reports it.
        let entries = fs::read_dir(folder.join(name)).into_iter().flatten();
        let mut schemas: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "prisma"))
            .filter(|path| path.is_file() && !files.contains(path))
            .collect();
        schemas.sort();
        files.extend(schemas);
    }
    files
}

/// The URL of the first file that leads to one; adds to the notes what did not.
pub(super) fn find_url(
    paths: &[PathBuf],
    vars: &Vars<'_>,
    notes: &mut Vec<UrlNote>,
) -> Result<Option<Found>, Problem> {
    for path in paths {
        let text = match super::read_text(path) {
            Ok(text) => text,
            Err(problem) => {
                notes.push(UrlNote::unclear(problem.message));
                continue;
            }
        };
        let mut file = File {
            name: path.display().to_string(),
            script: Script::new(&text),
            tool: tool_of(path),
            notes,
        };
        for (key, lookup) in file.urls(path) {
            if let Some(found) = file.url(key, &lookup, vars)? {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// The variables that the files name for a URL, in the order they count.
pub(super) fn variables(paths: &[PathBuf]) -> Vec<String> {
    let mut names = Vec::new();
    for path in paths {
        // What is wrong with a file is said where its URL is looked for.
        let Ok(text) = super::read_text(path) else {
            continue;
        };
        let mut file = File {
            name: path.display().to_string(),
            script: Script::new(&text),
            tool: tool_of(path),
            notes: &mut Vec::new(),
        };
        for (_, lookup) in file.urls(path) {
            let Lookup::Value(value) = lookup else {
                continue;
            };
            let terms = expression::chain(&file.script, &value, file.tool.has_env_function);
            names.extend(terms.into_iter().flatten().filter_map(|term| match term {
                Term::Variable(name) => Some(name.to_string()),
                Term::Literal { .. } => None,
            }));
        }
    }
    names
}

/// By the file's name; drizzle-kit takes a config of any name (`--config`).
fn tool_of(path: &Path) -> &'static Tool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let [prisma, drizzle] = &TOOLS;
    if name.ends_with(".prisma") || name.starts_with("prisma.") {
        prisma
    } else {
        drizzle
    }
}

struct File<'a> {
    name: String,
    script: Script<'a>,
    tool: &'static Tool,
    notes: &'a mut Vec<UrlNote>,
}

type Urls = Vec<(&'static str, Lookup)>;

impl File<'_> {
    /// The properties with a URL that the file has, in the order they count.
    fn urls(&mut self, path: &Path) -> Urls {
        let urls = if path.extension().is_some_and(|e| e == "prisma") {
            self.schema_urls()
        } else {
            self.config_urls()
        };
        urls.into_iter()
            .filter(|(_, lookup)| *lookup != Lookup::Absent)
            .collect()
    }

    fn schema_urls(&self) -> Urls {
        let Some(block) = self.script.prisma_block(self.tool.block) else {
            return Urls::new();
        };
        let keys = self.tool.keys.iter();
        keys.map(|key| (*key, self.script.prisma_field(&block, key)))
            .collect()
    }

    fn config_urls(&mut self) -> Urls {
        let block = self.tool.block;
        let object = match self.script.exported(block) {
            Lookup::Absent => return Urls::new(),
            Lookup::Unclear => None,
            Lookup::Value(value) => self.script.object(&value),
        };
        let Some(object) = object else {
            let name = &self.name;
            self.notes.push(UrlNote::unclear(format!(
                "{name}: how `{block}` is set could not be followed"
            )));
            return Urls::new();
        };
        let keys = self.tool.keys.iter();
        let urls: Urls = keys
            .map(|key| (*key, self.script.property(&object, key)))
            .collect();
        if self.tool.needs_key && urls.iter().all(|(_, lookup)| *lookup == Lookup::Absent) {
            let name = &self.name;
            let note = format!("{name}: `{block}` has no `url`");
            self.notes.push(UrlNote::unclear(note));
        }
        urls
    }

    fn url(
        &mut self,
        key: &str,
        lookup: &Lookup,
        vars: &Vars<'_>,
    ) -> Result<Option<Found>, Problem> {
        let block = self.tool.block;
        let (place, terms) = match lookup {
            Lookup::Value(value) => (
                format!("{}:{}", self.name, self.script.line(value.start)),
                expression::chain(&self.script, value, self.tool.has_env_function),
            ),
            Lookup::Absent | Lookup::Unclear => (self.name.clone(), None),
        };
        let Some(terms) = terms else {
            let note = format!("{place}: how `{block}.{key}` is set could not be followed");
            self.notes.push(UrlNote::unclear(note));
            return Ok(None);
        };
        self.first_set(&terms, &format!("{place}: `{block}.{key}`"), vars, &place)
    }

    fn first_set(
        &mut self,
        terms: &[Term],
        what: &str,
        vars: &Vars<'_>,
        place: &str,
    ) -> Result<Option<Found>, Problem> {
        let mut unset = Vec::new();
        let mut all_unset = true;
        for term in terms {
            match term {
                Term::Variable(name) => match vars.get(name)? {
                    Some(setting) if !setting.value.trim().is_empty() => {
                        return Ok(Some(Found {
                            given: Given::Url(Secret::new(setting.value.trim())),
                            place: match vars.process(name) {
                                Some(_) => Place::Process,
                                None => Place::DotEnv,
                            },
                            origin: format!(
                                "{}, as named by {place}",
                                named(name, &setting.origin)
                            ),
                        }));
                    }
                    other => {
                        all_unset &= other.is_none();
                        unset.push(name.as_str());
                    }
                },
                Term::Literal(text) if text.is_empty() => {}
                Term::Literal(text) if names_a_file(text) => {
                    return Ok(Some(Found {
                        given: Given::Url(Secret::new(text.as_str())),
                        // A file that the project itself names.
                        place: Place::Settings,
                        origin: place.to_owned(),
                    }));
                }
                Term::Literal(_) => {
                    self.notes.push(UrlNote::unclear(format!(
                        "{what} is a URL written into the file; segue reads only variables there"
                    )));
                    return Ok(None);
                }
            }
        }
        if !unset.is_empty() {
            let names = unset.join(" or ");
            self.notes.push(UrlNote {
                text: format!("{what} names {names}, which has no value"),
                is_unset: all_unset,
            });
        }
        Ok(None)
    }
}

/// Whether a text names a file of SQLite's: it holds no password, and stands in most projects' configuration.
fn names_a_file(text: &str) -> bool {
    let endings = [".db", ".db3", ".sqlite", ".sqlite3"];
    let is_path = !text.contains("://") && endings.iter().any(|ending| text.ends_with(ending));
    text.starts_with("file:") || text.starts_with("sqlite:") || text == ":memory:" || is_path
}

/// `.env:3` says nothing of which variable, `environment variable X` does.
pub(super) fn named(name: &str, origin: &str) -> String {
    if origin.ends_with(name) {
        origin.to_owned()
    } else {
        format!("{name} in {origin}")
    }
}
