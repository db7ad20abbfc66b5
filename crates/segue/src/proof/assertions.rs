//! `test.sql`: statements with what is expected of them, in comments, so that the file can be run by everything else too.
//!
//! ```sql
//! -- expect: true
//! SELECT count(*) = 0 FROM users WHERE slug IS NULL;
//! -- expect: error 23505
//! INSERT INTO users (id, slug) SELECT id, slug FROM users LIMIT 1;
//! ```

use std::{ops::Range, sync::Arc};

use segue_db::{ServerError, Session};
use segue_engine::{Failure, word_at};
use segue_sql::{Kind, Problem, Source, split};

/// When a statement of the file is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The first phase is done, the old app may still run.
    Expanded,
    /// All is done.
    Contracted,
}

/// What is expected of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// That the server takes it; TAP in its result may not tell of a failure.
    Success,
    /// One value, which is true.
    True,
    /// That the server refuses it: the SQLSTATE, or a part of the message; empty: however it says so.
    Error(String),
    /// So many rows.
    Count(usize),
    /// These rows, in this order: values with ` | ` between them, `NULL` for none.
    Rows(Vec<String>),
}

/// The statements of a file.
pub(super) struct Assertions {
    source: Arc<Source>,
    all: Vec<Assertion>,
}

struct Assertion {
    span: Range<usize>,
    at: Option<Moment>,
    expected: Expected,
    turn: Turn,
}

/// What a statement does to the transaction of its file, which many a file of pgTAP's begins and rolls back itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Within,
    /// It is begun already.
    Begin,
    /// What was done is undone, and a new one begins.
    Rollback,
}

impl Turn {
    /// What a kind of statements does; why it is none of this place.
    fn of(kind: &Kind) -> Result<Self, &'static str> {
        match kind {
            Kind::Begin => Ok(Self::Begin),
            Kind::Rollback => Ok(Self::Rollback),
            Kind::Commit | Kind::PrepareTransaction => Err(
                "nothing may be committed here: all is rolled back, so that it is no part of what is compared",
            ),
            Kind::PsqlCommand(_) => Err("this is a command of psql's, not a statement"),
            _ => Ok(Self::Within),
        }
    }
}

impl Assertions {
    /// Reads a file.
    ///
    /// # Errors
    /// What cannot be cut into statements; comments that say `expect` or `at` and are not understood, or stand before no statement.
    pub(super) fn read(source: Arc<Source>) -> Result<Self, Vec<Problem>> {
        let statements = split(&source)?;
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        let mut from = 0;
        for statement in statements.iter() {
            let head = from..statement.span.start;
            let turn = Turn::of(&statement.kind).map_err(|why| {
                let problem = Problem::new(why);
                let problem = problem.at(&source, statement.span.clone(), "this");
                vec![problem.help("leave it out")]
            });
            match said(&source, head, &statement.span).and_then(|said| Ok((said, turn?))) {
                Ok(((at, expected), turn)) => all.push(Assertion {
                    span: statement.span.clone(),
                    at,
                    expected,
                    turn,
                }),
                Err(found) => problems.extend(found),
            }
            from = statement.span.end;
        }
        for line in lines(&source.text, from..source.text.len()) {
            if mark(&source.text[line.clone()]).is_some() {
                problems.push(
                    Problem::new("no statement stands behind this comment")
                        .at(&source, line, "it says what is expected")
                        .help("put it in front of the statement that it is about"),
                );
            }
        }
        match problems.is_empty() {
            true => Ok(Self { source, all }),
            false => Err(problems),
        }
    }

    /// Runs what is meant for a moment, in a transaction that is rolled back; gives what is not as expected.
    pub(super) async fn run(
        &self,
        session: &Session,
        moment: Moment,
    ) -> Result<Vec<Problem>, Failure> {
        let mut problems = Vec::new();
        session.execute("BEGIN").await?;
        for one in &self.all {
            if one.at.is_some_and(|at| at != moment) {
                continue;
            }
            match one.turn {
                Turn::Within => {}
                Turn::Begin => continue,
                Turn::Rollback => {
                    session.execute("ROLLBACK; BEGIN").await?;
                    continue;
                }
            }
            session.execute("SAVEPOINT segue_assertion").await?;
            let answer = match session.rows(&self.source.text[one.span.clone()]).await {
                Err(error) if error.ends_connection() => return Err(error.into()),
                answer => answer,
            };
            if answer.is_err() {
                session
                    .execute("ROLLBACK TO SAVEPOINT segue_assertion")
                    .await?;
            }
            problems.extend(self.judged(one, answer));
        }
        session.execute("ROLLBACK").await?;
        Ok(problems)
    }

    fn judged(
        &self,
        one: &Assertion,
        answer: Result<Vec<Vec<Option<String>>>, ServerError>,
    ) -> Option<Problem> {
        let at = |message: String, label: &str| {
            Problem::new(message).at(&self.source, one.span.clone(), label)
        };
        let rows = match (answer, &one.expected) {
            (Err(error), Expected::Error(wanted)) => {
                let is_so = error.code() == Some(wanted.as_str())
                    || error.to_string().contains(wanted.as_str());
                return (!is_so).then(|| {
                    at(
                        format!("the server refuses it otherwise than expected: {error}"),
                        "an error was expected here",
                    )
                    .note(format!("expected: {wanted}"))
                });
            }
            (Err(error), _) => {
                let position = match &error {
                    ServerError::Refused(refusal) => refusal.position,
                    _ => None,
                };
                let text = &self.source.text;
                let span = position.map_or(one.span.clone(), |at| word_at(text, &one.span, at));
                let problem = Problem::new(error.to_string());
                return Some(problem.at(&self.source, span, "the server refuses this"));
            }
            (Ok(rows), _) => rows,
        };
        let told: Vec<String> = rows.iter().map(|row| shown(row)).collect();
        let (is_so, wanted) = match &one.expected {
            Expected::Success => {
                let failed = told.iter().find(|row| has_failed(row));
                return failed.map(|row| at(row.clone(), "this test does not pass"));
            }
            Expected::True => (told == ["t"], "true".to_owned()),
            Expected::Error(_) => (false, "an error".to_owned()),
            Expected::Count(count) => (told.len() == *count, format!("{count} rows")),
            Expected::Rows(rows) => (told == *rows, rows.join("\n")),
        };
        (!is_so).then(|| {
            let seen = match told.len() {
                0 => "no rows".to_owned(),
                1..=20 => told.join("\n"),
                many => format!("{many} rows"),
            };
            at("it is not as expected".to_owned(), "this statement")
                .note(format!("expected: {wanted}"))
                .note(format!("seen: {seen}"))
        })
    }
}

/// Whether a row of TAP says that something is not as it should be: a test that is not marked as still to be done, or that others
/// ran than were planned.
fn has_failed(row: &str) -> bool {
    let mut lines = row.lines();
    let test = lines.next().unwrap_or_default();
    let is_expected = || test.to_uppercase().contains("# TODO");
    (test.starts_with("not ok") && !is_expected())
        || row
            .lines()
            .any(|line| line.starts_with("# Looks like you planned"))
}

fn shown(row: &[Option<String>]) -> String {
    let values = row.iter().map(|value| value.as_deref().unwrap_or("NULL"));
    values.collect::<Vec<_>>().join(" | ")
}

/// The lines of a part of a text, without blanks around them.
fn lines(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let mut at = part.start;
    let mut lines = Vec::new();
    for line in text[part].split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        let end = (at + line.trim_end().len()).max(start);
        lines.push(start..end);
        at += line.len();
    }
    lines
}

/// The word in front of the colon of a comment, if it is one of ours, and what stands behind.
fn mark(line: &str) -> Option<(&str, &str)> {
    let inside = line.strip_prefix("--")?.trim_start();
    let (word, rest) = inside.split_once(':')?;
    let word = word.trim_end();
    ["expect", "at"]
        .contains(&word)
        .then_some((word, rest.trim()))
}

type Said = (Option<Moment>, Expected);

/// What the comments in front of a statement say of it; some may lie within its span.
fn said(
    source: &Arc<Source>,
    head: Range<usize>,
    own: &Range<usize>,
) -> Result<Said, Vec<Problem>> {
    let text = &source.text;
    let mut at = None;
    let mut wanted: Vec<(&str, Range<usize>)> = Vec::new();
    let mut problems = Vec::new();
    let within = lines(text, own.clone());
    let within = within
        .into_iter()
        .take_while(|line| text[line.clone()].starts_with("--") || line.is_empty());
    for line in lines(text, head).into_iter().chain(within) {
        match mark(&text[line.clone()]) {
            Some(("at", moment)) => match moment {
                "expand" => at = Some(Moment::Expanded),
                "contract" => at = Some(Moment::Contracted),
                _ => problems.push(
                    Problem::new("segue does not know this moment")
                        .at(source, line, "this comment")
                        .help("write `-- at: expand` or `-- at: contract`; without it the statement is run at both"),
                ),
            },
            Some((_, expected)) => wanted.push((expected, line)),
            None => {}
        }
    }
    let expected = expected(source, &wanted).map_err(|problem| vec![problem])?;
    match problems.is_empty() {
        true => Ok((at, expected)),
        false => Err(problems),
    }
}

fn expected(source: &Arc<Source>, wanted: &[(&str, Range<usize>)]) -> Result<Expected, Problem> {
    let Some((first, line)) = wanted.first() else {
        return Ok(Expected::Success);
    };
    let malformed = |message: &str| {
        Problem::new(message)
            .at(source, line.clone(), "this comment")
            .help("write `-- expect: true`, `error`, `error 23505`, `error part of the message`, `no rows`, `3 rows`, or a row a line: `-- expect: 1 | ada`")
    };
    if first.is_empty() {
        return Err(malformed("this does not say what is expected"));
    }
    if wanted.len() > 1 {
        let rows = wanted.iter().map(|(row, _)| (*row).to_owned());
        return Ok(Expected::Rows(rows.collect()));
    }
    let count = first.strip_suffix("rows").or(first.strip_suffix("row"));
    Ok(match (*first, count.map(str::trim)) {
        ("true", _) => Expected::True,
        ("error", _) => Expected::Error(String::new()),
        (_, Some("no")) => Expected::Count(0),
        (_, Some(count)) if count.parse::<usize>().is_ok() => {
            Expected::Count(count.parse().unwrap_or_default())
        }
        (text, _) if text.starts_with("error ") => Expected::Error(text[6..].trim().to_owned()),
        (row, _) => Expected::Rows(vec![row.to_owned()]),
    })
}

#[cfg(test)]
#[path = "assertions_tests.rs"]
mod tests;
