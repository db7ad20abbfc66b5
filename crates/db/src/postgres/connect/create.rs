//! Creates the database that a target names.

use tokio_postgres::error::SqlState;

use super::{
    ConnectError, Connection, connect,
    error::{Failure, Rejection},
};
use crate::{postgres::url::Target, quote::identifier};

/// Databases that a server has before anybody creates one.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// Creates the target's database on its server; false if it is there already, also if somebody
/// else created it at the same time.
///
/// # Errors
/// The server cannot be reached, lets us into no maintenance database, or refuses to create one.
pub async fn create_database(target: &Target) -> Result<bool, ConnectError> {
    let connection = maintenance(target).await?;
    let name = identifier(target.database());
    let created = connection
        .client
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await;
    connection.close().await;
    match created {
        Ok(()) => Ok(true),
        // Of two at the same time the loser may also meet the index on the names (23505).
        Err(error) if is_there(error.code()) => Ok(false),
        Err(error) => Err(Failure::of(target, &error).error),
    }
}

fn is_there(code: Option<&SqlState>) -> bool {
    code == Some(&SqlState::DUPLICATE_DATABASE) || code == Some(&SqlState::UNIQUE_VIOLATION)
}

async fn maintenance(target: &Target) -> Result<Connection, ConnectError> {
    let [first, second] = MAINTENANCE;
    let error = match connect(&target.with_database(first), None, &mut |_| {}).await {
        Ok(connection) => return Ok(connection),
        Err(error) => error,
    };
    // It may have been dropped, or be closed to us.
    let may_other = match &error {
        ConnectError::MissingDatabase { .. } | ConnectError::Refused { .. } => true,
        ConnectError::Authentication { rejection, .. } => {
            matches!(rejection, Rejection::Server { code, .. } if code == "28000")
        }
        _ => false,
    };
    if !may_other {
        return Err(error);
    }
    let other = connect(&target.with_database(second), None, &mut |_| {}).await;
    other.map_err(|_| error)
}
