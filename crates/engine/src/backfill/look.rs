//! A look at what people want of the plan, how far replicas are behind, and how the app's statements fare.

use std::time::Duration;

use segue_catalog::QName;
use segue_db::{
    ServerError, Session,
    own::batches,
    postgres::{company, replication},
};

use super::{
    Board, Hold,
    hold::worst,
    slowdown::{AppWatch, Found},
};
use crate::{Event, Settings, activity::ActivityWatch};

/// How often.
pub(super) const EVERY: Duration = Duration::from_secs(1);

/// What is looked after: the plan and the table, and how sessions are set.
#[derive(Clone, Copy)]
pub(super) struct Watched<'a> {
    pub(super) rollout: i64,
    pub(super) table: &'a QName,
    pub(super) settings: &'a Settings,
}

/// Looks, and writes it on the board.
pub(super) async fn look(
    session: &Session,
    watched: &Watched<'_>,
    board: &Board<'_>,
) -> Result<(), ServerError> {
    // the session may have the role of the step
    let begin = format!("BEGIN; {}", watched.settings.be_ourselves_locally());
    session.execute(&begin).await?;
    let seen = seen(session, watched, board).await;
    if let Some(notice) = board.clocks_differ() {
        board.tell(Event::Notice(notice));
    }
    let looked = match seen {
        Ok(()) => keep_waits(session, watched, board).await,
        error => error,
    };
    let end = if looked.is_ok() { "COMMIT" } else { "ROLLBACK" };
    session.execute(end).await?;
    looked
}

/// Keeps why the rows wait, for whoever looks from elsewhere.
async fn keep_waits(
    session: &Session,
    watched: &Watched<'_>,
    board: &Board<'_>,
) -> Result<(), ServerError> {
    let why = board.hold().filter(|hold| *hold != Hold::InTheWay);
    let why = why.map(|hold| hold.to_string());
    if !board.keeps_waits(why.as_deref()) {
        return Ok(());
    }
    session
        .execute(&batches::keep_waits(watched.rollout, why.as_deref()))
        .await
}

async fn seen(
    session: &Session,
    watched: &Watched<'_>,
    board: &Board<'_>,
) -> Result<(), ServerError> {
    let controls = batches::controls(session, watched.rollout).await?;
    board.sees(company::look(session).await?);
    look_at_activity(session, board).await?;
    look_at_app(session, watched, board).await?;
    let is_limited = board.pace.max_lag.is_some() || board.pace.max_lag_bytes.is_some();
    if !is_limited || board.is_blind() {
        board.looked(controls, None);
        return Ok(());
    }
    session.execute("SAVEPOINT segue_lag").await?;
    let lags = match replication::lags(session).await {
        Ok(lags) => lags,
        Err(error) if error.ends_connection() => return Err(error),
        Err(error) => {
            session.execute("ROLLBACK TO segue_lag").await?;
            board.blind();
            let notice = format!(
                "warning: replicas are not waited for: how far they are cannot be seen: {error}"
            );
            board.tell(Event::Notice(notice));
            board.looked(controls, None);
            return Ok(());
        }
    };
    if lags.hidden > 0 && board.tells_hidden() {
        let notice = format!(
            "warning: {} of the server's replicas are not waited for: this user may not see how far they are; \
             GRANT pg_read_all_stats to it",
            lags.hidden
        );
        board.tell(Event::Notice(notice));
    }
    board.looked(controls, worst(&lags, board.pace));
    Ok(())
}

/// Looks how busy the database is, where that is of interest.
async fn look_at_activity(session: &Session, board: &Board<'_>) -> Result<(), ServerError> {
    let Some(quiet) = board.pace.quiet else {
        return Ok(());
    };
    let (activity, own) = board.activity();
    let mut activity = match activity {
        Some(activity) => activity,
        None => Box::new(ActivityWatch::begin(session, quiet).await?),
    };
    let busy = activity.look(session, own).await?;
    board.watches_activity(activity, busy);
    Ok(())
}

/// Looks how the app's statements fare, as far as that may be seen.
async fn look_at_app(
    session: &Session,
    watched: &Watched<'_>,
    board: &Board<'_>,
) -> Result<(), ServerError> {
    let mut app = board.app();
    if app.is_none() && !board.seeks_app() {
        return Ok(());
    }
    session.execute("SAVEPOINT segue_app").await?;
    match slowdown(session, watched, board, &mut app).await {
        Ok(slowdown) => board.watches_app(app, slowdown),
        Err(error) if error.ends_connection() => {
            board.watches_app(app, None);
            return Err(error);
        }
        Err(error) => {
            session.execute("ROLLBACK TO segue_app").await?;
            board.watches_app(None, None);
            board.tell(Event::Notice(format!(
                "warning: the app's statements are not looked at: {error}"
            )));
        }
    }
    Ok(())
}

async fn slowdown(
    session: &Session,
    watched: &Watched<'_>,
    board: &Board<'_>,
    app: &mut Option<Box<AppWatch>>,
) -> Result<Option<f64>, ServerError> {
    if app.is_none() {
        match AppWatch::begin(session, watched.rollout).await? {
            Found::Watch(watch) => *app = Some(watch),
            Found::Hidden(many) => board.tell(Event::Notice(hidden(many))),
            Found::Nothing => {}
        }
    }
    match app {
        Some(watch) => watch.look(session).await,
        None => Ok(None),
    }
}

fn hidden(many: u64) -> String {
    format!(
        "warning: whether the app's statements take longer is not looked at: {many} of them are hidden from this user; \
         GRANT pg_read_all_stats to it"
    )
}
