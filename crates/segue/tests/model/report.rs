//! What running a history gave.

use std::{fmt, time::Duration};

/// How many statements in a hundred may have an effect that cannot be told.
const OPAQUE_PERCENT: usize = 1;

/// Everything that was noticed, each with its migration.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) history: String,
    pub(crate) major: u16,
    pub(crate) migrations: usize,
    pub(crate) statements: usize,
    /// Statements whose effect could not be told.
    pub(crate) opaque: Vec<String>,
    /// Statements that the model refused and the server took.
    pub(crate) refused: Vec<String>,
    /// Where the model is not what the server has.
    pub(crate) differences: Vec<String>,
    /// Why the history was not run to its end.
    pub(crate) stopped: Option<String>,
    /// Texts that only the server could compare.
    pub(crate) settled: usize,
    /// Time in the model alone, and in reading the server's catalogs.
    pub(crate) telling: Duration,
    pub(crate) reading: Duration,
}

impl Report {
    /// Whether the history was run to its end, and the model was what the server has all the way.
    pub(crate) fn is_equal(&self) -> bool {
        self.differences.is_empty() && self.refused.is_empty() && self.stopped.is_none()
    }

    /// Whether less than one statement in a hundred had to be learned.
    pub(crate) fn is_told(&self) -> bool {
        self.opaque.len() * 100 <= self.statements * OPAQUE_PERCENT
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {} | PostgreSQL {} | {} migrations | {} statements | {} opaque | {} texts settled by the server | \
             told in {:.0?} | read in {:.0?} |",
            self.history,
            self.major,
            self.migrations,
            self.statements,
            self.opaque.len(),
            self.settled,
            self.telling,
            self.reading,
        )?;
        for (what, lines) in [
            ("opaque", &self.opaque),
            ("REFUSED", &self.refused),
            ("DIFFERS", &self.differences),
        ] {
            for line in lines {
                writeln!(f, "{what:8} {line}")?;
            }
        }
        if let Some(why) = &self.stopped {
            writeln!(f, "STOPPED  {why}")?;
        }
        Ok(())
    }
}
