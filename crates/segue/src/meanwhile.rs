//! The migrations are read while the database opens: with a thousand of each, tables and files take the same time.

use std::{future::poll_fn, pin::pin, task::Poll};

use segue_engine::Failure;

use crate::doctor::Stage;

/// Begins to connect, does what is to be read meanwhile, and then waits for the connection. What is wrong with the
/// files is said first, as if they had been read first.
pub(crate) async fn meanwhile<L, R>(
    connecting: impl Future<Output = Result<L, Failure>>,
    read: impl FnOnce() -> Result<R, Failure>,
    stage: &mut Stage,
) -> Result<(L, R), Failure> {
    let mut connecting = pin!(connecting);
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
    use std::cell::Cell;

    use segue_sql::Problem;

    use super::*;

    fn failure(message: &str) -> Failure {
        Problem::new(message).into()
    }

    #[tokio::test]
    async fn the_connection_has_begun_when_the_files_are_read() {
        let begun = Cell::new(false);
        let connecting = async {
            begun.set(true);
            tokio::task::yield_now().await;
            Ok("link")
        };
        let mut stage = Stage::Migrations;
        let read = || Ok(begun.get());
        let both = meanwhile(connecting, read, &mut stage).await;
        assert_eq!(both.expect("both are there"), ("link", true));
        assert_eq!(stage, Stage::Connection);
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_files_is_said_before_what_is_wrong_with_the_connection() {
        let mut stage = Stage::Migrations;
        let connecting = async { Err::<(), _>(failure("no such host")) };
        let read = || Err::<(), _>(failure("no such file"));
        let failed = meanwhile(connecting, read, &mut stage).await;
        let failed = failed.expect_err("nothing works");
        assert_eq!(failed.problems[0].message, "no such file");
        assert_eq!(stage, Stage::Migrations);
    }
}
