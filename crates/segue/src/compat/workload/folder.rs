//! Queries in files: `.sql`, and what sqlx keeps of the queries of a program (`.sqlx/query-*.json`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::{Problem, Source, line_column, split};
use serde_json::Value;

use super::{Lines, Query};

/// All that a folder has, and those below it, in the order of their names.
pub(super) fn read(folder: &Path) -> Result<Lines, Failure> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    Ok(Box::new(files.into_iter().flat_map(of_file)))
}

/// The statements of one file.
pub(super) fn file(path: PathBuf) -> Lines {
    Box::new(of_file(path))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| -> Failure {
        Problem::new(format!("`{}` cannot be read: {error}", shown_path(folder))).into()
    };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?);
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a folder may lead back here.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match is_folder {
            true => collect(&path, files)?,
            false if is_ours(&path) => files.push(path),
            false => {}
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| {
        name.ends_with(".sql") || (name.starts_with("query-") && name.ends_with(".json"))
    })
}

fn of_file(path: PathBuf) -> impl Iterator<Item = Result<Query, Failure>> + Send {
    let name = shown_path(&path);
    let read =
        fs::read(&path).map_err(|error| Problem::new(format!("`{name}` cannot be read: {error}")));
    let queries = read.map(|bytes| match String::from_utf8(bytes) {
        Ok(text) if path.extension().is_some_and(|ending| ending == "json") => {
            vec![of_sqlx(name, &text)]
        }
        Ok(text) => statements(name, text),
        Err(_) => vec![Query::unusable(name, String::new(), "the file is no UTF-8")],
    });
    match queries {
        Ok(queries) => queries.into_iter().map(Ok).collect::<Vec<_>>().into_iter(),
        Err(problem) => vec![Err(problem.into())].into_iter(),
    }
}

fn statements(name: String, text: String) -> Vec<Query> {
    let source = Source::new(name.clone(), text.clone());
    // A COPY of an app has its data elsewhere.
    let copied = Source::new(name, format!("{text}\n\\.\n"));
    let read = split(&source).map(|statements| (statements, &source));
    let read = read.or_else(|problems| match split(&copied) {
        Ok(statements) => Ok((statements, &copied)),
        Err(_) => Err(problems),
    });
    let (statements, source) = match read {
        Ok(statements) => statements,
        Err(problems) => {
            let why = problems.into_iter().next();
            let why = why.map_or_else(String::new, |problem| problem.message);
            return vec![Query::unusable(
                source.name.clone(),
                source.text.clone(),
                why,
            )];
        }
    };
    let mut end = 0;
    let queries = statements.iter().map(|statement| {
        let (line, _) = line_column(&source.text, statement.span.start);
        let title = title(&source.text[end..statement.span.start]);
        end = statement.span.end;
        Query {
            place: format!("{}:{line}{title}", source.name),
            text: statement.text(&source.text).to_owned(),
            ..Query::default()
        }
    });
    queries.collect()
}

/// The name that a comment gives: `-- name: GetUser :one` of sqlc and its like.
fn title(comments: &str) -> String {
    let named = comments.lines().rev().find_map(|line| {
        let rest = line
            .trim()
            .strip_prefix("--")?
            .trim()
            .strip_prefix("name:")?;
        rest.split_whitespace().next()
    });
    named.map_or_else(String::new, |name| format!(" {name}"))
}

fn of_sqlx(name: String, text: &str) -> Query {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Query::unusable(name, String::new(), "the file is no JSON");
    };
    let of = document["db_name"].as_str().unwrap_or("PostgreSQL");
    match document["query"].as_str() {
        Some(query) if of == "PostgreSQL" => Query {
            place: name,
            text: query.to_owned(),
            ..Query::default()
        },
        Some(query) => Query::unusable(name, query.to_owned(), format!("it is for {of}")),
        None => Query::unusable(name, String::new(), "the file has no `query`"),
    }
}
