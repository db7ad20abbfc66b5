//! What PostgreSQL's driver reports, as the rest of segue knows it.

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::{Refusal, ServerError, error::shortened};

/// The states that pass by themselves.
const PASSING: [&SqlState; 3] = [
    &SqlState::LOCK_NOT_AVAILABLE,
    &SqlState::T_R_DEADLOCK_DETECTED,
    &SqlState::T_R_SERIALIZATION_FAILURE,
];

pub(crate) fn server_error(error: &tokio_postgres::Error) -> ServerError {
    match error.as_db_error() {
        Some(db) => ServerError::Refused(Box::new(refusal(db))),
        None => ServerError::Lost(chain(error)),
    }
}

fn refusal(db: &DbError) -> Refusal {
    Refusal {
        code: db.code().code().to_owned(),
        message: shortened(db.message()),
        detail: db.detail().map(shortened),
        hint: db.hint().map(shortened),
        context: db.where_().map(shortened),
        constraint: db.constraint().map(str::to_owned),
        position: match db.position() {
            Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
            _ => None,
        },
        is_passing: PASSING.contains(&db.code()),
        is_cancelled: *db.code() == SqlState::QUERY_CANCELED,
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
