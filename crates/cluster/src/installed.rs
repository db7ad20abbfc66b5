//! Which PostgreSQL servers this machine has. Owns the list of places to look in.

use crate::{StartError, account::plain_command};
use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
};

/// A version of PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 15 in 15.4.
    pub major: u32,
    /// 4 in 15.4; 0 for a beta.
    pub minor: u32,
}

impl Version {
    /// Reads what `postgres --version` prints: `postgres (PostgreSQL) 15.4 (Debian 15.4-1)`.
    fn read(text: &str) -> Option<Self> {
        let rest = text.split_once("(PostgreSQL)")?.1.trim_start();
        let digits = |text: &str| -> Option<u32> {
            let end = text.find(|c: char| !c.is_ascii_digit());
            text[..end.unwrap_or(text.len())].parse().ok()
        };
        let major = digits(rest)?;
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let minor = after.strip_prefix('.').and_then(digits).unwrap_or(0);
        Some(Self { major, minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The binaries of one PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// What `postgres --version` says.
    pub version: Version,
    /// The folder that holds `postgres` and `initdb`; an absolute path.
    pub bin_dir: PathBuf,
}

impl Installation {
    /// The installation in this folder, if there is one that works and is not ancient (9.6 and before
    /// do not tell when they are ready).
    pub(crate) fn at(bin_dir: &Path) -> Option<Self> {
        let bin_dir = real(bin_dir)?;
        if !bin_dir.join("initdb").is_file() || !bin_dir.join("postgres").is_file() {
            return None;
        }
        let output = plain_command(&bin_dir.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let version = Version::read(&String::from_utf8_lossy(&output.stdout))?;
        (version.major >= 10).then_some(Self { version, bin_dir })
    }

    /// The newest installation of a major version, or of any.
    pub(crate) fn newest(wanted: Option<u32>) -> Result<Self, StartError> {
        let all = installed();
        let Some(wanted) = wanted else {
            return all.into_iter().next().ok_or(StartError::NotInstalled);
        };
        if let Some(found) = all.iter().find(|one| one.version.major == wanted) {
            return Ok(found.clone());
        }
        let found: Vec<_> = all.iter().map(|one| one.version.to_string()).collect();
        Err(StartError::NoSuchVersion {
            wanted,
            found: if found.is_empty() {
                "none".to_owned()
            } else {
                found.join(", ")
            },
        })
    }
}

/// All servers found, newest first; of equal versions the one that was looked for first. The places:
/// `SEGUE_PG_BIN` (a `bin` folder), `SEGUE_PG_HOME` (one folder per version) or its defaults, those
/// of the usual packages, Homebrew, Postgres.app, and the folders of `PATH`.
pub fn installed() -> Vec<Installation> {
    let mut all: Vec<Installation> = Vec::new();
    for place in places() {
        let known = real(&place).is_some_and(|path| all.iter().any(|one| one.bin_dir == path));
        if !known {
            all.extend(Installation::at(&place));
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.version));
    all
}

fn places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = env::var_os("SEGUE_PG_BIN")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    for home in homes() {
        places.extend(below(&home, "", "bin"));
    }
    places.extend(below(Path::new("/usr/lib/postgresql"), "", "bin"));
    places.extend(below(Path::new("/usr"), "pgsql-", "bin"));
    places.extend(below(Path::new("/usr/libexec"), "postgresql", ""));
    places.push("/usr/local/pgsql/bin".into());
    for brew in [
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/home/linuxbrew/.linuxbrew/opt",
    ] {
        places.extend(below(Path::new(brew), "postgresql", "bin"));
    }
    places.extend(below(
        Path::new("/Applications/Postgres.app/Contents/Versions"),
        "",
        "bin",
    ));
    if let Some(path) = env::var_os("PATH") {
        places.extend(env::split_paths(&path).filter(|folder| folder.is_absolute()));
    }
    places
}

/// The folder where this folder's `postgres` really is: packagers like to link to it.
fn real(bin_dir: &Path) -> Option<PathBuf> {
    let program = bin_dir.join("postgres").canonicalize().ok()?;
    program.parent().map(Path::to_owned)
}

/// Where `.ci/servers` puts the servers of a test matrix. Root's are outside of its home, which the
/// user that a server runs as may not enter.
fn homes() -> Vec<PathBuf> {
    if let Some(home) = env::var_os("SEGUE_PG_HOME") {
        return vec![home.into()];
    }
    let mut homes = vec![PathBuf::from("/var/cache/segue/postgres")];
    homes.extend(env::var_os("HOME").map(|home| Path::new(&home).join(".cache/segue/postgres")));
    homes
}

/// `folder/<prefix>*/inner` for each that exists.
fn below(folder: &Path, prefix: &str, inner: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(prefix.as_bytes())
        })
        .map(|entry| entry.path().join(inner))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_server_prints() {
        let read = |text| Version::read(text).map(|v| (v.major, v.minor));
        assert_eq!(
            read("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some((15, 14))
        );
        assert_eq!(read("postgres (PostgreSQL) 18beta2\n"), Some((18, 0)));
        assert_eq!(read("postgres (PostgreSQL) 9.6.24\n"), Some((9, 6)));
        assert_eq!(read("postgres (EnterpriseDB) x\n"), None);
    }
}
