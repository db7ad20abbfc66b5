//! Ctrl-C and SIGTERM: the first one asks the command to stop cleanly, the second one ends the process.
//! The only file of the command line with calls that depend on the system.

use std::{process::ExitStatus, thread};

use segue::Interrupt;
use tokio::sync::mpsc;

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

/// What asked us to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Ctrl-C, or SIGINT from elsewhere.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// The signals as they come.
pub(crate) type Wishes = mpsc::UnboundedReceiver<Wish>;

/// Listens for the signals from now on, for a command that has more to do after the first one than to end.
pub(crate) fn on_signals() -> (Interrupt, Wishes) {
    let (sender, interrupt) = segue::interrupt();
    let (tell, wishes) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    // Where it cannot be listened for them, signals end the process.
    if let Ok(runtime) = runtime {
        let mut signals = {
            let _inside = runtime.enter();
            Signals::listen()
        };
        thread::spawn(move || {
            runtime.block_on(async move {
                loop {
                    let wish = signals.next().await;
                    let _ = sender.send(true);
                    if tell.send(wish).is_err() {
                        // Nobody listens any more: what is left to do takes a moment.
                        std::process::exit(i32::from(exit::INTERRUPTED));
                    }
                }
            });
        });
    }
    (interrupt, wishes)
}

/// Passes a wish on to a child that has not been waited for.
#[cfg(unix)]
pub(crate) fn pass_on(child: Option<u32>, wish: Wish) {
    let signal = match wish {
        Wish::Interrupt => libc::SIGINT,
        Wish::Terminate => libc::SIGTERM,
    };
    if let Some(pid) = child.and_then(|id| libc::pid_t::try_from(id).ok()) {
        // SAFETY: plain numbers go in; the child is not waited for yet, so its number is still its own.
        unsafe { libc::kill(pid, signal) };
    }
}

/// A console passes its own on.
#[cfg(not(unix))]
pub(crate) fn pass_on(_: Option<u32>, _: Wish) {}

/// The signal that ended a process.
#[cfg(unix)]
pub(crate) fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// There are none.
#[cfg(not(unix))]
pub(crate) fn signal_of(_: ExitStatus) -> Option<i32> {
    None
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

    async fn next(&mut self) -> Wish {
        tokio::select! {
            () = one(&mut self.interrupt) => Wish::Interrupt,
            () = one(&mut self.terminate) => Wish::Terminate,
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

    async fn next(&mut self) -> Wish {
        let _ = tokio::signal::ctrl_c().await;
        Wish::Interrupt
    }
}
