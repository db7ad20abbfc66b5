//! Sockets within this machine: Unix-domain sockets, which are files that only those reach who may enter their folder; elsewhere
//! TCP on 127.0.0.1, which every user of the machine reaches.

use std::{io, net::SocketAddr, path::Path};

use crate::system;

/// Takes connections.
pub type Listener = system::Listener;

/// A connection.
pub type Stream = system::Stream;

/// Where something listens: a path, or a port of 127.0.0.1. [`Stream`] connects to it.
pub type Address = system::Address;

/// The address of this name in a folder; any free port where sockets are no files.
#[must_use]
pub fn address(folder: &Path, name: &str) -> Address {
    system::address(folder, name)
}

/// Whether a path is short enough to be an address, on every system of the kind. Any is where sockets are no files.
#[must_use]
pub fn fits(path: &Path) -> bool {
    system::fits(path)
}

/// Listens at the address of this name, and says where that is. A file that a killed process has left there goes: whoever calls knows
/// that nobody listens.
///
/// # Errors
/// What the system says.
pub fn listen(folder: &Path, name: &str) -> io::Result<(Listener, Address)> {
    system::listen(folder, name)
}

/// The port and its address, where it is one of TCP.
#[must_use]
pub fn tcp(address: &Address) -> Option<SocketAddr> {
    system::tcp(address)
}

/// A connection within tokio.
#[cfg(feature = "async-socket")]
pub type AsyncStream = system::AsyncStream;

/// Connects to a Unix-domain socket, within a tokio runtime.
///
/// # Errors
/// What the system says; that it has no such sockets ([`io::ErrorKind::Unsupported`]).
#[cfg(feature = "async-socket")]
pub async fn connect(path: &Path) -> io::Result<AsyncStream> {
    system::connect(path).await
}
