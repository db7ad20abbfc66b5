//! One worker: it has a program and a connection, and takes a part of the table through the program page by page.

use std::time::Instant;

use segue_db::own::{
    batches::Checkpoint,
    quarantine::{self, Of},
};
use segue_plan::{Declared, Rows, Step, Transform};

use super::{
    super::{Stop, seat::Seat, size::Size},
    answer::Answer,
    hands::Hands,
    page::{self, Row},
    place::Place,
    program::Broken,
    told,
    write::{Answered, Origin},
};
use crate::{Event, Settings, run::pause};

/// After so many pages of which no row has an answer the program counts as broken, whatever is said of bad rows.
const SILENT: u32 = 2;
/// How often rows that were put aside are read again where an app changes them meanwhile.
const AGAIN: u32 = 10;

/// What a worker is given.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) seat: Seat<'a>,
    pub(super) of: Of,
    /// The migration, as people know it.
    pub(super) migration: &'a str,
    pub(super) step: &'a Step,
    pub(super) transform: &'a Transform,
    pub(super) declared: &'a Declared,
    pub(super) settings: &'a Settings,
    /// Whether a bad row stops it.
    pub(super) stops: bool,
    /// A query for the keys to pass over, where there are any.
    pub(super) but: Option<&'a str>,
}

/// One worker.
pub(super) struct Worker<'a> {
    pub(super) given: Given<'a>,
    pub(super) hands: Hands<'a>,
    pub(super) size: Size,
    /// How many pages in a row had no answer at all.
    silent: u32,
    /// Whether it has ever answered.
    has_answered: bool,
    /// How many rows could not be done.
    pub(super) bad: u64,
}

impl<'a> Worker<'a> {
    pub(super) fn new(given: Given<'a>, hands: Hands<'a>) -> Self {
        Self {
            given,
            hands,
            size: Size::new(),
            silent: 0,
            has_answered: false,
            bad: 0,
        }
    }

    /// Takes parts through the program until none is left. `places` are those of all parts.
    pub(super) async fn work(&mut self, places: &[Place]) -> Result<(), Stop> {
        let mut done = Ok(());
        while let Some(part) = self.given.seat.board.take() {
            let place = places.get(part.worker).cloned().unwrap_or_default();
            done = self.part(part, place).await;
            if done.is_err() {
                break;
            }
        }
        self.let_go(done).await
    }

    /// Takes the rows that were put aside through the program once more.
    pub(super) async fn work_aside(&mut self, at: Checkpoint, place: Place) -> Result<(), Stop> {
        let done = self.aside(at, place).await;
        self.let_go(done).await
    }

    async fn let_go(&mut self, done: Result<(), Stop>) -> Result<(), Stop> {
        if done.is_err() {
            self.hands.end().await;
            return done;
        }
        let board = self.given.seat.board;
        if let Some(why) = self.hands.finish(board).await {
            let name = &self.given.declared.program[0].text;
            board.tell(Event::Notice(format!("warning: {name}: {why}")));
        }
        Ok(())
    }

    async fn part(&mut self, mut at: Checkpoint, mut place: Place) -> Result<(), Stop> {
        let mut patience = Again::default();
        loop {
            self.given.seat.turn().await?;
            let origin = match place.again.is_empty() {
                true => Origin::Next,
                false => Origin::Again,
            };
            let too_often = patience.waits(origin, &self.given.seat).await;
            let page = self.page(&place).await?;
            if page.is_empty() {
                if origin == Origin::Next {
                    return self.ends(at, place).await;
                }
                // gone, or done by somebody else
                place.again.drain(..self.most().min(place.again.len()));
                self.keep(&at, &place).await?;
                continue;
            }
            self.leave_out_gone(&mut place, origin, &page);
            let answered = match too_often {
                false => self.ask(page).await?,
                true => (page.into_iter())
                    .map(|row| Answered {
                        row,
                        answer: Answer::Bad(
                            "it was not written: an app changed it each time while the program had it, or a trigger keeps it as it is".to_owned(),
                        ),
                    })
                    .collect(),
            };
            self.write(&answered, origin, &mut at, &mut place).await?;
        }
    }

    /// How many rows are read at once: no more than may be written in a second.
    fn most(&self) -> usize {
        let most = u64::from(self.given.transform.rows);
        let rate = self.given.seat.board.rate().unwrap_or(most);
        usize::try_from(most.min(rate)).unwrap_or(1).max(1)
    }

    async fn page(&self, place: &Place) -> Result<Vec<Row>, Stop> {
        let most = self.most();
        let again = &place.again[..most.min(place.again.len())];
        let rows = match again.is_empty() {
            false => Rows::These(again),
            true => Rows::Next {
                after: place.after.as_deref(),
                above: place.above.as_deref(),
                upto: place.upto.as_deref(),
                but: self.given.but,
                most: u32::try_from(most).unwrap_or(u32::MAX),
            },
        };
        self.read(rows).await
    }

    async fn read(&self, rows: Rows<'_>) -> Result<Vec<Row>, Stop> {
        let Given {
            seat,
            step,
            transform,
            ..
        } = self.given;
        page::read(seat.session, seat.board, (step, transform), rows).await
    }

    /// Of the rows that were to be read again, those that are not there any more need nothing.
    fn leave_out_gone(&self, place: &mut Place, origin: Origin, page: &[Row]) {
        if origin != Origin::Again {
            return;
        }
        let asked = self.most().min(place.again.len());
        let mut number = 0;
        place.again.retain(|texts| {
            number += 1;
            number > asked || page.iter().any(|row| row.texts == *texts)
        });
    }

    /// No row is left of a part.
    async fn ends(&self, at: Checkpoint, place: Place) -> Result<(), Stop> {
        let at = self.ended(at, &place).await?;
        self.given
            .seat
            .board
            .committed(at, 0, std::time::Duration::ZERO);
        Ok(())
    }

    async fn ended(&self, at: Checkpoint, place: &Place) -> Result<Checkpoint, Stop> {
        let at = Checkpoint {
            next: at.until,
            ..at
        };
        self.keep(&at, place).await?;
        Ok(at)
    }

    /// Keeps where it is, in a transaction of its own.
    async fn keep(&self, at: &Checkpoint, place: &Place) -> Result<(), Stop> {
        let keep = self.given.keep(at, place).join("; ");
        let script = format!(
            "BEGIN; {}; {keep}; COMMIT",
            self.given.settings.be_ourselves_locally()
        );
        let kept = self
            .given
            .seat
            .session
            .execute(&script)
            .await
            .map_err(Stop::Server);
        if let Err(stop) = &kept {
            self.roll_back(stop).await?;
        }
        kept
    }

    /// Asks the program; where it does not answer to all rows, it is started anew and asked once more for those that are open.
    async fn ask(&mut self, page: Vec<Row>) -> Result<Vec<Answered>, Stop> {
        let mut answers: Vec<Option<Answer>> = page.iter().map(|_| None).collect();
        let board = self.given.seat.board;
        let mut why = None;
        for is_last in [false, true] {
            let asked = self
                .hands
                .ask(&page, &mut answers, self.given.transform, board)
                .await;
            let broken = match asked {
                Ok(()) => {
                    why = None;
                    break;
                }
                Err(Broken::Told) => return Err(Stop::Told),
                Err(broken @ (Broken::CannotRun(_) | Broken::Nonsense(..))) => {
                    return Err(self.broken(&broken));
                }
                Err(broken) => broken,
            };
            if !is_last {
                let name = &self.given.declared.program[0].text;
                let what = told::shortly(self.given.declared, &broken);
                board.tell(Event::Notice(format!(
                    "warning: {name} {what}: it is started anew, and asked once more"
                )));
            }
            why = Some(broken);
        }
        if let Some(broken) = &why {
            let is_silent = answers.iter().all(Option::is_none);
            self.silent = if is_silent { self.silent + 1 } else { 0 };
            // what has never done a row, or does none any more, is broken itself: the rows are not bad
            if is_silent && (self.silent >= SILENT || !self.has_answered) {
                return Err(self.broken(broken));
            }
        } else {
            self.silent = 0;
        }
        self.has_answered |= answers.iter().any(Option::is_some);
        let open = why.map(|broken| told::shortly(self.given.declared, &broken));
        let open = format!("the program {}, twice", open.unwrap_or_default());
        let answered = page.into_iter().zip(answers).map(|(row, answer)| Answered {
            row,
            answer: answer.unwrap_or_else(|| Answer::Bad(open.clone())),
        });
        Ok(answered.collect())
    }

    fn broken(&self, broken: &Broken) -> Stop {
        let said = self.hands.last_words();
        Stop::Failed(Box::new(told::broken(self.given.declared, broken, said)))
    }

    async fn aside(&mut self, mut at: Checkpoint, mut place: Place) -> Result<(), Stop> {
        let mut behind = 0;
        loop {
            self.given.seat.turn().await?;
            let most = u32::try_from(self.most()).unwrap_or(u32::MAX);
            let session = self.given.seat.session;
            let some = quarantine::next(session, self.given.of, behind, most).await;
            let some = some.map_err(Stop::Server)?;
            let Some((last, ..)) = some.last() else {
                return Ok(());
            };
            behind = *last;
            self.aside_page(some, &mut at, &mut place).await?;
        }
    }

    /// Some of the rows that were put aside. Those that are gone, or are not to be done any more, need nothing.
    async fn aside_page(
        &mut self,
        some: Vec<(u64, String, String)>,
        at: &mut Checkpoint,
        place: &mut Place,
    ) -> Result<(), Stop> {
        let texts = some
            .iter()
            .filter_map(|(_, _, texts)| serde_json::from_str(texts).ok());
        let mut open: Vec<Vec<String>> = texts.collect();
        let mut is_first = true;
        for _ in 0..AGAIN {
            if open.is_empty() {
                break;
            }
            let page = self.read(Rows::These(&open)).await?;
            if std::mem::take(&mut is_first) {
                let is_there = |key: &str| page.iter().any(|row| row.key == *key);
                let gone = some.iter().map(|(_, key, _)| key.clone());
                let gone: Vec<String> = gone.filter(|key| !is_there(key)).collect();
                if let Some(release) = quarantine::release(self.given.of, &gone) {
                    let released = self.given.seat.session.execute(&release).await;
                    released.map_err(Stop::Server)?;
                }
            }
            let answered = self.ask(page).await?;
            open = self.write(&answered, Origin::Aside, at, place).await?;
        }
        Ok(())
    }
}

/// Rows that are read again and again.
#[derive(Default)]
struct Again {
    since: Option<Instant>,
    tries: u32,
}

impl Again {
    /// Waits a little before rows are read once more; whether that has been tried for long enough.
    async fn waits(&mut self, origin: Origin, seat: &Seat<'_>) -> bool {
        if origin != Origin::Again {
            *self = Self::default();
            return false;
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        self.tries += 1;
        if self.tries > 1 {
            seat.board.sleep(pause(self.tries)).await;
        }
        since.elapsed() >= seat.patience.steps
    }
}
