//! Rows that go through a program and back: one step of a plan, on a database in use.
//!
//! In the order of a key, which no write moves: each row is read once, given to the program, and written in a transaction that
//! has how far the worker is. A row that an app has changed since it was read is another version, and is read again. Sessions,
//! parts, turns, the board and all that is waited for are those of batches (`backfill.rs`).
//!
//! | Question | File |
//! |---|---|
//! | How does a worker go through its part? | `transform/worker.rs`; where it is: `place.rs` |
//! | Where is the table cut into parts? | `edges.rs` |
//! | What is read, what is asked, and again? | `page.rs`, `asker.rs` |
//! | What does it go through? | `hands.rs`: a program (`program.rs`, `launch.rs`) or a function (`function.rs`) |
//! | What does that say? | `answer.rs` |
//! | How is it written, and what came of it? | `write.rs`, `lists.rs`, `chunk.rs`; where it is kept no more: `lapsed.rs` |
//! | What is told when it stops? | `told.rs` |

use std::path::Path;

use segue_db::{
    Session,
    own::{
        batches::{self, Checkpoint},
        quarantine::{self, Of},
    },
};
use segue_plan::{Declared, Step, Transform};
use segue_sql::Problem;
use tokio::sync::Notify;

use super::{
    Board, Crew, Pace, Stop, Teller,
    look::{self, Watched},
    parts,
    seat::Seat,
    shift::Shift,
};
use crate::{Event, Failure, Interrupt, Opener, Patience, Settings, prepare::in_transaction};

mod answer;
mod asker;
mod chunk;
mod edges;
mod function;
mod hands;
mod lapsed;
mod launch;
mod lists;
mod page;
mod place;
mod program;
mod told;
mod worker;
mod write;

pub use self::{
    function::{Function, Functions},
    hands::Runs,
};
use self::{
    hands::Hands,
    lapsed::{is_table, lapsed},
    launch::Launch,
    place::Place,
    worker::{Given, Worker},
};

/// How many rounds there may be where a condition says what is to be done. The second has what an app has made of it since; more
/// are for apps that make such rows all the time.
const MOST: u32 = 10;

/// Whether a program is not there, or may not be run; said before anything is begun. One without a folder in its name is looked for
/// in PATH.
pub(crate) fn program_problem(declared: &Declared, folder: &Path) -> Option<Problem> {
    let launch = Launch {
        declared,
        folder: folder.to_owned(),
    };
    let error = launch.missing()?;
    told::cannot_run(declared, &error)
        .problems
        .into_iter()
        .next()
}

/// What goes through a program, and how.
pub struct Passage<'a> {
    /// The plan, as in `segue.rollouts`. Its row, and that of the step in `segue.steps`, are there.
    pub rollout: i64,
    /// The number of the step in the plan, contract behind expand, from 0.
    pub number: usize,
    /// The step.
    pub step: &'a Step,
    /// What it does.
    pub transform: &'a Transform,
    /// The migration, as people know it.
    pub migration: &'a str,
    /// What is declared beside the migration: from there, and not from the database, comes what is run.
    pub declared: &'a Declared,
    /// What of that is found.
    pub runs: Runs<'a>,
    /// Whether only those rows are taken that were put aside: of a step that is done, too. Bad ones stay where they are.
    pub only_aside: bool,
    /// How fast.
    pub pace: &'a Pace,
    /// Of the sessions.
    pub settings: &'a Settings,
    /// How long to try for locks.
    pub patience: Patience,
    /// The deploy's own session: the first worker's. Afterwards it is set as [`Settings`] say.
    pub session: &'a Session,
    /// Opens connections: of further workers, and of the one that sees who waits for us.
    pub opener: Option<&'a Opener>,
    /// The user's wish to stop.
    pub interrupt: &'a Interrupt,
    /// Hears what happens.
    pub events: &'a mut (dyn FnMut(Event) + Send),
}

/// What went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// How many rows were written or went, those of earlier runs included.
    pub rows: u64,
    /// How many rows are put aside.
    pub aside: u64,
}

/// Takes all rows through, from where an earlier run has stopped.
///
/// # Errors
/// A program that cannot be run, or does not answer as it should; a bad row, where that is to stop it; what the server refused; no
/// lock within the budget; the user's wish to stop. What is committed until then stays, and the next run goes on there.
pub async fn run(passage: Passage<'_>) -> Result<Passed, Failure> {
    let (session, settings) = (passage.session, passage.settings);
    let lapsed = match passage.only_aside {
        true => lapsed(session, passage.transform).await?,
        false => None,
    };
    let transform = lapsed.as_ref().unwrap_or(passage.transform);
    let workers = passage.transform.parallel;
    let crew = Crew::gather(session, passage.opener, settings, workers).await?;
    let board = Board::new(passage.pace, crew.trip, passage.interrupt);
    let mut teller = Teller::new(passage.transform.table.to_string(), passage.events);
    for notice in &crew.notices {
        board.tell(Event::Notice(notice.clone()));
    }
    let mut passing = Passing {
        of: Of {
            rollout: passage.rollout,
            step: passage.number,
        },
        step: passage.step,
        transform,
        migration: passage.migration,
        declared: passage.declared,
        runs: passage.runs,
        settings,
        patience: passage.patience,
        session,
        opener: passage.opener,
        board: &board,
        teller: &mut teller,
        crew,
    };
    let passed = match passage.only_aside {
        true => passing.only_aside().await,
        false => passing.all().await,
    };
    passing.crew.dismiss().await;
    teller.tell_rest(&board);
    // the step's role and its names end with it
    let renewed = session.execute(&settings.set_again()).await;
    let passed = passed?;
    renewed?;
    Ok(passed)
}

/// Rows on their way.
struct Passing<'a, 'b> {
    of: Of,
    step: &'a Step,
    transform: &'a Transform,
    migration: &'a str,
    declared: &'a Declared,
    runs: Runs<'a>,
    settings: &'a Settings,
    patience: Patience,
    session: &'a Session,
    opener: Option<&'a Opener>,
    board: &'b Board<'a>,
    teller: &'b mut Teller<'a>,
    crew: Crew,
}

impl Passing<'_, '_> {
    async fn all(&mut self) -> Result<Passed, Failure> {
        self.tables().await?;
        self.is_there().await?;
        let (mut parts, mut places) = self.known().await?;
        if parts.is_empty() {
            (parts, places) = self.begin(&[]).await?;
        } else if self.transform.stops {
            // an earlier run has stopped at them
            self.aside(&parts, &places, true).await?;
            (parts, places) = self.known().await?;
        }
        loop {
            let before = rows_of(&parts);
            self.round(parts, &places).await?;
            parts = self.board.parts();
            let round = parts.first().map_or(1, |part| part.round);
            // each row once, where nothing says what is left to do
            let is_done = self.transform.condition.is_none() || rows_of(&parts) == before;
            if is_done || round >= MOST {
                break;
            }
            (parts, places) = self.begin(&parts).await?;
        }
        self.passed(rows_of(&parts)).await
    }

    async fn only_aside(&mut self) -> Result<Passed, Failure> {
        self.tables().await?;
        self.is_there().await?;
        let (parts, places) = self.known().await?;
        self.aside(&parts, &places, false).await?;
        let (parts, _) = self.known().await?;
        self.passed(rows_of(&parts)).await
    }

    async fn passed(&mut self, rows: u64) -> Result<Passed, Failure> {
        let aside = quarantine::count(self.session, self.of).await?;
        if aside > 0 {
            let what = match aside {
                1 => "1 row".to_owned(),
                more => format!("{more} rows"),
            };
            self.board.tell(Event::Notice(format!(
                "warning: {what} of {} could not be done, and are kept in segue.quarantine with the reason; \
                 `segue quarantine --retry` takes them once more",
                self.transform.table
            )));
        }
        Ok(Passed { rows, aside })
    }

    async fn tables(&mut self) -> Result<(), Failure> {
        in_transaction(self.session, quarantine::create()).await
    }

    async fn is_there(&mut self) -> Result<(), Failure> {
        match is_table(self.session, &self.transform.table).await? {
            true => Ok(()),
            false => Err(told::gone(self.transform)),
        }
    }

    /// Where an earlier run has stopped.
    async fn known(&mut self) -> Result<(Vec<Checkpoint>, Vec<Place>), Failure> {
        let parts = batches::read(self.session, self.of.rollout, self.of.step).await?;
        let places = quarantine::places(self.session, self.of).await?;
        let places: Result<Vec<Place>, Failure> =
            places.iter().map(|text| Place::read(text)).collect();
        Ok((parts, places?))
    }

    /// Begins a round behind another one.
    async fn begin(
        &mut self,
        before: &[Checkpoint],
    ) -> Result<(Vec<Checkpoint>, Vec<Place>), Failure> {
        let places = place::parts(&self.edges().await?);
        let round = before.first().map_or(0, |part| part.round) + 1;
        let parts =
            place::checkpoints(places.len(), self.estimate().await?, round, rows_of(before));
        let texts: Vec<String> = places.iter().map(Place::text).collect();
        let mut begin = vec![
            self.settings.be_ourselves_locally(),
            batches::begin(self.of.rollout, self.of.step, &parts),
        ];
        begin.extend(quarantine::begin(self.of, &texts));
        in_transaction(self.session, begin).await?;
        Ok((parts, places))
    }

    fn failure(&self, stop: Stop) -> Failure {
        stop.about(&self.transform.table, &self.transform.write())
    }

    /// Runs what is left of a round.
    async fn round(&mut self, parts: Vec<Checkpoint>, places: &[Place]) -> Result<(), Failure> {
        let is_first = parts.first().is_none_or(|part| part.round < 2);
        self.board.begin(parts);
        let but = quarantine::keys(self.of);
        let but = (!is_first).then_some(but.as_str());
        let stopped = self
            .shift(but, self.transform.stops, Work::Parts(places))
            .await;
        self.ended(stopped)
    }

    /// Takes rows through that were put aside.
    async fn aside(
        &mut self,
        parts: &[Checkpoint],
        places: &[Place],
        stops: bool,
    ) -> Result<(), Failure> {
        let Some((first, place)) = parts.first().zip(places.first()) else {
            return Ok(());
        };
        self.board.begin(parts.to_vec());
        let work = Work::Aside(*first, place.clone());
        let stopped = self.shift(None, stops, work).await;
        self.ended(stopped)
    }

    fn ended(&mut self, stopped: Result<(), Stop>) -> Result<(), Failure> {
        self.teller.tell_rest(self.board);
        self.teller.tell_progress(&self.board.parts());
        stopped.map_err(|stop| self.failure(stop))
    }

    /// Lets the workers work. None is left in the middle of a batch, and no program runs on.
    async fn shift(&mut self, but: Option<&str>, stops: bool, work: Work<'_>) -> Result<(), Stop> {
        let watched = Watched {
            rollout: self.of.rollout,
            table: &self.transform.table,
            settings: self.settings,
        };
        look::look(self.session, &watched, self.board)
            .await
            .map_err(Stop::Server)?;
        let sessions = std::iter::once(self.session).chain(&self.crew.others);
        let doorbells: Vec<Notify> = self.crew.pids.iter().map(|_| Notify::new()).collect();
        let is_alone = self.crew.overseer.is_none();
        let workers = sessions.zip(&doorbells).map(|(session, doorbell)| {
            let seat = Seat {
                session,
                watched,
                board: self.board,
                patience: self.patience,
                doorbell,
                is_alone,
            };
            let given = Given {
                seat,
                of: self.of,
                migration: self.migration,
                step: self.step,
                transform: self.transform,
                declared: self.declared,
                settings: self.settings,
                stops,
                but,
            };
            Worker::new(given, Hands::of(&self.runs, self.declared))
        });
        let mut workers: Vec<Worker<'_>> = workers.collect();
        let shift = Shift {
            opener: self.opener,
            overseer: self.crew.overseer.as_mut(),
            pids: &self.crew.pids,
            watched,
            board: self.board,
            doorbells: &doorbells,
            teller: self.teller,
        };
        match work {
            Work::Parts(places) => {
                let working = workers.iter_mut().map(|worker| worker.work(places));
                shift.run(working).await
            }
            Work::Aside(at, place) => {
                let first = workers.iter_mut().take(1);
                let working = first.map(|worker| worker.work_aside(at, place.clone()));
                shift.run(working).await
            }
        }
    }
}

/// What the workers take through.
enum Work<'p> {
    /// The parts of the table that are on the board.
    Parts(&'p [Place]),
    /// The rows that were put aside, from this checkpoint, which stays where it is.
    Aside(Checkpoint, Place),
}

fn rows_of(parts: &[Checkpoint]) -> u64 {
    parts::rows(parts)
}
