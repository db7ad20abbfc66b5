//! The user's wish to stop, seen by whatever is running.

use tokio::sync::watch;

/// Tells whether the user wants to stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Interrupt {
    wanted: watch::Receiver<bool>,
}

/// An interrupt, and what sets it off: send `true`.
pub fn interrupt() -> (watch::Sender<bool>, Interrupt) {
    let (sender, wanted) = watch::channel(false);
    (sender, Interrupt { wanted })
}

impl Interrupt {
    /// One that never comes.
    pub fn never() -> Self {
        interrupt().1
    }

    /// Whether it has come.
    pub fn has_come(&self) -> bool {
        *self.wanted.borrow()
    }

    /// Waits until it comes.
    pub async fn comes(&self) {
        let mut wanted = self.wanted.clone();
        if wanted.wait_for(|wanted| *wanted).await.is_err() {
            // Nobody is left to send it: it never comes.
            std::future::pending::<()>().await;
        }
    }

    /// Sleeps, but no longer than until it comes.
    pub async fn sleep(&self, time: std::time::Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.comes() => {}
        }
    }
}
