//! One server process: started, waited for, stopped.
//!
//! No server outlives us. On Linux the kernel stops it when the thread that spawned it ends, so a
//! thread of its own spawns it and then waits for as long as the [`Server`] lives; a killed process
//! takes its threads along. Elsewhere a server whose parent was killed ends when the next start has
//! swept its folder away.

use crate::{Installation, StartError, Version, account::Account, folder::Folder};
use segue_host::{
    process,
    signal::{self, Signal},
};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// A loaded machine with crash recovery to do may need long; nothing needs this long.
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// SIGINT: clients are cut off, transactions rolled back, everything written: a clean restart.
    Fast,
    /// SIGQUIT: everything ends at once; the next start recovers from the log.
    Immediate,
    /// SIGKILL: the main process is gone and its children find out by themselves, one in the middle
    /// of a statement only after it.
    Kill,
}

/// A running (or just ended) server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// The thread that the kernel ties the server to ends when this is dropped.
    _keeper: mpsc::Sender<()>,
}

impl Server {
    /// Starts it and waits until it takes connections.
    pub(crate) fn start(
        server: &Installation,
        folder: &Folder,
        account: Account,
    ) -> Result<Self, StartError> {
        let log = folder.file("log");
        let output = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(StartError::io("write", &log))?;
        let errors = output.try_clone().map_err(StartError::io("write", &log))?;
        let program = server.bin_dir.join("postgres");
        let mut command = account.command(&program);
        command
            .arg("-D")
            .arg(folder.data())
            .arg("-c")
            .arg(setting("config_file", &folder.file("postgresql.conf")))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors);
        // A Ctrl-C in our terminal is for us: we may still need the server to clean up.
        process::lead_group(&mut command);
        // For PostgreSQL: stop at once.
        process::die_with_parent(&mut command, Signal::Quit);
        let (child, keeper) = spawn(command).map_err(StartError::io("run", program))?;
        let mut started = Self {
            child,
            _keeper: keeper,
        };
        started.wait_until_ready(server.version, folder)?;
        Ok(started)
    }

    /// The server writes its state into its lock file; the eighth line becomes "ready".
    fn wait_until_ready(&mut self, version: Version, folder: &Folder) -> Result<(), StartError> {
        let start = Instant::now();
        let state = folder.data().join("postmaster.pid");
        let own = self.child.id().to_string();
        let log = || tail(&folder.file("log"));
        loop {
            if let Ok(text) = fs::read_to_string(&state) {
                let mut lines = text.lines();
                // The file may still be that of a server that was killed here before.
                let ours = lines.next() == Some(own.as_str());
                if ours && lines.nth(6).is_some_and(|line| line.trim() == "ready") {
                    return Ok(());
                }
            }
            let ended = self
                .child
                .try_wait()
                .map_err(StartError::io("wait for", &state))?;
            if let Some(status) = ended {
                return Err(StartError::Ended {
                    version,
                    status: status.to_string(),
                    log: log(),
                });
            }
            if start.elapsed() > READY_WITHIN {
                return Err(StartError::TooSlow {
                    version,
                    seconds: READY_WITHIN.as_secs(),
                    log: log(),
                });
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The number of the main process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops it and waits until the main process has ended; one that does not end in time is killed.
    pub(crate) fn stop(&mut self, how: Stop) -> io::Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        let signal = match how {
            Stop::Fast => Signal::Interrupt,
            Stop::Immediate => Signal::Quit,
            Stop::Kill => Signal::Kill,
        };
        signal::send(self.child.id(), signal)?;
        let start = Instant::now();
        while start.elapsed() < STOPPED_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(2));
        }
        self.child.kill()?;
        self.child.wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left to tell; what still runs loses its folder, and ends by itself.
        let _ = self.stop(Stop::Immediate);
    }
}

/// Spawns from a thread that lives until the returned sender is dropped.
pub(crate) fn spawn(mut command: Command) -> io::Result<(Child, mpsc::Sender<()>)> {
    let (tell, told) = mpsc::channel();
    let (keeper, released) = mpsc::channel();
    thread::Builder::new()
        .name("postgres keeper".to_owned())
        .spawn(move || {
            if tell.send(command.spawn()).is_ok() {
                // Ends with an error when the other side is dropped, which is what we wait for.
                let _ = released.recv();
            }
        })?;
    let child = told.recv().map_err(io::Error::other)??;
    Ok((child, keeper))
}

fn setting(name: &str, path: &Path) -> std::ffi::OsString {
    let mut text = std::ffi::OsString::from(name);
    text.push("=");
    text.push(path);
    text
}

/// The end of a log, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    const BYTES: u64 = 4096;
    let read = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(BYTES)))?;
        let mut bytes = Vec::new();
        file.take(BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|error| format!("(its log {} cannot be read: {error})", log.display()))
}
