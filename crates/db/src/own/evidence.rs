//! What is kept of the statements that run around a plan: how the app's fared before it was begun; how often they had been called
//! when its first phase was done, and why somebody went on although they still ran. Kept among the settings, by the number of the plan.

use crate::{ServerError, Session, literal};

/// How often statements had been called when the first phase was done, as JSON; none where it was not kept.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn calls(session: &Session, rollout: i64) -> Result<Option<String>, ServerError> {
    value(session, &format!("calls of plan {rollout}")).await
}

/// Keeps that.
pub fn keep_calls(rollout: i64, calls: &str) -> String {
    keep(&format!("calls of plan {rollout}"), calls)
}

/// How the app's statements fared before the plan was begun, as JSON; none where it was not kept.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn app_before(session: &Session, rollout: i64) -> Result<Option<String>, ServerError> {
    value(session, &format!("app before plan {rollout}")).await
}

/// Keeps that.
pub fn keep_app_before(rollout: i64, app: &str) -> String {
    keep(&format!("app before plan {rollout}"), app)
}

/// Keeps why somebody went on.
pub fn keep_reason(rollout: i64, reason: &str) -> String {
    keep(&format!("contract of plan {rollout} forced"), reason)
}

fn keep(name: &str, value: &str) -> String {
    format!(
        "INSERT INTO segue.settings VALUES ({}, {}) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        literal(name),
        literal(value)
    )
}

async fn value(session: &Session, name: &str) -> Result<Option<String>, ServerError> {
    let sql = format!(
        "SELECT value FROM segue.settings WHERE name = {}",
        literal(name)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// Forgets what was kept of the statements around plans that have ended.
pub const FORGET_ENDED: &str = "DELETE FROM segue.settings WHERE name IN (SELECT kind || id \
     FROM segue.rollouts, (VALUES ('calls of plan '), ('app before plan ')) kinds (kind) WHERE ended_at IS NOT NULL)";
