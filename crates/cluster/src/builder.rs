//! What a cluster shall be like: version, settings, who may connect and how.

use crate::{Cluster, Installation, StartError, account::Account, folder::Folder};
use std::{
    env,
    path::{Path, PathBuf},
};

/// Fast rather than safe, and the same everywhere. Lines of the caller come later and win. Commits stay
/// synchronous: without fsync that is only a write, and they survive a killed server.
const SETTINGS: &str = "\
fsync = off
full_page_writes = off
max_wal_size = 1GB
shared_buffers = 64MB
log_checkpoints = off
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
default_text_search_config = 'pg_catalog.english'
";

/// Describes a cluster; made by [`Cluster::builder`].
#[derive(Clone, Default)]
pub struct Builder {
    version: Option<u32>,
    bin_dir: Option<PathBuf>,
    settings: Vec<(String, String)>,
    hba: Vec<String>,
    tcp: bool,
    password: Option<String>,
    ssl: Option<(PathBuf, PathBuf)>,
    in_memory: bool,
}

impl Builder {
    /// The newest installed server of this major version.
    #[must_use]
    pub fn version(mut self, major: u32) -> Self {
        self.version = Some(major);
        self
    }

    /// The server in this folder (which holds `postgres` and `initdb`).
    #[must_use]
    pub fn bin_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.bin_dir = Some(folder.into());
        self
    }

    /// A line of postgresql.conf; the value is quoted for you. The last one of a name wins.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// A line of pg_hba.conf, before the default ones, which let everyone in. The superuser always
    /// gets in by the socket.
    #[must_use]
    pub fn hba(mut self, line: impl Into<String>) -> Self {
        self.hba.push(line.into());
        self
    }

    /// Whether to listen on 127.0.0.1 too, on a free port. Off by default: other users of this
    /// machine could connect, and without a password they would be let in.
    #[must_use]
    pub fn tcp(mut self, on: bool) -> Self {
        self.tcp = on;
        self
    }

    /// A password for the superuser, asked for on TCP (which this turns on), not on the socket.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self.tcp(true)
    }

    /// TLS on TCP (which this turns on), with a certificate and its key in PEM files.
    #[must_use]
    pub fn ssl(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.ssl = Some((certificate.into(), key.into()));
        self.tcp(true)
    }

    /// Whether to keep the data in memory where there is plenty of it: for many small databases. Off by default. A folder that
    /// SEGUE_CLUSTER_DIR or TMPDIR names counts before it.
    #[must_use]
    pub fn in_memory(mut self, on: bool) -> Self {
        self.in_memory = on;
        self
    }

    /// Starts it. Where neither version nor folder was named: the server that SEGUE_TEST_PG_BIN (a
    /// folder) or SEGUE_TEST_PG (a major version) names, else the newest installed.
    pub fn start(self) -> Result<Cluster, StartError> {
        crate::supported()?;
        let server = self.installation()?;
        Cluster::launch(self, server)
    }

    /// Starts it for a test: `None`, which is for skipping the test, only where no server is installed *and*
    /// SEGUE_TEST_WITHOUT_PG is set, as `./test` does after it has told its user.
    ///
    /// # Panics
    /// When the cluster cannot be started for any other reason.
    pub fn for_test(self) -> Option<Cluster> {
        match self.start() {
            Ok(cluster) => Some(cluster),
            Err(StartError::NotInstalled) if env::var_os("SEGUE_TEST_WITHOUT_PG").is_some() => {
                eprintln!("skipped: this test needs a PostgreSQL server");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn installation(&self) -> Result<Installation, StartError> {
        const BIN: &str = "SEGUE_TEST_PG_BIN";
        const MAJOR: &str = "SEGUE_TEST_PG";
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let at = |folder: &Path| {
            Installation::at(folder).ok_or_else(|| StartError::NotAnInstallation(folder.to_owned()))
        };
        if let Some(folder) = &self.bin_dir {
            return at(folder);
        }
        if self.version.is_some() {
            return Installation::newest(self.version);
        }
        if let Some(folder) = set(BIN) {
            return at(Path::new(&folder));
        }
        let Some(value) = set(MAJOR) else {
            return Installation::newest(None);
        };
        let value = value.to_string_lossy().into_owned();
        match value.parse() {
            Ok(major) => Installation::newest(Some(major)),
            Err(_) => Err(StartError::NotAVersion {
                variable: MAJOR,
                value,
            }),
        }
    }

    /// Writes the server's configuration beside its data.
    pub(crate) fn configure(
        &self,
        folder: &Folder,
        port: u16,
        account: Account,
    ) -> Result<(), StartError> {
        let mut text = SETTINGS.to_owned();
        let mut add = |name: &str, value: &str| {
            text.push_str(&format!("{name} = {}\n", quote(value)));
        };
        add("port", &port.to_string());
        add("listen_addresses", if self.tcp { "127.0.0.1" } else { "" });
        add(
            "unix_socket_directories",
            &folder.socket_dir().to_string_lossy(),
        );
        add("hba_file", &folder.file("pg_hba.conf").to_string_lossy());
        if let Some((certificate, key)) = &self.ssl {
            folder.copy_secret(certificate, "server.crt", account)?;
            folder.copy_secret(key, "server.key", account)?;
            add("ssl", "on");
            add(
                "ssl_cert_file",
                &folder.file("server.crt").to_string_lossy(),
            );
            add("ssl_key_file", &folder.file("server.key").to_string_lossy());
        }
        for (name, value) in &self.settings {
            add(name, value);
        }
        folder.write("postgresql.conf", &text)?;
        folder.write("pg_hba.conf", &self.hba_file())
    }

    fn hba_file(&self) -> String {
        let mut text = format!("local all {} trust\n", crate::SUPERUSER);
        for line in &self.hba {
            text.push_str(line);
            text.push('\n');
        }
        let tcp = if self.password.is_some() {
            "scram-sha-256"
        } else {
            "trust"
        };
        for databases in ["all", "replication"] {
            text.push_str(&format!("local {databases} all trust\n"));
            text.push_str(&format!("host {databases} all 127.0.0.1/32 {tcp}\n"));
        }
        text
    }

    /// Whether its data shall be in memory.
    pub(crate) fn prefers_memory(&self) -> bool {
        self.in_memory
    }

    /// Whether it listens on TCP.
    pub(crate) fn listens(&self) -> bool {
        self.tcp
    }

    /// The superuser's password.
    pub(crate) fn take_password(&mut self) -> Option<String> {
        self.password.take()
    }
}

/// A value in postgresql.conf.
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}
