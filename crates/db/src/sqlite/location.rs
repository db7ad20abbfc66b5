//! Where a database of SQLite's is: the forms in which the tools write it into `DATABASE_URL`.

use std::path::{self, PathBuf};

use segue_sql::Problem;

use super::lock::begins_with;

/// A database of SQLite's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file, or none.
    pub path: Path,
    /// Only to be read (`mode=ro`, `immutable=1`).
    pub read_only: bool,
    /// To be made where it is missing (`mode=rwc`).
    pub create: bool,
    /// Whether foreign keys are enforced, where the URL says so.
    pub foreign_keys: Option<bool>,
    /// Parameters that have no effect.
    pub ignored: Vec<String>,
}

/// See [`Location`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// A file.
    File(PathBuf),
    /// Nothing is kept: `:memory:`.
    Memory,
}

/// What stands in front of the path: SQLite's own (uri.html), Prisma's and Drizzle's `file:`, sqlx's and
/// dbmate's `sqlite:`, golang-migrate's `sqlite3:`, Flyway's `jdbc:sqlite:`.
const SCHEMES: [&str; 4] = ["jdbc:sqlite:", "sqlite3:", "sqlite:", "file:"];

/// The endings that stand for a file of SQLite's where there is no scheme, as Diesel and goose write it.
const ENDINGS: [&str; 4] = ["db", "db3", "sqlite", "sqlite3"];

/// The first bytes of a database (fileformat2.html).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Whether a URL is one of SQLite's: by its scheme, as a path that ends like a database, or that is one.
pub fn is_ours(url: &str) -> bool {
    if url == ":memory:" || scheme(url).is_some() {
        return true;
    }
    if url.contains("://") || url.contains('=') {
        return false;
    }
    let path = path::Path::new(url);
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending)) || begins_with(path, MAGIC)
}

fn scheme(url: &str) -> Option<&'static str> {
    let matches = |scheme: &&&str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().find(matches).copied()
}

/// Reads a URL for which [`is_ours`] holds.
///
/// # Errors
/// No path, or one that is not UTF-8 once `%20` and the like are taken for what they stand for.
pub fn read(url: &str) -> Result<Location, Problem> {
    let scheme = scheme(url);
    let rest = scheme.map_or(url, |scheme| &url[scheme.len()..]);
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) if scheme.is_some() => (path, query),
        _ => (rest, ""),
    };
    let mut location = Location {
        path: Path::Memory,
        read_only: false,
        create: false,
        foreign_keys: None,
        ignored: Vec::new(),
    };
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        location.parameter(name, value);
    }
    let path = without_slashes(path);
    if path == ":memory:" || location.is_memory(query) {
        return Ok(location);
    }
    let path = match scheme {
        Some(_) => decoded(path)?,
        None => path.to_owned(),
    };
    if path.is_empty() {
        return Err(Problem::new("the URL of SQLite names no file").help(
            "write it as sqlite:path/to/app.db, or sqlite::memory: for a database that is not kept",
        ));
    }
    location.path = Path::File(PathBuf::from(path));
    Ok(location)
}

/// `//relative` as sqlx and golang-migrate have it, `///absolute` as everybody has it.
fn without_slashes(path: &str) -> &str {
    path.strip_prefix("//").unwrap_or(path)
}

fn decoded(path: &str) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = rest
            .get(1..3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| {
        Problem::new("the path in the URL of SQLite is not UTF-8")
            .help("write what is not ASCII as it is, or as %-codes of its UTF-8 bytes")
    })
}

impl Location {
    /// As users know it.
    pub fn describe(&self) -> String {
        match &self.path {
            Path::File(path) => format!("SQLite in {}", segue_project::shown_path(path)),
            Path::Memory => "SQLite in memory".to_owned(),
        }
    }

    fn parameter(&mut self, name: &str, value: &str) {
        match (name, value) {
            ("mode", "ro") | ("immutable", "1") => self.read_only = true,
            ("mode", "rwc") => self.create = true,
            ("mode", "rw" | "memory") => {}
            // go-sqlite3's names, then the one of modernc.org/sqlite.
            ("_fk" | "_foreign_keys" | "foreign_keys", value) => {
                self.foreign_keys = Some(matches!(value, "1" | "on" | "true" | "yes"));
            }
            ("_pragma", value) if value.starts_with("foreign_keys") => {
                self.foreign_keys = Some(value.contains('1') || value.contains("on"));
            }
            _ => self.ignored.push(name.to_owned()),
        }
    }

    fn is_memory(&self, query: &str) -> bool {
        query.split('&').any(|parameter| parameter == "mode=memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str) -> PathBuf {
        assert!(is_ours(url), "{url}");
        match read(url).expect(url).path {
            Path::File(path) => path,
            Path::Memory => panic!("{url} is a file"),
        }
    }

    #[test]
    fn every_tools_form_names_the_file() {
        for url in [
            "sqlite:a/b.db",
            "sqlite://a/b.db",
            "file:a/b.db",
            "jdbc:sqlite:a/b.db",
            "a/b.db",
        ] {
            assert_eq!(file(url), PathBuf::from("a/b.db"), "{url}");
        }
        for url in [
            "sqlite:/a/b.db",
            "sqlite:///a/b.db",
            "sqlite3:///a/b.db",
            "file:///a/b.db?mode=rw",
        ] {
            assert_eq!(file(url), PathBuf::from("/a/b.db"), "{url}");
        }
        assert_eq!(
            file("file:my%20app.db?cache=shared"),
            PathBuf::from("my app.db")
        );
        assert_eq!(file("./odd%20name.db"), PathBuf::from("./odd%20name.db"));
    }

    #[test]
    fn what_is_not_kept_is_memory() {
        for url in [
            ":memory:",
            "sqlite::memory:",
            "sqlite://:memory:",
            "file:x?mode=memory&cache=shared",
        ] {
            assert_eq!(read(url).expect(url).path, Path::Memory, "{url}");
        }
    }

    #[test]
    fn other_urls_are_not_ours() {
        for url in [
            "postgres://a@b/c.db",
            "host=/tmp dbname=x.db",
            "embedded",
            "libsql://x.turso.io",
        ] {
            assert!(!is_ours(url), "{url}");
        }
    }

    #[test]
    fn parameters_are_used_or_named() {
        let location = read("file:a.db?mode=ro&_fk=1&connection_limit=1").expect("reads");
        assert!(location.read_only);
        assert_eq!(location.foreign_keys, Some(true));
        assert_eq!(location.ignored, ["connection_limit"]);
        assert!(read("sqlite:").is_err());
    }
}
