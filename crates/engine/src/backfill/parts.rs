//! The parts that a table is cut into, one for each worker. Pure.

use segue_db::own::batches::{Checkpoint, Heap};

/// A round over a whole table: its blocks in as many parts as there are workers. `rows` were written before.
pub(super) fn cut(heap: Heap, workers: usize, round: u32, rows: u64) -> Vec<Checkpoint> {
    let workers = u32::try_from(workers.max(1)).unwrap_or(u32::MAX);
    let parts = heap.blocks.min(workers).max(1);
    let edge = |part: u32| {
        let edge = u64::from(heap.blocks) * u64::from(part) / u64::from(parts);
        u32::try_from(edge).unwrap_or(u32::MAX)
    };
    (0..parts)
        .map(|part| Checkpoint {
            worker: part as usize,
            round,
            file: heap.file,
            next: edge(part),
            until: edge(part + 1),
            rows: if part == 0 { rows } else { 0 },
        })
        .collect()
}

/// Whether there is nothing left of a round.
pub(super) fn are_done(parts: &[Checkpoint]) -> bool {
    parts.iter().all(|part| part.next >= part.until)
}

/// How many rows were written.
pub(super) fn rows(parts: &[Checkpoint]) -> u64 {
    parts.iter().map(|part| part.rows).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(blocks: u32, workers: usize) -> Vec<(u32, u32)> {
        let heap = Heap {
            oid: 1,
            file: 2,
            blocks,
            has_statement_triggers: false,
        };
        let parts = cut(heap, workers, 1, 7);
        assert_eq!(rows(&parts), 7);
        parts.iter().map(|part| (part.next, part.until)).collect()
    }

    #[test]
    fn every_block_is_in_one_part() {
        assert_eq!(edges(10, 3), [(0, 3), (3, 6), (6, 10)]);
        assert_eq!(edges(10, 1), [(0, 10)]);
        assert_eq!(edges(10, 0), [(0, 10)]);
        let most = u32::MAX;
        assert_eq!(edges(most, 2), [(0, most / 2), (most / 2, most)]);
    }

    #[test]
    fn a_small_table_has_no_empty_parts() {
        assert_eq!(edges(2, 4), [(0, 1), (1, 2)]);
        assert_eq!(edges(0, 4), [(0, 0)]);
    }
}
