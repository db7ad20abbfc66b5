//! What came of some rows in one transaction. Pure.

use segue_db::own::quarantine::Kept;

use super::{answer::Answer, write::Answered};

/// What came of rows that were written.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Which were written, by their numbers.
    pub(super) written: Vec<usize>,
    /// Which could not be, and why.
    pub(super) bad: Vec<(usize, String)>,
}

/// What came of some rows, committed.
pub(super) struct Chunk {
    /// How many were written or are gone.
    pub(super) written: u64,
    /// The keys of those that need nothing any more.
    pub(super) done: Vec<String>,
    /// The keys of those that somebody has changed since they were read.
    pub(super) changed: Vec<Vec<String>>,
    pub(super) bad: Vec<Kept>,
}

impl Chunk {
    pub(super) fn of(some: &[Answered], outcome: Outcome) -> Self {
        let mut chunk = Self {
            written: outcome.written.len() as u64,
            done: Vec::new(),
            changed: Vec::new(),
            bad: Vec::new(),
        };
        let mut written = vec![false; some.len()];
        for number in outcome.written {
            if let Some(written) = written.get_mut(number) {
                *written = true;
            }
        }
        let mut refused = outcome.bad.into_iter().peekable();
        for (number, one) in some.iter().enumerate() {
            let refused = refused.next_if(|(of, _)| *of == number).map(|(_, why)| why);
            let bad = match &one.answer {
                Answer::Bad(why) => Some(why.clone()),
                Answer::Values(_) | Answer::Delete | Answer::Unchanged => refused,
            };
            let is_done = written[number] || matches!(one.answer, Answer::Unchanged);
            match bad {
                Some(reason) => chunk.bad.push(Kept {
                    key: one.row.key.clone(),
                    texts: one.row.texts_as_json(),
                    row: one.row.line.clone(),
                    reason,
                }),
                None if is_done => chunk.done.push(one.row.key.clone()),
                None => chunk.changed.push(one.row.texts.clone()),
            }
        }
        chunk
    }
}
