//! What fills a database with data to work with: `[seed]` of `segue.toml`, else what Prisma's own
//! configuration names.
//!
//! Prisma's rules: `migrations.seed` of `prisma.config.*`; `prisma.seed` of `package.json` only where there is
//! no such file (prisma/orm#27724). It is no line for a shell: `executeSeedCommand` gives it to execa, which
//! cuts it at blanks and knows no quotes (`packages/migrate/src/utils/seed.ts`; execa's `parseCommandString`).

use std::path::{Path, PathBuf};

use segue_sql::{Place, Problem, Source};
use serde_json::Value;

use super::{
    read_text,
    script::{Kind, Lookup, Script},
    secret::masked,
    tool_configs,
};

/// How the data get into the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seed {
    /// A line for the shell.
    Shell(String),
    /// A program and its arguments; never empty.
    Program(Vec<String>),
    /// A file of SQL.
    File(PathBuf),
}

/// The seed of a Prisma project: the command, where it stands, and the folder that it runs in. `folders` are
/// those of [`folders_up`](super::folders_up).
///
/// # Errors
/// A command that is put together rather than written out, or is no text.
pub fn prisma_seed(folders: &[PathBuf]) -> Result<Option<(Seed, Place, PathBuf)>, Problem> {
    let package = folders
        .iter()
        .map(|folder| folder.join("package.json"))
        .find(|file| file.is_file());
    let config = tool_configs(folders, "prisma")
        .into_iter()
        .find(|file| file.extension().is_none_or(|ending| ending != "prisma"));
    let found = match (&config, &package) {
        (Some(config), _) => of_config(config)?,
        (None, Some(package)) => of_package(package)?,
        (None, None) => None,
    };
    let file = package.or(config);
    let folder = file.as_deref().and_then(Path::parent).map(Path::to_owned);
    Ok(found
        .zip(folder)
        .map(|((seed, place), folder)| (seed, place, folder)))
}

type Found = Option<(Seed, Place)>;

fn of_config(file: &Path) -> Result<Found, Problem> {
    let text = read_text(file)?;
    let script = Script::new(&text);
    let value = match script.exported("migrations") {
        Lookup::Absent => return Ok(None),
        Lookup::Value(value) => script.object(&value),
        Lookup::Unclear => None,
    };
    let lookup = value.map_or(Lookup::Unclear, |object| script.property(&object, "seed"));
    let token = match lookup {
        Lookup::Absent => return Ok(None),
        Lookup::Value(value) => script.tokens.get(value.start..value.end),
        Lookup::Unclear => None,
    };
    let Some([token]) = token.filter(|tokens| tokens.iter().all(|t| t.kind == Kind::Text)) else {
        return Err(unclear(file, "migrations.seed"));
    };
    // The token's text goes without its quotes.
    let start = token.at + 1;
    let place = place(file, &text, start..start + token.text.len());
    command(token.text, place).map(Some)
}

fn of_package(file: &Path) -> Result<Found, Problem> {
    let text = read_text(file)?;
    let package: Value = serde_json::from_str(&text).map_err(|error| {
        Problem::new(format!("`{}` is broken: {error}", file.display()))
            .help("mend it, or name the seed in segue.toml: [seed] command")
    })?;
    let Some(seed) = package.get("prisma").and_then(|prisma| prisma.get("seed")) else {
        return Ok(None);
    };
    let Some(line) = seed.as_str() else {
        return Err(unclear(file, "prisma.seed"));
    };
    // Only for the place: the value itself is from the parser, which knows escapes.
    let prisma = text.find("\"prisma\"").unwrap_or_default();
    let key = text[prisma..]
        .find("\"seed\"")
        .map_or(prisma, |at| prisma + at);
    let length = if key > prisma { "\"seed\"".len() } else { 0 };
    command(line, place(file, &text, key..key + length)).map(Some)
}

fn place(file: &Path, text: &str, span: std::ops::Range<usize>) -> Place {
    Place {
        source: Source::new(file.display().to_string(), masked(text)),
        span,
        label: "set here".into(),
    }
}

fn unclear(file: &Path, key: &str) -> Problem {
    Problem::new(format!(
        "`{key}` in `{}` is not a plain string",
        file.display()
    ))
    .help("write it out there, or name the seed in segue.toml: [seed] command")
}

fn command(line: &str, place: Place) -> Result<(Seed, Place), Problem> {
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
    }
    if words.is_empty() {
        let problem = Problem::new("the seed command is empty");
        return Err(problem.at(&place.source, place.span, "nothing is here"));
    }
    Ok((Seed::Program(words), place))
}
