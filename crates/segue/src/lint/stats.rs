//! Declared numbers of rows: `{"table": rows}`, or with the server's word for it, `{"table": {"reltuples": rows}}`.

use std::{collections::BTreeMap, path::Path};

use segue_sql::{Problem, Source};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged)]
enum Declared {
    Rows(u64),
    Object {
        #[serde(alias = "reltuples")]
        rows: u64,
    },
}

/// Reads such a file.
///
/// # Errors
/// What cannot be read, or is something else, with its place.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let source = segue_project::Script::read(path)?.source()?;
    let declared: BTreeMap<String, Declared> = serde_json::from_str(&source.text)
        .map_err(|error| misread(&source, &error, "{\"users\": 4000000, \"app.plans\": 20}"))?;
    let rows = declared
        .into_iter()
        .map(|(table, declared)| match declared {
            Declared::Rows(rows) | Declared::Object { rows } => (table, rows),
        });
    Ok(rows.collect())
}

/// What is wrong with a text that shall be JSON of a certain form.
pub(super) fn misread(
    source: &std::sync::Arc<Source>,
    error: &serde_json::Error,
    example: &str,
) -> Problem {
    let before: usize = (source.text.split_inclusive('\n'))
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (before + error.column().saturating_sub(1)).min(source.text.len());
    let at = source.text.floor_char_boundary(at);
    Problem::new(format!("this is not what it should be: {error}"))
        .at(source, at..at, "here")
        .help(format!("write it like {example}"))
}
