//! `url_command` and `password_command`: programs that print what must not stand in a file.
//!
//! Owns: what is run. Does not own: running it (crate `segue`), since that takes time.

use std::path::{Path, PathBuf};

use super::Secret;

/// A program and its arguments; no shell reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The key of `segue.toml`.
    pub key: &'static str,
    /// The program: a name that is looked for in `PATH`, or a path.
    pub program: PathBuf,
    /// Its arguments. Variables may have brought secrets into them.
    pub arguments: Vec<Secret>,
    /// The folder of `segue.toml`, in which the program runs; none is the current one.
    pub folder: Option<PathBuf>,
    /// Where it was set, as the product prints it: `segue.toml:3`.
    pub origin: String,
}

impl CommandLine {
    /// Of the words in the file, of which there is at least one. A program with a folder in its path is
    /// found from the folder of `segue.toml`, as all paths in that file.
    pub(super) fn new(
        key: &'static str,
        words: Vec<String>,
        folder: &Path,
        origin: String,
    ) -> Option<Self> {
        let mut words = words.into_iter();
        let program = PathBuf::from(words.next()?);
        let is_path = program.components().count() > 1;
        let folder = Some(folder.to_owned()).filter(|folder| !folder.as_os_str().is_empty());
        // A program is looked for before the folder is changed to, on some systems.
        let program = match std::path::absolute(folder.as_deref().unwrap_or(Path::new("."))) {
            Ok(absolute) if is_path => absolute.join(program),
            _ => program,
        };
        Some(Self {
            key,
            program,
            arguments: words.map(Secret::new).collect(),
            folder,
            origin,
        })
    }

    /// The program's name, without its folder and its arguments.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        name.to_string_lossy().into_owned()
    }
}
