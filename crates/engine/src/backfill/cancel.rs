//! Statements that can be asked to stop.

use std::{future::Future, time::Duration};

use segue_db::{ServerError, Session};

use crate::watch::Cancelling;

/// How often it is asked again: a request that comes between two statements has no effect.
const AGAIN: Duration = Duration::from_millis(25);

/// Waits for what statements of a session give. Once `unwanted` comes the server is asked to stop them; they may be done
/// by then.
pub(super) async fn until<T>(
    session: &Session,
    unwanted: impl Future<Output = ()>,
    work: impl Future<Output = Result<T, ServerError>>,
) -> Result<T, ServerError> {
    tokio::pin!(work, unwanted);
    let mut cancelling = Cancelling::default();
    let mut asked = false;
    loop {
        tokio::select! {
            biased;
            result = &mut work => {
                cancelling.arrive().await;
                return result;
            }
            () = &mut unwanted, if !asked => {
                asked = true;
                cancelling.send(session.canceller());
            }
            () = tokio::time::sleep(AGAIN), if asked => cancelling.send(session.canceller()),
        }
    }
}
