//! What running cases gave.

use std::{fmt, time::Duration};

/// What only a server can tell, whatever the model knows.
const MAY_BE_OPAQUE: &str = "a DO block";

/// One thing that was noticed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The case, and what in it: the statement, or the object.
    pub(crate) place: String,
    pub(crate) detail: String,
}

impl Finding {
    pub(crate) fn new(case: &str, what: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self {
            place: format!("{case}: {what}"),
            detail: detail.to_string(),
        }
    }
}

/// Everything that was noticed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) cases: usize,
    pub(crate) statements: usize,
    /// Statements that the server refused.
    pub(crate) failed: Vec<Finding>,
    /// Those of them that the model refused too.
    pub(crate) foreseen: usize,
    /// Statements whose effect could not be told.
    pub(crate) opaque: Vec<Finding>,
    /// Statements that the model refused and the server took.
    pub(crate) refused: Vec<Finding>,
    /// Where the model is not what the server has.
    pub(crate) differences: Vec<Finding>,
    /// Texts that were said to differ, and that the server prints alike.
    pub(crate) overdrawn: Vec<Finding>,
    /// Where a rendered schema is not what it was rendered from.
    pub(crate) altered: Vec<Finding>,
    /// Texts that the server had to compare.
    pub(crate) settled: usize,
    /// Time in the model alone, in running statements, in reading the catalogs, in settling.
    pub(crate) telling: Duration,
    pub(crate) running: Duration,
    pub(crate) reading: Duration,
    pub(crate) settling: Duration,
}

impl Outcome {
    /// The places of what should not be there, sorted.
    pub(crate) fn places(&self) -> Vec<&str> {
        let opaque = self.opaque.iter().filter(|one| one.detail != MAY_BE_OPAQUE);
        let all = [
            &self.refused,
            &self.differences,
            &self.overdrawn,
            &self.altered,
        ];
        let findings = all.into_iter().flatten().chain(opaque);
        let mut places: Vec<&str> = findings.map(|one| one.place.as_str()).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

impl FromIterator<Self> for Outcome {
    fn from_iter<I: IntoIterator<Item = Self>>(outcomes: I) -> Self {
        let mut all = Self::default();
        for one in outcomes {
            all.cases += one.cases;
            all.statements += one.statements;
            all.failed.extend(one.failed);
            all.foreseen += one.foreseen;
            all.opaque.extend(one.opaque);
            all.refused.extend(one.refused);
            all.differences.extend(one.differences);
            all.overdrawn.extend(one.overdrawn);
            all.altered.extend(one.altered);
            all.settled += one.settled;
            all.telling += one.telling;
            all.running += one.running;
            all.reading += one.reading;
            all.settling += one.settling;
        }
        all
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, lines) in [
            ("failed", &self.failed),
            ("opaque", &self.opaque),
            ("REFUSED", &self.refused),
            ("DIFFERS", &self.differences),
            ("OVERDRAWN", &self.overdrawn),
            ("ALTERED", &self.altered),
        ] {
            let mut lines: Vec<&Finding> = lines.iter().collect();
            lines.sort_unstable();
            for Finding { place, detail } in lines {
                writeln!(f, "{what:8} {place}: {detail}")?;
            }
        }
        write!(
            f,
            "| {} cases | {} statements | {} failed, {} of them foreseen | {} opaque | {} refused | {} differences | \
             {} overdrawn | {} altered | {} settled by the server | told in {:.1?} | run in {:.1?} | read in {:.1?} | settled in {:.1?} |",
            self.cases,
            self.statements,
            self.failed.len(),
            self.foreseen,
            self.opaque.len(),
            self.refused.len(),
            self.differences.len(),
            self.overdrawn.len(),
            self.altered.len(),
            self.settled,
            self.telling,
            self.running,
            self.reading,
            self.settling,
        )
    }
}
