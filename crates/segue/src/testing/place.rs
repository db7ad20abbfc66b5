//! Where a server is, and how its databases are called by URL, by parts and by variables.

use std::fmt;

use segue_db::postgres::url::{SslMode, Target};
use segue_project::config::Secret;

/// How to connect to a database, in pieces: for the builders of sqlx (`PgConnectOptions`) and tokio-postgres
/// (`Config`).
#[derive(Clone, PartialEq, Eq)]
pub struct Parts {
    /// A name, an address, or the folder of a Unix socket (begins with `/`).
    pub host: String,
    /// The port; a part of the socket's name too.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The password, where one is needed.
    pub password: Option<String>,
    /// The database.
    pub database: String,
    /// libpq's `sslmode`.
    pub sslmode: &'static str,
}

/// Without the password.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("sslmode", &self.sslmode)
            .finish_non_exhaustive()
    }
}

/// A server: its URL as it was given, and what that means.
#[derive(Clone)]
pub(super) struct Place {
    url: Secret,
    pub(super) target: Target,
    /// Prisma's `schema`, where the project's own URL has one: its tools look for it in the URL.
    pub(super) schema: Option<String>,
}

impl Place {
    pub(super) fn new(url: Secret, target: Target) -> Self {
        let schema = target.schema.clone();
        Self {
            url,
            target,
            schema,
        }
    }

    /// The URL of one of its databases: the given one with another database, so that all of its parameters stay.
    pub(super) fn url(&self, database: &str) -> String {
        let text = self.url.expose().trim();
        let url = match text.split_once("://") {
            Some((scheme, rest)) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (authority, rest) = rest.split_at(end);
                let query = rest.find(['?', '#']).map_or("", |at| &rest[at..]);
                format!("{scheme}://{authority}/{}{query}", percent(database))
            }
            None => self.written(database),
        };
        match &self.schema {
            Some(schema) if self.target.schema.is_none() => {
                let sign = if url.contains('?') { '&' } else { '?' };
                format!("{url}{sign}schema={}", percent(schema))
            }
            _ => url,
        }
    }

    /// A URL for what was given as `host=… dbname=…`: many drivers know nothing but URLs.
    fn written(&self, database: &str) -> String {
        let parts = self.parts(database);
        let password = parts.password.as_deref().map(percent);
        let password = password.map_or_else(String::new, |text| format!(":{text}"));
        let mut url = format!(
            "postgresql://{}{password}@{}:{}/{}?sslmode={}",
            percent(&parts.user),
            host_in_url(&parts.host),
            parts.port,
            percent(database),
            parts.sslmode,
        );
        if let Some(segue_db::postgres::url::RootCert::File(file)) = &self.target.tls.root_cert {
            url.push_str("&sslrootcert=");
            url.push_str(&percent(&file.to_string_lossy()));
        }
        url
    }

    /// The pieces of the same; of several servers the first one's.
    pub(super) fn parts(&self, database: &str) -> Parts {
        let endpoint = self.target.endpoints.first();
        let password = self.target.password();
        Parts {
            host: endpoint.map_or_else(String::new, |endpoint| endpoint.host.clone()),
            port: endpoint.map_or(5432, |endpoint| endpoint.port),
            user: self.target.user().to_owned(),
            password: password.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
            database: database.to_owned(),
            sslmode: match self.target.tls.mode {
                SslMode::Disable => "disable",
                SslMode::Allow => "allow",
                SslMode::Prefer => "prefer",
                SslMode::Require => "require",
                SslMode::VerifyCa => "verify-ca",
                SslMode::VerifyFull => "verify-full",
            },
        }
    }

    /// Whether both are the same server, as far as their texts tell; all addresses of this machine are one.
    pub(super) fn is_server_of(&self, other: &Target) -> bool {
        let of = |target: &Target| -> Vec<(String, u16)> {
            let endpoints = target.endpoints.iter();
            endpoints
                .map(|one| (machine(&one.host), one.port))
                .collect()
        };
        let own = of(&self.target);
        of(other).iter().any(|one| own.contains(one))
    }
}

/// The name of a machine, whatever it is called.
fn machine(host: &str) -> String {
    let is_here = host.starts_with('/')
        || ["localhost", "127.0.0.1", "::1"].contains(&host.to_lowercase().as_str());
    if is_here {
        "localhost".to_owned()
    } else {
        host.to_lowercase()
    }
}

/// A host as it stands in a URL: addresses of IPv6 in brackets, folders with their slashes encoded.
fn host_in_url(host: &str) -> String {
    match host.contains(':') {
        true => format!("[{host}]"),
        false => percent(host),
    }
}

/// Percent-encodes all but the characters that mean nothing anywhere in a URL (RFC 3986, 2.3).
pub(super) fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use segue_db::postgres::url::{Defaults, read};

    use super::*;

    fn place(url: &str) -> Place {
        let target = read(url, &Defaults::default()).unwrap_or_else(|problem| panic!("{problem}"));
        Place::new(Secret::new(url), target)
    }

    #[test]
    fn only_the_database_of_a_url_is_another_one() {
        for (given, expected) in [
            ("postgres://a:b@h:1/app", "postgres://a:b@h:1/t"),
            (
                "postgres://a:b@h/app?sslmode=require",
                "postgres://a:b@h/t?sslmode=require",
            ),
            ("postgres://a@h", "postgres://a@h/t"),
            (
                "postgres://a@h?sslmode=disable",
                "postgres://a@h/t?sslmode=disable",
            ),
            (
                "host=/run/pg port=5433 user=a dbname=app",
                "postgresql://a@%2Frun%2Fpg:5433/t?sslmode=prefer",
            ),
            (
                "host=h user=a password='b c' dbname=app sslmode=disable",
                "postgresql://a:b%20c@h:5432/t?sslmode=disable",
            ),
        ] {
            assert_eq!(place(given).url("t"), expected);
        }
    }

    #[test]
    fn the_schema_of_the_projects_url_comes_along() {
        let mut place = place("postgres://a@h/app?connect_timeout=5");
        place.schema = Some("my app".to_owned());
        assert_eq!(
            place.url("t"),
            "postgres://a@h/t?connect_timeout=5&schema=my%20app"
        );
    }

    #[test]
    fn names_of_this_machine_are_one_and_ports_tell_servers_apart() {
        let here = place("postgres://a@localhost:5432/app");
        let is_the_same = |url| here.is_server_of(&place(url).target);
        assert!(is_the_same("postgres://b@127.0.0.1/other"));
        assert!(is_the_same("host=/run/postgresql dbname=x"));
        assert!(!is_the_same("postgres://b@localhost:5433/app"));
        assert!(!is_the_same("postgres://b@db.example.com/app"));
    }

    #[test]
    fn pieces_are_printed_without_the_password() {
        let parts = place("postgres://a:hidden@h/app").parts("t");
        assert_eq!(parts.password.as_deref(), Some("hidden"));
        assert!(!format!("{parts:?}").contains("hidden"));
    }
}
