//! Queries in a server's log, of the form stderr or jsonlog, as `log_statement` and `log_min_duration_statement` write them.

use std::{
    fs::File,
    hash::{BuildHasher, BuildHasherDefault},
    io::{BufRead, BufReader},
    path::Path,
};

use rustc_hash::{FxHashSet, FxHasher};
use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::Problem;
use serde_json::Value;

use super::{Lines, Query};

/// So many texts are remembered, so that each is told once.
const REMEMBERED: usize = 200_000;

/// The queries of a log, each once.
pub(super) fn read(path: &Path) -> Result<Lines, Failure> {
    let name = shown_path(path);
    let file = File::open(path)
        .map_err(|error| Problem::new(format!("`{name}` cannot be read: {error}")))?;
    let log = Log {
        lines: BufReader::new(file),
        name,
        number: 0,
        open: None,
        seen: FxHashSet::default(),
        is_done: false,
    };
    Ok(Box::new(log))
}

struct Log {
    lines: BufReader<File>,
    name: String,
    number: usize,
    /// A statement that may go on in the next line.
    open: Option<Query>,
    /// Of the texts that were told.
    seen: FxHashSet<u64>,
    is_done: bool,
}

impl Iterator for Log {
    type Item = Result<Query, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.is_done {
                return self
                    .open
                    .take()
                    .and_then(|query| self.unseen(query))
                    .map(Ok);
            }
            let mut bytes = Vec::new();
            match self.lines.read_until(b'\n', &mut bytes) {
                Ok(0) => self.is_done = true,
                Ok(_) => {
                    self.number += 1;
                    let line = String::from_utf8_lossy(&bytes);
                    let ended = self.line(line.trim_end_matches(['\n', '\r']));
                    if let Some(query) = ended.and_then(|query| self.unseen(query)) {
                        return Some(Ok(query));
                    }
                }
                Err(error) => {
                    self.is_done = true;
                    let name = &self.name;
                    let problem = Problem::new(format!("`{name}` cannot be read: {error}"));
                    return Some(Err(problem.into()));
                }
            }
        }
    }
}

impl Log {
    /// Takes a line; gives the statement that has ended before it.
    fn line(&mut self, line: &str) -> Option<Query> {
        if let (Some(rest), Some(open)) = (line.strip_prefix('\t'), &mut self.open) {
            open.text.push('\n');
            open.text.push_str(rest);
            return None;
        }
        let message = match line.starts_with('{') {
            true => {
                let line: Value = serde_json::from_str(line).unwrap_or_default();
                line["message"].as_str().map(str::to_owned)
            }
            false => line
                .split_once("LOG:  ")
                .map(|(_, message)| message.to_owned()),
        };
        let begun = message.as_deref().and_then(statement).map(|text| Query {
            place: format!("{}:{}", self.name, self.number),
            text: text.to_owned(),
            ..Query::default()
        });
        std::mem::replace(&mut self.open, begun)
    }

    /// A query, unless it was told already.
    fn unseen(&mut self, query: Query) -> Option<Query> {
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(&query.text);
        let is_new = match self.seen.len() < REMEMBERED {
            true => self.seen.insert(hash),
            false => !self.seen.contains(&hash),
        };
        is_new.then_some(query)
    }
}

/// The statement that a message has: `statement: …`, `execute NAME: …`, perhaps behind how long it took.
fn statement(message: &str) -> Option<&str> {
    let message = match message.strip_prefix("duration: ") {
        Some(rest) => rest.split_once(" ms")?.1.trim_start(),
        None => message,
    };
    if let Some(text) = message.strip_prefix("statement: ") {
        return Some(text);
    }
    let (_, text) = message.strip_prefix("execute ")?.split_once(": ")?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_both_forms_go_on_over_lines_and_are_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("postgresql.log");
        let text = "2026-01-01 00:00:00 UTC [1] LOG:  statement: SELECT a\n\tFROM t\n\
             2026-01-01 00:00:00 UTC [1] DETAIL:  Parameters: $1 = '1'\n\
             2026-01-01 00:00:01 UTC [1] LOG:  duration: 0.2 ms  execute s1: SELECT b FROM t WHERE a = $1\n\
             2026-01-01 00:00:02 UTC [1] LOG:  duration: 0.2 ms  execute <unnamed>: SELECT b FROM t WHERE a = $1\n\
             2026-01-01 00:00:02 UTC [1] LOG:  checkpoint starting: time\n\
             {\"error_severity\":\"LOG\",\"message\":\"statement: SELECT c FROM t\"}\n";
        std::fs::write(&file, text).expect("it is written");
        let queries = read(&file).expect("it is read");
        let texts: Vec<String> = queries.map(|query| query.expect("a query").text).collect();
        assert_eq!(
            texts,
            [
                "SELECT a\nFROM t",
                "SELECT b FROM t WHERE a = $1",
                "SELECT c FROM t"
            ]
        );
    }
}
