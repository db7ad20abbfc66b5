//! The password file.
//!
//! Owns: where it is, whether it may be used, and which of its lines is for a server.
//! Source of the rules: PostgreSQL 17, libpq, "The Password File" (libpq-pgpass.html), and
//! `passwordFromFile` in fe-connect.c.

use std::{fmt, fs, io, path::Path};

use segue_host::file::is_private;

use super::{Endpoint, environment::Environment};

/// The folders of unix sockets that stand for `localhost`. libpq has one built in: PostgreSQL's own
/// default, or Debian's.
const DEFAULT_SOCKETS: [&str; 3] = ["/tmp", "/var/run/postgresql", "/run/postgresql"];

/// A password; it is not printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Vec<u8>);

impl Password {
    /// The password itself.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// What became of looking for passwords.
#[derive(Default)]
pub(super) struct Outcome {
    /// The file, if a password was found in it.
    pub(super) used: Option<String>,
    /// Why the file was not used, to be told to the user.
    pub(super) note: Option<String>,
}

/// Gives each server that the file has a line for its password.
pub(super) fn fill(
    endpoints: &mut [Endpoint],
    database: &str,
    user: &str,
    named: Option<&Path>,
    environment: &Environment,
) -> Outcome {
    let own = environment.home.as_ref().map(|home| home.join(".pgpass"));
    let Some(path) = named.map(Path::to_owned).or(own) else {
        return Outcome::default();
    };
    let name = path.display();
    let lines = match read(&path) {
        Ok(lines) => lines,
        // libpq says nothing here; a file that was asked for by name is missed.
        Err(Unusable::Unreadable(error)) => {
            let note = named.map(|_| format!("the password file {name} is not used: {error}"));
            return Outcome { used: None, note };
        }
        Err(Unusable::Unsafe(why)) => {
            let note = Some(format!("the password file {name} is not used: {why}"));
            return Outcome { used: None, note };
        }
    };
    let mut used = None;
    for endpoint in endpoints {
        endpoint.password = find(&lines, endpoint, database, user);
        if endpoint.password.is_some() {
            used = Some(name.to_string());
        }
    }
    Outcome { used, note: None }
}

enum Unusable {
    Unreadable(io::Error),
    Unsafe(&'static str),
}

fn read(path: &Path) -> Result<Vec<u8>, Unusable> {
    let facts = fs::metadata(path).map_err(Unusable::Unreadable)?;
    if !facts.is_file() {
        return Err(Unusable::Unsafe("it is not a plain file"));
    }
    if !is_private(&facts) {
        return Err(Unusable::Unsafe(
            "others may read it; `chmod 0600` makes it yours alone",
        ));
    }
    fs::read(path).map_err(Unusable::Unreadable)
}

/// The password of the first line that fits.
fn find(text: &[u8], endpoint: &Endpoint, database: &str, user: &str) -> Option<Password> {
    let host = match DEFAULT_SOCKETS.contains(&endpoint.host.as_str()) {
        true => "localhost",
        false => endpoint.host.as_str(),
    };
    let port = endpoint.port.to_string();
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b"#"))
        .find_map(|line| {
            let mut rest = line;
            for wanted in [host, &port, database, user] {
                rest = after(rest, wanted.as_bytes())?;
            }
            Some(Password(field(without_carriage_return(rest)).0))
        })
}

/// Without carriage returns at its end; other white space may be the password's.
fn without_carriage_return(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != b'\r');
    &line[..end.map_or(0, |at| at + 1)]
}

/// What is behind the first field, if that is the wanted one or `*`.
fn after<'a>(line: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    if let Some(rest) = line.strip_prefix(b"*:") {
        return Some(rest);
    }
    let (field, rest) = field(line);
    rest.filter(|_| field == wanted)
}

/// The first field without its escapes, and what is behind its colon, if it has one.
fn field(line: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut value = Vec::new();
    let mut at = 0;
    while at < line.len() {
        match (line[at], line.get(at + 1)) {
            (b':', _) => return (value, Some(&line[at + 1..])),
            (b'\\', Some(next)) => {
                value.push(*next);
                at += 2;
            }
            (byte, _) => {
                value.push(byte);
                at += 1;
            }
        }
    }
    (value, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, host: &str, database: &str, user: &str) -> Option<String> {
        let endpoint = Endpoint {
            host: host.to_owned(),
            address: None,
            port: 5432,
            password: None,
        };
        let password = find(text.as_bytes(), &endpoint, database, user)?;
        Some(String::from_utf8(password.0).expect("UTF-8"))
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        let text =
            "# db:5432:app:me:comment\ndb:5433:app:me:port\ndb:5432:app:me:exact\n*:*:*:*:any\n";
        assert_eq!(found(text, "db", "app", "me").as_deref(), Some("exact"));
        assert_eq!(found(text, "db", "app", "you").as_deref(), Some("any"));
        assert_eq!(found("db:5432:app:me", "db", "app", "me"), None);
        assert_eq!(
            found("db:5432:app:me:", "db", "app", "me").as_deref(),
            Some("")
        );
        assert_eq!(found("db:5432:app:me2:x", "db", "app", "me"), None);
    }

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let text = "\\:\\:1:5432:a\\\\b:\\*:p\\:q\\\\ r \\\r\n";
        assert_eq!(
            found(text, "::1", "a\\b", "*").as_deref(),
            Some("p:q\\ r \\")
        );
        assert_eq!(found(text, "::1", "a\\b", "me"), None);
        let text = "db:*:app:me:first:second";
        assert_eq!(found(text, "db", "app", "me").as_deref(), Some("first"));
    }

    #[test]
    fn the_default_socket_is_localhost_and_others_are_their_folder() {
        let text = "localhost:*:*:*:local\n/srv/pg:*:*:*:own\n";
        for socket in DEFAULT_SOCKETS {
            assert_eq!(found(text, socket, "a", "b").as_deref(), Some("local"));
        }
        assert_eq!(found(text, "/srv/pg", "a", "b").as_deref(), Some("own"));
        assert_eq!(found(text, "localhost", "a", "b").as_deref(), Some("local"));
        assert_eq!(found(text, "/srv", "a", "b"), None);
    }
}
