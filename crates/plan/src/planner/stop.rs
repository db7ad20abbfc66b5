//! What ends planning early.

use segue_sql::Problem;

use super::running::Refused;
use crate::Served;

/// What can come of a statement beside its steps.
pub(crate) enum Stop {
    /// It cannot be planned: the reason, without a place.
    Refused(Problem),
    /// The model refuses a step: perhaps since an earlier statement could not be planned.
    Model(Problem),
    /// It needs what the statement put off to contract: the deploy ends before it.
    Barrier { first: Served, why: String },
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Refused> for Stop {
    /// What the model refuses of a step.
    fn from(refused: Refused) -> Self {
        Self::Model(
            Problem::new(refused.problem.message)
                .note(format!("it would run: {}", refused.statement))
                .help(DIRECT),
        )
    }
}

/// What is left where nothing else helps.
pub(crate) const DIRECT: &str =
    "write it in another way, or deploy while no app is running: --strategy direct";

/// Why there is no plan.
pub(super) struct Unplanned {
    pub(super) problems: Vec<Problem>,
    /// Whether it is the model that refuses a step, or finds it where it should not lead: no recipe knows that it cannot be done.
    pub(super) by_model: bool,
}

impl From<Vec<Problem>> for Unplanned {
    fn from(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            by_model: false,
        }
    }
}
