//! Where a table is cut into parts for several workers, and about how many rows there are.

use std::time::Duration;

use super::{
    super::{batch::joined, stop::Stop},
    Passing, page,
};
use crate::Failure;

/// How many rows are read to find out how a large table is cut.
const SAMPLE: f64 = 50_000.0;
/// How long rows are counted for, so that it can be told how many are left.
const COUNTING: Duration = Duration::from_secs(2);

impl Passing<'_, '_> {
    /// The values of the key's first column that cut the table into as many parts as there are workers, of about the same size.
    pub(super) async fn edges(&mut self) -> Result<Vec<String>, Failure> {
        let workers = self.crew.pids.len();
        if workers < 2 {
            return Ok(Vec::new());
        }
        let size = self.ask(&self.transform.size()).await?;
        let rows: f64 = size
            .first()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0);
        // a sample says enough, and to read all rows of a large table would take long
        let share = (rows > 4.0 * SAMPLE).then(|| SAMPLE / rows);
        let mut edges = self.ask(&self.transform.edges(workers, share)).await?;
        edges.dedup();
        Ok(edges)
    }

    /// About how many rows are to be done, for people: counted where that is quick, since the planner knows nothing of a new column
    /// and takes it for filled (`DEFAULT_UNK_SEL` in selfuncs.h).
    pub(super) async fn estimate(&mut self) -> Result<u64, Failure> {
        match self.ask_for(&self.transform.count(), COUNTING).await {
            Ok(counted) => {
                let counted = counted.first().and_then(|text| text.parse().ok());
                return Ok(counted.unwrap_or(0));
            }
            Err(Stop::Server(error)) if error.is_cancelled() => {}
            Err(stop) => return Err(self.failure(stop)),
        }
        let explained = self.ask(&self.transform.estimate()).await?;
        let rows = explained.first().and_then(|text| {
            let plan: serde_json::Value = serde_json::from_str(text).ok()?;
            plan.pointer("/0/Plan/Plan Rows")?.as_f64()
        });
        Ok(rows.map_or(0, |rows| rows as u64))
    }

    /// The values that a query gives under the settings of the step.
    ///
    /// `&mut` although nothing changes: a shared reference would keep the future from moving between threads.
    async fn ask(&mut self, query: &str) -> Result<Vec<String>, Failure> {
        let asked = self.ask_for(query, Duration::ZERO).await;
        asked.map_err(|stop| self.failure(stop))
    }

    /// The same for so long; zero: without end.
    async fn ask_for(&mut self, query: &str, longest: Duration) -> Result<Vec<String>, Stop> {
        let mut script = vec![
            "BEGIN READ ONLY".to_owned(),
            format!("SET LOCAL statement_timeout = {}", longest.as_millis()),
        ];
        script.extend(self.step.settings_of_transaction());
        script.push(query.to_owned());
        script.push("COMMIT".to_owned());
        let rows = page::ask(self.session, self.board, &joined(&script)).await?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }
}
