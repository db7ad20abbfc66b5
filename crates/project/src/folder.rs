//! A folder, on disk or in memory: its entries in a fixed order. How a text is read from it is in `text_file.rs`.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use segue_sql::{Problem, Source};

use crate::{
    memory::{Content, Tree, path_below},
    text_file::TextFile,
};

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name; what is not UTF-8 in it is replaced.
    pub name: String,
    /// Whether it is a folder, symbolic links followed.
    pub is_dir: bool,
    /// Whether it is a symbolic link itself.
    pub is_link: bool,
}

/// A folder and what is in it, sorted by name.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// What is in it; shared by its copies, as it can be thousands.
    pub entries: Arc<[Entry]>,
    origin: Origin,
    /// What was listed of the folders in it: each is asked for by several layouts, and then read.
    below: Arc<Mutex<BTreeMap<String, Arc<[Entry]>>>>,
    /// The path as users know it: the system is asked once for all files what the current folder is.
    shown: PathBuf,
}

/// Where a folder's files are read from.
#[derive(Debug, Clone)]
enum Origin {
    Disk,
    Memory {
        tree: Arc<Tree>,
        /// The folder's path in the tree.
        at: String,
    },
}

impl Folder {
    /// Lists a folder.
    ///
    /// # Errors
    /// When it is not there or may not be read.
    pub fn list(path: &Path) -> Result<Self, Problem> {
        Self::list_as(path, relative_to_here(path))
    }

    fn list_as(path: &Path, shown: PathBuf) -> Result<Self, Problem> {
        Ok(Self {
            path: path.to_owned(),
            entries: entries(path)?,
            origin: Origin::Disk,
            below: Arc::default(),
            shown,
        })
    }

    /// What is in a folder in this one, which is asked for once.
    fn listed_below(&self, name: &str) -> Result<Arc<[Entry]>, Problem> {
        let below = || self.below.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = below().get(name) {
            return Ok(Arc::clone(known));
        }
        // Not under the lock: threads list several at once.
        let found = entries(&self.path.join(name))?;
        below().insert(name.to_owned(), Arc::clone(&found));
        Ok(found)
    }
    /// A folder in memory; `path` is what users know it by, and nothing of it need be on disk.
    pub fn in_memory<'a>(
        path: impl Into<PathBuf>,
        files: impl IntoIterator<Item = (&'a str, Content<'a>)>,
    ) -> Self {
        let tree = Tree::of(files);
        let path = path.into();
        Self {
            shown: relative_to_here(&path),
            path,
            entries: tree.entries("").unwrap_or_default().into(),
            origin: Origin::Memory {
                tree: Arc::new(tree),
                at: String::new(),
            },
            below: Arc::default(),
        }
    }

    /// The same folder under another of its paths.
    pub(crate) fn at(&self, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            shown: relative_to_here(path),
            ..self.clone()
        }
    }

    /// Whether it is on disk, where there are folders above it and files can be written.
    pub fn is_on_disk(&self) -> bool {
        matches!(self.origin, Origin::Disk)
    }

    /// Whether an entry of this name is here.
    pub fn has(&self, name: &str) -> bool {
        found(&self.entries, name).is_some()
    }

    /// Whether a file is at this path, relative to the folder.
    pub fn has_file(&self, relative: impl AsRef<Path>) -> bool {
        match &self.origin {
            Origin::Disk => match self.listed(relative.as_ref()) {
                Some(is_file) => is_file,
                None => self.path.join(relative).is_file(),
            },
            Origin::Memory { tree, at } => {
                path_below(at, relative.as_ref()).is_some_and(|path| tree.has_file(&path))
            }
        }
    }

    /// Whether it is a file, as the lists of this folder and of those in it say; `None`: they do not say. Thousands of files need
    /// not be asked for one by one.
    fn listed(&self, relative: &Path) -> Option<bool> {
        // names only, and none of `.` and `..`
        let names: Option<Vec<&str>> = (relative.components())
            .map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        match names?[..] {
            [name] => is_file(&self.entries, name),
            [folder, name] => {
                found(&self.entries, folder).filter(|entry| entry.is_dir)?;
                is_file(&self.listed_below(folder).ok()?, name)
            }
            _ => None,
        }
    }

    /// The folder at this path, relative to this one.
    ///
    /// # Errors
    /// When it is not there or may not be read.
    pub fn below(&self, relative: impl AsRef<Path>) -> Result<Self, Problem> {
        let path = self.path.join(&relative);
        let Origin::Memory { tree, at } = &self.origin else {
            let shown = self.shown.join(&relative);
            let name = relative.as_ref().to_str();
            let Some(name) = name.filter(|name| self.has(name)) else {
                return Self::list_as(&path, shown);
            };
            return Ok(Self {
                path,
                entries: self.listed_below(name)?,
                origin: Origin::Disk,
                below: Arc::default(),
                shown,
            });
        };
        let below = path_below(at, relative.as_ref())
            .and_then(|at| Some((tree.entries(&at)?, at)))
            .ok_or_else(|| unreadable(&path, &io::ErrorKind::NotFound.into()))?;
        let (entries, at) = below;
        Ok(Self {
            path,
            shown: self.shown.join(&relative),
            entries: entries.into(),
            origin: Origin::Memory {
                tree: Arc::clone(tree),
                at,
            },
            below: Arc::default(),
        })
    }

    /// The text of the file at this path, relative to the folder.
    ///
    /// # Errors
    /// When it cannot be read, or holds bytes that are no UTF-8.
    pub(crate) fn text(&self, relative: impl AsRef<Path>) -> Result<TextFile, Problem> {
        let relative = relative.as_ref();
        let path = joined(&self.path, relative);
        let mut text = match &self.origin {
            Origin::Disk => TextFile::read(path)?,
            Origin::Memory { tree, at } => path_below(at, relative)
                .ok_or_else(|| unreadable(&path, &io::ErrorKind::NotFound.into()))
                .and_then(|at| tree.text(&at, &path))
                .map(|text| TextFile::of(path.clone(), text))?,
        };
        text.shown = Some(joined(&self.shown, relative));
        Ok(text)
    }

    /// The text of the file at this path as it is run and shown.
    ///
    /// # Errors
    /// When it cannot be read, or holds bytes that are no UTF-8.
    pub(crate) fn source(&self, relative: impl AsRef<Path>) -> Result<Arc<Source>, Problem> {
        Ok(self.text(relative)?.into_source().1)
    }

    /// Whether a file of this stem with any ending is here: `prisma.config` finds `prisma.config.ts`.
    pub fn file_with_stem(&self, stem: &str) -> Option<&str> {
        self.entries
            .iter()
            .filter(|entry| !entry.is_dir)
            .map(|entry| entry.name.as_str())
            .find(|name| {
                name.strip_prefix(stem)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
    }

    /// The folders that are not hidden.
    pub fn folders(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.is_dir && !entry.name.starts_with('.'))
    }

    /// The files that are not hidden.
    pub fn files(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| !entry.is_dir && !entry.name.starts_with('.'))
    }
}

/// What is in a folder, sorted by name.
fn entries(path: &Path) -> Result<Arc<[Entry]>, Problem> {
    let unreadable = |error: io::Error| unreadable(path, &error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let is_dir = if kind.is_symlink() {
            fs::metadata(entry.path()).is_ok_and(|target| target.is_dir())
        } else {
            kind.is_dir()
        };
        entries.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            is_dir,
            is_link: kind.is_symlink(),
        });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries.into())
}

fn found<'e>(entries: &'e [Entry], name: &str) -> Option<&'e Entry> {
    let at = entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
    at.ok().map(|at| &entries[at])
}

/// Whether it is a file, as a list says; `None`: the list does not say.
fn is_file(entries: &[Entry], name: &str) -> Option<bool> {
    match found(entries, name) {
        None => Some(false),
        Some(entry) if entry.is_link => None,
        Some(entry) => Some(!entry.is_dir),
    }
}

/// As `Path::join`, which asks for the memory twice.
fn joined(folder: &Path, relative: &Path) -> PathBuf {
    let length = folder.as_os_str().len() + 1 + relative.as_os_str().len();
    let mut path = PathBuf::with_capacity(length);
    path.push(folder);
    path.push(relative);
    path
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound if path.is_symlink() => Problem::new(format!(
            "`{shown}` is a symbolic link to something that is not there"
        ))
        .help("mend the link, or remove it"),
        // How an entry is called whose name could not be kept as it is.
        io::ErrorKind::NotFound if shown.to_string().contains(char::REPLACEMENT_CHARACTER) => {
            Problem::new(format!("the name of `{shown}` is not UTF-8"))
                .help("rename it: what is shown as \u{fffd} is no part of a character")
        }
        io::ErrorKind::NotFound => Problem::new(format!("there is no `{shown}`"))
            .help("name the folder of migrations, or the project it belongs to, with --dir"),
        io::ErrorKind::NotADirectory => Problem::new(format!("`{shown}` is not a folder"))
            .help("name the folder of migrations with --dir"),
        _ => Problem::new(format!("cannot read `{shown}`: {error}")),
    }
}

/// A path as users know it: relative to the current folder where it is below it.
pub fn shown_path(path: &Path) -> String {
    let shown = relative_to_here(path);
    if shown.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        shown.display().to_string()
    }
}

/// The same as a path; empty for the current folder. The system is asked only where the path is absolute.
pub(crate) fn relative_to_here(path: &Path) -> PathBuf {
    let current = path
        .is_absolute()
        .then(|| std::env::current_dir().ok())
        .flatten();
    let below = current
        .as_deref()
        .and_then(|current| path.strip_prefix(current).ok());
    let shown = below.unwrap_or(path);
    shown.strip_prefix(".").unwrap_or(shown).to_owned()
}
