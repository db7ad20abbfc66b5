//! Ctrl-C and SIGTERM: the first one asks the deploy to stop cleanly, the second one ends the process.
//! The only file of the command line with calls that depend on the system.

use segue::Interrupt;

use crate::exit;

/// Listens for the signals from now on.
pub(crate) fn on_signal() -> Interrupt {
    let (sender, interrupt) = segue::interrupt();
    // Not in the task: a signal that comes before the task has run would end the process.
    let mut signals = Signals::listen();
    tokio::spawn(async move {
        signals.next().await;
        let _ = sender.send(true);
        signals.next().await;
        std::process::exit(i32::from(exit::INTERRUPTED));
    });
    interrupt
}

/// What asks the process to stop; `None` where it cannot be listened for.
#[cfg(unix)]
struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            () = one(&mut self.interrupt) => {}
            () = one(&mut self.terminate) => {}
        }
    }
}

#[cfg(unix)]
async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
