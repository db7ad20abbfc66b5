//! Rows that are put back, and what was kept of them.

use segue_db::own::{
    batches,
    rollouts::{StepRecord, StepState},
};
use segue_plan::Step;

use super::{carry::Carrier, records::record, told};
use crate::{Event, Failure};

impl Carrier<'_, '_> {
    /// Records that rows are being put back in batches, from the first on, if that is not recorded yet.
    pub(super) async fn begin_back(&mut self, number: usize, part: usize) -> Result<(), Failure> {
        let undoing = record(number, StepState::Undoing, part);
        if self.journal.of(number) == Some(undoing) {
            return Ok(());
        }
        // how far the step itself has come
        let forget = batches::begin(self.rollout, number, &[]);
        self.note_with(undoing, vec![forget]).await
    }

    /// A step is taken back. What was kept of its rows goes, unless some of them hold something else by now: those are told, and
    /// what they were stays to be looked at.
    pub(super) async fn put_back(&mut self, step: &Step, after: StepRecord) -> Result<(), Failure> {
        let Some(keep) = &step.keep else {
            return self.note(after).await;
        };
        let rows = match self.run.session.rows(&keep.others).await {
            Err(error) if self.may_leave_out(&keep.others, &error) => {
                vec![vec![Some(error.to_string())]]
            }
            rows => rows?,
        };
        let rows: Vec<String> = rows.into_iter().flatten().flatten().collect();
        if rows.is_empty() {
            return self.note_with(after, vec![keep.drop()]).await;
        }
        let left = format!("left_{}_{}", self.rollout, after.step + 1);
        let rename = keep.tables().enumerate().map(|(number, kept)| {
            let behind = match number {
                0 => String::new(),
                _ => format!("_{}", number + 1),
            };
            // somebody may have dropped it
            format!("ALTER TABLE IF EXISTS {kept} RENAME TO {left}{behind}")
        });
        self.note_with(after, rename.collect()).await?;
        let notice = told::not_put_back(step, &rows, &left);
        (self.run.events)(Event::Notice(notice));
        Ok(())
    }
}
