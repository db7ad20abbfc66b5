//! Answers on their way back into the table: each transaction has how far the worker is.

use std::time::Instant;

use segue_db::{
    ServerError,
    own::{
        batches::{self, Checkpoint},
        quarantine,
    },
    postgres::statements::marked,
};

use super::{
    super::{
        Stop,
        batch::{joined, opening},
        cancel,
        seat::Trouble,
        size::Size,
    },
    answer::Answer,
    chunk::{Chunk, Outcome},
    lists::{FIXED, Lists},
    page::Row,
    place::{Place, behind},
    told,
    worker::Given,
};

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The next ones in the order of the key.
    Next,
    /// Those before that which an app had changed.
    Again,
    /// Those that were put aside.
    Aside,
}

/// A row with its answer.
pub(super) struct Answered {
    pub(super) row: Row,
    pub(super) answer: Answer,
}

/// Writes answers.
pub(super) struct Writer<'a> {
    given: Given<'a>,
    size: Size,
}

impl<'a> Writer<'a> {
    pub(super) fn new(given: Given<'a>) -> Self {
        Self {
            given,
            size: Size::new(),
        }
    }

    /// Writes answers, in transactions as long as they shall take. Gives the keys of the rows that an app has changed
    /// meanwhile, which are to be taken again.
    pub(super) async fn write(
        &mut self,
        answered: &[Answered],
        origin: Origin,
        at: &mut Checkpoint,
        place: &mut Place,
    ) -> Result<Vec<Vec<String>>, Stop> {
        let mut trouble = Trouble::default();
        let mut again = Vec::new();
        let mut rest = answered;
        let mut singly = false;
        while !rest.is_empty() {
            self.given.seat.turn().await?;
            let count = (self.size.blocks() as usize).clamp(1, rest.len());
            let (some, more) = rest.split_at(count);
            let start = Instant::now();
            self.given.seat.board.begins();
            let done = self.chunk(some, origin, singly, (at, place)).await;
            self.given.seat.board.ended();
            match done {
                Ok(chunk) => {
                    let blocks = u32::try_from(count).unwrap_or(u32::MAX);
                    if !singly {
                        self.size
                            .took(blocks, start.elapsed(), self.given.seat.board.target());
                    }
                    singly = false;
                    trouble = Trouble::default();
                    let rest_for =
                        self.given
                            .seat
                            .board
                            .committed(*at, chunk.written, start.elapsed());
                    again.extend(chunk.changed);
                    if !chunk.bad.is_empty() && self.given.stops {
                        let failure =
                            told::bad(self.given.declared, self.given.transform, &chunk.bad);
                        return Err(Stop::Failed(Box::new(failure)));
                    }
                    // no sleep is so short that it costs nothing
                    if !rest_for.is_zero() {
                        self.given.seat.board.sleep(rest_for).await;
                    }
                    rest = more;
                }
                Err(stop) => {
                    self.roll_back(&stop).await?;
                    match stop {
                        Stop::Server(error) if error.is_passing() || error.is_cancelled() => {
                            self.size.failed(u32::try_from(count).unwrap_or(u32::MAX));
                            self.given.seat.again(&mut trouble, error).await?;
                        }
                        // one row of them is at fault: which is seen when each is written by itself
                        Stop::Server(error) if !singly && is_of_a_row(&error) => singly = true,
                        stop => return Err(stop),
                    }
                }
            }
        }
        Ok(again)
    }

    pub(super) async fn roll_back(&self, stop: &Stop) -> Result<(), Stop> {
        if matches!(stop, Stop::Server(error) if error.ends_connection()) {
            return Ok(());
        }
        let back = self.given.seat.session.execute("ROLLBACK").await;
        back.map_err(Stop::Server)
    }

    /// Writes some answers in one transaction, and moves the checkpoint behind them.
    async fn chunk(
        &self,
        some: &[Answered],
        origin: Origin,
        singly: bool,
        (at, place): (&mut Checkpoint, &mut Place),
    ) -> Result<Chunk, Stop> {
        let given = &self.given;
        let mut script = self.opening(at);
        let outcome = match singly {
            true => {
                // what waits for the end of the transaction would not say which row it is about
                script.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
                self.held(script).await?;
                self.one_by_one(some).await?
            }
            false => {
                let statements = given.statements(some);
                script.extend(statements.sql.iter().cloned());
                script.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
                let rows = self.held(script).await?;
                Outcome {
                    written: statements.done(&rows),
                    bad: Vec::new(),
                }
            }
        };
        let chunk = Chunk::of(some, outcome);
        let (new_at, new_place) = moved((at, place), some, origin, &chunk);
        let released = match origin {
            Origin::Aside => chunk.done.as_slice(),
            Origin::Next | Origin::Again => &[],
        };
        let relation = given.transform.table.to_string();
        let mut keep = vec![given.settings.be_ourselves_locally()];
        keep.extend(quarantine::put(
            given.of,
            given.migration,
            &relation,
            &chunk.bad,
        ));
        keep.extend(quarantine::release(given.of, released));
        keep.extend(given.keep(&new_at, &new_place));
        keep.push("COMMIT".to_owned());
        given
            .seat
            .session
            .execute(&joined(&keep))
            .await
            .map_err(Stop::Server)?;
        *at = new_at;
        *place = new_place;
        Ok(chunk)
    }

    fn opening(&self, at: &Checkpoint) -> Vec<String> {
        let given = &self.given;
        let hold = batches::hold(given.of.rollout, given.of.step, at);
        opening(given.step, given.settings, hold)
    }

    /// Sends the beginning of a transaction; gives the rows that its statements give.
    async fn held(&self, script: Vec<String>) -> Result<Vec<segue_db::Row>, Stop> {
        let seat = &self.given.seat;
        let unwanted = async {
            tokio::select! {
                () = seat.board.stops() => {}
                () = seat.doorbell.notified() => {}
            }
        };
        let script = joined(&script);
        let rows = cancel::until(seat.session, unwanted, seat.session.rows(&script)).await;
        let mut rows = rows.map_err(Stop::Server)?.into_iter();
        // the checkpoint that is held is a row without columns
        if !rows.next().is_some_and(|row| row.is_empty()) {
            return Err(Stop::Elsewhere);
        }
        Ok(rows.collect())
    }

    /// Writes each row by itself.
    async fn one_by_one(&self, some: &[Answered]) -> Result<Outcome, Stop> {
        let session = self.given.seat.session;
        let mut outcome = Outcome::default();
        for (number, one) in some.iter().enumerate() {
            let statements = self.given.statements([one]);
            if statements.sql.is_empty() {
                continue;
            }
            let mut script = vec!["SAVEPOINT segue_row".to_owned()];
            script.extend(statements.sql.iter().cloned());
            script.push("RELEASE SAVEPOINT segue_row".to_owned());
            match session.rows(&joined(&script)).await {
                Ok(rows) if statements.done(&rows).is_empty() => {}
                Ok(_) => outcome.written.push(number),
                Err(error) if is_of_a_row(&error) => {
                    let back = session.execute("ROLLBACK TO SAVEPOINT segue_row").await;
                    back.map_err(Stop::Server)?;
                    outcome.bad.push((number, reason(&error)));
                }
                Err(error) => return Err(Stop::Server(error)),
            }
        }
        Ok(outcome)
    }
}

/// Where a worker is behind some rows.
fn moved(
    (at, place): (&Checkpoint, &Place),
    some: &[Answered],
    origin: Origin,
    chunk: &Chunk,
) -> (Checkpoint, Place) {
    let mut place = place.clone();
    match origin {
        Origin::Next => {
            place.after = some.last().map(|one| one.row.texts.clone()).or(place.after);
            place.again.extend(chunk.changed.iter().cloned());
        }
        Origin::Again => {
            let is_open = |texts: &Vec<String>| {
                chunk.changed.contains(texts) || !some.iter().any(|one| one.row.texts == *texts)
            };
            place.again.retain(is_open);
        }
        Origin::Aside => {}
    }
    let rows = match origin {
        Origin::Next => some.len(),
        Origin::Again | Origin::Aside => 0,
    };
    (behind(at, rows, chunk.written), place)
}

impl Given<'_> {
    /// What keeps where a worker is.
    pub(super) fn keep(&self, at: &Checkpoint, place: &Place) -> [String; 2] {
        [
            batches::keep(self.of.rollout, self.of.step, at),
            quarantine::keep_place(self.of, at, &place.text()),
        ]
    }

    /// What writes answers.
    fn statements<'r>(&self, some: impl IntoIterator<Item = &'r Answered>) -> Statements {
        let of = self.transform;
        let mut values = Lists::new(FIXED + of.key.len() + of.writes.len());
        let mut going = Lists::new(FIXED + of.key.len());
        for (number, one) in some.into_iter().enumerate() {
            match &one.answer {
                Answer::Values(cells) => {
                    values.begin(number, &one.row);
                    for (cell, typed) in cells.iter().zip(&of.writes) {
                        values.value(cell, typed.form());
                    }
                }
                Answer::Delete => going.begin(number, &one.row),
                Answer::Unchanged | Answer::Bad(_) => {}
            }
        }
        let (written, gone) = (values.numbers.clone(), going.numbers.clone());
        let write = values.filled(of, &of.write());
        let remove = going.filled(of, &of.remove());
        Statements {
            sql: write
                .into_iter()
                .chain(remove)
                .map(|sql| marked(&sql))
                .collect(),
            written,
            gone,
        }
    }
}

/// Statements that write answers: those that have something to write.
struct Statements {
    sql: Vec<String>,
    /// The numbers of the rows in the order in which the statements have them: what is written, and what goes.
    written: Vec<usize>,
    gone: Vec<usize>,
}

impl Statements {
    /// The numbers of the rows that the statements say are done.
    fn done(&self, rows: &[segue_db::Row]) -> Vec<usize> {
        let said = rows.iter().flatten().flatten();
        let said = said.filter_map(|text| text.parse::<i64>().ok());
        let number = |said: i64| {
            let list = if said > 0 { &self.written } else { &self.gone };
            let at = usize::try_from(said.unsigned_abs()).ok()?.checked_sub(1)?;
            list.get(at).copied()
        };
        said.filter_map(number).collect()
    }
}

/// Whether the values of a row are at fault: they are no such values, break a constraint, or a trigger refuses them
/// (errcodes-appendix.html, classes 22, 23, 44 and P0001).
fn is_of_a_row(error: &ServerError) -> bool {
    error.code().is_some_and(|code| {
        ["22", "23", "44"]
            .iter()
            .any(|class| code.starts_with(class))
            || code == "P0001"
    })
}

fn reason(error: &ServerError) -> String {
    let detail = match error {
        ServerError::Refused(refusal) => refusal.detail.as_deref(),
        ServerError::Lost(_) | ServerError::NotSent => None,
    };
    match detail {
        Some(detail) => format!("{error} ({detail})"),
        None => error.to_string(),
    }
}
