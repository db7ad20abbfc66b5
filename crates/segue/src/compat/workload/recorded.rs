//! A file that `segue compat record` has written: a line of JSON that says what it is, and one for each query.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::Problem;
use serde_json::{Value, json};

use super::{Lines, Query};

/// What the first line says.
const KIND: &str = "workload";
const VERSION: u64 = 1;

/// The first line.
pub(super) fn header() -> Value {
    json!({ "segue": KIND, "version": VERSION })
}

/// Why a query is not written down: the server keeps statements other than queries as they were sent, with the passwords
/// and data in them.
pub(super) fn is_private(text: &str) -> Option<String> {
    let first = text.split_whitespace().find(|word| !word.starts_with("--"));
    let first = first
        .unwrap_or_default()
        .trim_start_matches('(')
        .to_ascii_lowercase();
    let kept = [
        "select", "insert", "update", "delete", "merge", "with", "values", "table", "copy",
        "truncate", "call", "lock", "refresh", "declare",
    ];
    let is_kept = kept.contains(&first.as_str()) || first.starts_with("/*");
    (!is_kept).then(|| "statements that are no queries".to_owned())
}

/// Whether a file is one.
pub(super) fn is_recorded(path: &Path) -> Result<bool, Failure> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(200)
        .read_to_end(&mut start)
        .map_err(|error| unreadable(path, &error))?;
    let start = String::from_utf8_lossy(&start);
    let first = start.lines().next().unwrap_or_default();
    let line = serde_json::from_str::<Value>(first).unwrap_or_default();
    Ok(line["segue"] == KIND)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Problem::new(format!("`{}` cannot be read: {error}", shown_path(path))).into()
}

/// Its queries.
pub(super) fn read(path: &Path) -> Result<Lines, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut lines = BufReader::new(file).lines().enumerate();
    let first = lines.next().and_then(|(_, line)| line.ok());
    let first: Value = serde_json::from_str(&first.unwrap_or_default()).unwrap_or_default();
    if first["version"] != VERSION {
        let name = shown_path(path);
        return Err(
            Problem::new(format!("`{name}` is of another version of segue"))
                .help("record it again")
                .into(),
        );
    }
    let (name, path) = (shown_path(path), path.to_owned());
    Ok(Box::new(lines.map(move |(number, line)| {
        let place = format!("{name}:{}", number + 1);
        let line = line.map_err(|error| unreadable(&path, &error))?;
        let Ok(value) = serde_json::from_str::<Value>(&line) else {
            return Ok(Query::unusable(place, line, "the line is no JSON"));
        };
        Ok(match value["query"].as_str() {
            Some(query) => Query {
                place,
                text: query.to_owned(),
                calls: value["calls"].as_u64(),
                ..Query::default()
            },
            None => Query::unusable(place, line, "the line has no `query`"),
        })
    })))
}
