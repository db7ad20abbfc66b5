//! Ctrl-C and SIGTERM: the first one asks the deploy to stop cleanly, the second one ends the process.
//! The only file of the command line with calls that depend on the system.

use segue::Interrupt;

use crate::exit;

/// Listens for the signals from now on.
pub(crate) fn on_signal() -> Interrupt {
    let (sender, interrupt) = segue::interrupt();
    tokio::spawn(async move {
        signal().await;
        let _ = sender.send(true);
        signal().await;
        std::process::exit(i32::from(exit::INTERRUPTED));
    });
    interrupt
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
