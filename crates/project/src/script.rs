//! The text of a migration: kept where it is small, and else read again when it is needed.
//!
//! A folder may hold many seeds of 50 MB. Most of them are applied already, and of those nothing is needed but
//! the checksum; of the others only one text at a time.

use std::{
    hash::{DefaultHasher, Hasher},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_sql::{Problem, Source, Statements, split_pieces};

use crate::text_file::TextFile;

/// The text of one direction of a migration.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file.
    pub path: PathBuf,
    /// The pieces that the layout's own separator cuts it into; usually one.
    pieces: Vec<Range<usize>>,
    /// Its text without a byte-order mark.
    text: Text,
    /// The text as it may be shown, byte for byte as long as the text itself, where that holds what came from
    /// the environment and may be secret.
    pub masked: Option<Arc<Source>>,
    /// What the layout's tool would stop at; it matters only when the script is to be run.
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone)]
enum Text {
    Kept(Arc<Source>),
    /// On disk, and the fingerprint of what was there when it was read first.
    OnDisk(u64),
}

/// How many bytes of text are kept: migrations are shorter as a rule, and 20,000 of them are not much then.
const KEPT: usize = 16 << 10;

impl Script {
    /// A script that nothing but semicolons cuts, and that is kept however long it is: for a text that is not
    /// what lies on disk.
    pub fn whole(path: PathBuf, source: Arc<Source>) -> Self {
        let pieces = whole(&source.text);
        Self::cut(path, source, pieces)
    }

    /// The same script with another text; none where the layout cuts the file, by which it may be cut elsewhere then.
    pub fn with_text(&self, source: Arc<Source>) -> Option<Self> {
        let [all] = self.pieces.as_slice() else {
            return None;
        };
        let length = self.source().ok()?.text.len();
        (*all == (0..length)).then(|| Self {
            masked: self.masked.clone(),
            problems: self.problems.clone(),
            ..Self::whole(self.path.clone(), source)
        })
    }

    /// A script that the layout has cut, and that is kept.
    pub(crate) fn cut(path: PathBuf, source: Arc<Source>, pieces: Vec<Range<usize>>) -> Self {
        Self {
            path,
            pieces,
            text: Text::Kept(source),
            masked: None,
            problems: Vec::new(),
        }
    }

    /// Reads a file of SQL that belongs to no layout.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        Ok(Self::of_file(TextFile::read(path.to_owned())?, whole))
    }

    /// A script that is a file, cut by `pieces`; a long one is not kept.
    pub(crate) fn of_file(text: TextFile, pieces: Cut) -> Self {
        Self::with_source(text, pieces).0
    }

    /// The same, and its text while it is at hand.
    pub(crate) fn with_source(text: TextFile, pieces: Cut) -> (Self, Arc<Source>) {
        let is_long = text.is_on_disk && text.raw.len() > KEPT;
        let first = is_long.then(|| fingerprint(&text.raw));
        let (path, source) = text.into_source();
        let script = Self {
            pieces: pieces(&source.text),
            text: match first {
                Some(first) => Text::OnDisk(first),
                None => Text::Kept(Arc::clone(&source)),
            },
            path,
            masked: None,
            problems: Vec::new(),
        };
        (script, source)
    }

    /// The text.
    ///
    /// # Errors
    /// When it had to be read again, and cannot be, or is not what it was.
    pub fn source(&self) -> Result<Arc<Source>, Problem> {
        match &self.text {
            Text::Kept(source) => Ok(Arc::clone(source)),
            Text::OnDisk(first) => {
                let text = TextFile::read(self.path.clone())?;
                if fingerprint(&text.raw) == *first {
                    Ok(text.into_source().1)
                } else {
                    Err(self.changed())
                }
            }
        }
    }

    fn changed(&self) -> Problem {
        Problem::new(format!(
            "`{}` was changed while segue worked with it",
            self.path.display()
        ))
        .help("run the same command again, when nobody writes to the folder any more")
    }

    /// Where the layout's separator cuts the text.
    pub fn pieces(&self) -> &[Range<usize>] {
        &self.pieces
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.pieces.last().is_none_or(|piece| piece.end == 0)
    }

    /// The text to point into for people.
    ///
    /// # Errors
    /// See [`Script::source`].
    pub fn shown(&self) -> Result<Arc<Source>, Problem> {
        match &self.masked {
            Some(masked) => Ok(Arc::clone(masked)),
            None => self.source(),
        }
    }

    /// The statements, in order.
    ///
    /// # Errors
    /// What the layout's tool would stop at, and what is never closed in the text; or see [`Script::source`].
    pub fn statements(&self) -> Result<Statements, Vec<Problem>> {
        self.statements_by(|source, pieces| split_pieces(source, pieces.iter().cloned()))
    }

    /// The statements as another dialect's splitter sees them.
    ///
    /// # Errors
    /// As for [`statements`](Self::statements).
    pub fn statements_by(
        &self,
        split: impl FnOnce(&Arc<Source>, &[Range<usize>]) -> Result<Statements, Vec<Problem>>,
    ) -> Result<Statements, Vec<Problem>> {
        let source = self.source().map_err(|problem| vec![problem])?;
        self.statements_of(&source, split)
    }

    /// The same where the text is at hand already: it can be 50 MB.
    ///
    /// # Errors
    /// As for [`statements`](Self::statements).
    pub fn statements_of(
        &self,
        source: &Arc<Source>,
        split: impl FnOnce(&Arc<Source>, &[Range<usize>]) -> Result<Statements, Vec<Problem>>,
    ) -> Result<Statements, Vec<Problem>> {
        if !self.problems.is_empty() {
            return Err(self.problems.clone());
        }
        split(source, &self.pieces).map_err(|problems| self.masking(problems))
    }

    /// The same problems, pointing into what may be shown.
    pub fn masking(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        if let Some(masked) = &self.masked {
            for place in problems.iter_mut().filter_map(|p| p.place.as_mut()) {
                place.source = Arc::clone(masked);
            }
        }
        problems
    }
}

/// What cuts a text into pieces.
pub(crate) type Cut = fn(&str) -> Vec<Range<usize>>;

/// One piece.
pub(crate) fn whole(text: &str) -> Vec<Range<usize>> {
    std::iter::once(0..text.len()).collect()
}

/// Tells a text from another one within this process; several times faster than a checksum of the tools'.
fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> (tempfile::TempDir, Script) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("m.sql");
        std::fs::write(&path, text).expect("a file");
        let file = TextFile::read(path).expect("is read");
        let script = Script::of_file(file, whole);
        (folder, script)
    }

    #[test]
    fn a_long_text_is_read_again_and_must_be_the_same() {
        let text = format!("\u{feff}SELECT '{}'", "x".repeat(KEPT));
        let (_folder, script) = script(&text);
        assert!(matches!(script.text, Text::OnDisk(_)));
        let source = script.source().expect("is read again");
        assert_eq!(source.text, text.trim_start_matches('\u{feff}'));
        assert_eq!(script.pieces(), whole(&source.text));
        std::fs::write(&script.path, text.replace('x', "y")).expect("changed");
        let problem = script.source().expect_err("is another text");
        assert!(problem.message.contains("was changed"), "{problem}");
        std::fs::remove_file(&script.path).expect("removed");
        assert!(script.statements().is_err());
    }

    #[test]
    fn a_short_text_is_kept() {
        let (_folder, script) = script("SELECT 1");
        std::fs::remove_file(&script.path).expect("removed");
        assert_eq!(script.source().expect("is kept").text, "SELECT 1");
    }
}
