//! What comes before a statement that has to wait for a contract: a plan of its own.

use segue_sql::Problem;

use crate::{Barrier, Plan, Script};

/// The plan of what comes before a barrier, by itself: nothing in it is to count on what comes behind.
pub(super) fn up_to(
    barrier: Barrier,
    scripts: &[Script],
    plan: impl FnOnce(&[Script]) -> Result<Plan, Vec<Problem>>,
) -> Result<Plan, Vec<Problem>> {
    let mut planned = plan(&scripts[..barrier.second.migration])?;
    match &mut planned.barrier {
        Some(earlier) => earlier.left.extend(barrier.left),
        none => *none = Some(barrier),
    }
    Ok(planned)
}
