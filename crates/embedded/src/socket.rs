//! Where clients connect to: a Unix socket where there are some (only their owner reaches them), else TCP on 127.0.0.1.

use segue_host::file::{Access, create_folder};
use segue_host::socket::{self, Address, Listener};
use std::io;
use std::path::{Path, PathBuf};

/// The port in the name of the socket that clients use.
const PORT: u16 = 5432;

/// The folder that holds the sockets, and is removed with it when it was made only for them.
#[derive(Debug)]
pub(crate) struct SocketFolder {
    path: PathBuf,
    temporary: bool,
}

impl SocketFolder {
    /// `dir` itself where the addresses fit, else a new private folder in the system's temporary folder.
    pub(crate) fn near(dir: &Path) -> io::Result<SocketFolder> {
        if socket::fits(&dir.join(name(PORT))) {
            return Ok(SocketFolder {
                path: dir.to_path_buf(),
                temporary: false,
            });
        }
        let nanos = std::time::UNIX_EPOCH
            .elapsed()
            .map_or(0, |age| age.as_nanos());
        let path = std::env::temp_dir().join(format!("segue-{}-{nanos:x}", std::process::id()));
        create_folder(&path, Access::PrivateFolder)?;
        Ok(SocketFolder {
            path,
            temporary: true,
        })
    }

    /// Listens for clients: the listener, its address, and host and port as a client names them.
    pub(crate) fn listen(&self) -> io::Result<(Listener, Address, String, u16)> {
        // The folder's lock says that nobody listens there.
        let (listener, address) = socket::listen(&self.path, &name(PORT))?;
        let (host, port) = match socket::tcp(&address) {
            Some(tcp) => (tcp.ip().to_string(), tcp.port()),
            None => (self.path.display().to_string(), PORT),
        };
        Ok((listener, address, host, port))
    }

    /// Where the server itself listens, behind the gate; the library makes and removes the file.
    pub(crate) fn inner(&self) -> Address {
        socket::address(&self.path, &name(PORT + 1))
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        for port in [PORT, PORT + 1] {
            // Leftovers do no harm: the next one that listens here removes them. On TCP there are none.
            let _ = std::fs::remove_file(self.path.join(name(port)));
        }
        if self.temporary {
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}

/// As PostgreSQL names its sockets.
fn name(port: u16) -> String {
    format!(".s.PGSQL.{port}")
}
