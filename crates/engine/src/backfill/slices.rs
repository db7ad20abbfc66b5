//! A batch in slices: where an app is at work its statement is sent for a few rows at a time, in one transaction.
//!
//! Whoever computes for some milliseconds on end keeps its core for as long, and an app's statement that comes meanwhile waits for
//! it. A session that waits for the next slice has given it away. So an app's statements wait for a slice where they would wait for
//! a batch, and there are no more commits (measured: `docs/decisions/0020-rows-in-batches.md`). Pure.

use std::time::Duration;

/// How long a slice takes: much less than the time for which the system lets somebody compute before others get the core.
const TIME: Duration = Duration::from_micros(500);
/// As long as so many round trips, where that is longer: each slice has one, which is not to be more than a third of it.
const TRIPS: u32 = 3;
/// Longer ones are no use: the system itself takes the core away by then.
const LONGEST: Duration = Duration::from_millis(2);

/// A place in a table: a block, and a row's number in it.
pub(super) type Place = (u32, u32);

/// What is known of a block from the last batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OfBlock {
    /// How long it took, without the way to the server and back.
    pub(super) time: Duration,
    /// How many rows of it were written.
    pub(super) rows: f64,
}

/// What a slice has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slice {
    /// So many blocks.
    Blocks(u32),
    /// So many rows of a block.
    Rows {
        /// As many in each slice; the block's last one may have fewer, or those that were not known of.
        each: u32,
        /// How many rows a block has, as far as is known.
        of: u32,
    },
}

/// How long a slice takes on a server to which a round trip takes so long; none where they are no use.
pub(super) fn time(trip: Duration) -> Option<Duration> {
    let time = trip.saturating_mul(TRIPS).max(TIME);
    (time <= LONGEST).then_some(time)
}

impl Slice {
    /// The one that takes at most so long; slices of one block are all the same.
    pub(super) fn of(time: Duration, of_block: OfBlock) -> Self {
        let blocks = time.as_secs_f64() / of_block.time.as_secs_f64().max(1e-9);
        // a number that does not fit is the largest one that does
        let of = of_block.rows as u32;
        if blocks >= 1.0 || of == 0 {
            return Self::Blocks(blocks.max(1.0) as u32);
        }
        let slices = (1.0 / blocks).ceil() as u32;
        Self::Rows {
            each: of.div_ceil(slices),
            of,
        }
    }

    /// The same with so many blocks at most.
    pub(super) fn of_blocks(self, most: u32) -> Self {
        match self {
            Self::Blocks(blocks) => Self::Blocks(blocks.min(most)),
            rows @ Self::Rows { .. } => rows,
        }
    }

    /// The slices from a block up to another one: where each begins, and where the next does.
    pub(super) fn cut(self, from: u32, to: u32) -> Vec<(Place, Place)> {
        let (blocks, rows) = match self {
            Self::Blocks(blocks) => (blocks, None),
            Self::Rows { each, of } => (1, Some((each, of))),
        };
        let mut starts: Vec<Place> = Vec::new();
        for block in (from..to).step_by(blocks.max(1) as usize) {
            starts.push((block, 0));
            if let Some((each, of)) = rows {
                // the first row of a block is its number 1
                let further = (1..=of).step_by(each.max(1) as usize).skip(1);
                starts.extend(further.map(|row| (block, row)));
            }
        }
        let ends = starts.iter().skip(1).copied().chain([(to, 0)]);
        starts.iter().copied().zip(ends).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_longer_where_the_server_is_further_away_and_none_where_it_is_far() {
        let micros = Duration::from_micros;
        assert_eq!(time(micros(50)), Some(TIME));
        assert_eq!(time(micros(200)), Some(micros(600)));
        assert_eq!(time(micros(666)), Some(micros(1998)));
        assert_eq!(time(micros(667)), None);
    }

    #[test]
    fn a_slice_has_as_many_blocks_as_fit_or_a_part_of_one() {
        let micros = Duration::from_micros;
        let of = |block, rows| {
            let time = micros(block);
            Slice::of(micros(250), OfBlock { time, rows })
        };
        assert_eq!(of(60, 80.0), Slice::Blocks(4));
        assert_eq!(of(250, 80.0), Slice::Blocks(1));
        assert_eq!(of(260, 81.9), Slice::Rows { each: 41, of: 81 });
        assert_eq!(of(900, 80.0), Slice::Rows { each: 20, of: 80 });
        assert_eq!(of(900_000, 80.0), Slice::Rows { each: 1, of: 80 });
        // nothing to write, or one row that is slow: there is no smaller piece
        assert_eq!(of(300, 0.0), Slice::Blocks(1));
        assert_eq!(of(9000, 1.0), Slice::Rows { each: 1, of: 1 });
        assert_eq!(of(0, 0.0), Slice::Blocks(250_000));
    }

    #[test]
    fn slices_are_all_of_the_batch_and_nothing_twice() {
        let starts = |slice: Slice, from, to| {
            let cut = slice.cut(from, to);
            for two in cut.windows(2) {
                assert_eq!(two[0].1, two[1].0);
            }
            assert_eq!(cut.first().map(|slice| slice.0), Some((from, 0)));
            assert_eq!(cut.last().map(|slice| slice.1), Some((to, 0)));
            cut.into_iter().map(|slice| slice.0).collect::<Vec<_>>()
        };
        let blocks = |blocks, from, to| starts(Slice::Blocks(blocks), from, to);
        assert_eq!(blocks(3, 10, 17), [(10, 0), (13, 0), (16, 0)]);
        assert_eq!(blocks(3, 10, 16), [(10, 0), (13, 0)]);
        assert_eq!(blocks(0, 0, 2), [(0, 0), (1, 0)]);
        assert_eq!(blocks(u32::MAX, 7, u32::MAX), [(7, 0)]);
        let rows = |each, of| starts(Slice::Rows { each, of }, 5, 7);
        assert_eq!(rows(40, 80), [(5, 0), (5, 41), (6, 0), (6, 41)]);
        assert_eq!(
            rows(30, 61),
            [(5, 0), (5, 31), (5, 61), (6, 0), (6, 31), (6, 61)]
        );
        assert_eq!(rows(1, 1), [(5, 0), (6, 0)]);
        assert_eq!(rows(0, 2), [(5, 0), (5, 2), (6, 0), (6, 2)]);
    }
}
