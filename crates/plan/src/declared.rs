//! `transform.toml`: what it says of a program that rows go through.

use std::{ops::Range, sync::Arc, time::Duration};

use segue_catalog::{Catalog, Session};
use segue_sql::{Problem, Source};

use crate::WrittenStatement;

mod reader;

/// A text, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Where.
    pub span: Range<usize>,
}

/// What the program is given of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// Columns of the table.
    Columns(Vec<Word>),
    /// A query.
    Query(Word),
}

/// A program that rows go through, as it is declared.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Where that is said.
    pub source: Arc<Source>,
    /// The table.
    pub table: Word,
    /// The columns of its key; none: its primary key.
    pub key: Vec<Word>,
    /// What the program is given.
    pub select: Selected,
    /// Which rows are to be done.
    pub condition: Option<Word>,
    /// The program and its arguments: at least one. Of a function its name.
    pub program: Vec<Word>,
    /// Whether it is a function of the program that deploys.
    pub is_function: bool,
    /// The columns that are written.
    pub write: Vec<Word>,
    /// How many rows it is given at once.
    pub rows: u32,
    /// How many of it run side by side.
    pub parallel: u32,
    /// How long it may take for the rows that it is given at once.
    pub timeout: Duration,
    /// Whether a bad row stops the deploy.
    pub stops: bool,
    /// Whether it may say that a row stays as it is.
    pub unchanged: bool,
    /// Whether it may say that a row goes.
    pub delete: bool,
    /// Whether rows are kept as they were, so that they can be put back.
    pub keeps: bool,
    /// Variables of the environment that it gets beside the harmless ones.
    pub environment: Vec<Word>,
}

/// A program that is declared for a migration, and the schema behind that as it is written.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What is declared.
    pub declared: Arc<Declared>,
    /// The schema.
    pub after: Catalog,
    /// What names mean there.
    pub session: Session,
}

impl Wanted {
    /// What is shown of it behind the statements of its migration.
    pub fn written(&self) -> WrittenStatement {
        let Declared {
            source, program, ..
        } = &*self.declared;
        let file = source.name.rsplit('/').next().unwrap_or_default();
        let words: Vec<&str> = program.iter().map(|word| word.text.as_str()).collect();
        WrittenStatement {
            sql: format!("-- {file}: {}", words.join(" ").replace('\n', " ")),
            line: 1,
        }
    }
}

impl Declared {
    /// Reads the file.
    ///
    /// # Errors
    /// Everything that is wrong at once, in the order of the text.
    pub fn read(source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        reader::read(source)
    }

    /// A problem with a place in the file.
    pub fn problem(&self, at: &Range<usize>, message: impl Into<String>, label: &str) -> Problem {
        Problem::new(message).at(&self.source, at.clone(), label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Declared, Vec<String>> {
        let source = Source::new("transform.toml", text);
        Declared::read(&source).map_err(|problems| {
            let shown = problems.iter().map(|problem| {
                let at = problem.place.as_ref().expect("a place");
                let help = problem.help.as_deref().unwrap_or_default();
                format!("{}|{}|{help}", &text[at.span.clone()], problem.message)
            });
            shown.collect()
        })
    }

    const WHOLE: &str = "table = \"users\"\nselect = [\"name\"]\nwrite = [\"slug\"]\nprogram = [\"./slugify\", \"\"]\n";

    #[test]
    fn what_is_not_said_is_as_usual() {
        let declared = read(WHOLE).expect("it is right");
        assert_eq!((declared.rows, declared.parallel), (2000, 1));
        assert_eq!(declared.timeout, Duration::from_secs(60));
        assert!(declared.stops && !declared.unchanged && !declared.delete && declared.keeps);
        assert!(declared.key.is_empty() && declared.condition.is_none());
        assert_eq!(declared.program[1].text, "");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_where() {
        let text = "tabel = \"users\"\nselect = []\nwrite = \"slug\"\nrows = 0\nparallel = 100\ntimeout = \"5\"\n\
             bad_rows = \"skip\"\nkeep = \"all\"\nkey = 7\nunchanged = \"yes\"\n";
        let problems = read(text).expect_err("it is wrong");
        for part in [
            "tabel|unknown key `tabel`|did you mean `table`?",
            "|`table` is missing|for example: table = \"users\"",
            "[]|`select` must be a list of at least one string|",
            "\"slug\"|`write` must be a list of strings|",
            "0|`rows` must be a number from 1 to 100000|",
            "100|`parallel` must be a number from 1 to 64|",
            "\"5\"|`timeout` must be a duration",
            "\"skip\"|`bad_rows` must be one of stop, continue|",
            "\"all\"|`keep` must be none|",
            "7|`key` must be a list of strings|",
            "\"yes\"|`unchanged` must be true or false|",
            "|`program` is missing|",
        ] {
            assert!(
                problems.iter().any(|found| found.starts_with(part)),
                "{part}: {problems:#?}"
            );
        }
        let broken = read("table = users").expect_err("no string");
        assert!(broken[0].contains("not valid TOML"), "{broken:?}");
    }

    #[test]
    fn rows_that_only_go_need_nothing_written() {
        let text = WHOLE.replace("write = [\"slug\"]", "delete = true");
        assert!(read(&text).expect("it is right").write.is_empty());
    }
}
