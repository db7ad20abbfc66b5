//! The rows that are left behind a round of a statement that an app may go on making work for.
//!
//! A round misses rows that moved while an app wrote them, and an app may insert rows of the kind all the time: a query that has
//! to find none would never do so. The statement as it was written has neither trouble, since it sees the table in one snapshot.
//! So does a sweep: one look finds all rows that are left, and those are written, some at a time. Are all of them written, then
//! so is every row that was there when it looked, however many have come since. A version of a row is known by its place and by
//! the transaction that wrote it: one that an app has changed in between is another version, and the next look finds it, whatever
//! is at its place by then.

use std::time::Instant;

use segue_db::own::batches::Checkpoint;

use super::{batch::joined, cancel, seat::Trouble, stop::Stop, worker::Worker};

/// How many rows are written in one transaction: a fraction of a second.
const AT_ONCE: usize = 500;
/// How many rows one look may find behind the first round; where there are more, another round is the quicker way.
const MOST: u64 = 100_000;
/// What holds the versions that a look has found. It outlives its transaction, whose end makes a list of them on the server: no
/// snapshot is kept while they are written, nor is their number bounded by our memory.
const CURSOR: &str = "segue_left";

/// What a look found.
pub(super) enum Swept {
    /// Every row that was there is written now.
    All,
    /// Some were changed while it wrote.
    More,
    /// So many that another round is the better way.
    TooMany,
}

/// A version of a row: where it is, and which transaction wrote it.
type Version = (String, String);

impl Worker<'_> {
    /// Looks for rows that are left, by a query for their places, and writes them: all of them, or only if they are few. An app
    /// that makes more of them than are written in the same time makes many in every round.
    pub(super) async fn sweep(
        &self,
        left: &str,
        at: Checkpoint,
        only_few: bool,
    ) -> Result<Swept, Stop> {
        let found = self.look_for(left).await?;
        let swept = match only_few && found > MOST {
            true => Ok(Swept::TooMany),
            false => self.write_found(found, at).await,
        };
        match &swept {
            Err(Stop::Server(error)) if error.ends_connection() => {}
            _ => {
                let close = format!("CLOSE {CURSOR}");
                self.seat
                    .session
                    .execute(&close)
                    .await
                    .map_err(Stop::Server)?;
            }
        }
        swept
    }

    async fn write_found(&self, found: u64, mut at: Checkpoint) -> Result<Swept, Stop> {
        let before = at.rows;
        loop {
            let some = self.next_versions().await?;
            if some.is_empty() {
                break;
            }
            at = self.write_until_done(&some, at).await?;
        }
        Ok(match at.rows - before == found {
            true => Swept::All,
            false => Swept::More,
        })
    }

    async fn write_until_done(&self, some: &[Version], at: Checkpoint) -> Result<Checkpoint, Stop> {
        let mut trouble = Trouble::default();
        loop {
            self.seat.turn().await?;
            let stop = match self.write_versions(some, &at).await {
                Ok(behind) => return Ok(behind),
                Err(stop) => stop,
            };
            self.roll_back(&stop).await?;
            match stop {
                Stop::Server(error) if error.is_passing() || error.is_cancelled() => {
                    self.seat.again(&mut trouble, error).await?;
                }
                stop => return Err(stop),
            }
        }
    }

    async fn roll_back(&self, stop: &Stop) -> Result<(), Stop> {
        if matches!(stop, Stop::Server(error) if error.ends_connection()) {
            return Ok(());
        }
        self.seat
            .session
            .execute("ROLLBACK")
            .await
            .map_err(Stop::Server)
    }

    async fn write_versions(
        &self,
        some: &[Version],
        from: &Checkpoint,
    ) -> Result<Checkpoint, Stop> {
        let start = Instant::now();
        let statement = self.task.batches.of_versions(some).ok_or(Stop::Moved)?;
        let unwanted = || self.seat.board.stops();
        let sent = self.task.send(
            self.seat.session,
            unwanted,
            from,
            std::slice::from_ref(&statement),
            |_, _| false,
        );
        let (rows, _) = sent.await?;
        let at = Checkpoint {
            rows: from.rows + rows,
            ..*from
        };
        self.task.commit(self.seat.session, &at).await?;
        self.seat.board.committed(at, rows, start.elapsed());
        Ok(at)
    }

    /// How many versions are left; the cursor has them.
    async fn look_for(&self, left: &str) -> Result<u64, Stop> {
        let mut script = vec![
            "BEGIN".to_owned(),
            // it reads the whole table, and nobody waits for it
            "SET LOCAL statement_timeout = 0".to_owned(),
            "SET LOCAL lock_timeout = 0".to_owned(),
        ];
        script.extend(self.task.step.settings_of_transaction());
        script.push(format!(
            "DECLARE {CURSOR} SCROLL CURSOR WITH HOLD FOR {left}"
        ));
        script.push("COMMIT".to_owned());
        script.push(format!("MOVE FORWARD ALL IN {CURSOR}"));
        script.push(format!("MOVE ABSOLUTE 0 IN {CURSOR}"));
        let script = joined(&script);
        let counts = self.seat.session.counts(&script);
        let counts = cancel::until(self.seat.session, self.seat.board.stops(), counts).await;
        match counts {
            Ok(counts) => Ok(counts.iter().rev().nth(1).copied().unwrap_or_default()),
            Err(error) => {
                let stop = Stop::Server(error);
                self.roll_back(&stop).await?;
                Err(match self.seat.board.is_stopping() {
                    true => Stop::Told,
                    false => stop,
                })
            }
        }
    }

    /// The next versions that were found; none behind the last.
    async fn next_versions(&self) -> Result<Vec<Version>, Stop> {
        let fetch = format!("FETCH {AT_ONCE} FROM {CURSOR}");
        let rows = self.seat.session.rows(&fetch).await.map_err(Stop::Server)?;
        let version = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(place), Some(xmin)]) => Some((place, xmin)),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(version).collect())
    }
}
