//! What is kept of the statements that run while a plan waits for its second phase: how often they had been called when the first
//! one was done, and why somebody went on although they still ran. Kept among the settings, by the number of the plan.

use crate::{ServerError, Session, literal};

/// How often statements had been called when the first phase was done, as JSON; none where it was not kept.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn calls(session: &Session, rollout: i64) -> Result<Option<String>, ServerError> {
    let rows = session
        .rows(&format!(
            "SELECT value FROM segue.settings WHERE name = 'calls of plan {rollout}'"
        ))
        .await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// Keeps that.
pub fn keep_calls(rollout: i64, calls: &str) -> String {
    keep(&format!("calls of plan {rollout}"), calls)
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

/// Forgets the calls of plans that have ended.
pub const FORGET_ENDED: &str = "DELETE FROM segue.settings WHERE name IN \
     (SELECT 'calls of plan ' || id FROM segue.rollouts WHERE ended_at IS NOT NULL)";
