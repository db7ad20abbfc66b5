//! Partitions that have come to a table since its plan was made: a loader attaches them with rows that no trigger has seen.

use segue_catalog::QName;
use segue_db::{own::batches, postgres::partitions};
use segue_plan::Batches;

use super::carry::Carrier;
use crate::{Failure, Pace, prepare::in_transaction};

impl Carrier<'_, '_> {
    /// Writes, or compares, the rows of the partitions beside those that have steps of their own, one partition after the other.
    pub(super) async fn rows_of_others(
        &mut self,
        number: usize,
        batches: &Batches,
        known: &[QName],
        pace: &Pace,
    ) -> Result<(), Failure> {
        let table = batches.table.to_string();
        let all = partitions::holding_rows(self.run.session, &table).await?;
        let all = all
            .iter()
            .map(|(schema, name)| QName::new(schema.as_str(), name.as_str()));
        for partition in all.filter(|one| !known.contains(one)) {
            // what is reached in one of them says nothing of the next
            let forget = batches::begin(self.rollout, number, &[]);
            let be_ourselves = self.run.settings.be_ourselves_locally();
            in_transaction(self.run.session, vec![be_ourselves, forget]).await?;
            let batches = batches.of_partition(&partition);
            self.rows_of(number, &batches, pace).await?;
        }
        Ok(())
    }
}
