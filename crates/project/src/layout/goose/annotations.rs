//! The inside of a goose file: `-- +goose` lines, and statements that end where a line ends with `;`.
//!
//! Source: goose 3.26 (`internal/sqlparser/parser.go`).

use std::{ops::Range, sync::Arc};

use segue_sql::{Problem, Source};

use super::envsub::{self, Variable};

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// The text that is run; line for line the file's, with variables put in.
    pub(super) text: String,
    /// What came from the environment in it.
    pub(super) values: Vec<Range<usize>>,
    /// The statements of `-- +goose Up` as goose cuts them.
    pub(super) up: Vec<Range<usize>>,
    /// Those of `-- +goose Down`.
    pub(super) down: Vec<Range<usize>>,
    /// Whether the file has a `-- +goose Down`.
    pub(super) has_down: bool,
    /// `-- +goose NO TRANSACTION`
    pub(super) no_transaction: bool,
    /// Variables that are not set, and have no default.
    pub(super) unset: Vec<String>,
}

/// A line that may be an annotation or is wrongly taken for one: goose looks at every comment with this.
pub(super) const MARK: &str = "+goose";

/// Whether goose reads this line as an annotation.
pub(super) fn is_annotation(line: &str) -> bool {
    line.trim_start().starts_with("--") && line.contains(MARK)
}

/// Reads a file. What is wrong with the statements of `Down` does not matter here.
///
/// # Errors
/// What goose stops at, each with its line.
pub(super) fn parse(source: &Arc<Source>, variable: Variable<'_>) -> Result<Parsed, Problem> {
    let mut reader = Reader {
        source,
        variable,
        parsed: Parsed::default(),
        state: State::Start,
        open: None,
        substitutes: false,
    };
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let place = at..at + line.trim_end_matches(['\n', '\r']).len();
        reader.line(line, &place)?;
        at += line.len();
    }
    reader.end()?;
    Ok(reader.parsed)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before `-- +goose Up`.
    Start,
    Up,
    /// Between `StatementBegin` and `StatementEnd`.
    UpBlock,
    Down,
    DownBlock,
}

enum Annotation {
    Up,
    Down,
    Begin,
    End,
    NoTransaction,
    Substitute(bool),
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    variable: Variable<'a>,
    parsed: Parsed,
    state: State,
    /// Where the statement that is being read begins: in the text that is run, and its line in the file.
    open: Option<(usize, Range<usize>)>,
    substitutes: bool,
}

impl Reader<'_> {
    /// `place`: the line in the file, without its end.
    fn line(&mut self, line: &str, place: &Range<usize>) -> Result<(), Problem> {
        let text = &self.source.text[place.clone()];
        if is_annotation(text) {
            let annotation = annotation(text).map_err(|(message, help)| {
                Problem::new(message)
                    .at(self.source, place.clone(), "goose stops here")
                    .help(help)
            })?;
            self.annotation(&annotation, place)?;
            self.push(line, text);
            return Ok(());
        }
        // Comments and empty lines before a statement do not belong to it.
        if self.open.is_none() && (text.is_empty() || text.trim_start().starts_with("--")) {
            self.push(line, text);
            return Ok(());
        }
        if self.state == State::Start {
            if text.trim().is_empty() {
                self.push(line, text);
                return Ok(());
            }
            return Err(Problem::new("there is SQL before `-- +goose Up`")
                .at(self.source, place.clone(), "goose stops here")
                .help("begin the file with `-- +goose Up`"));
        }
        let start = self.parsed.text.len();
        self.open.get_or_insert((start, place.clone()));
        if self.substitutes {
            self.substitute(line, text, place)?;
        } else {
            self.push(line, text);
        }
        if matches!(self.state, State::Up | State::Down)
            && ends_statement(&self.parsed.text[start..])
        {
            self.close();
        }
        Ok(())
    }

    /// goose reads lines without their ends and writes `\n` behind each.
    fn push(&mut self, line: &str, text: &str) {
        self.parsed.text.push_str(text);
        if line.ends_with('\n') {
            self.parsed.text.push('\n');
        }
    }

    fn substitute(&mut self, line: &str, text: &str, place: &Range<usize>) -> Result<(), Problem> {
        let expanded = envsub::expand(text, self.variable).map_err(|message| {
            Problem::new("a variable cannot be put in here (ENVSUB is on)")
                .at(self.source, place.clone(), message)
                .help("set the variable, or turn ENVSUB off for lines that mean a dollar sign")
        })?;
        let start = self.parsed.text.len();
        let values = expanded
            .values
            .iter()
            .map(|v| v.start + start..v.end + start);
        self.parsed.values.extend(values);
        for name in expanded.unset {
            if !self.parsed.unset.contains(&name) {
                self.parsed.unset.push(name);
            }
        }
        self.push(line, &expanded.text);
        Ok(())
    }

    fn annotation(&mut self, annotation: &Annotation, place: &Range<usize>) -> Result<(), Problem> {
        if let Some((message, help)) = misplaced(annotation, self.state) {
            return Err(Problem::new(message)
                .at(self.source, place.clone(), "goose stops here")
                .help(help));
        }
        match (annotation, self.state) {
            (Annotation::NoTransaction, _) => self.parsed.no_transaction = true,
            (Annotation::Substitute(on), _) => self.substitutes = *on,
            (Annotation::Up, _) => self.state = State::Up,
            (Annotation::Down, _) => {
                self.unfinished()?;
                self.parsed.has_down = true;
                self.state = State::Down;
            }
            (Annotation::Begin, State::Up) => self.state = State::UpBlock,
            (Annotation::Begin, _) => self.state = State::DownBlock,
            (Annotation::End, State::UpBlock) => {
                self.close();
                self.state = State::Up;
            }
            (Annotation::End, _) => {
                self.close();
                self.state = State::Down;
            }
        }
        Ok(())
    }

    /// The statement ends here.
    fn close(&mut self) {
        let Some((start, _)) = self.open.take() else {
            return;
        };
        let pieces = match self.state {
            State::Down | State::DownBlock => &mut self.parsed.down,
            _ => &mut self.parsed.up,
        };
        pieces.push(start..self.parsed.text.len());
    }

    /// What begins behind the last semicolon, and is more than blanks.
    fn unfinished(&mut self) -> Result<(), Problem> {
        let Some((start, place)) = self.open.take() else {
            return Ok(());
        };
        if self.parsed.text[start..].trim().is_empty() {
            return Ok(());
        }
        Err(Problem::new("this has no semicolon at the end of a line")
            .at(self.source, place, "begins here")
            .note("goose ends a statement only where a line ends with `;`")
            .help(
                "end it with `;`, or put it between `-- +goose StatementBegin` and `StatementEnd`",
            ))
    }

    fn end(&mut self) -> Result<(), Problem> {
        let whole = 0..self.source.text.lines().next().map_or(0, str::len);
        match self.state {
            State::Start => Err(Problem::new("the file has no `-- +goose Up`")
                .at(self.source, whole, "should begin with it")
                .help("begin the file with `-- +goose Up`")),
            State::UpBlock | State::DownBlock => {
                let last = self.source.text.trim_end().len();
                Err(Problem::new("`-- +goose StatementBegin` has no end")
                    .at(self.source, last..last, "here at the latest")
                    .help("put `-- +goose StatementEnd` behind the statement"))
            }
            State::Up => self.unfinished(),
            State::Down => {
                // goose looks into this part only when it takes the migration back.
                self.close();
                Ok(())
            }
        }
    }
}

/// What is wrong with an annotation in this place, and what to do; `None`: nothing.
fn misplaced(annotation: &Annotation, state: State) -> Option<(&'static str, &'static str)> {
    Some(match (annotation, state) {
        (Annotation::Up, State::Up | State::UpBlock | State::Down | State::DownBlock) => (
            "a second `-- +goose Up`",
            "a file has one `Up` and one `Down`: put the rest into a migration of its own",
        ),
        (Annotation::Down, State::Start) => (
            "`-- +goose Down` comes before `-- +goose Up`",
            "put `Up` first",
        ),
        (Annotation::Down, State::UpBlock) => (
            "a statement is still open here",
            "put `-- +goose StatementEnd` before this line",
        ),
        (Annotation::Down, State::Down | State::DownBlock) => {
            ("a second `-- +goose Down`", "join the two")
        }
        (Annotation::Begin, State::Start | State::UpBlock | State::DownBlock) => (
            "`StatementBegin` has no place here",
            "it stands behind `Up` or `Down`, and behind the `StatementEnd` of the one before",
        ),
        (Annotation::End, State::Start | State::Up | State::Down) => (
            "`StatementEnd` without a `StatementBegin`",
            "remove it, or begin one",
        ),
        _ => return None,
    })
}

/// `extractAnnotation`: on an error, what is wrong and what to do.
fn annotation(line: &str) -> Result<Annotation, (String, &'static str)> {
    if line.starts_with([' ', '\t']) {
        return Err((
            "a `+goose` line may not be indented".to_owned(),
            "put it at the start of the line",
        ));
    }
    let words = line.replace("--", "").replacen(MARK, "", 1);
    let command = words.trim().to_ascii_lowercase();
    Ok(match command.as_str() {
        "up" => Annotation::Up,
        "down" => Annotation::Down,
        "statementbegin" => Annotation::Begin,
        "statementend" => Annotation::End,
        "no transaction" => Annotation::NoTransaction,
        "envsub on" => Annotation::Substitute(true),
        "envsub off" => Annotation::Substitute(false),
        _ => {
            return Err((
                format!("goose does not know `{}`", words.trim()),
                "it knows Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON and ENVSUB OFF, \
                 and takes every comment with `+goose` for one of them",
            ));
        }
    })
}

/// Whether the last word of a line, before a word that begins with `--`, ends with a semicolon.
fn ends_statement(line: &str) -> bool {
    line.split_whitespace()
        .take_while(|word| !word.starts_with("--"))
        .last()
        .is_some_and(|word| word.ends_with(';'))
}

#[cfg(test)]
#[path = "annotations_tests.rs"]
mod tests;
