//! What is planned at once: the statements of all migrations in parts, or of those before a barrier.

use segue_sql::Problem;

use super::{
    atoms::{self, Atoms},
    made_again,
};
use crate::{Barrier, Plan, Script, Strategy, run::Run};

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

/// The atoms of all migrations, and those of them that have nothing to do.
pub(super) fn cut(scripts: &[Script], strategy: Strategy) -> (Vec<Atoms>, Vec<(usize, usize)>) {
    let mut run = Run::default();
    let atoms = scripts.iter().enumerate().map(|(number, script)| {
        run.enter(None);
        atoms::of(number, script, &mut run)
    });
    let mut atoms: Vec<Atoms> = atoms.collect();
    let passed = match strategy {
        Strategy::Online => made_again::made_again(&mut atoms),
        Strategy::Direct => Vec::new(),
    };
    (atoms, passed)
}
