//! Words from another terminal to a plan that is carried out: rows are left alone until further notice, or written more slowly.

use segue_db::own::batches;
use segue_sql::Problem;

use super::Underway;
use crate::{Failure, Request, history, prepare::in_transaction};

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steering {
    /// Leave rows alone.
    Pause,
    /// Go on with them.
    Resume,
    /// Write so many rows a second at most; none: as fast as the database bears.
    Throttle(Option<u64>),
}

/// Tells the plans that are under way; gives the names of their migrations. No lock is taken: the deploy has it.
///
/// # Errors
/// That there is none; what the server refused.
pub async fn steer(mut request: Request<'_>, wish: Steering) -> Result<String, Failure> {
    let facts = request.facts().await?;
    let Request {
        session,
        project,
        options,
        ..
    } = request;
    let opened = history::open(session, &facts, project, &options.place).await?;
    if opened.open.is_empty() {
        return Err(Failure::refused(
            Problem::new("no plan is under way on this database")
                .help("`segue status` shows where every migration stands"),
        ));
    }
    let statements = opened.open.iter().map(|underway| {
        let id = underway.kept.id;
        match wish {
            Steering::Pause => batches::keep_paused(id, true),
            Steering::Resume => batches::keep_paused(id, false),
            Steering::Throttle(rate) => batches::keep_max_rate(id, rate),
        }
    });
    in_transaction(session, statements.collect()).await?;
    let names: Vec<String> = opened.open.iter().map(Underway::names).collect();
    Ok(names.join(", "))
}
