//! How far the rows of a table are written, as a line.

use std::time::{Duration, Instant};

use segue::Progress;

use super::{clean, time};

/// How often a line is printed where there is no bar.
const LINES: Duration = Duration::from_secs(10);

/// When a line was last printed, and of which table.
#[derive(Default)]
pub(super) struct Lines {
    last: Option<(String, Instant)>,
}

impl Lines {
    /// Whether it is time for a line: some seconds after the one before, and where a table is done.
    pub(super) fn are_due(&mut self, progress: &Progress) -> bool {
        let is_due = match &self.last {
            Some((table, at)) if *table == progress.table => at.elapsed() >= LINES,
            _ => {
                // a small table is done before anybody has read that it is being written
                self.last = Some((progress.table.clone(), Instant::now()));
                false
            }
        };
        if is_due {
            self.last = Some((progress.table.clone(), Instant::now()));
        }
        is_due
    }
}

/// `public.users: 43 % of the table, 1,234,567 rows, 33,000 a second, 1 min 12 s left`.
pub(super) fn line(progress: &Progress) -> String {
    let mut line = format!(
        "{}: {:.0} % of the table, {} rows",
        clean(&progress.table),
        // what is not all of it is not said to be
        (progress.done * 100.0).floor(),
        grouped(progress.rows)
    );
    if progress.round > 1 {
        line.push_str(&format!(", round {}", progress.round));
    }
    if progress.per_second >= 1.0 {
        // it is no negative number, and one that does not fit is the largest that does
        line.push_str(&format!(
            ", {} a second",
            grouped(progress.per_second as u64)
        ));
    }
    if let Some(left) = progress.left.filter(|left| !left.is_zero()) {
        line.push_str(&format!(", {} left", time(left)));
    }
    line
}

/// A number with commas.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        Progress {
            table: "public.users".to_owned(),
            rows: 1_234_567,
            done: 0.4399,
            round: 1,
            per_second: 33_000.4,
            left: Some(Duration::from_secs(132)),
        }
    }

    #[test]
    fn a_line_says_how_far_it_is_how_fast_and_how_long_it_takes() {
        assert_eq!(
            line(&progress()),
            "public.users: 43 % of the table, 1,234,567 rows, 33,000 a second, 2 min 12 s left"
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let unknown = Progress {
            rows: 0,
            round: 2,
            per_second: 0.0,
            left: None,
            ..progress()
        };
        assert_eq!(
            line(&unknown),
            "public.users: 43 % of the table, 0 rows, round 2"
        );
    }
}
