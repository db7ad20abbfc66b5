//! A folder, on disk or in memory: its entries in a fixed order, and texts read from it.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_sql::{Problem, Source};

use crate::memory::{Content, Tree, path_below};

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
    /// What is in it.
    pub entries: Vec<Entry>,
    origin: Origin,
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
        Ok(Self {
            path: path.to_owned(),
            entries,
            origin: Origin::Disk,
            shown,
        })
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
            entries: tree.entries("").unwrap_or_default(),
            origin: Origin::Memory {
                tree: Arc::new(tree),
                at: String::new(),
            },
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
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// Whether a file is at this path, relative to the folder.
    pub fn has_file(&self, relative: impl AsRef<Path>) -> bool {
        match &self.origin {
            Origin::Disk => self.path.join(relative).is_file(),
            Origin::Memory { tree, at } => {
                path_below(at, relative.as_ref()).is_some_and(|path| tree.has_file(&path))
            }
        }
    }

    /// The folder at this path, relative to this one.
    ///
    /// # Errors
    /// When it is not there or may not be read.
    pub fn below(&self, relative: impl AsRef<Path>) -> Result<Self, Problem> {
        let path = self.path.join(&relative);
        let Origin::Memory { tree, at } = &self.origin else {
            return Self::list_as(&path, self.shown.join(&relative));
        };
        let below = path_below(at, relative.as_ref())
            .and_then(|at| Some((tree.entries(&at)?, at)))
            .ok_or_else(|| unreadable(&path, &io::ErrorKind::NotFound.into()))?;
        let (entries, at) = below;
        Ok(Self {
            path,
            shown: self.shown.join(&relative),
            entries,
            origin: Origin::Memory {
                tree: Arc::clone(tree),
                at,
            },
        })
    }

    /// The text of the file at this path, relative to the folder.
    ///
    /// # Errors
    /// When it cannot be read, or holds bytes that are no UTF-8.
    pub(crate) fn text(&self, relative: impl AsRef<Path>) -> Result<TextFile, Problem> {
        let path = self.path.join(&relative);
        let mut text = match &self.origin {
            Origin::Disk => TextFile::read(&path)?,
            Origin::Memory { tree, at } => path_below(at, relative.as_ref())
                .ok_or_else(|| unreadable(&path, &io::ErrorKind::NotFound.into()))
                .and_then(|at| tree.text(&at, &path))
                .map(TextFile::of)?,
        };
        text.shown = Some(self.shown.join(&relative));
        Ok(text)
    }

    /// The text of the file at this path as it is run and shown.
    ///
    /// # Errors
    /// When it cannot be read, or holds bytes that are no UTF-8.
    pub(crate) fn source(&self, relative: impl AsRef<Path>) -> Result<Arc<Source>, Problem> {
        let path = self.path.join(&relative);
        Ok(self.text(relative)?.into_source(&path))
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

/// A text file, as its tool hashes it and as it is run.
pub(crate) struct TextFile {
    /// Every character of the file.
    pub(crate) raw: String,
    /// Whether a byte-order mark stands in front; `source` goes without it.
    pub(crate) has_mark: bool,
    /// Whether it can be read once more from its path.
    pub(crate) is_on_disk: bool,
    /// Its path as users know it, where that is known already.
    shown: Option<PathBuf>,
}

impl TextFile {
    /// Reads a file that must be UTF-8.
    ///
    /// # Errors
    /// When it cannot be read or is no file, or holds what is no text (with the line it is in).
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let bytes = bytes_of(path)?;
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(utf16(path));
        }
        let raw = String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))?;
        if let Some(at) = raw.find('\0') {
            return Err(zero_byte(path, raw, at));
        }
        Ok(Self {
            is_on_disk: true,
            ..Self::of(raw)
        })
    }

    /// A text that is not on disk.
    fn of(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let has_mark = raw.starts_with('\u{feff}');
        Self {
            raw,
            has_mark,
            is_on_disk: false,
            shown: None,
        }
    }

    /// The text as it is run and shown.
    pub(crate) fn into_source(self, path: &Path) -> Arc<Source> {
        let mut text = self.raw;
        if self.has_mark {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let shown = self.shown.unwrap_or_else(|| relative_to_here(path));
        Source::new(shown.display().to_string(), text)
    }
}

/// What is in a file. There may be thousands of them: each is found, asked and read once.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Problem> {
    let refused = |error: io::Error| unreadable(path, &error);
    let mut file = match open(path) {
        Ok(file) => file,
        // A socket is nothing that could be opened.
        Err(error) => {
            return Err(match fs::metadata(path) {
                Ok(metadata) if !metadata.is_file() => not_a_file(path, &metadata),
                _ => refused(error),
            });
        }
    };
    let metadata = file.metadata().map_err(refused)?;
    if !metadata.is_file() {
        return Err(not_a_file(path, &metadata));
    }
    let length = match u32::try_from(metadata.len()) {
        Ok(length) => length as usize,
        Err(_) => return Err(too_large(path)),
    };
    // With room for one byte more, a file that is as long as it said need not be asked for more.
    let mut bytes = vec![0; length + 1];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(refused(error)),
        }
        if filled == length {
            break;
        }
    }
    bytes.truncate(filled);
    if filled > length {
        file.read_to_end(&mut bytes).map_err(refused)?;
    }
    Ok(bytes)
}

/// Opens a file to be read. What turns out to be a named pipe is not waited for, and no terminal becomes ours.
fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NONBLOCK | libc::O_NOCTTY,
    );
    match options.open(path) {
        // Another process is to give up its lease of the file first (fcntl(2)).
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => fs::File::open(path),
        result => result,
    }
}

/// A device may never end.
fn not_a_file(path: &Path, metadata: &fs::Metadata) -> Problem {
    let shown = path.display();
    if metadata.is_dir() {
        return Problem::new(format!(
            "`{shown}` is a folder, and a file is expected there"
        ))
        .help("move it out of the folder of migrations, or rename it");
    }
    Problem::new(format!(
        "`{shown}` is no file, but a pipe, a socket or a device"
    ))
    .help("move it out of the folder of migrations, or put a file in its place")
}

/// Offsets into texts are kept in 32 bits; no database takes a statement of that length anyway.
fn too_large(path: &Path) -> Problem {
    Problem::new(format!("`{}` is larger than 4 GiB", path.display()))
        .help("cut it into several migrations, or load the data with the database's own tools")
}

fn utf16(path: &Path) -> Problem {
    Problem::new(format!("`{}` is not UTF-8, but UTF-16", path.display()))
        .help("save the file as UTF-8")
}

/// Neither PostgreSQL nor SQLite can take a text with such a byte; SQLite would leave out what follows it.
fn zero_byte(path: &Path, raw: String, at: usize) -> Problem {
    // Latin letters in UTF-16 are every second byte of it.
    if raw.as_bytes().get(at + 2) == Some(&0) {
        return utf16(path);
    }
    Problem::new(format!("`{}` holds a zero byte", path.display()))
        .at(&Source::new(shown_path(path), raw), at..at + 1, "here")
        .help("remove it: no database takes it in a text")
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Problem {
    let good = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let end = good + '\u{fffd}'.len_utf8();
    let byte = bytes.get(good).copied().unwrap_or_default();
    Problem::new(format!("`{}` is not UTF-8", path.display()))
        .at(
            &Source::new(shown_path(path), text),
            good..end,
            format!("byte 0x{byte:02x} is no part of a character"),
        )
        .help("save the file as UTF-8; what looks right in an editor may be Latin-1 or UTF-16")
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
fn relative_to_here(path: &Path) -> PathBuf {
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
