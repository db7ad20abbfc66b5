//! The files that were found, made into migrations in the order in which Flyway runs them.

use std::{borrow::Cow, path::Path, sync::Arc};

use segue_sql::{Problem, Source};

use super::{
    names::{self, Body, Kind},
    placeholders::Values,
    properties, repeatable_key,
    scan::Found,
    settings::Settings,
    version::Version,
};
use crate::{
    Folder, Migration, Note, Script,
    layout::{Context, Reading, duplicate_keys},
    script::whole,
};

/// The command that runs what segue does not.
const MIGRATE: &str = "flyway migrate";

/// Where Maven and Gradle put the classes that belong to the class path's folders.
const RESOURCES: &str = "src/main/resources/";
const SOURCES: &[&str] = &["src/main/java/", "src/main/kotlin/"];

/// Makes migrations of files.
pub(super) fn resolve(
    found: Vec<Found>,
    settings: &Settings,
    context: &Context<'_>,
) -> Result<Reading, Vec<Problem>> {
    let mut resolver = Resolver {
        settings,
        context,
        reading: Reading::default(),
        versioned: Vec::new(),
        repeatable: Vec::new(),
        baselines: Vec::new(),
        undo: Vec::new(),
        problems: Vec::new(),
    };
    let classes = classes(&found, settings);
    for file in found.into_iter().chain(classes) {
        if let Err(problem) = resolver.file(&file) {
            resolver.problems.push(problem);
        }
    }
    resolver.finish()
}

/// Java migrations lie beside the resources, in the sources.
fn classes(found: &[Found], settings: &Settings) -> Vec<Found> {
    let mut folders: Vec<&Path> = found
        .iter()
        .map(|found| found.folder.path.as_path())
        .collect();
    folders.dedup();
    let mut classes: Vec<Found> = Vec::new();
    for path in folders {
        let Some((project, package)) = path.to_str().and_then(|path| path.split_once(RESOURCES))
        else {
            continue;
        };
        for sources in SOURCES {
            let Ok(folder) = Folder::list(Path::new(&format!("{project}{sources}{package}")))
            else {
                continue;
            };
            for entry in folder.files() {
                if let Some(Ok(name)) = names::parse(&entry.name, settings)
                    && name.body == Body::Class
                    && entry.name.contains(&settings.separator)
                {
                    classes.push(Found {
                        path: format!("{package}/{}", entry.name),
                        file: entry.name.clone(),
                        name,
                        folder: folder.clone(),
                        has_config: false,
                    });
                }
            }
        }
    }
    classes
}

struct Resolver<'a> {
    settings: &'a Settings,
    context: &'a Context<'a>,
    reading: Reading,
    versioned: Vec<(Version, Migration)>,
    repeatable: Vec<Migration>,
    baselines: Vec<(Version, Migration)>,
    undo: Vec<(Version, Undo)>,
    problems: Vec<Problem>,
}

/// What takes a version back: its place for notes, and its script.
struct Undo {
    path: String,
    script: Script,
}

impl Resolver<'_> {
    fn file(&mut self, found: &Found) -> Result<(), Problem> {
        match &found.name.kind {
            Kind::Callback(event) => self.callback(found, event),
            Kind::Versioned(version, written) => {
                let migration = self.migration(found, written.clone())?;
                self.versioned.push((version.clone(), migration));
            }
            Kind::Repeatable => {
                let mut migration =
                    self.migration(found, repeatable_key(&found.name.description))?;
                migration.repeatable = true;
                self.repeatable.push(migration);
            }
            Kind::Baseline(version, written) => {
                let mut migration = self.migration(found, format!("B{written}"))?;
                migration.run_by = None;
                migration.up.problems = vec![baseline(found, written)];
                self.baselines.push((version.clone(), migration));
            }
            Kind::Undo(version) => {
                let script = self.script(found)?.0;
                let path = found.path.clone();
                self.undo.push((version.clone(), Undo { path, script }));
            }
        }
        Ok(())
    }

    fn callback(&mut self, found: &Found, event: &str) {
        if names::is_of_migrate(event) && !self.settings.skip_callbacks {
            self.reading.refusals.push(
                Problem::new(format!(
                    "`{}` is a callback, which Flyway runs at its event {event} and segue does not",
                    found.path
                ))
                .help(format!("deploy this project with `{MIGRATE}`; or take the file away if it is not needed")),
            );
        } else {
            self.reading.notes.push(Note {
                path: found.path.clone(),
                text: "a callback that no deploy comes to".to_owned(),
            });
        }
    }

    fn migration(&mut self, found: &Found, key: String) -> Result<Migration, Problem> {
        let stem =
            names::body(&found.path, self.settings).map_or(found.path.as_str(), |(stem, _)| stem);
        let is_code = found.name.body != Body::Sql;
        let (script, checksum, transactional) = if is_code {
            let path = found.folder.path.join(&found.file);
            let source = Source::new(crate::folder::shown_path(&path), "");
            (Script::whole(path, source), None, true)
        } else {
            let (script, checksum, transactional) = self.script(found)?;
            (script, Some(checksum), transactional)
        };
        Ok(Migration {
            name: stem.to_owned(),
            key,
            description: found.name.description.clone(),
            checksum,
            up: script,
            down: None,
            transactional,
            repeatable: false,
            transform: None,
            run_by: is_code.then(|| MIGRATE.to_owned()),
        })
    }

    /// The text ready to be run, its checksum, and whether it is one transaction.
    fn script(&mut self, found: &Found) -> Result<(Script, String, bool), Problem> {
        let text = found.folder.text(&found.file)?;
        let (mut script, source) = Script::with_source(text, whole);
        let mut checksum = crc32(&source.text);
        let config = FileConfig::of(found)?;
        let replaces = config.replace.unwrap_or(self.settings.replace);
        let values = Values {
            settings: self.settings,
            context: self.context,
            file: &found.file,
        };
        let mut problems = config.problems;
        match values.fill(&source) {
            Ok(Cow::Owned(text)) if replaces => {
                if found.name.kind == Kind::Repeatable {
                    checksum = format!("{} {checksum}", crc32(&text));
                }
                let source = Source::new(source.name.clone(), text);
                script = Script::whole(script.path, source);
            }
            Err(unset) if replaces => problems.extend(unset),
            _ => {}
        }
        script.problems = problems;
        let transactional = config.transactional.unwrap_or(self.settings.transactional);
        Ok((script, checksum, transactional))
    }

    fn finish(mut self) -> Result<Reading, Vec<Problem>> {
        self.versioned.sort_by(|(a, _), (b, _)| a.cmp(b));
        for pair in self.versioned.windows(2) {
            if pair[0].0 == pair[1].0 {
                self.problems.push(same_version(&pair[0].1, &pair[1].1));
            }
        }
        self.repeatable
            .sort_by(|a, b| a.description.cmp(&b.description));
        self.problems.extend(duplicate_keys(&self.repeatable));
        for (version, undo) in self.undo {
            match self.versioned.iter_mut().find(|(of, _)| *of == version) {
                Some((_, migration)) => migration.down = Some(undo.script),
                None => self.reading.notes.push(Note {
                    path: undo.path,
                    text: "takes back a version that is not here".to_owned(),
                }),
            }
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        self.baselines.sort_by(|(a, _), (b, _)| a.cmp(b));
        let ordered = self.baselines.into_iter().chain(self.versioned);
        self.reading.migrations = ordered
            .map(|(_, migration)| migration)
            .chain(self.repeatable)
            .collect();
        Ok(self.reading)
    }
}

fn same_version(one: &Migration, other: &Migration) -> Problem {
    Problem::new(format!(
        "`{}` and `{}` have the same version, {}",
        one.name, other.name, one.key
    ))
    .help("rename the newer one; the history could hold just one of them")
}

/// Flyway runs it on a database without a history, in place of everything up to its version.
fn baseline(found: &Found, version: &str) -> Problem {
    Problem::new(format!(
        "`{}` is a baseline migration, which segue does not run in place of those up to {version}",
        found.path
    ))
    .help(format!(
        "begin the database with `{MIGRATE}`, then go on here; or take the file away"
    ))
}

/// The CRC-32 of the lines without their ends, as a signed number (`ChecksumCalculator`).
fn crc32(text: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for line in text.split(['\r', '\n']) {
        hasher.update(line.as_bytes());
    }
    i32::from_ne_bytes(hasher.finalize().to_ne_bytes()).to_string()
}

/// `V1__x.sql.conf`: what holds for one file (`SqlScriptMetadata`).
#[derive(Default)]
struct FileConfig {
    transactional: Option<bool>,
    replace: Option<bool>,
    problems: Vec<Problem>,
}

impl FileConfig {
    fn of(found: &Found) -> Result<Self, Problem> {
        let mut config = Self::default();
        if !found.has_config {
            return Ok(config);
        }
        let source = found.folder.source(format!("{}.conf", found.file))?;
        for (key, value) in properties::read(&source.text) {
            let is_true = value.eq_ignore_ascii_case("true");
            match key.as_str() {
                "executeInTransaction" => config.transactional = Some(is_true),
                "placeholderReplacement" => config.replace = Some(is_true),
                "encoding" if value.eq_ignore_ascii_case("UTF-8") => {}
                "shouldExecute" if is_true => {}
                _ => config.problems.push(cannot(&source, &key, &value)),
            }
        }
        Ok(config)
    }
}

fn cannot(source: &Arc<Source>, key: &str, value: &str) -> Problem {
    let at = source.text.find(key).unwrap_or_default();
    Problem::new(format!(
        "segue cannot do what Flyway's `{key}={value}` asks for"
    ))
    .at(source, at..at + key.len(), "not known here")
    .help(format!(
        "run this migration with `{MIGRATE}`, then go on here"
    ))
}

#[cfg(test)]
mod tests {
    use super::crc32;

    /// The values that Flyway 8.5.13 wrote for these texts.
    #[test]
    fn checksums_are_flyways() {
        assert_eq!(crc32("create table a (id int);\n"), "-897341557");
        assert_eq!(crc32("create table a (id int);"), "-897341557");
    }

    #[test]
    fn line_ends_do_not_count() {
        let unix = crc32("a\nb\n\nc\n");
        assert_eq!(unix, crc32("a\r\nb\r\n\r\nc\r\n"));
        assert_eq!(unix, crc32("a\rb\r\rc"));
        assert_eq!(unix, crc32("abc"));
    }
}
