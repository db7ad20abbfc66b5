//! A window as it is written.

use jiff::tz::TimeZone;

use super::{DAYS, Window};

/// One that is right.
pub(crate) const EXAMPLE: &str = "Mon-Fri 22:00-06:00 Europe/Berlin";

/// The minutes of a day.
const DAY: i64 = 24 * 60;

/// What is wrong with a text that should be a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The part of the text that is wrong.
    pub part: String,
    /// What it is not.
    pub message: String,
}

impl Window {
    /// Reads `DAYS FROM-TO ZONE`, without the days it is every day.
    ///
    /// # Errors
    /// The part that is wrong, and how.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (days, times, zone) = match words.as_slice() {
            [times, zone] => (None, *times, *zone),
            [days, times, zone] => (Some(*days), *times, *zone),
            _ => return Err(wrong(text, "a window is: days, times, a time zone")),
        };
        let days = days.map_or(Ok([true; 7]), parse_days)?;
        let (from, to) = parse_times(times)?;
        let zone = parse_zone(zone)?;
        Ok(Self {
            days,
            from,
            to,
            zone,
        })
    }
}

fn parse_days(text: &str) -> Result<[bool; 7], Malformed> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (parse_day(first)?, parse_day(last)?);
        let mut day = first;
        days[day] = true;
        while day != last {
            day = (day + 1) % 7;
            days[day] = true;
        }
    }
    Ok(days)
}

fn parse_day(text: &str) -> Result<usize, Malformed> {
    let mut names = DAYS.iter();
    let found = names.position(|(name, _)| name.eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let names: Vec<&str> = DAYS.iter().map(|(name, _)| *name).collect();
        wrong(text, &format!("a day is one of {}", names.join(", ")))
    })
}

fn parse_times(text: &str) -> Result<(i64, i64), Malformed> {
    let Some((from, to)) = text.split_once('-') else {
        return Err(wrong(text, "times are from when to when, as 22:00-06:00"));
    };
    let (from, to) = (parse_time(from)?, parse_time(to)?);
    if from == DAY {
        return Err(wrong(text, "a day begins at 00:00"));
    }
    match to.cmp(&from) {
        std::cmp::Ordering::Greater => Ok((from, to)),
        std::cmp::Ordering::Less => Ok((from, to + DAY)),
        std::cmp::Ordering::Equal => Err(wrong(
            text,
            "it begins when it ends; the whole day is 00:00-24:00",
        )),
    }
}

fn parse_time(text: &str) -> Result<i64, Malformed> {
    let number = |digits: &str, most: i64| {
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| digits.parse::<i64>().ok()).flatten();
        number.filter(|number| *number <= most)
    };
    let parts = text.split_once(':');
    let minutes = parts.and_then(|(hours, minutes)| {
        Some(number(hours, 24)? * 60 + number(minutes, 59)?).filter(|minutes| *minutes <= DAY)
    });
    minutes.ok_or_else(|| wrong(text, "a time is HH:MM, from 00:00 to 24:00"))
}

fn parse_zone(text: &str) -> Result<TimeZone, Malformed> {
    let zone = TimeZone::get(text).ok();
    zone.ok_or_else(|| {
        wrong(
            text,
            "no time zone has this name; names are like Europe/Berlin or UTC",
        )
    })
}

pub(crate) fn wrong(part: &str, message: &str) -> Malformed {
    Malformed {
        part: part.to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_is_wrong_is_named() {
        for (text, part) in [
            ("22:00-06:00", "22:00-06:00"),
            ("Mon-Fry 22:00-06:00 UTC", "Fry"),
            ("22:00-6:00 UTC", "6:00"),
            ("22:60-06:00 UTC", "22:60"),
            ("22:00-24:01 UTC", "24:01"),
            ("24:00-06:00 UTC", "24:00-06:00"),
            ("06:00-06:00 UTC", "06:00-06:00"),
            ("22:00 UTC", "22:00"),
            ("22:00-06:00 Europe/Berlim", "Europe/Berlim"),
            ("", ""),
        ] {
            assert_eq!(Window::parse(text).expect_err(text).part, part, "{text}");
        }
        assert!(Window::parse(EXAMPLE).is_ok());
    }
}
