//! A throwaway PgBouncer in front of a cluster.
//!
//! Owns: finding the program, its configuration, and that it does not outlive us.

use crate::{
    Cluster, SUPERUSER, StartError,
    account::Account,
    folder::{Base, Folder},
    server::{self, tail},
};
use segue_host::{process::die_with_parent, signal::Signal};
use std::{
    env, fs,
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// Folders of programs that are not in everybody's PATH; Debian has PgBouncer in the first.
const MORE_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// Nothing needs this long.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// For how long a client has the same server connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// As long as it is connected.
    Session,
    /// For one transaction.
    Transaction,
    /// For one statement.
    Statement,
}

/// A running PgBouncer; dropping it stops it.
#[derive(Debug)]
pub struct Pooler {
    child: Child,
    /// The thread that the kernel ties it to ends when this is dropped.
    _keeper: mpsc::Sender<()>,
    _folder: Folder,
    port: u16,
}

impl Pooler {
    /// Starts one in front of the cluster; everybody is let in, as the superuser.
    pub fn start(cluster: &Cluster, pooling: Pooling) -> Result<Self, StartError> {
        let program = program().ok_or(StartError::NoPooler)?;
        let account = Account::choose()?;
        let base = Base::open(account)?;
        let lock = base.lock_file()?;
        lock.lock_shared()
            .map_err(StartError::io("lock", &base.path))?;
        let folder = Folder::create(&base)?;
        let port = crate::cluster::free_port()
            .map_err(StartError::io("find a free port for", &program))?;
        folder.write("pgbouncer.ini", &configuration(cluster, pooling, port))?;
        let log = folder.file("log");
        let output = fs::File::create(&log).map_err(StartError::io("write", &log))?;
        let mut command = account.command(&program);
        command
            .arg(folder.file("pgbouncer.ini"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output);
        die_with_parent(&mut command, Signal::Quit);
        let (child, keeper) = server::spawn(command).map_err(StartError::io("run", &program))?;
        let mut pooler = Self {
            child,
            _keeper: keeper,
            _folder: folder,
            port,
        };
        pooler.wait_until_ready(&log)?;
        Ok(pooler)
    }

    /// For tests: `None`, which is for skipping the test, only where PgBouncer is not installed *and*
    /// SEGUE_TEST_WITHOUT_PGBOUNCER is set, as `./test` does after it has told its user.
    ///
    /// # Panics
    /// When it cannot be started for any other reason.
    pub fn for_test(cluster: &Cluster, pooling: Pooling) -> Option<Self> {
        match Self::start(cluster, pooling) {
            Ok(pooler) => Some(pooler),
            Err(StartError::NoPooler) if env::var_os("SEGUE_TEST_WITHOUT_PGBOUNCER").is_some() => {
                eprintln!("skipped: this test needs PgBouncer");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The URL of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgresql://{SUPERUSER}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<(), StartError> {
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let ended = self.child.try_wait();
            let status = match ended.map_err(StartError::io("wait for", log))? {
                Some(status) => status.to_string(),
                None if start.elapsed() > READY_WITHIN => "not ready in time".to_owned(),
                None => {
                    thread::sleep(Duration::from_millis(5));
                    continue;
                }
            };
            return Err(StartError::Command {
                command: "pgbouncer",
                status,
                output: tail(log),
            });
        }
        Ok(())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(MORE_FOLDERS.map(PathBuf::from))
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
}

fn configuration(cluster: &Cluster, pooling: Pooling, port: u16) -> String {
    let (folder, server_port) = (cluster.socket_dir(), cluster.port());
    let mode = match pooling {
        Pooling::Session => "session",
        Pooling::Transaction => "transaction",
        Pooling::Statement => "statement",
    };
    format!(
        "[databases]\n* = host={} port={server_port} user={SUPERUSER}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = {mode}\n",
        folder.display()
    )
}
