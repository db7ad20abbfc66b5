//! How quiet a database has to be: `below 30 % of the day's peak`.

use std::fmt;

use crate::windows::{Malformed, wrong};

/// One that is right.
pub(crate) const EXAMPLE: &str = "below 30 % of the day's peak";

/// The same as it is written in a file.
pub(crate) const EXAMPLE_IN_FILE: &str = r#""below 30 % of the day's peak""#;

/// What stands for any time, where a section takes back what another one says.
const ANY: &str = "any";

/// How quiet a database has to be: its transactions a second are at most such a part of the most that they were within a day. Shown
/// as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    percent: u8,
}

impl Quiet {
    /// Reads `below N % of the day's peak`; none for `any`.
    ///
    /// # Errors
    /// The part that is wrong, and how.
    pub fn parse(text: &str) -> Result<Option<Self>, Malformed> {
        if text.trim() == ANY {
            return Ok(None);
        }
        let form = || wrong(text, "this is: below, a number, % of the day's peak");
        let rest = text.trim().strip_prefix("below ").ok_or_else(form)?;
        let (number, rest) = rest.split_once('%').ok_or_else(form)?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        if words != ["of", "the", "day's", "peak"] {
            return Err(form());
        }
        let percent = number.trim().parse().ok();
        let percent = percent.filter(|percent| (1..100).contains(percent));
        let percent = percent.ok_or_else(|| {
            wrong(
                number.trim(),
                "a whole number from 1 to 99: less than nothing never comes, and all of it is any time",
            )
        })?;
        Ok(Some(Self { percent }))
    }

    /// The part of the peak, from 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.percent) / 100.0
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "below {} % of the day's peak", self.percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_the_peak_is_read() {
        let quiet = Quiet::parse(EXAMPLE).expect("it is right").expect("a part");
        assert_eq!(quiet.share(), 0.3);
        assert_eq!(quiet.to_string(), EXAMPLE);
        let spaced = Quiet::parse(" below 5%  of the day's peak ");
        assert_eq!(spaced, Ok(Some(Quiet { percent: 5 })));
        assert_eq!(Quiet::parse("any"), Ok(None));
    }

    #[test]
    fn what_never_comes_and_what_is_no_such_text_is_refused_with_its_part() {
        for (text, part) in [
            ("below 0 % of the day's peak", "0"),
            ("below 100 % of the day's peak", "100"),
            ("below -3 % of the day's peak", "-3"),
            ("below 1e1 % of the day's peak", "1e1"),
            ("below 30 of the day's peak", "below 30 of the day's peak"),
            (
                "below 30 % of the week's peak",
                "below 30 % of the week's peak",
            ),
            (
                "above 30 % of the day's peak",
                "above 30 % of the day's peak",
            ),
            ("", ""),
        ] {
            assert_eq!(Quiet::parse(text).expect_err(text).part, part, "{text}");
        }
    }
}
