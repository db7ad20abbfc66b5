//! One migration as every layout delivers it.

use std::{ops::Range, path::PathBuf, sync::Arc};

use segue_sql::{Problem, Source, Statement, split_pieces};

/// A migration on disk.
#[derive(Debug, Clone)]
pub struct Migration {
    /// What the user calls it: the name of its folder, or of its file without the ending.
    pub name: String,
    /// What its tool's history calls it: the name, a version number, a time. Unique in a project.
    pub key: String,
    /// The text that some histories keep beside the key (sqlx: the name with blanks for underscores).
    pub description: String,
    /// The tool's own checksum of the text, as that tool stores it; `None` where the tool has none.
    pub checksum: Option<String>,
    /// What is run.
    pub up: Script,
    /// What takes it back, where the layout has such a file.
    pub down: Option<Script>,
    /// Whether it runs inside a transaction; `false` is the tool's own marker for "outside".
    pub transactional: bool,
    /// Whether it is run again whenever its text has changed (Flyway's `R__` files).
    pub repeatable: bool,
    /// The command of the migration's own tool that runs it, where it is code and segue cannot.
    pub run_by: Option<String>,
}

/// The text of one direction of a migration.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file.
    pub path: PathBuf,
    /// Its text without a byte-order mark.
    pub source: Arc<Source>,
    /// The pieces that the layout's own separator cuts it into; usually one.
    pub pieces: Vec<Range<usize>>,
    /// Why it cannot be run, found while it was read: it matters only where it is to be run.
    pub problems: Vec<Problem>,
}

impl Script {
    /// A script that nothing but semicolons cuts.
    pub(crate) fn whole(path: PathBuf, source: Arc<Source>) -> Self {
        let pieces = std::iter::once(0..source.text.len()).collect();
        Self {
            path,
            source,
            pieces,
            problems: Vec::new(),
        }
    }

    /// The statements, in order.
    ///
    /// # Errors
    /// What is never closed in the text; [`problems`](Self::problems).
    pub fn statements(&self) -> Result<Vec<Statement>, Vec<Problem>> {
        if !self.problems.is_empty() {
            return Err(self.problems.clone());
        }
        split_pieces(&self.source, self.pieces.iter().cloned())
    }
}

/// Something found on disk that is not used, and why; everything found is either used or noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What was found, relative to the folder of migrations.
    pub path: String,
    /// Why it is not used, or what was made of it.
    pub text: String,
}
