//! What a team holds to be large, slow and forbidden: the part of `segue.toml` that lint and plans go by.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{TableFacts, Weight};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// May hurt.
    Warning,
    /// Hurts, or fails.
    Error,
}

impl Severity {
    /// Its name: `error`, `warning` or `info`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What the team says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The rule is not asked.
    Off,
    /// Its findings are of this severity.
    At(Severity),
}

impl Level {
    /// Its name: `off`, or that of the severity.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::At(severity) => severity.name(),
        }
    }

    /// How bad findings are; `None`: there are none.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::At(severity) => Some(severity),
        }
    }
}

/// What a team holds to be large, slow and forbidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A table with more rows than this is large.
    pub large_rows: u64,
    /// A table of more bytes than this is large.
    pub large_bytes: u64,
    /// How long a statement may keep others waiting: shorter work is not spoken of, where the bytes of its tables are known.
    pub longest_blocking: Duration,
    /// Rules whose level is not their own, by id.
    pub levels: BTreeMap<String, Level>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            large_rows: 10_000,
            large_bytes: 100 * 1024 * 1024,
            longest_blocking: Duration::from_millis(500),
            levels: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// What a table is to be treated as.
    pub fn weight(&self, facts: Option<&TableFacts>) -> Weight {
        let Some(facts) = facts else {
            return Weight::Unknown;
        };
        let used = facts.reads.unwrap_or(0) > 0 || facts.writes.unwrap_or(0) > 0;
        let large = facts.rows.is_some_and(|rows| rows > self.large_rows)
            || facts.bytes.is_some_and(|bytes| bytes > self.large_bytes);
        match facts.rows {
            _ if large => Weight::Heavy,
            Some(0) => Weight::Empty,
            _ if used => Weight::Heavy,
            None if facts.bytes.is_none() => Weight::Unknown,
            _ => Weight::Light,
        }
    }
}
