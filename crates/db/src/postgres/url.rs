//! Reads connection strings: libpq's URIs and keyword/value strings, Prisma's URLs, and the
//! spellings of sqlx, node-postgres, postgres.js and the Go tools.
//!
//! Owns: [`Target`], what a string says about whom to talk to and how, completed as libpq completes it:
//! by a service file, `PG…` variables and a password file; hiding its secrets.
//! Does not own: the process environment (passed in as [`Environment`]); the certificate files.
//! Source of the rules: PostgreSQL 17, libpq, "Connection Strings" and "Parameter Key Words"
//! (libpq-connect.html#LIBPQ-PARAMKEYWORDS); Prisma: quaint, `connector/postgres/url.rs`.
//! Reads next: `url/uri.rs`, `url/draft.rs`, then `url/environment.rs`.

use std::{fmt, net::IpAddr, path::PathBuf};

use segue_sql::Problem;
use tokio_postgres::Config;

mod draft;
mod environment;
mod keywords;
mod parameters;
mod passfile;
mod pooler;
mod scheme;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod text;
mod tls_settings;
mod uri;

use draft::Draft;
pub use environment::{Environment, Variable};
pub use passfile::Password;
use settings::Setting;
use text::Text;

/// What problems with the string itself call it.
const NAME: &str = "database URL";

/// What stands in for parts that a connection string leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The user; libpq takes the operating system's.
    pub user: String,
    /// The host, or the folder of a unix socket (an absolute path); none means `localhost`.
    pub host: Option<String>,
    /// What goes before those two, and completes the rest.
    pub environment: Environment,
}

/// Whom to talk to, and how.
#[derive(Clone)]
pub struct Target {
    /// User, password, database and the session's settings. It has no hosts: see `endpoints`.
    pub config: Config,
    /// The servers to try, in this order; at least one.
    pub endpoints: Vec<Endpoint>,
    /// Whether and how to encrypt.
    pub tls: TlsPolicy,
    /// Prisma's `schema`: where its tables and its history are.
    pub schema: Option<String>,
    /// A transaction pooler stands between us and the server, as far as the string tells.
    pub pooled: bool,
    /// The names of parameters and variables that have no effect, to be told to the user.
    pub ignored: Vec<String>,
    /// Where the password comes from, if not from the string itself.
    pub password_origin: Option<String>,
    /// The password file that is named, by the string or the environment.
    passfile: Option<PathBuf>,
    /// What else to tell the user, such as a password file that may not be used.
    pub notes: Vec<String>,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A host name, an address, or the folder of a unix socket (begins with `/`).
    pub host: String,
    /// The address of the host, if it is not to be looked up.
    pub address: Option<IpAddr>,
    /// The port; also part of a socket's file name.
    pub port: u16,
    /// Its password in the password file, where nothing else gave one for all servers.
    pub password: Option<Password>,
}

/// libpq's `sslmode`.
///
/// Source: PostgreSQL 17, libpq, "SSL Mode Descriptions".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never encrypts.
    Disable,
    /// Encrypts if the server insists.
    Allow,
    /// Encrypts if the server can.
    Prefer,
    /// Encrypts; trusts any certificate, unless a root certificate is given.
    Require,
    /// Encrypts; the certificate must be signed by a trusted root.
    VerifyCa,
    /// As `VerifyCa`, and the certificate must be the host's.
    VerifyFull,
}

/// Where trusted root certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootCert {
    /// The platform's store (`sslrootcert=system`).
    System,
    /// A PEM file.
    File(PathBuf),
}

/// A certificate that tells the server who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCert {
    /// The PEM file of the certificate and its intermediates.
    pub certificate: PathBuf,
    /// The PEM file of the private key; it may be the same file.
    pub key: PathBuf,
}

/// Whether and how to encrypt. What is about the login (`channel_binding`) is in the `Config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsPolicy {
    /// How much is asked of the server.
    pub mode: SslMode,
    /// Whom to trust; none means the platform's store, where anything is verified at all.
    pub root_cert: Option<RootCert>,
    /// Who we are.
    pub client_cert: Option<ClientCert>,
    /// Whether the host name is sent in clear, so that proxies can tell servers apart (`sslsni`).
    pub server_name: bool,
    /// TLS from the first byte (`sslnegotiation=direct`, PostgreSQL 17 and later).
    pub direct: bool,
}

/// Reads a connection string, and what the environment has for that which it leaves out: the section of
/// a service file, then variables, then a password file. The files are read here.
///
/// # Errors
/// The first thing wrong with any of them. The problem's source is the redacted string, the variable or
/// the file.
pub fn read(url: &str, defaults: &Defaults) -> Result<Target, Problem> {
    let environment = &defaults.environment;
    let (text, settings) = taken_apart(url.trim())?;
    let mut draft = Draft::new(&text);
    draft.string(&settings)?;

    let value = |name| settings.iter().rev().find(|setting| setting.name == name);
    let value = |name| {
        value(name)
            .map(|setting: &Setting| setting.text(&text))
            .transpose()
    };
    let service = value("service")?.or_else(|| environment.get("PGSERVICE"));
    let file = match service {
        Some(service) => Some((
            service,
            service::find(service, value("servicefile")?, environment)?,
        )),
        None => None,
    };
    let file = file
        .as_ref()
        .map(|(service, file)| (*service, file, file.text()));
    if let Some((service, file, text)) = &file {
        draft.service(text, &file.settings(text, service)?)?;
    }

    let variables = variables(environment);
    for (text, setting) in &variables {
        draft.variable(text, setting)?;
    }
    for (name, value) in environment.session() {
        draft.option(name, value);
    }
    let mut target = draft.finish(defaults)?;
    target.look_into_the_password_file(environment);
    Ok(target)
}

/// The string's text and its settings, in the order in which they count.
fn taken_apart(url: &str) -> Result<(Text<'_>, Vec<Setting>), Problem> {
    if keywords::fits(url) {
        let text = Text::new(NAME, url, keywords::secrets(url));
        let settings = keywords::settings(&text)?;
        return Ok((text, settings));
    }
    let parts = uri::locate(url);
    let text = Text::new(NAME, url, uri::secrets(url, &parts));
    let settings = uri::settings(&text, &parts)?;
    Ok((text, settings))
}

/// Each variable as a text of its own, with the parameter that it stands for.
fn variables(environment: &Environment) -> Vec<(Text<'_>, Setting)> {
    environment
        .parameters()
        .map(|(variable, parameter)| {
            let value = variable.value.expose();
            let secret = text::is_secret(parameter).then_some(0..value.len());
            let text = Text::new(
                variable.origin.as_str(),
                value,
                secret.into_iter().collect(),
            );
            (
                text,
                Setting::new(parameter, value.as_bytes().to_vec(), 0..value.len()),
            )
        })
        .collect()
}

/// The connection string with its secrets replaced by `***`, whether it can be read or not.
pub fn redact(url: &str) -> String {
    let secrets = if keywords::fits(url.trim_start()) {
        keywords::secrets(url)
    } else {
        uri::secrets(url, &uri::locate(url))
    };
    Text::new(NAME, url, secrets).redacted().to_owned()
}

impl Target {
    /// The name of the database.
    pub fn database(&self) -> &str {
        self.config.get_dbname().expect("`read` always sets it")
    }

    /// The name of the user that logs in.
    pub fn user(&self) -> &str {
        self.config.get_user().expect("`read` always sets it")
    }

    /// `database "x" at host:port as user`: for messages; fit for a terminal, without secrets.
    pub fn describe(&self) -> String {
        let endpoints: Vec<_> = self.endpoints.iter().map(Endpoint::to_string).collect();
        let (database, user) = (self.database(), self.user().escape_debug());
        format!(
            "database {database:?} at {} as {user}",
            endpoints.join(", ")
        )
    }

    /// As libpq does where nothing else gave a password that is not empty.
    fn look_into_the_password_file(&mut self, environment: &Environment) {
        if self.config.get_password().is_some() {
            return;
        }
        let (database, user) = (self.database().to_owned(), self.user().to_owned());
        let named = self.passfile.clone();
        let outcome = passfile::fill(
            &mut self.endpoints,
            &database,
            &user,
            named.as_deref(),
            environment,
        );
        self.password_origin = outcome.used.map(|file| format!("the password file {file}"));
        self.notes.extend(outcome.note);
    }

    /// Logs in with this password, whatever else was found.
    pub fn set_password(&mut self, password: &str, origin: impl Into<String>) {
        self.config.password(password);
        for endpoint in &mut self.endpoints {
            endpoint.password = None;
        }
        self.password_origin = Some(origin.into());
    }

    /// Whether the string itself has the password.
    pub fn has_own_password(&self) -> bool {
        self.config.get_password().is_some() && self.password_origin.is_none()
    }

    /// The password that its first server is given, wherever that comes from; for whoever has to connect without us.
    pub fn password(&self) -> Option<&[u8]> {
        let filed = || Some(self.endpoints.first()?.password.as_ref()?.expose());
        self.config.get_password().or_else(filed)
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut target = self.clone();
        target.config.dbname(name);
        target
    }
}

/// Without the password: `Config` leaves it out of its own.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("config", &self.config)
            .field("endpoints", &self.endpoints)
            .field("tls", &self.tls)
            .field("schema", &self.schema)
            .field("pooled", &self.pooled)
            .field("ignored", &self.ignored)
            .field("password_origin", &self.password_origin)
            .field("notes", &self.notes)
            .finish()
    }
}

impl Endpoint {
    /// A unix socket: never encrypted, whatever the policy, as in libpq.
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }
}

/// `host:port`, `[address]:port` or the path of the socket.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.host.escape_debug(), self.port);
        if self.is_socket() {
            write!(f, "{host}/.s.PGSQL.{port}")
        } else if self.host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}
