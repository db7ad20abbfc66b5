//! One worker: it has a program and a connection, and takes a part of the table through the program page by page. While the
//! program has a page, the answers to the one before are written.

use std::time::{Duration, Instant};

use segue_db::own::{
    batches::Checkpoint,
    quarantine::{self, Of},
};
use segue_plan::{Declared, Rows, Step, Transform};

use super::{
    super::{Stop, seat::Seat},
    answer::Answer,
    asker::Asker,
    hands::Hands,
    page::{self, Row},
    place::Place,
    write::{Answered, Origin, Writer},
};
use crate::{Settings, run::pause};

/// How often rows that were put aside are read again where an app changes them meanwhile.
const AGAIN: u32 = 10;
/// What is said of a row that is read again and again.
const CHANGED: &str = "it was not written: an app changed it each time while the program had it, or a trigger keeps it as it is";

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
    given: Given<'a>,
    asker: Asker<'a>,
    writer: Writer<'a>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(given: Given<'a>, hands: Hands<'a>) -> Self {
        Self {
            given,
            asker: Asker::new(given, hands),
            writer: Writer::new(given),
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
        self.asker.let_go(done).await
    }

    /// Takes the rows that were put aside through the program once more.
    pub(super) async fn work_aside(&mut self, at: Checkpoint, place: Place) -> Result<(), Stop> {
        let done = self.aside(at, place).await;
        self.asker.let_go(done).await
    }

    async fn part(&mut self, mut at: Checkpoint, mut place: Place) -> Result<(), Stop> {
        // answered, and not written yet
        let mut ahead: Vec<Answered> = Vec::new();
        let mut reached = place.after.clone();
        let mut patience = Again::default();
        loop {
            self.given.seat.turn().await?;
            if !place.again.is_empty() {
                let rest = std::mem::take(&mut ahead);
                self.writer
                    .write(&rest, Origin::Next, &mut at, &mut place)
                    .await?;
                self.again(&mut patience, &mut at, &mut place).await?;
                continue;
            }
            patience = Again::default();
            let page = self.behind(reached.as_deref(), &place).await?;
            let rest = std::mem::take(&mut ahead);
            let Some(last) = page.last() else {
                self.writer
                    .write(&rest, Origin::Next, &mut at, &mut place)
                    .await?;
                match place.again.is_empty() {
                    true => return self.ends(at, place).await,
                    false => continue,
                }
            };
            reached = Some(last.texts.clone());
            let write = self.writer.write(&rest, Origin::Next, &mut at, &mut place);
            ahead = both(self.asker.ask(page), write).await?;
        }
    }

    /// Takes rows again that an app had changed meanwhile.
    async fn again(
        &mut self,
        patience: &mut Again,
        at: &mut Checkpoint,
        place: &mut Place,
    ) -> Result<(), Stop> {
        let is_enough = patience.waits(&self.given.seat).await;
        let some = place.again[..self.most().min(place.again.len())].to_vec();
        let page = self.read(Rows::These(&some)).await?;
        // what is gone, or done by somebody else, needs nothing any more
        place
            .again
            .retain(|texts| !some.contains(texts) || page.iter().any(|row| row.texts == *texts));
        if page.is_empty() {
            return self.keep(at, place).await;
        }
        let answered = match is_enough {
            false => self.asker.ask(page).await?,
            true => (page.into_iter())
                .map(|row| Answered {
                    row,
                    answer: Answer::Bad(CHANGED.to_owned()),
                })
                .collect(),
        };
        self.writer
            .write(&answered, Origin::Again, at, place)
            .await?;
        Ok(())
    }

    /// How many rows are read at once: no more than may be written in a second.
    fn most(&self) -> usize {
        let most = u64::from(self.given.transform.rows);
        let rate = self.given.seat.board.rate().unwrap_or(most);
        usize::try_from(most.min(rate)).unwrap_or(1).max(1)
    }

    /// The next rows behind a key.
    async fn behind(&self, key: Option<&[String]>, place: &Place) -> Result<Vec<Row>, Stop> {
        self.read(Rows::Next {
            after: key,
            above: place.above.as_deref(),
            upto: place.upto.as_deref(),
            but: self.given.but,
            most: u32::try_from(self.most()).unwrap_or(u32::MAX),
        })
        .await
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

    /// No row is left of a part.
    async fn ends(&self, at: Checkpoint, place: Place) -> Result<(), Stop> {
        let at = self.ended(at, &place).await?;
        self.given.seat.board.committed(at, 0, Duration::ZERO);
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
            self.writer.roll_back(stop).await?;
        }
        kept
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
            let answered = self.asker.ask(page).await?;
            open = self
                .writer
                .write(&answered, Origin::Aside, at, place)
                .await?;
        }
        Ok(())
    }
}

/// Asks for rows while others are written. Writing is never left in the middle; what is asked is, where writing has failed.
async fn both<W>(
    ask: impl Future<Output = Result<Vec<Answered>, Stop>>,
    write: impl Future<Output = Result<W, Stop>>,
) -> Result<Vec<Answered>, Stop> {
    tokio::pin!(ask, write);
    tokio::select! {
        biased;
        written = &mut write => {
            written?;
            ask.await
        }
        asked = &mut ask => {
            write.await?;
            asked
        }
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
    async fn waits(&mut self, seat: &Seat<'_>) -> bool {
        let since = *self.since.get_or_insert_with(Instant::now);
        self.tries += 1;
        if self.tries > 1 {
            seat.board.sleep(pause(self.tries)).await;
        }
        since.elapsed() >= seat.patience.steps
    }
}
