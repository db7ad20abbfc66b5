//! Large steps wait for their window, if what is left of it is long enough for them, and for a quiet database. Rows that are
//! written in batches can stop at any time, and go by windows of their own (`backfill/board.rs`).

use std::time::Duration;

use jiff::Timestamp;
use segue_db::ServerError;
use segue_plan::{Action, Step};
use segue_project::{Fit, Quiet};
use segue_sql::Problem;

use super::{carry::Carrier, course::plan_step};
use crate::{Busy, Event, Failure, Hold, Options, activity::ActivityWatch};

/// How often it is looked whether the window is open: the server's clock counts.
const LOOK: Duration = Duration::from_secs(20);

/// How often it is looked how busy the database is.
const QUIET_LOOK: Duration = Duration::from_secs(2);

/// How many transactions such a look is, with that at the clock.
const OF_LOOK: u64 = 2;

/// What the server's clock says, in microseconds since 1970.
const CLOCK: &str = "SELECT (1000000 * extract(epoch FROM pg_catalog.clock_timestamp()))::bigint";

/// Refuses steps that no window is long enough for, before anything of them is begun.
pub(crate) fn refuse_never(steps: &[Step], options: &Options) -> Result<(), Failure> {
    let now = Timestamp::now();
    let never = steps.iter().find_map(|step| {
        let time = length(step, options)?;
        (options.windows.fit(now, time) == Fit::Never).then_some((step, time))
    });
    match never {
        Some((step, time)) => Err(too_long(step, time, options, "nothing was begun")),
        None => Ok(()),
    }
}

impl Carrier<'_, '_> {
    /// Waits until a step may begin; other deploys may work meanwhile.
    pub(super) async fn window(&mut self, number: usize) -> Result<(), Failure> {
        let step = plan_step(self.plan, number);
        let Some(time) = length(step, self.options) else {
            return Ok(());
        };
        let mut told: Option<Hold> = None;
        loop {
            let now = self.server_time().await?;
            let (hold, pause) = match self.options.windows.fit(now, time) {
                Fit::Never => return Err(too_long(step, time, self.options, BEGUN)),
                Fit::At(opening) => {
                    let until = opening.at.duration_since(now).unsigned_abs();
                    (Some(Hold::Closed(opening)), until.min(LOOK))
                }
                Fit::Now => (self.busy().await?.map(Hold::Busy), QUIET_LOOK),
            };
            let Some(hold) = hold else {
                if told.take().is_none() {
                    return Ok(());
                }
                // another deploy may have taken so long that it is closed again
                self.take_turn().await?;
                continue;
            };
            if told.is_none() {
                self.let_others().await?;
            }
            if !told.as_ref().is_some_and(|told| told.is_like(&hold)) {
                self.tell_wait(number, hold.clone());
            }
            told = Some(hold);
            self.run.interrupt.sleep(pause).await;
            self.run.interrupt.refuses()?;
        }
    }

    fn tell_wait(&mut self, number: usize, hold: Hold) {
        let title = plan_step(self.plan, number).title.clone();
        self.tell_of(number, |phase, number, of| Event::StepWaits {
            phase,
            number,
            of,
            title,
            hold,
        });
    }

    /// Why the database is not quiet, where it has to be.
    async fn busy(&mut self) -> Result<Option<Busy>, Failure> {
        let Some(quiet) = self.options.quiet else {
            return Ok(None);
        };
        // the tables are ours, whatever role the session has
        let begin = format!("BEGIN; {}", self.run.settings.be_ourselves_locally());
        self.run.session.execute(&begin).await?;
        let looked = self.looked(quiet).await;
        match &looked {
            Ok(_) => self.run.session.execute("COMMIT").await?,
            Err(error) if error.ends_connection() => {}
            Err(_) => self.run.session.execute("ROLLBACK").await?,
        }
        Ok(looked?)
    }

    async fn looked(&mut self, quiet: Quiet) -> Result<Option<Busy>, ServerError> {
        let session = &*self.run.session;
        let (mut activity, own) = match self.activity.take() {
            Some((activity, own)) => (activity, own),
            None => (ActivityWatch::begin(session, quiet).await?, 0),
        };
        let own = own + OF_LOOK;
        let busy = activity.look(session, own).await?;
        self.activity = Some((activity, own));
        Ok(busy)
    }

    async fn server_time(&mut self) -> Result<Timestamp, Failure> {
        let rows = self.run.session.rows(CLOCK).await?;
        let time = rows.into_iter().flatten().flatten().next();
        let time = time.and_then(|time| time.parse().ok());
        let time = time.and_then(|time| Timestamp::from_microsecond(time).ok());
        Ok(time.unwrap_or_else(Timestamp::now))
    }
}

/// How long a step is likely to take, if it is large: longer than the policy lets others wait. Of what is built outside of a
/// transaction and of which nothing is known it is not known either: it waits for a window, however short that is.
fn length(step: &Step, options: &Options) -> Option<Duration> {
    if options.windows.are_any_time() && options.quiet.is_none() {
        return None;
    }
    let most = step.estimate.map(|estimate| estimate.most);
    match &step.action {
        Action::Batches(_) | Action::Transform(_) => None,
        Action::Alone(_) if most.is_none() => Some(Duration::ZERO),
        Action::Alone(_) | Action::Transaction(_) => {
            most.filter(|most| *most > options.policy.longest_blocking)
        }
    }
}

/// What is done where a step is refused on the way.
const BEGUN: &str = "nothing of this step was begun; the steps before it are done";

fn too_long(step: &Step, time: Duration, options: &Options, so_far: &str) -> Failure {
    let mut problem = Problem::new(format!(
        "`{}` is likely to take up to {} min, and none of the time windows is that long",
        step.title,
        time.as_secs().div_ceil(60)
    ))
    .note(so_far)
    .help("make a window of `windows.large` in segue.toml longer, or `large = []` for this deploy, and run the same command again");
    problem.place.clone_from(&options.windows_place);
    Failure::refused(problem)
}
