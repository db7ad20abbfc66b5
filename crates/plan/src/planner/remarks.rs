//! What the apps may notice of a step, and what is known only once it is planned.

use super::planning::Planning;
use crate::{Action, Hazard};

impl Planning<'_> {
    /// Says of the last step what the apps may notice.
    pub(crate) fn remark(&mut self, message: String) {
        if let Some(step) = self.expand.last_mut() {
            step.hazards.push(Hazard {
                rule: None,
                message,
            });
        }
    }

    /// Says of the last step that writes rows what the apps may notice.
    pub(crate) fn remark_on_rows(&mut self, message: String) {
        let mut steps = self.expand.iter_mut().rev();
        if let Some(step) = steps.find(|step| matches!(step.action, Action::Batches(_))) {
            step.hazards.push(Hazard {
                rule: None,
                message,
            });
        }
    }
}
