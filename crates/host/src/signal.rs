//! Signals: processes that are asked to stop, or made to; and what asks us.

use std::{io, process::ExitStatus};

use crate::system;

/// What a process is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: what Ctrl-C sends.
    Interrupt,
    /// SIGTERM: to end in good order.
    Terminate,
    /// SIGQUIT: to end at once.
    Quit,
    /// SIGKILL: it is ended, and does not hear of it.
    Kill,
}

/// Sends a signal to a child that has not been waited for: until then its number is its own.
///
/// # Errors
/// What the system says; that it has no signals ([`io::ErrorKind::Unsupported`]); a number that means more than one process to it.
pub fn send(child: u32, signal: Signal) -> io::Result<()> {
    system::send(child, signal)
}

/// Sends a signal to all of a group of processes, whose leader is a child that has not been waited for: see
/// [`process::lead_group`](crate::process::lead_group).
///
/// # Errors
/// As for [`send`].
pub fn send_to_group(leader: u32, signal: Signal) -> io::Result<()> {
    system::send_to_group(leader, signal)
}

/// The number of the signal that ended a process; none where it ended by itself, and where there are no signals.
#[must_use]
pub fn that_ended(status: ExitStatus) -> Option<i32> {
    system::signal_that_ended(status)
}

/// What asks this process to stop, as it comes: SIGINT and SIGTERM, elsewhere than on Unix Ctrl-C. As long as the process lives,
/// neither ends it any more once this was made.
#[cfg(feature = "stop-signals")]
#[derive(Debug)]
pub struct Stops(system::Stops);

#[cfg(feature = "stop-signals")]
impl Stops {
    /// Listens from now on. A signal that cannot be listened for ends the process, as ever.
    ///
    /// # Panics
    /// Outside of a tokio runtime that does input and output.
    #[must_use]
    pub fn listen() -> Self {
        Self(system::Stops::listen())
    }

    /// The next one: [`Signal::Interrupt`] or [`Signal::Terminate`].
    pub async fn next(&mut self) -> Signal {
        self.0.next().await
    }
}
