//! Ctrl-C and SIGTERM: the first one asks the command to stop cleanly, the second one ends the process.
//! The only file of the command line with calls that depend on the system.

use std::thread;

use segue::Interrupt;

use crate::exit;

/// Listens for the signals from now on.
pub(crate) fn on_signal() -> Interrupt {
    let (sender, interrupt) = segue::interrupt();
    // On a thread of its own: the one of the command may be waiting for an answer in the terminal.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    // Where it cannot be listened for them, signals end the process.
    let Ok(runtime) = runtime else {
        return interrupt;
    };
    // Not on the thread: a signal that comes before that has run would end the process.
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen()
    };
    thread::spawn(move || {
        runtime.block_on(async move {
            signals.next().await;
            let _ = sender.send(true);
            signals.next().await;
            std::process::exit(i32::from(exit::INTERRUPTED));
        });
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
