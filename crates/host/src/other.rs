//! What stands in the place of `unix.rs` on other systems; in practice on Windows. What each function is for stands in the module of
//! its subject, with what it means where there is no such thing.

use std::{
    fs::{self, File, Metadata, Permissions},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Command, ExitStatus},
};

use crate::{
    file::{Access, FileId},
    signal::Signal,
};

// ---- signals: there are none; a console tells all of its processes of a Ctrl-C

pub(crate) fn send(_: u32, _: Signal) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn send_to_group(_: u32, _: Signal) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn signal_that_ended(_: ExitStatus) -> Option<i32> {
    None
}

#[cfg(feature = "stop-signals")]
#[derive(Debug)]
pub(crate) struct Stops;

#[cfg(feature = "stop-signals")]
impl Stops {
    pub(crate) fn listen() -> Self {
        Self
    }

    pub(crate) async fn next(&mut self) -> Signal {
        // Where it cannot be listened for, Ctrl-C ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

// ---- processes

pub(crate) fn lead_group(_: &mut Command) {}

pub(crate) fn die_with_parent(_: &mut Command, _: Signal) {}

pub(crate) fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C");
    // `cmd` reads its line by rules of its own, not as a list of arguments.
    #[cfg(windows)]
    std::os::windows::process::CommandExt::raw_arg(&mut command, line);
    #[cfg(not(windows))]
    command.arg(line);
    command
}

// ---- files: what may be done with one is not told by a mode

pub(crate) fn permissions(_: Access) -> Option<Permissions> {
    None
}

pub(crate) fn create_folder(path: &Path, _: Access) -> io::Result<()> {
    fs::create_dir(path)
}

pub(crate) fn is_private(_: &Metadata) -> bool {
    true
}

pub(crate) fn others_may_write(_: &Metadata) -> bool {
    false
}

pub(crate) fn others_may_enter(_: &Metadata) -> bool {
    true
}

pub(crate) fn is_executable(_: &Metadata) -> bool {
    true
}

pub(crate) fn owner(_: &Metadata) -> Option<u32> {
    None
}

pub(crate) fn id_of(path: &Path) -> io::Result<Option<FileId>> {
    fs::metadata(path).map(|_| None)
}

pub(crate) fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

// ---- sockets: ports of 127.0.0.1

pub(crate) type Listener = TcpListener;
pub(crate) type Stream = TcpStream;
pub(crate) type Address = SocketAddr;

pub(crate) fn address(_: &Path, _: &str) -> Address {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub(crate) fn fits(_: &Path) -> bool {
    true
}

pub(crate) fn listen(folder: &Path, name: &str) -> io::Result<(Listener, Address)> {
    let listener = Listener::bind(address(folder, name))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

pub(crate) fn tcp(address: &Address) -> Option<SocketAddr> {
    Some(*address)
}

/// Never made.
#[cfg(feature = "async-socket")]
pub(crate) type AsyncStream = tokio::net::TcpStream;

#[cfg(feature = "async-socket")]
pub(crate) async fn connect(_: &Path) -> io::Result<AsyncStream> {
    Err(io::ErrorKind::Unsupported.into())
}

// ---- users: nobody to run as but ourselves

pub(crate) fn effective_id() -> Option<u32> {
    None
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {}

impl User {
    pub(crate) fn unprivileged(_: &str) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn run(self, _: &mut Command) {
        match self {}
    }

    pub(crate) fn give(self, _: &Path) -> io::Result<()> {
        match self {}
    }
}
