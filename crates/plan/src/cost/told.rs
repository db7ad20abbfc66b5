//! What a cost is like, for people: who waits, for what, and how large it is.

use segue_catalog::QName;

use super::{Cost, estimate, place};
use crate::{Finding, Moment, Report, Weight, Work, WorkKind};

/// How many tables are named with their locks.
const NAMED: usize = 3;

impl Report<'_> {
    /// Says what a cost is, with the lock, who waits, and how large the table is; at the part of the statement that is to
    /// blame.
    pub(crate) fn cost(
        &mut self,
        moment: &Moment<'_>,
        cost: &Cost<'_>,
        message: impl Into<String>,
    ) -> &mut Finding {
        let finding = self.finding(message);
        if let Some(place) = place::of(moment, &cost.cause) {
            finding.at(place);
        }
        let work = cost.work();
        for blocked in cost.blocked.iter().take(NAMED) {
            let who = blocked.lock.blocked().unwrap_or("nobody");
            let since = if blocked.is_older {
                ", held since an earlier statement of the same transaction"
            } else {
                ""
            };
            finding.note(format!(
                "{} on {}{since}: {who} wait while {}",
                blocked.lock,
                blocked.table,
                doing(work)
            ));
        }
        if let more @ 1.. = cost.blocked.len().saturating_sub(NAMED) {
            finding.note(format!("{more} more tables are locked meanwhile"));
        }
        if let Some(size) = size(moment, &work.table) {
            finding.note(size);
        }
        if let Some(time) = estimate::of_all(moment, &cost.works) {
            let time = estimate::roughly(time);
            finding.note(format!("by its size that takes about {time}"));
        }
        finding
    }
}

impl Cost<'_> {
    /// The tables that the statement itself locks, for a sentence: `a or b`, `a, b or 7 more`.
    pub(crate) fn locked(&self) -> String {
        let own = self.blocked.iter().filter(|blocked| blocked.by_itself);
        let names: Vec<String> = own.map(|blocked| blocked.table.to_string()).collect();
        match names.as_slice() {
            [first, second, _, _, ..] => format!("{first}, {second} or {} more", names.len() - 2),
            few => few.join(" or "),
        }
    }
}

/// What is being done.
fn doing(work: &Work) -> String {
    let table = &work.table;
    match work.kind {
        WorkKind::Rewrite => format!("all rows of {table} are written anew, and its indexes built"),
        WorkKind::Scan => format!("all rows of {table} are read"),
        WorkKind::Build | WorkKind::ConcurrentBuild => {
            format!("all rows of {table} are read and the index is built")
        }
        WorkKind::ForeignKeyCheck => {
            format!("all rows of {table} are looked up in the table that they refer to")
        }
        WorkKind::Write => format!("rows of {table} are written"),
    }
}

/// How large a table is, as far as that is known.
pub(crate) fn size(moment: &Moment<'_>, table: &QName) -> Option<String> {
    let facts = moment.facts().tables.get(table);
    let rows = facts.and_then(|facts| facts.rows);
    let bytes = facts.and_then(|facts| facts.bytes);
    Some(match (rows, bytes) {
        (Some(rows), Some(bytes)) => {
            format!(
                "{table} has about {} rows in {}",
                grouped(rows),
                in_bytes(bytes)
            )
        }
        (Some(rows), None) => format!("{table} has about {} rows", grouped(rows)),
        (None, Some(bytes)) => format!("{table} has {}", in_bytes(bytes)),
        (None, None) if moment.weight(table) == Weight::Unknown => {
            format!("the size of {table} is not known: it counts as large and in use")
        }
        (None, None) => return None,
    })
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn in_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut left = bytes;
    while left >= 10 * 1024 && unit + 1 < UNITS.len() {
        left /= 1024;
        unit += 1;
    }
    format!("{left} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(40_000_000), "40,000,000");
        assert_eq!(in_bytes(9_000), "9000 B");
        assert_eq!(in_bytes(13 * 1024 * 1024 * 1024), "13 GB");
    }
}
