//! The rows that are left behind a round of a statement that an app may go on making work for.
//!
//! A round misses rows that moved while an app wrote them, and an app may insert rows of the kind all the time: a query that has
//! to find none would never do so. The statement as it was written has neither trouble, since it sees the table in one snapshot.
//! So does a sweep: it takes the places of all rows that are left in one look, and writes them in the same transaction. Are all
//! of them written, then so is every row that was there when it looked; one that was updated in between has another place, and
//! the next look finds that. The snapshot is held until the rows are written (by the cursor), so that no place is given to
//! another row before (routine-vacuuming.html).

use std::time::Instant;

use segue_db::own::batches::Checkpoint;

use super::{
    batch::{BEFORE_HELD, BEHIND_WRITTEN, joined},
    cancel,
    stop::Stop,
    worker::{Trouble, Worker},
};

/// How many rows are written in one transaction: a fraction of a second.
const MOST: usize = 1000;

/// What a look found.
pub(super) enum Swept {
    /// Every row that was there is written now.
    All,
    /// There are, or may be, more.
    More,
}

impl Worker<'_> {
    /// Looks for rows that are left, by a query for their places, and writes them.
    pub(super) async fn sweep(&self, left: &str, at: Checkpoint) -> Result<Swept, Stop> {
        let mut trouble = Trouble::default();
        loop {
            self.turn().await?;
            let stop = match self.sweep_once(left, &at).await {
                Ok(swept) => return Ok(swept),
                Err(stop) => stop,
            };
            let is_alive = !matches!(&stop, Stop::Server(error) if error.ends_connection());
            if is_alive {
                let back = self.session.execute("ROLLBACK").await;
                back.map_err(Stop::Server)?;
            }
            match stop {
                Stop::Server(error) if error.is_passing() || error.is_cancelled() => {
                    self.again(&mut trouble, error).await?
                }
                stop => return Err(stop),
            }
        }
    }

    async fn sweep_once(&self, left: &str, from: &Checkpoint) -> Result<Swept, Stop> {
        let start = Instant::now();
        let places = self.look_for(left, from).await?;
        let is_whole = places.len() <= MOST;
        let statements = places.iter().take(MOST);
        let statements: Option<Vec<String>> = statements
            .map(|place| self.task.batches.at(place))
            .collect();
        let mut script = statements.ok_or(Stop::Moved)?;
        let asked = script.len();
        script.extend(self.task.closing());
        let script = joined(&script);
        let counts = self.session.counts(&script);
        let counts = cancel::until(self.session, self.board.stops(), counts).await;
        let counts = counts.map_err(Stop::Server)?;
        if counts.get(counts.len().wrapping_sub(BEHIND_WRITTEN)) != Some(&1) {
            return Err(Stop::Moved);
        }
        let rows: u64 = counts.iter().take(asked).sum();
        let at = Checkpoint {
            rows: from.rows + rows,
            ..*from
        };
        let kept = self.session.execute(&self.task.keep(&at)).await;
        kept.map_err(Stop::Server)?;
        self.board.committed(at, rows, start.elapsed());
        Ok(match is_whole && rows == asked as u64 {
            true => Swept::All,
            false => Swept::More,
        })
    }

    /// Begins a transaction, and gives the places of the rows that are left: one more than are written, if there are so many.
    async fn look_for(&self, left: &str, from: &Checkpoint) -> Result<Vec<String>, Stop> {
        let timeout = self.task.statement_timeout();
        let mut script = self.task.opening(from);
        script.push(format!("DECLARE segue_left NO SCROLL CURSOR FOR {left}"));
        // it reads the whole table, and nobody waits for it
        script.push("SET LOCAL statement_timeout = 0".to_owned());
        let counts = self.session.counts(&joined(&script)).await;
        if counts.map_err(Stop::Server)?.get(BEFORE_HELD) != Some(&1) {
            return Err(Stop::Elsewhere);
        }
        let fetch = format!(
            "FETCH {} FROM segue_left; SET LOCAL statement_timeout = {}",
            MOST + 1,
            timeout.as_millis()
        );
        let rows = self.session.rows(&fetch);
        let rows = cancel::until(self.session, self.board.stops(), rows).await;
        let rows = rows.map_err(Stop::Server)?;
        Ok(rows
            .into_iter()
            .filter_map(|row| row.into_iter().next().flatten())
            .collect())
    }
}
