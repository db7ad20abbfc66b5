//! How many blocks a batch takes: as many as it can write in the time that it shall take. Pure.

use std::time::Duration;

/// What the first batch takes: nothing is known of the rows yet.
const FIRST: u32 = 16;
/// The most that a batch takes, 16 MB of rows: what is done already goes by quickly, and the next block may not be.
const MOST: u32 = 2048;
/// A batch is at most so many times as large as the one before.
const GROWTH: f64 = 2.0;
/// The same for a while after a batch that somebody was in the way of.
const CAREFUL_GROWTH: f64 = 1.2;
/// For how many batches.
const CAREFUL: u32 = 8;

/// How many blocks the next batch takes.
#[derive(Debug, Clone)]
pub(super) struct Size {
    blocks: f64,
    careful: u32,
}

impl Size {
    pub(super) fn new() -> Self {
        Self {
            blocks: f64::from(FIRST),
            careful: 0,
        }
    }

    /// At least one.
    pub(super) fn blocks(&self) -> u32 {
        // it lies between 1 and MOST
        self.blocks as u32
    }

    /// A batch of so many blocks took so long.
    pub(super) fn took(&mut self, blocks: u32, time: Duration, target: Duration) {
        let ideal = f64::from(blocks) * target.as_secs_f64() / time.as_secs_f64().max(1e-6);
        let growth = match self.careful {
            0 => GROWTH,
            _ => CAREFUL_GROWTH,
        };
        self.careful = self.careful.saturating_sub(1);
        // half of the way, by ratio: a single batch that was slow or quick by chance does not decide
        let next = (self.blocks * ideal).sqrt();
        self.blocks = next.min(self.blocks * growth).clamp(1.0, f64::from(MOST));
    }

    /// A batch of so many blocks failed, because somebody was in its way or it in somebody's.
    pub(super) fn failed(&mut self, blocks: u32) {
        self.blocks = (f64::from(blocks) / 2.0).max(1.0);
        self.careful = CAREFUL;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Duration = Duration::from_millis(100);

    /// Runs batches that take `per_block` each, and gives the sizes.
    fn sizes(size: &mut Size, per_block: Duration, batches: usize) -> Vec<u32> {
        let mut sizes = Vec::new();
        for _ in 0..batches {
            let blocks = size.blocks();
            size.took(blocks, per_block * blocks, TARGET);
            sizes.push(blocks);
        }
        sizes
    }

    #[test]
    fn batches_grow_to_the_time_that_they_shall_take_and_stay_there() {
        let mut size = Size::new();
        let grown = sizes(&mut size, Duration::from_micros(500), 20);
        assert!(
            grown.windows(2).all(|two| two[1] <= two[0] * 2),
            "{grown:?}"
        );
        assert!((190..=200).contains(&grown[19]), "{grown:?}");
    }

    #[test]
    fn blocks_that_became_slow_make_batches_small() {
        let mut size = Size::new();
        sizes(&mut size, Duration::from_micros(100), 20);
        let shrunk = sizes(&mut size, Duration::from_millis(20), 20);
        assert!((4..=6).contains(&shrunk[19]), "{shrunk:?}");
    }

    #[test]
    fn a_batch_has_a_block_however_slow_that_is() {
        let mut size = Size::new();
        let shrunk = sizes(&mut size, Duration::from_secs(10), 20);
        assert_eq!(shrunk[19], 1);
        size.failed(1);
        assert_eq!(size.blocks(), 1);
    }

    #[test]
    fn blocks_without_work_make_no_batch_that_would_take_long_over_others() {
        let mut size = Size::new();
        let grown = sizes(&mut size, Duration::ZERO, 40);
        assert_eq!(grown[39], MOST);
    }

    #[test]
    fn after_a_failure_batches_are_half_as_large_and_grow_slowly() {
        let mut size = Size::new();
        sizes(&mut size, Duration::from_micros(100), 30);
        let before = size.blocks();
        size.failed(before);
        let after = sizes(&mut size, Duration::from_micros(100), 3);
        assert_eq!(after[0], before / 2);
        assert!(
            f64::from(after[1]) <= f64::from(after[0] + 1) * 1.2,
            "{after:?}"
        );
    }
}
