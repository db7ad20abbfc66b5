//! The migrations are read while the database opens: with a thousand of each, tables and files take the same time.

use std::{future::poll_fn, pin::Pin, task::Poll};

use segue_engine::Failure;

use crate::doctor::Stage;

/// A connection that is being made.
pub(crate) type Connecting<'a, L> = Pin<Box<dyn Future<Output = Result<L, Failure>> + Send + 'a>>;

/// Begins to connect, does what is to be read meanwhile, and then waits for the connection. What is wrong with the
/// files is said first, as if they had been read first.
pub(crate) async fn meanwhile<L, R>(
    mut connecting: Connecting<'_, L>,
    read: impl FnOnce() -> Result<R, Failure>,
    stage: &mut Stage,
) -> Result<(L, R), Failure> {
    let begun = poll_fn(|context| Poll::Ready(connecting.as_mut().poll(context))).await;
    let read = read()?;
    *stage = Stage::Connection;
    let link = match begun {
        Poll::Ready(link) => link,
        Poll::Pending => connecting.await,
    };
    Ok((link?, read))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use segue_sql::Problem;

    use super::*;

    fn failure(message: &str) -> Failure {
        Problem::new(message).into()
    }

    #[tokio::test]
    async fn the_connection_has_begun_when_the_files_are_read() {
        let begun = AtomicBool::new(false);
        let connecting = Box::pin(async {
            begun.store(true, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok("link")
        });
        let mut stage = Stage::Migrations;
        let read = || Ok(begun.load(Ordering::Relaxed));
        let both = meanwhile(connecting, read, &mut stage).await;
        assert_eq!(both.expect("both are there"), ("link", true));
        assert_eq!(stage, Stage::Connection);
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_files_is_said_before_what_is_wrong_with_the_connection() {
        let mut stage = Stage::Migrations;
        let connecting: Connecting<'_, ()> = Box::pin(async { Err(failure("no such host")) });
        let read = || Err::<(), _>(failure("no such file"));
        let failed = meanwhile(connecting, read, &mut stage).await;
        let failed = failed.expect_err("nothing works");
        assert_eq!(failed.problems[0].message, "no such file");
        assert_eq!(stage, Stage::Migrations);
    }
}
