//! One migration as every layout delivers it.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_sql::{Problem, Source, Statement, split_pieces};

use crate::folder::TextFile;

/// A migration on disk.
#[derive(Debug, Clone)]
pub struct Migration {
    /// What the user calls it: the name of its folder, or of its file without the ending.
    pub name: String,
    /// What its tool's history calls it: the name, a version number, a time. Unique in a project.
    pub key: String,
    /// What some histories need beside the key (sqlx: the name with blanks for underscores; golang-migrate:
    /// the version before this one, empty for the first).
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
    /// The text as it may be shown, byte for byte as long as `source`, where that holds what came from the
    /// environment and may be secret.
    pub masked: Option<Arc<Source>>,
    /// What the layout's tool would stop at; it matters only when the script is to be run.
    pub problems: Vec<Problem>,
}

impl Script {
    /// A script that nothing but semicolons cuts.
    pub(crate) fn whole(path: PathBuf, source: Arc<Source>) -> Self {
        let pieces = std::iter::once(0..source.text.len()).collect();
        Self::cut(path, source, pieces)
    }

    /// A script that the layout has cut.
    pub(crate) fn cut(path: PathBuf, source: Arc<Source>, pieces: Vec<Range<usize>>) -> Self {
        Self {
            path,
            source,
            pieces,
            masked: None,
            problems: Vec::new(),
        }
    }

    /// Reads a file of SQL that belongs to no layout.
    ///
    /// # Errors
    /// When it cannot be read, or holds bytes that are no UTF-8.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let source = TextFile::read(path)?.into_source(path);
        Ok(Self::whole(path.to_owned(), source))
    }

    /// The text to point into for people.
    pub fn shown(&self) -> &Arc<Source> {
        self.masked.as_ref().unwrap_or(&self.source)
    }

    /// The statements, in order.
    ///
    /// # Errors
    /// What the layout's tool would stop at, and what is never closed in the text.
    pub fn statements(&self) -> Result<Vec<Statement>, Vec<Problem>> {
        self.statements_by(|source, pieces| split_pieces(source, pieces.iter().cloned()))
    }

    /// The statements as another dialect's splitter sees them.
    ///
    /// # Errors
    /// As for [`statements`](Self::statements).
    pub fn statements_by(
        &self,
        split: impl FnOnce(&Arc<Source>, &[Range<usize>]) -> Result<Vec<Statement>, Vec<Problem>>,
    ) -> Result<Vec<Statement>, Vec<Problem>> {
        if !self.problems.is_empty() {
            return Err(self.problems.clone());
        }
        split(&self.source, &self.pieces).map_err(|mut problems| {
            for place in problems.iter_mut().filter_map(|p| p.place.as_mut()) {
                place.source = Arc::clone(self.shown());
            }
            problems
        })
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
