//! How long work takes, where the size of its table is known.

use std::time::Duration;

use crate::{Moment, Work, WorkKind};

const MB: u64 = 1024 * 1024;

/// How much of a table and its indexes a server works through in a second: about a third of what 2 cores did with tables
/// of 5,000,000 rows that were in memory, since a server that is in use has other things to do. What counts is the order of
/// magnitude: an estimate decides only whether work is short enough not to be spoken of.
pub(crate) fn bytes_per_second(kind: WorkKind) -> u64 {
    match kind {
        WorkKind::Scan => 200 * MB,
        WorkKind::Build | WorkKind::ConcurrentBuild | WorkKind::ForeignKeyCheck => 40 * MB,
        WorkKind::Rewrite => 30 * MB,
        WorkKind::Write => 10 * MB,
    }
}

/// How long work takes about; `None` where nobody has measured the table. A number of rows alone does not say how wide
/// they are.
pub(crate) fn of(moment: &Moment<'_>, work: &Work) -> Option<Duration> {
    let facts = moment.facts().tables.get(&work.table)?;
    if moment.is_new_relation(&work.table) {
        return None;
    }
    let milliseconds = facts.bytes? * 1000 / bytes_per_second(work.kind);
    Some(Duration::from_millis(milliseconds))
}

/// How long all of it takes about; `None` where that is not known of some of it.
pub(crate) fn of_all(moment: &Moment<'_>, works: &[&Work]) -> Option<Duration> {
    works.iter().map(|work| of(moment, work)).sum()
}

/// A duration for people, roughly.
pub(crate) fn roughly(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_roughly() {
        assert_eq!(roughly(Duration::from_millis(90)), "90 ms");
        assert_eq!(roughly(Duration::from_secs(119)), "119 s");
        assert_eq!(roughly(Duration::from_secs(180)), "3 min");
        assert_eq!(roughly(Duration::from_secs(7200)), "2 h");
    }
}
