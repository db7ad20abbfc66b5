//! The cluster as its users see it.

use crate::{
    Builder, ClientError, Installation, SUPERUSER, StartError, Stop, Version,
    account::Account,
    client,
    folder::{Base, Folder},
    server::{self, Server},
    template,
};
use std::{
    fmt, io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The port in the name of a socket that nobody else can see.
const SOCKET_PORT: u16 = 5432;

/// How often another port is tried when somebody took the one that was free a moment ago.
const PORT_TRIES: u32 = 5;

/// A running PostgreSQL server with data of its own. Dropping it stops the server and removes the data.
/// It may be shared between threads and kept in a `static`: the end of the process stops it too.
pub struct Cluster {
    // Dropped in this order: the server must be gone before its folder is.
    server: Option<Server>,
    pub(crate) folder: Folder,
    installation: Installation,
    pub(crate) account: Account,
    port: u16,
    tcp: bool,
    password: Option<String>,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts the newest server found on this machine; see [`Builder::start`] for what the
    /// environment may ask for instead.
    pub fn start() -> Result<Self, StartError> {
        Self::builder().start()
    }

    /// Describes a cluster that is not like the default one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// For tests: as [`Builder::for_test`], and like the default one.
    ///
    /// # Panics
    /// As there.
    pub fn for_test() -> Option<Self> {
        Self::builder().for_test()
    }

    /// For tests of deploys: as [`Builder::for_deploys`], and like the default one.
    ///
    /// # Panics
    /// As there.
    pub fn for_deploys() -> Option<Self> {
        Self::builder().for_deploys()
    }

    pub(crate) fn launch(
        mut builder: Builder,
        installation: Installation,
    ) -> Result<Self, StartError> {
        let account = Account::choose()?;
        let base = match builder.prefers_memory() {
            true => Base::in_memory(account)?,
            false => Base::open(account)?,
        };
        base.sweep()?;
        let folder = template::copy(&base, &installation, account)?;
        let mut cluster = Self {
            server: None,
            folder,
            installation,
            account,
            port: SOCKET_PORT,
            tcp: builder.listens(),
            password: None,
            databases: AtomicU32::new(0),
        };
        cluster.first_start(&builder)?;
        if let Some(password) = builder.take_password() {
            let role = format!(
                "ALTER ROLE {SUPERUSER} PASSWORD '{}';",
                password.replace('\'', "''")
            );
            cluster
                .psql("postgres", &role)
                .map_err(StartError::Password)?;
            cluster.password = Some(password);
        }
        Ok(cluster)
    }

    /// Another one of the same installation, with the data that is in its folder already.
    pub(crate) fn beside(&self, folder: Folder, builder: &Builder) -> Result<Self, StartError> {
        let mut cluster = Self {
            server: None,
            folder,
            installation: self.installation.clone(),
            account: self.account,
            port: SOCKET_PORT,
            tcp: builder.listens(),
            password: None,
            databases: AtomicU32::new(0),
        };
        cluster.first_start(builder)?;
        Ok(cluster)
    }

    fn first_start(&mut self, builder: &Builder) -> Result<(), StartError> {
        for attempt in 1.. {
            if self.tcp {
                self.port = free_port()
                    .map_err(StartError::io("find a free port for", self.folder.data()))?;
            }
            builder.configure(&self.folder, self.port, self.account)?;
            match Server::start(&self.installation, &self.folder, self.account) {
                Ok(server) => {
                    self.server = Some(server);
                    break;
                }
                Err(StartError::Ended { log, .. })
                    if log.contains("could not create any TCP/IP sockets")
                        && attempt < PORT_TRIES => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The server's version.
    pub fn version(&self) -> Version {
        self.installation.version
    }

    /// The number of the server's main process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Server::pid)
    }

    /// The folder that holds the server's socket.
    pub fn socket_dir(&self) -> PathBuf {
        self.folder.socket_dir()
    }

    /// The port: of TCP where that is on, and in the socket's name in any case.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database, as superuser by the socket: no password, whatever the settings.
    pub fn url(&self, database: &str) -> String {
        self.url_as(SUPERUSER, database)
    }

    /// The same as somebody, perhaps with a password.
    pub(crate) fn url_as(&self, user: &str, database: &str) -> String {
        let host = percent(&self.socket_dir().to_string_lossy());
        format!(
            "postgresql://{user}@{host}:{}/{}",
            self.port,
            percent(database)
        )
    }

    /// The URL of a database, as superuser by TCP, with the password if one was given: not for logs.
    /// `None` where TCP is off.
    pub fn tcp_url(&self, database: &str) -> Option<String> {
        let password = self
            .password
            .as_deref()
            .map(|text| format!(":{}", percent(text)));
        let password = password.unwrap_or_default();
        let url = format!(
            "postgresql://{SUPERUSER}{password}@127.0.0.1:{}/{}",
            self.port,
            percent(database)
        );
        self.tcp.then_some(url)
    }

    /// Creates an empty database with a name of its own and returns its [`url`](Self::url).
    pub fn create_database(&self) -> Result<String, ClientError> {
        let name = self.new_name();
        self.psql("postgres", &format!("CREATE DATABASE {name};"))?;
        Ok(self.url(&name))
    }

    /// A name that no database of this cluster has.
    pub(crate) fn new_name(&self) -> String {
        format!("db_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs a script by `psql` and returns what it prints, unaligned and without headings; it stops
    /// at the first error. `database` is a name or a whole URL.
    pub fn psql(&self, database: &str, script: &str) -> Result<String, ClientError> {
        client::psql(&self.installation, &self.target(database), script)
    }

    /// Runs a file by `psql` as [`psql`](Self::psql) does; messages name the file and its lines.
    pub fn psql_file(&self, database: &str, file: &Path) -> Result<String, ClientError> {
        client::psql_file(&self.installation, &self.target(database), file)
    }

    /// The schema as `pg_dump --schema-only --no-owner` prints it, without the lines that differ from
    /// run to run. `database` is a name or a whole URL; `options` are more options for `pg_dump`.
    pub fn dump_schema(&self, database: &str, options: &[&str]) -> Result<String, ClientError> {
        client::dump_schema(&self.installation, &self.target(database), options)
    }

    fn target(&self, database: &str) -> String {
        if database.contains("://") {
            database.to_owned()
        } else {
            self.url(database)
        }
    }

    /// Stops the server and leaves its data, for [`start_again`](Self::start_again). Nothing happens
    /// where it does not run.
    pub fn stop(&mut self, how: Stop) -> io::Result<()> {
        if let Some(mut server) = self.server.take() {
            server.stop(how)?;
        }
        Ok(())
    }

    /// Starts a stopped server again, with the same data, socket and port.
    pub fn start_again(&mut self) -> Result<(), StartError> {
        // A statement that a killed server's child is still busy with keeps the data locked.
        const ORPHANS_END_WITHIN: Duration = Duration::from_secs(20);
        let start = Instant::now();
        while self.server.is_none() {
            match Server::start(&self.installation, &self.folder, self.account) {
                Ok(server) => self.server = Some(server),
                Err(StartError::Ended { log, .. })
                    if log.contains("pre-existing shared memory block")
                        && start.elapsed() < ORPHANS_END_WITHIN =>
                {
                    thread::sleep(Duration::from_millis(100));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Stops the server in this way and starts it again.
    pub fn restart(&mut self, how: Stop) -> Result<(), StartError> {
        self.stop(how)
            .map_err(StartError::io("stop the server in", self.folder.data()))?;
        self.start_again()
    }

    /// The last lines of the server's log.
    pub fn log(&self) -> String {
        server::tail(&self.folder.file("log"))
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("version", &self.version())
            .field("socket_dir", &self.socket_dir())
            .field("port", &self.port)
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

/// Free at the moment; whoever is faster may still take it.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Percent-encodes all but the characters that mean nothing anywhere in a URL.
fn percent(text: &str) -> String {
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
