//! `.env`: variables for development, next to the project. Parsed by the crate dotenvy (as sqlx
//! and refinery do); nothing is put into the process environment.
//!
//! One bad line does not spoil the rest: Node's dotenv reads values that dotenvy refuses (such as
//! `NAME=My App`), and a deploy must not fail for a variable that it does not use. It is a problem
//! when the variable is asked for, and [`DotEnv::problems`] lists all. A dollar in a value that is
//! not in single quotes refers to another variable; dotenvy looks for that one in the process
//! environment and then in the lines above, and takes a missing one as empty.

use std::{
    cell::Cell,
    io::Read,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use segue_sql::{Problem, Source};

use super::settings::Setting;

/// The variables of one `.env` file.
#[derive(Debug, Clone)]
pub struct DotEnv {
    path: PathBuf,
    /// The text that problems show: names and line numbers, no values.
    shown: Arc<Source>,
    variables: Vec<Variable>,
    malformed: Vec<Malformed>,
}

#[derive(Clone)]
struct Variable {
    name: String,
    value: String,
    /// From 1.
    line: usize,
}

impl std::fmt::Debug for Variable {
    /// Without the value, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (line {})", self.name, self.line)
    }
}

#[derive(Debug, Clone)]
struct Malformed {
    name: Option<String>,
    /// From 1.
    line: usize,
}

impl DotEnv {
    /// The nearest `.env` in the folders of [`folders_up`](super::folders_up).
    pub fn find(folders: &[PathBuf]) -> Option<PathBuf> {
        super::find_file(folders, ".env")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read or is not UTF-8. Malformed lines are no error here, see
    /// [`DotEnv::problems`].
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let text = super::read_text(path)?;
        Ok(Self::parse(path, &text))
    }

    /// Reads a text that stands at `path`.
    pub fn parse(path: &Path, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut dotenv = Self {
            path: path.to_path_buf(),
            shown: Source::new(path.display().to_string(), without_values(text)),
            variables: Vec::new(),
            malformed: Vec::new(),
        };
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut first = 0;
        while first < lines.len() {
            first = dotenv.read_lines(&lines, first);
        }
        dotenv
    }

    /// Reads from a line (from 0) on; gives the line to start again from. That is needed after a
    /// quote without an end, because dotenvy then takes all the rest of the file for the value.
    fn read_lines(&mut self, lines: &[&str], first: usize) -> usize {
        let given = Rc::new(Cell::new(first));
        let reader = LineByLine {
            lines: lines.to_vec(),
            offset: 0,
            given: Rc::clone(&given),
        };
        let mut from = first;
        for entry in dotenvy::from_read_iter(reader) {
            let at = (from..lines.len())
                .find(|at| has_content(lines[*at]))
                .unwrap_or(from);
            from = given.get();
            let line = at + 1;
            match entry {
                Ok((name, value)) => self.variables.push(Variable { name, value, line }),
                Err(_) => {
                    let name = lines.get(at).and_then(|line| name_of(line));
                    let name = name.map(str::to_owned);
                    self.malformed.push(Malformed { name, line });
                    if from > line {
                        return line;
                    }
                }
            }
        }
        lines.len()
    }

    /// A variable and its place (`.env:3`).
    ///
    /// # Errors
    /// Its line cannot be read, or it is there twice with different values: dotenv for Node takes
    /// the last one and dotenvy the first.
    pub fn get(&self, name: &str) -> Result<Option<Setting<String>>, Problem> {
        if let Some(malformed) = self
            .malformed
            .iter()
            .find(|malformed| malformed.name.as_deref() == Some(name))
        {
            return Err(self.malformed_line(malformed));
        }
        let mut all = self.variables.iter().filter(|v| v.name == name);
        let Some(variable) = all.next() else {
            return Ok(None);
        };
        if let Some(other) = all.find(|other| other.value != variable.value) {
            return Err(self.set_twice(variable, other));
        }
        Ok(Some(Setting {
            value: variable.value.clone(),
            origin: format!("{}:{}", self.shown.name, variable.line),
        }))
    }

    /// Every line that cannot be read, for `doctor` and verbose output.
    pub fn problems(&self) -> Vec<Problem> {
        self.malformed
            .iter()
            .map(|malformed| self.malformed_line(malformed))
            .collect()
    }

    /// The folder that relative paths in the file start from.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Points at the line of a variable that is there.
    pub(super) fn point_at(&self, problem: Problem, name: &str, label: &str) -> Problem {
        match self.variables.iter().find(|v| v.name == name) {
            Some(variable) => self.at_line(problem, variable.line, label),
            None => problem,
        }
    }

    fn malformed_line(&self, malformed: &Malformed) -> Problem {
        let problem = Problem::new("this line cannot be read as NAME=value");
        self.at_line(problem, malformed.line, "here")
            .help("put a value with spaces, quotes or `#` into single quotes: NAME='a value'")
    }

    fn set_twice(&self, first: &Variable, second: &Variable) -> Problem {
        let problem = Problem::new(format!(
            "{} is set twice, to different values: in lines {} and {}",
            first.name, first.line, second.line
        ));
        self.at_line(problem, second.line, "and again here")
            .note("some tools take the first one, others the last")
            .help("remove one of the two lines")
    }

    fn at_line(&self, problem: Problem, line: usize, label: &str) -> Problem {
        let text = &self.shown.text;
        let start: usize = text
            .split_inclusive('\n')
            .take(line - 1)
            .map(str::len)
            .sum();
        let end = text[start..].find('\n').map_or(text.len(), |n| start + n);
        problem.at(&self.shown, start..end, label)
    }
}

/// Gives a reader one line at a time, so that how many were taken tells where an entry ended:
/// dotenvy does not say.
struct LineByLine<'a> {
    lines: Vec<&'a str>,
    /// Into the line that is being given.
    offset: usize,
    /// How many lines were given whole.
    given: Rc<Cell<usize>>,
}

impl Read for LineByLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(line) = self.lines.get(self.given.get()) else {
            return Ok(0);
        };
        let rest = &line.as_bytes()[self.offset..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        if count == rest.len() {
            self.given.set(self.given.get() + 1);
            self.offset = 0;
        } else {
            self.offset += count;
        }
        Ok(count)
    }
}

fn has_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// The name that a line gives a value to, even when the value is malformed.
fn name_of(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    let name = name.strip_prefix("export ").map_or(name, str::trim_start);
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    is_name.then_some(name)
}

/// The same lines with every value and comment replaced by an ellipsis.
fn without_values(text: &str) -> String {
    let shown: Vec<String> = text
        .split('\n')
        .map(|line| match name_of(line) {
            Some(name) if has_content(line) => format!("{name}=…"),
            _ if line.trim().is_empty() => String::new(),
            _ => "…".to_owned(),
        })
        .collect();
    shown.join("\n")
}
