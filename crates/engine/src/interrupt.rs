//! The user's wish to stop, seen by whatever is running.

use std::future::Future;

use tokio::sync::watch;

use crate::Failure;

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

impl Default for Interrupt {
    /// One that never comes.
    fn default() -> Self {
        Self::never()
    }
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

    /// What some work comes to. The work is dropped where it is once the interrupt comes: it must not leave behind what
    /// only its end would remove.
    ///
    /// # Errors
    /// Those of the work; that the user wants to stop.
    pub async fn may_stop<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.comes() => Err(Failure::interrupted()),
            done = work => done,
        }
    }

    /// Nothing, unless it has come: for what cannot be dropped on the way.
    ///
    /// # Errors
    /// That the user wants to stop.
    pub fn refuses(&self) -> Result<(), Failure> {
        match self.has_come() {
            true => Err(Failure::interrupted()),
            false => Ok(()),
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
