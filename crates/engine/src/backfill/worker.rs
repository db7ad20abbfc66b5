//! One worker: it takes a part of the table, and writes it batch after batch.

use segue_db::own::batches::Checkpoint;

use super::{
    batch::{Task, Written},
    seat::{Seat, Trouble},
    size::Size,
    slices::{OfBlock, Slice},
    stop::Stop,
};

/// One worker, with its connection.
pub(super) struct Worker<'a> {
    pub(super) seat: Seat<'a>,
    pub(super) task: Task<'a>,
}

/// How many blocks are sent at once where no app is at work: behind a stretch with nothing to do batches are large, and the next
/// blocks may be full.
const MOST: u32 = 256;
/// How many rows a block has at most (`MaxHeapTuplesPerPage`, `htup_details.h`).
const MOST_OF_BLOCK: u64 = 291;

impl Worker<'_> {
    /// Writes parts until none is left.
    pub(super) async fn work(&self) -> Result<(), Stop> {
        while let Some(part) = self.seat.board.take() {
            self.part(part).await?;
        }
        Ok(())
    }

    async fn part(&self, mut at: Checkpoint) -> Result<(), Stop> {
        let mut size = Size::new();
        let mut trouble = Trouble::default();
        let mut of_block = None;
        while at.next < at.until {
            self.seat.turn().await?;
            let blocks = self.blocks(&size, of_block);
            let to = at.next.saturating_add(blocks).min(at.until);
            let slices = self.slice(of_block).cut(at.next, to);
            let batch = self.task.batch(
                self.seat.session,
                self.seat.board,
                self.seat.doorbell,
                &at,
                &slices,
                self.most_rows(),
            );
            match batch.await {
                Ok(Written {
                    at: behind,
                    rows,
                    took,
                }) => {
                    let blocks = behind.next - at.next;
                    trouble = Trouble::default();
                    size.took(blocks, took, self.seat.board.target());
                    let sent = slices.iter().take_while(|(from, _)| from.0 < behind.next);
                    let trips = self.seat.board.trip * sent.count() as u32;
                    of_block = Some(OfBlock {
                        time: took.saturating_sub(trips) / blocks,
                        // behind a stretch with nothing to write the next block may be as full as any
                        rows: match (rows, of_block) {
                            (0, Some(OfBlock { rows, .. })) => rows,
                            _ => rows as f64 / f64::from(blocks),
                        },
                    });
                    at = behind;
                    let rest = self.seat.board.committed(at, rows, took);
                    // the timer's shortest sleep is a millisecond
                    if !rest.is_zero() {
                        self.seat.board.sleep(rest).await;
                    }
                }
                Err(Stop::Server(error)) if error.is_passing() || error.is_cancelled() => {
                    size.failed(to - at.next);
                    self.seat.again(&mut trouble, error).await?;
                }
                Err(Stop::GivesWay) => size.failed(to - at.next),
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    /// As many blocks as are right for the time, and no more rows than may be written in a second, or in a batch.
    fn blocks(&self, size: &Size, of_block: Option<OfBlock>) -> u32 {
        let blocks = size.blocks();
        match (self.most_rows(), of_block) {
            (Some(most), Some(OfBlock { rows, .. })) if rows > 0.0 => {
                let most = (most as f64 / rows).max(1.0);
                // a number that does not fit is the largest one that does
                blocks.min(most as u32)
            }
            _ => blocks,
        }
    }

    /// How many rows a batch may write.
    fn most_rows(&self) -> Option<u64> {
        let own = self.task.batches.pace.size;
        self.seat.board.rate().into_iter().chain(own).min()
    }

    /// What is sent at once of a batch: all of it, unless it is large or an app is at work. Triggers of the user's that fire once
    /// for a statement may do much each time.
    fn slice(&self, of_block: Option<OfBlock>) -> Slice {
        let time = self.seat.board.slice();
        let time = time.filter(|_| !self.task.heap.has_statement_triggers);
        let bounded = self.most_rows().map(|most| most / MOST_OF_BLOCK);
        let bounded = bounded.map_or(MOST, |blocks| {
            u32::try_from(blocks).unwrap_or(MOST).clamp(1, MOST)
        });
        match (time, of_block) {
            (Some(time), Some(of_block)) => Slice::of(time, of_block).of_blocks(bounded),
            // nothing is known of them yet
            (Some(_), None) => Slice::Blocks(1),
            (None, _) => Slice::Blocks(bounded),
        }
    }
}
