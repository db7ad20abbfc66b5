//! Where a worker is in the order of the key. Pure.

use segue_db::own::batches::Checkpoint;
use segue_sql::Problem;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// The part of a table that a worker has, and how far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Behind this key everything is to be done.
    pub(super) after: Option<Vec<String>>,
    /// Its part begins behind this value of the key's first column.
    pub(super) above: Option<String>,
    /// And ends with this one.
    pub(super) upto: Option<String>,
    /// The keys before that which are still to be done: an app changed the row while the program had it.
    pub(super) again: Vec<Vec<String>>,
}

impl Place {
    /// As it is kept.
    pub(super) fn text(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// What was kept.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text).map_err(|error| {
            Failure::refused(
                Problem::new(format!("how far the rows are cannot be read: {error}"))
                    .note("another version of segue wrote it")
                    .help("go on with that version"),
            )
        })
    }
}

/// The parts between so many values of the key's first column.
pub(super) fn parts(edges: &[String]) -> Vec<Place> {
    let ends = edges.iter().cloned().map(Some).chain([None]);
    let begins = std::iter::once(None).chain(edges.iter().cloned().map(Some));
    begins
        .zip(ends)
        .map(|(above, upto)| Place {
            above,
            upto,
            ..Place::default()
        })
        .collect()
}

/// The checkpoints of a round over about so many rows, which say how far it is for people.
pub(super) fn checkpoints(parts: usize, rows: u64, round: u32, written: u64) -> Vec<Checkpoint> {
    let parts = u32::try_from(parts.max(1)).unwrap_or(u32::MAX);
    let share = (rows / u64::from(parts)).clamp(1, u64::from(u32::MAX / parts));
    let share = u32::try_from(share).unwrap_or(1);
    (0..parts)
        .map(|part| Checkpoint {
            worker: part as usize,
            round,
            file: 0,
            next: part * share,
            until: (part + 1) * share,
            rows: if part == 0 { written } else { 0 },
        })
        .collect()
}

/// A checkpoint behind so many more rows. Its part ends only where no more rows are found, however few were expected.
pub(super) fn behind(at: &Checkpoint, rows: usize, written: u64) -> Checkpoint {
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    let last = at.until.saturating_sub(1).max(at.next);
    Checkpoint {
        next: at.next.saturating_add(rows).min(last),
        rows: at.rows + written,
        ..*at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_touch_each_other_and_have_no_end_at_the_ends() {
        let parts = parts(&["5".to_owned(), "9".to_owned()]);
        let edges: Vec<_> = (parts.iter())
            .map(|part| (part.above.as_deref(), part.upto.as_deref()))
            .collect();
        assert_eq!(
            edges,
            [(None, Some("5")), (Some("5"), Some("9")), (Some("9"), None)]
        );
    }

    #[test]
    fn a_part_is_not_done_before_no_row_is_found() {
        let first = checkpoints(2, 10, 1, 7);
        assert_eq!((first[0].next, first[0].until, first[0].rows), (0, 5, 7));
        assert_eq!((first[1].next, first[1].until, first[1].rows), (5, 10, 0));
        let more = behind(&first[0], 100, 3);
        assert_eq!((more.next, more.until, more.rows), (4, 5, 10));
        assert_eq!(behind(&more, 1, 0).next, 4);
        let none = checkpoints(1, 0, 1, 0);
        assert_eq!((none[0].next, none[0].until), (0, 1));
        assert_eq!(behind(&none[0], 8, 0).next, 0);
    }
}
