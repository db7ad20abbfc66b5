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

use super::{
    batch::joined,
    cancel,
    stop::Stop,
    worker::{Trouble, Worker},
};

/// How many rows are written in one transaction: a fraction of a second.
const AT_ONCE: usize = 200;
/// How many rows one look may find; where there are more, another round is the better way.
const MOST: usize = 100_000;

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
    /// Looks for rows that are left, by a query for their places, and writes them.
    pub(super) async fn sweep(&self, left: &str, mut at: Checkpoint) -> Result<Swept, Stop> {
        let found = self.look_for(left).await?;
        if found.len() > MOST {
            return Ok(Swept::TooMany);
        }
        let before = at.rows;
        for some in found.chunks(AT_ONCE) {
            at = self.write_until_done(some, at).await?;
        }
        Ok(match at.rows - before == found.len() as u64 {
            true => Swept::All,
            false => Swept::More,
        })
    }

    async fn write_until_done(&self, some: &[Version], at: Checkpoint) -> Result<Checkpoint, Stop> {
        let mut trouble = Trouble::default();
        loop {
            self.turn().await?;
            let stop = match self.write_versions(some, &at).await {
                Ok(behind) => return Ok(behind),
                Err(stop) => stop,
            };
            self.roll_back(&stop).await?;
            match stop {
                Stop::Server(error) if error.is_passing() || error.is_cancelled() => {
                    self.again(&mut trouble, error).await?;
                }
                stop => return Err(stop),
            }
        }
    }

    async fn roll_back(&self, stop: &Stop) -> Result<(), Stop> {
        if matches!(stop, Stop::Server(error) if error.ends_connection()) {
            return Ok(());
        }
        self.session.execute("ROLLBACK").await.map_err(Stop::Server)
    }

    async fn write_versions(
        &self,
        some: &[Version],
        from: &Checkpoint,
    ) -> Result<Checkpoint, Stop> {
        let start = Instant::now();
        let statement = self.task.batches.of_versions(some).ok_or(Stop::Moved)?;
        let sent = self
            .task
            .send(self.session, self.board.stops(), from, statement);
        let rows = sent.await?;
        let at = Checkpoint {
            rows: from.rows + rows,
            ..*from
        };
        self.task.commit(self.session, &at).await?;
        self.board.committed(at, rows, start.elapsed());
        Ok(at)
    }

    /// The versions that are left: one more than [`MOST`], if there are so many.
    async fn look_for(&self, left: &str) -> Result<Vec<Version>, Stop> {
        let mut script = vec![
            "BEGIN".to_owned(),
            // it reads the whole table, and nobody waits for it
            "SET LOCAL statement_timeout = 0".to_owned(),
            "SET LOCAL lock_timeout = 0".to_owned(),
        ];
        script.extend(self.task.step.settings.iter().cloned());
        script.push(format!("DECLARE segue_left NO SCROLL CURSOR FOR {left}"));
        script.push(format!("FETCH {} FROM segue_left", MOST + 1));
        script.push("COMMIT".to_owned());
        let script = joined(&script);
        let rows = self.session.rows(&script);
        let rows = cancel::until(self.session, self.board.stops(), rows).await;
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => {
                let stop = Stop::Server(error);
                self.roll_back(&stop).await?;
                return Err(stop);
            }
        };
        let version = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(place), Some(xmin)]) => Some((place, xmin)),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(version).collect())
    }
}
