//! Words that all forms of a plan have.

use std::{borrow::Cow, time::Duration};

use segue_catalog::QName;

use super::summary::{Blocking, Longest, is_unknown};
use crate::{Action, Estimate, Keep, LockMode, Step, Strategy, Transform, Undo, WorkKind};

/// How many names a list has at most.
const NAMED: usize = 5;

/// `1 step`, `2 steps`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A time, roughly: what is shown is never shorter than it is.
pub(super) fn time(time: Duration) -> String {
    let milliseconds = time.as_millis();
    let seconds = milliseconds.div_ceil(1000);
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..10_000 => {
            let tenths = milliseconds.div_ceil(100);
            match tenths % 10 {
                0 => format!("{} s", tenths / 10),
                part => format!("{}.{part} s", tenths / 10),
            }
        }
        10_000..120_000 => format!("{seconds} s"),
        120_000..7_200_000 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

/// Shorter than that is not told apart.
const NOTHING: Duration = Duration::from_millis(10);

/// From least to most.
pub(super) fn range(estimate: Estimate) -> String {
    if estimate.most < NOTHING {
        return "milliseconds".to_owned();
    }
    let (least, most) = (time(estimate.least), time(estimate.most));
    match least == most {
        true => format!("about {most}"),
        false => format!("{least} to {most}"),
    }
}

/// Names in a row, the first few of them.
pub(super) fn names<'a>(all: impl IntoIterator<Item = &'a QName>) -> String {
    let all: Vec<String> = all.into_iter().map(ToString::to_string).collect();
    match all.len().checked_sub(NAMED).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", all[..NAMED].join(", ")),
        None => all.join(", "),
    }
}

/// How far a plan goes.
pub(super) fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Online => "online",
        Strategy::Direct => "direct: no app may run meanwhile",
    }
}

/// Who waits, and how long.
pub(super) fn blocking(blocking: &Blocking) -> String {
    let whose = names(&blocking.tables);
    format!(
        "{} of {whose} wait, {}",
        blocking.blocked,
        longest(blocking.longest)
    )
}

/// How long others wait.
pub(super) fn longest(longest: Longest) -> String {
    match longest {
        Longest::Ended(most) => format!("at most {}", time(most)),
        Longest::Likely(most) if most < NOTHING => "for milliseconds".to_owned(),
        Longest::Likely(most) => format!("likely up to {}", time(most)),
        Longest::Unknown => "and it is not known how long".to_owned(),
    }
}

/// What a step locks, one line for each mode, the strongest first; locks for which nobody waits who works with rows are
/// told only of steps that write rows.
pub(super) fn locks(step: &Step) -> Vec<String> {
    if let Some(why) = &step.effect.unknown {
        return vec![format!("not known: it is {why}")];
    }
    let modes = LockMode::ALL.into_iter().rev();
    let told = modes.filter(|mode| *mode >= LockMode::ShareUpdateExclusive);
    let mut lines: Vec<String> = told
        .filter_map(|mode| {
            let held = step.effect.locks.iter().filter(|(_, held)| **held == mode);
            let held: Vec<&QName> = held.map(|(name, _)| name).collect();
            (!held.is_empty()).then(|| locked(mode, &held))
        })
        .collect();
    if let Some(blocking) = Blocking::of(step, 0)
        && let Some(first) = lines.first_mut()
    {
        first.push_str(&format!(", {}", longest(blocking.longest)));
    }
    if let Some(last) = lines.last_mut() {
        match step.timeouts.lock {
            Some(each) => last.push_str(&format!(" (each try waits {} for it)", time(each))),
            None => last.push_str(" (it waits for that as long as it takes)"),
        }
    }
    if lines.is_empty() {
        lines.push(match &step.action {
            Action::Batches(batches) if batches.copies => {
                "nothing that anybody waits for".to_owned()
            }
            Action::Batches(_) | Action::Transform(_) => {
                "the rows of a batch, until that ends".to_owned()
            }
            _ => "nothing that anybody waits for".to_owned(),
        });
    }
    lines
}

fn locked(mode: LockMode, held: &[&QName]) -> String {
    let who = match mode.blocked() {
        Some(who) => format!("{who} wait"),
        None => "reads and writes go on".to_owned(),
    };
    format!("{mode} on {}: {who}", names(held.iter().copied()))
}

/// How long a step takes, and with what.
pub(super) fn takes(step: &Step) -> String {
    let work = work(step);
    let work = match work.is_empty() {
        true => String::new(),
        false => format!(" ({work})"),
    };
    match step.estimate {
        Some(estimate) => format!("{}{work}", range(estimate)),
        None if is_unknown(step) && step.effect.work.is_empty() => "not known".to_owned(),
        None if is_unknown(step) => {
            let mut tables: Vec<&QName> = step.effect.work.iter().map(|work| &work.table).collect();
            tables.dedup();
            format!(
                "not known: nothing says how large {} is{work}",
                names(tables)
            )
        }
        None => "milliseconds".to_owned(),
    }
}

/// What is done to rows.
fn work(step: &Step) -> String {
    let mut said: Vec<&str> = Vec::new();
    for work in &step.effect.work {
        let word = match work.kind {
            WorkKind::Rewrite => "all rows are written anew",
            WorkKind::Scan => "all rows are read",
            WorkKind::Build => "an index is built",
            WorkKind::ConcurrentBuild => "an index is built while others write",
            WorkKind::ForeignKeyCheck => "all rows are looked up",
            WorkKind::Write => "rows are written",
        };
        if !said.contains(&word) {
            said.push(word);
        }
    }
    said.join(", ")
}

/// What there is to know of a program that rows go through: what it is called, and what it is.
pub(super) fn program(transform: &Transform) -> [(&'static str, String); 3] {
    let side = match transform.parallel {
        1 => String::new(),
        more => format!(", {more} side by side"),
    };
    let bad = match transform.stops {
        true => "the deploy stops at them; what is written stays",
        false => "the deploy goes on, and they are kept aside in segue.quarantine",
    };
    let batches = format!(
        "{} at a time in the order of the key, each written in a transaction with how far it is",
        count(transform.rows as usize, "row")
    );
    [
        ("program", format!("{}{side}", transform.program.join(" "))),
        ("batches", batches),
        ("bad rows", bad.to_owned()),
    ]
}

/// How a step is taken back, shortly.
pub(super) fn keeps(keep: &Keep) -> String {
    let what = match keep.instead {
        Some(_) => "which rows are added",
        None => "what rows were before",
    };
    let tables: Vec<String> = keep.tables().map(ToString::to_string).collect();
    let tables = tables.join(", ");
    format!("{what}, in {tables}, as long as it can be taken back")
}

/// How a step is taken back.
pub(super) fn undo(undo: &Undo) -> String {
    match undo {
        Undo::Nothing => "nothing to take back".to_owned(),
        Undo::Impossible(why) => format!("impossible: {why}"),
        Undo::Actions(actions) => {
            let statements: Vec<Cow<'_, str>> =
                actions.iter().flat_map(Action::statements).collect();
            let Some((first, rest)) = statements.split_first() else {
                return "nothing to take back".to_owned();
            };
            let first = short(first);
            match rest.len() {
                0 => first,
                more => format!("{first}, and {}", count(more, "more statement")),
            }
        }
    }
}

/// How many characters of a statement are shown where it is only mentioned.
const MENTIONED: usize = 90;

/// A statement on one line, its beginning.
pub(super) fn short(statement: &str) -> String {
    let line = one_line(statement);
    match line.char_indices().nth(MENTIONED) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Text without ends of lines.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a statement only steers a transaction, so that there is nothing to say of it.
pub(super) fn is_frame(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or_default();
    let frames = ["BEGIN", "START", "COMMIT", "END"];
    frames
        .iter()
        .any(|frame| first.trim_end_matches(';').eq_ignore_ascii_case(frame))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_never_shown_shorter_than_they_are() {
        for (milliseconds, shown) in [
            (0, "0 ms"),
            (400, "400 ms"),
            (1_000, "1 s"),
            (1_601, "1.7 s"),
            (9_999, "10 s"),
            (119_001, "120 s"),
            (121_000, "3 min"),
            (7_200_001, "3 h"),
        ] {
            assert_eq!(time(Duration::from_millis(milliseconds)), shown);
        }
    }
}
