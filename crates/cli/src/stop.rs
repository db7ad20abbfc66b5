//! Ctrl-C and SIGTERM: the first one asks the command to stop cleanly, the second one ends the process.

use std::thread;

use segue::Interrupt;
use segue_host::signal::{self, Signal, Stops};
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
        Stops::listen()
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

/// The signals as they come.
pub(crate) type Wishes = mpsc::UnboundedReceiver<Signal>;

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
            Stops::listen()
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

/// Passes a signal on to a child, unless it was waited for.
pub(crate) fn pass_on(child: Option<u32>, wish: Signal) {
    if let Some(child) = child {
        // Where there are no signals, a console passes its own on.
        let _ = signal::send(child, wish);
    }
}
