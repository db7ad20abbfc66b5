//! How long a step is likely to take.

use std::time::Duration;

use crate::{Effect, Estimate, Facts, cost::bytes_per_second};

/// What a row takes with its part of the indexes, where only the number of rows is known.
const BYTES_PER_ROW: u64 = 200;
/// The rates are those of a server with other things to do, about a third of what an idle one does (`cost/estimate.rs`).
const IDLE: u32 = 3;
/// Caches are cold, and others write at the same time.
const BUSY: u32 = 3;

/// How long the work over tables of known size takes; none where there is none, or a size is not known.
pub(super) fn of(effect: &Effect, facts: &Facts) -> Option<Estimate> {
    if effect.work.is_empty() {
        return None;
    }
    let times = effect.work.iter().map(|work| {
        let table = facts.tables.get(&work.table)?;
        let bytes = table.bytes.or_else(|| Some(table.rows? * BYTES_PER_ROW))?;
        let milliseconds = bytes.saturating_mul(1000) / bytes_per_second(work.kind);
        Some(Duration::from_millis(milliseconds))
    });
    let time: Duration = times.sum::<Option<Duration>>()?;
    Some(Estimate {
        least: time / IDLE,
        most: time * BUSY,
    })
}
