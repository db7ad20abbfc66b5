//! Versions as Flyway compares them (`MigrationVersion`, flyway-core 8–13): numbers between dots or
//! underscores, however long; missing ones are zero.

use std::cmp::Ordering;

/// A version. `1.0`, `1` and `01` are the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Without leading zeros, and without zeros at the end.
    parts: Vec<String>,
}

impl Version {
    /// Reads a version as it stands in a file's name or in the history; `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        for part in text.split(['.', '_']) {
            if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            parts.push(part.trim_start_matches('0').to_owned());
        }
        while parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        Some(Self { parts })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let count = self.parts.len().max(other.parts.len());
        let part = |version: &Self, at: usize| version.parts.get(at).cloned().unwrap_or_default();
        (0..count)
            .map(|at| {
                let (ours, theirs) = (part(self, at), part(other, at));
                ours.len()
                    .cmp(&theirs.len())
                    .then_with(|| ours.cmp(&theirs))
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Version;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let sorted = [
            "0",
            "1",
            "1.0.1",
            "1.1",
            "1_2",
            "1.10",
            "2",
            "10",
            "20240101120000",
            "99999999999999999999",
        ];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn zeros_that_change_nothing_do_not_count() {
        for (one, other) in [("1", "1.0"), ("1", "001"), ("1.2", "1_2.0.0"), ("0", "0.0")] {
            assert_eq!(version(one), version(other));
        }
    }

    #[test]
    fn anything_else_is_no_version() {
        for text in ["", "1.", ".1", "1..2", "1a", "-1", "latest"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
