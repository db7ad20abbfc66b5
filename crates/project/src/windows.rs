//! The hours at which rows may be written: `Mon-Fri 22:00-06:00 Europe/Berlin`.
//!
//! Days are optional: without them it is every day. A window belongs to the day on which it begins, so `Fri 22:00-06:00` ends
//! on Saturday. Times are those of clocks in the zone: where they are put forward over a window's beginning, it begins as
//! much later; where they are put back, it begins when that time comes first.

use std::{fmt, time::Duration};

use jiff::{SignedDuration, Timestamp, ToSpan, civil, tz::TimeZone};

mod parse;

pub use parse::Malformed;
pub(crate) use parse::{EXAMPLE, wrong};

/// The days as they are written, in the order of the week.
const DAYS: [(&str, civil::Weekday); 7] = [
    ("Mon", civil::Weekday::Monday),
    ("Tue", civil::Weekday::Tuesday),
    ("Wed", civil::Weekday::Wednesday),
    ("Thu", civil::Weekday::Thursday),
    ("Fri", civil::Weekday::Friday),
    ("Sat", civil::Weekday::Saturday),
    ("Sun", civil::Weekday::Sunday),
];

/// So many windows are looked at, one behind the other: those of some weeks.
const LOOKED_AT: usize = 100;

/// Times at which rows may be written; none is any time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Windows(Vec<Window>);

/// A time of some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// By [`DAYS`].
    days: [bool; 7],
    /// In minutes of the day.
    from: i64,
    /// In minutes of the day that it begins on: more than a day's where it ends on the next.
    to: i64,
    zone: TimeZone,
}

impl Windows {
    /// These windows.
    pub fn new(windows: Vec<Window>) -> Self {
        Self(windows)
    }

    /// Whether there is none, so that rows may be written at any time.
    pub fn are_any_time(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether rows may be written then.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.0.is_empty() || self.0.iter().any(|window| window.is_open(now))
    }

    /// When something can be begun that takes so long: windows that follow one another are one.
    pub fn fit(&self, now: Timestamp, time: Duration) -> Fit {
        let Ok(time) = SignedDuration::try_from(time) else {
            return Fit::Never;
        };
        let mut at = now;
        let mut opening = None;
        for _ in 0..LOOKED_AT {
            match self.opens(at) {
                Some(next) => {
                    at = next.at;
                    opening = Some(next);
                }
                None => match self.closes(at) {
                    Some(end) if end.duration_since(at) < time => {
                        at = end;
                        opening = None;
                    }
                    _ => return opening.map_or(Fit::Now, Fit::At),
                },
            }
        }
        Fit::Never
    }

    /// When it closes, while it is open; never where it is open at any time.
    fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let mut end = now;
        // a week of windows that follow one another has no end
        for _ in 0..LOOKED_AT {
            let ends = self.0.iter().filter_map(|window| window.closes(end));
            end = match ends.max() {
                Some(later) => later,
                None => return Some(end).filter(|end| *end > now),
            };
        }
        None
    }

    /// When the next window opens: `None` while one is open.
    pub fn opens(&self, now: Timestamp) -> Option<Opening> {
        if self.is_open(now) {
            return None;
        }
        let openings = self.0.iter().filter_map(|window| window.opens(now));
        openings.min_by_key(|opening| opening.at)
    }
}

/// Whether something can be begun that takes some time.
#[derive(Debug, Clone, PartialEq)]
pub enum Fit {
    /// What is left of the window is enough.
    Now,
    /// In this window.
    At(Opening),
    /// No window is that long.
    Never,
}

/// When a window opens. Shown as clocks in its zone tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// When.
    pub at: Timestamp,
    zone: TimeZone,
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.zone.to_datetime(self.at);
        let zone = self.zone.iana_name().unwrap_or("UTC");
        write!(
            f,
            "{} {:02}:{:02} {zone}",
            local.date(),
            local.hour(),
            local.minute()
        )
    }
}

impl Window {
    fn is_open(&self, now: Timestamp) -> bool {
        let mut around = self.around(now, -1..=0);
        around.any(|(begin, end)| begin <= now && now < end)
    }

    fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let around = self.around(now, -1..=0);
        let open = around.filter(|(begin, end)| *begin <= now && now < *end);
        open.map(|(_, end)| end).max()
    }

    fn opens(&self, now: Timestamp) -> Option<Opening> {
        // a week later it is the same day again; of one that clocks are put forward over, two weeks later
        let mut around = self.around(now, 0..=15);
        let (at, _) = around.find(|(begin, end)| *begin > now && end > begin)?;
        let zone = self.zone.clone();
        Some(Opening { at, zone })
    }

    /// The times between which it is open, of days from today on.
    fn around(
        &self,
        now: Timestamp,
        days: std::ops::RangeInclusive<i64>,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = self.zone.to_datetime(now).date();
        days.filter_map(move |offset| {
            let date = today.checked_add(offset.days()).ok()?;
            let is_one = DAYS.iter().zip(self.days);
            let is_one = is_one.filter(|(_, is_one)| *is_one);
            let mut of_week = is_one.map(|((_, day), _)| *day);
            of_week.find(|day| *day == date.weekday())?;
            let at = |minutes: i64| {
                let midnight = date.at(0, 0, 0, 0);
                let local = midnight.checked_add(minutes.minutes()).ok()?;
                self.zone.to_timestamp(local).ok()
            };
            Some((at(self.from)?, at(self.to)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(texts: &[&str]) -> Windows {
        let windows = texts.iter().map(|text| Window::parse(text).expect(text));
        Windows::new(windows.collect())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn no_window_is_any_time() {
        assert!(Windows::default().is_open(at("2026-11-26T12:00:00Z")));
        assert_eq!(Windows::default().opens(at("2026-11-26T12:00:00Z")), None);
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
        // the 27th is a Friday
        let windows = windows(&["Mon-Fri 22:00-06:00 Europe/Berlin"]);
        assert!(windows.is_open(at("2026-11-27T21:00:00Z")));
        assert!(windows.is_open(at("2026-11-28T04:59:59Z")));
        assert!(!windows.is_open(at("2026-11-28T05:00:00Z")));
        assert!(!windows.is_open(at("2026-11-28T22:00:00Z")));
        assert!(!windows.is_open(at("2026-11-30T04:00:00Z")));
    }

    #[test]
    fn it_is_told_when_the_next_one_opens() {
        let windows = windows(&["Mon-Fri 22:00-06:00 Europe/Berlin", "Sun 12:00-13:00 UTC"]);
        let opening = windows
            .opens(at("2026-11-28T10:00:00Z"))
            .expect("it is closed");
        assert_eq!(opening.at, at("2026-11-29T12:00:00Z"));
        assert_eq!(opening.to_string(), "2026-11-29 12:00 UTC");
        let opening = windows
            .opens(at("2026-11-29T13:00:00Z"))
            .expect("it is closed");
        assert_eq!(opening.to_string(), "2026-11-30 22:00 Europe/Berlin");
        assert_eq!(windows.opens(at("2026-11-30T21:30:00Z")), None);
    }

    #[test]
    fn the_only_day_of_a_week_comes_again() {
        let windows = windows(&["Fri 10:00-11:00 UTC"]);
        let opening = windows
            .opens(at("2026-11-27T11:00:00Z"))
            .expect("it is closed");
        assert_eq!(opening.at, at("2026-12-04T10:00:00Z"));
    }

    #[test]
    fn a_window_that_clocks_are_put_forward_over_opens_a_week_later() {
        let windows = windows(&["Sun 02:00-03:00 Europe/Berlin"]);
        let opening = windows
            .opens(at("2026-03-22T04:00:00Z"))
            .expect("it is closed");
        assert_eq!(opening.at, at("2026-04-05T00:00:00Z"));
    }

    #[test]
    fn what_takes_longer_than_is_left_of_a_window_waits_for_one_that_is_long_enough() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let windows = windows(&["Mon-Fri 22:00-24:00 UTC", "Sat 00:00-06:00 UTC"]);
        // a Thursday
        let now = at("2026-11-26T22:30:00Z");
        assert_eq!(windows.fit(now, hours(1)), Fit::Now);
        let begins = |time| match windows.fit(now, time) {
            Fit::At(opening) => opening.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(begins(hours(2)), "2026-11-27 22:00 UTC");
        // that of Saturday follows it at once
        assert_eq!(begins(hours(8)), "2026-11-27 22:00 UTC");
        assert_eq!(begins(hours(9)), "Never");
        assert_eq!(Windows::default().fit(now, hours(900)), Fit::Now);
        let always = Windows::new(vec![Window::parse("00:00-24:00 UTC").expect("it is one")]);
        assert_eq!(always.fit(now, hours(900)), Fit::Now);
    }

    #[test]
    fn days_may_go_over_the_end_of_the_week() {
        let windows = windows(&["Sat-Mon,Wed 00:00-24:00 UTC"]);
        for (day, is_open) in [
            (23, true),
            (24, false),
            (25, true),
            (26, false),
            (27, false),
            (28, true),
            (29, true),
        ] {
            let noon = at(&format!("2026-11-{day}T12:00:00Z"));
            assert_eq!(windows.is_open(noon), is_open, "{day}");
        }
    }

    #[test]
    fn clocks_that_are_put_forward_move_a_beginning_that_does_not_exist() {
        // in Berlin 02:00 becomes 03:00 on 2026-03-29, at 01:00 UTC
        let windows = windows(&["02:30-05:00 Europe/Berlin"]);
        assert!(!windows.is_open(at("2026-03-29T01:29:00Z")));
        assert!(windows.is_open(at("2026-03-29T01:30:00Z")));
        assert!(windows.is_open(at("2026-03-29T02:59:00Z")));
        assert!(!windows.is_open(at("2026-03-29T03:00:00Z")));
    }

    #[test]
    fn clocks_that_are_put_back_make_a_window_longer() {
        // in Berlin 03:00 becomes 02:00 on 2026-10-25, at 01:00 UTC
        let windows = windows(&["02:30-03:30 Europe/Berlin"]);
        assert!(windows.is_open(at("2026-10-25T00:30:00Z")));
        assert!(windows.is_open(at("2026-10-25T02:29:00Z")));
        assert!(!windows.is_open(at("2026-10-25T02:30:00Z")));
    }
}
