//! What is known: refusals, and plans that do not hold, each under the reason why that is as it should be. The list is exact:
//! what is not in it fails the test, and so does what is in it and is no more.

use std::collections::BTreeSet;

/// The list.
pub(crate) struct Known {
    lines: BTreeSet<String>,
}

impl Known {
    /// Reads the list: lines that begin with `#` are reasons.
    pub(crate) fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self {
            lines: lines.map(str::to_owned).collect(),
        }
    }

    /// Fails where something is not in the list, and where something in it is no more: `whole`, refusals of all histories are
    /// known by now; `all`, all plans have been run.
    pub(crate) fn judge(&self, refused: &[String], wrong: &[String], all: bool, whole: bool) {
        let seen: BTreeSet<String> = refused
            .iter()
            .map(|one| format!("refused {one}"))
            .chain(wrong.iter().map(|one| format!("wrong {one}")))
            .collect();
        let new: Vec<&str> = (seen.difference(&self.lines).map(String::as_str)).collect();
        let is_gone = |line: &&String| whole && (all || line.starts_with("refused "));
        let gone: Vec<&str> = (self.lines.difference(&seen).filter(is_gone))
            .map(String::as_str)
            .collect();
        assert!(
            new.is_empty() && gone.is_empty(),
            "not in known.txt:\n{}\nin known.txt, and no more seen:\n{}",
            new.join("\n"),
            gone.join("\n")
        );
    }
}
