//! The statements of a script, kept small: a seed of 50 MB may have millions of them.

use std::ops::Range;

use crate::{Kind, Statement};

/// The statements of a script, in order: eight bytes each, and what differs from statement to statement
/// beside its span only where it differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statements {
    /// Where each starts and ends; texts are shorter than 4 GiB, which their reader has seen to.
    spans: Vec<(u32, u32)>,
    /// The kind of this statement and of those that follow it, up to the next entry.
    kinds: Vec<(usize, Kind)>,
    /// The data of the statements that have some.
    data: Vec<(usize, Range<usize>)>,
}

impl Statements {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Adds one behind the others.
    pub fn push(&mut self, statement: Statement) {
        let index = self.spans.len();
        self.spans
            .push((offset(statement.span.start), offset(statement.span.end)));
        if self
            .kinds
            .last()
            .is_none_or(|(_, kind)| *kind != statement.kind)
        {
            self.kinds.push((index, statement.kind));
        }
        if let Some(data) = statement.data {
            self.data.push((index, data));
        }
    }

    /// The statement at this place, from 0.
    pub fn get(&self, index: usize) -> Option<Statement> {
        Some(Statement {
            span: self.span(index)?,
            kind: self.kind(index)?.clone(),
            data: self
                .data
                .binary_search_by_key(&index, |(index, _)| *index)
                .ok()
                .map(|found| self.data[found].1.clone()),
        })
    }

    /// Where the statement at this place is.
    pub fn span(&self, index: usize) -> Option<Range<usize>> {
        let (start, end) = self.spans.get(index)?;
        Some(*start as usize..*end as usize)
    }

    /// The kind of the statement at this place.
    pub fn kind(&self, index: usize) -> Option<&Kind> {
        let run = self.kinds.partition_point(|(first, _)| *first <= index);
        let (_, kind) = self.kinds.get(run.checked_sub(1)?)?;
        (index < self.spans.len()).then_some(kind)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Statement> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// # Panics
/// A text of 4 GiB, which nothing reads.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a text is shorter than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_in_comes_out() {
        let of = |at: usize, kind: Kind, data: Option<Range<usize>>| Statement {
            span: at..at + 3,
            kind,
            data,
        };
        let all = [
            of(0, Kind::Plain, None),
            of(4, Kind::Plain, None),
            of(8, Kind::CopyFromStdin, Some(12..20)),
            of(24, Kind::CopyFromStdin, Some(28..30)),
            of(34, Kind::CreateExtension("a".to_owned()), None),
            of(38, Kind::CreateExtension("b".to_owned()), None),
            of(42, Kind::Plain, None),
        ];
        let mut statements = Statements::default();
        for statement in all.clone() {
            statements.push(statement);
        }
        assert_eq!(statements.iter().collect::<Vec<_>>(), all);
        assert_eq!(statements.len(), all.len());
        assert_eq!(statements.get(all.len()), None);
        assert_eq!(statements.kind(all.len()), None);
        assert_eq!(Statements::default().kind(0), None);
    }
}
