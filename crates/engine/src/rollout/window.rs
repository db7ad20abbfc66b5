//! Large steps wait for their window, if what is left of it is long enough for them. Rows that are written in batches can stop at
//! any time, and go by windows of their own (`backfill/board.rs`).

use std::time::Duration;

use jiff::Timestamp;
use segue_plan::{Action, Step};
use segue_project::{Fit, Opening};
use segue_sql::Problem;

use super::{carry::Carrier, course::plan_step};
use crate::{Event, Failure};

/// How often it is looked whether the window is open: the server's clock counts.
const LOOK: Duration = Duration::from_secs(20);

/// What the server's clock says, in microseconds since 1970.
const CLOCK: &str = "SELECT (1000000 * extract(epoch FROM pg_catalog.clock_timestamp()))::bigint";

impl Carrier<'_, '_> {
    /// Waits until a step may begin; other deploys may work meanwhile.
    pub(super) async fn window(&mut self, number: usize) -> Result<(), Failure> {
        let step = plan_step(self.plan, number);
        let Some(time) = self.length(step) else {
            return Ok(());
        };
        let mut told = None;
        loop {
            let now = self.server_time().await?;
            let opening = match self.options.windows.fit(now, time) {
                Fit::Now if told.take().is_none() => return Ok(()),
                // another deploy may have taken so long that it is closed again
                Fit::Now => {
                    self.take_turn().await?;
                    continue;
                }
                Fit::Never => return Err(too_long(step, time)),
                Fit::At(opening) => opening,
            };
            if told.is_none() {
                self.let_others().await?;
            }
            if told.as_ref() != Some(&opening) {
                self.tell_window(number, opening.clone());
            }
            let until = opening.at.duration_since(now).unsigned_abs();
            told = Some(opening);
            self.run.interrupt.sleep(until.min(LOOK)).await;
            self.run.interrupt.refuses()?;
        }
    }

    fn tell_window(&mut self, number: usize, until: Opening) {
        let title = plan_step(self.plan, number).title.clone();
        self.tell_of(number, |phase, number, of| Event::StepWaits {
            phase,
            number,
            of,
            title,
            until,
        });
    }

    /// How long a step is likely to take, if it is large: longer than the policy lets others wait. Of what is built outside of a
    /// transaction and of which nothing is known it is not known either: it waits for a window, however short that is.
    fn length(&self, step: &Step) -> Option<Duration> {
        if self.options.windows.are_any_time() {
            return None;
        }
        let most = step.estimate.map(|estimate| estimate.most);
        match &step.action {
            Action::Batches(_) | Action::Transform(_) => None,
            Action::Alone(_) if most.is_none() => Some(Duration::ZERO),
            Action::Alone(_) | Action::Transaction(_) => {
                most.filter(|most| *most > self.options.policy.longest_blocking)
            }
        }
    }

    async fn server_time(&mut self) -> Result<Timestamp, Failure> {
        let rows = self.run.session.rows(CLOCK).await?;
        let time = rows.into_iter().flatten().flatten().next();
        let time = time.and_then(|time| time.parse().ok());
        let time = time.and_then(|time| Timestamp::from_microsecond(time).ok());
        Ok(time.unwrap_or_else(Timestamp::now))
    }
}

fn too_long(step: &Step, time: Duration) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "`{}` is likely to take up to {} min, and none of the time windows is that long",
            step.title,
            time.as_secs().div_ceil(60)
        ))
        .note("nothing of this step was begun; the steps before it are done")
        .help("make a window of `windows.large` in segue.toml longer, or `large = []` for this deploy, and run the same command again"),
    )
}
