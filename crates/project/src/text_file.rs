//! A text file: what no migration may be is refused here by name (pipes, devices, UTF-16, zero bytes).

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_host::file::open_without_waiting;
use segue_sql::{Problem, Source};

use crate::folder::{relative_to_here, shown_path, unreadable};

/// A text file, as its tool hashes it and as it is run.
pub(crate) struct TextFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Every character of the file.
    pub(crate) raw: String,
    /// Whether a byte-order mark stands in front; `source` goes without it.
    pub(crate) has_mark: bool,
    /// Whether it can be read once more from its path.
    pub(crate) is_on_disk: bool,
    /// Its path as users know it, where that is known already.
    pub(crate) shown: Option<PathBuf>,
}

impl TextFile {
    /// Reads a file that must be UTF-8.
    ///
    /// # Errors
    /// When it cannot be read or is no file, or holds what is no text (with the line it is in).
    pub(crate) fn read(path: PathBuf) -> Result<Self, Problem> {
        let bytes = bytes_of(&path)?;
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(utf16(&path));
        }
        let raw = String::from_utf8(bytes).map_err(|error| not_utf8(&path, &error))?;
        if let Some(at) = raw.find('\0') {
            return Err(zero_byte(&path, raw, at));
        }
        Ok(Self {
            is_on_disk: true,
            ..Self::of(path, raw)
        })
    }

    /// A text that is not on disk.
    pub(crate) fn of(path: PathBuf, raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let has_mark = raw.starts_with('\u{feff}');
        Self {
            path,
            raw,
            has_mark,
            is_on_disk: false,
            shown: None,
        }
    }

    /// Its path, and the text as it is run and shown.
    pub(crate) fn into_source(self) -> (PathBuf, Arc<Source>) {
        let mut text = self.raw;
        if self.has_mark {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let shown = self.shown.unwrap_or_else(|| relative_to_here(&self.path));
        let name = shown.into_os_string().into_string();
        let name = name.unwrap_or_else(|other| other.to_string_lossy().into_owned());
        (self.path, Source::new(name, text))
    }
}

/// What is in a file. There may be thousands of them: each is found, asked and read once.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Problem> {
    let refused = |error: io::Error| unreadable(path, &error);
    let mut file = match open_without_waiting(path) {
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
