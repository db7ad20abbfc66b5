//! The kind of local socket that clients use: a Unix socket where there are some (only their owner reaches
//! them), else TCP on 127.0.0.1.

use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
pub(crate) type Listener = std::os::unix::net::UnixListener;
#[cfg(unix)]
pub(crate) type Stream = std::os::unix::net::UnixStream;
#[cfg(not(unix))]
pub(crate) type Listener = std::net::TcpListener;
#[cfg(not(unix))]
pub(crate) type Stream = std::net::TcpStream;

/// Where something listens.
#[cfg(unix)]
pub(crate) type Address = PathBuf;
#[cfg(not(unix))]
pub(crate) type Address = std::net::SocketAddr;

/// The port in the name of the socket that clients use.
#[cfg(unix)]
const PORT: u16 = 5432;

/// Longest path that the address of a Unix socket holds on every system we run on, in bytes.
#[cfg(unix)]
const LONGEST: usize = 100;

/// The folder that holds the sockets, and is removed with it when it was made only for them.
#[derive(Debug)]
pub(crate) struct SocketFolder {
    path: PathBuf,
    temporary: bool,
}

impl SocketFolder {
    /// `dir` itself where the addresses fit, else a new private folder in the system's temporary folder.
    pub(crate) fn near(dir: &Path) -> io::Result<SocketFolder> {
        #[cfg(unix)]
        if dir.join(".s.PGSQL.0000").as_os_str().len() > LONGEST {
            use std::os::unix::fs::DirBuilderExt;
            let nanos = std::time::UNIX_EPOCH
                .elapsed()
                .map_or(0, |age| age.as_nanos());
            let path = std::env::temp_dir().join(format!("segue-{}-{nanos:x}", std::process::id()));
            std::fs::DirBuilder::new().mode(0o700).create(&path)?;
            return Ok(SocketFolder {
                path,
                temporary: true,
            });
        }
        Ok(SocketFolder {
            path: dir.to_path_buf(),
            temporary: false,
        })
    }

    /// Listens for clients: the listener, its address, and host and port as a client names them.
    #[cfg(unix)]
    pub(crate) fn listen(&self) -> io::Result<(Listener, Address, String, u16)> {
        let address = self.path.join(format!(".s.PGSQL.{PORT}"));
        // What a killed process has left; the folder's lock says that nobody listens there.
        match std::fs::remove_file(&address) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = Listener::bind(&address)?;
        Ok((listener, address, self.path.display().to_string(), PORT))
    }

    /// Listens for clients: the listener, its address, and host and port as a client names them.
    #[cfg(not(unix))]
    pub(crate) fn listen(&self) -> io::Result<(Listener, Address, String, u16)> {
        let listener = Listener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        Ok((listener, address, address.ip().to_string(), address.port()))
    }

    /// Where the server itself listens, behind the gate; the library makes and removes the file.
    #[cfg(unix)]
    pub(crate) fn inner(&self) -> Address {
        self.path.join(format!(".s.PGSQL.{}", PORT + 1))
    }

    /// Where the server itself listens, behind the gate: any free port.
    #[cfg(not(unix))]
    pub(crate) fn inner(&self) -> Address {
        Address::from(([127, 0, 0, 1], 0))
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        #[cfg(unix)]
        for port in [PORT, PORT + 1] {
            // Leftovers do no harm: the next one that listens here removes them.
            let _ = std::fs::remove_file(self.path.join(format!(".s.PGSQL.{port}")));
        }
        if self.temporary {
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}
