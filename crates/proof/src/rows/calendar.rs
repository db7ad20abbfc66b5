//! Days and times as numbers and as ISO 8601 texts. The days are those of the Gregorian calendar, also before it began, as
//! the server counts (datetime-input-rules.html).

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// The day of a date, counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
pub(crate) fn day(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day.
fn date(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The beginning of the year, month, week… that a moment is in.
pub(crate) fn truncated(unit: &str, at: i64) -> Option<i64> {
    let (year, month, _) = date(at.div_euclid(DAY));
    // 1970-01-01 was a Thursday, and weeks begin on Mondays
    let weeks = (at.div_euclid(DAY) + 3).div_euclid(7);
    let clock = |micros: i64| at.div_euclid(micros) * micros;
    Some(match unit {
        "year" => day(year, 1, 1) * DAY,
        "quarter" => day(year, (month - 1) / 3 * 3 + 1, 1) * DAY,
        "month" => day(year, month, 1) * DAY,
        "week" => (weeks * 7 - 3) * DAY,
        "day" => clock(DAY),
        "hour" => clock(3_600_000_000),
        "minute" => clock(60_000_000),
        "second" => clock(1_000_000),
        _ => return None,
    })
}

/// `2024-02-29`, of microseconds since 1970.
pub(crate) fn written_date(micros: i64) -> String {
    let (year, month, day) = date(micros.div_euclid(DAY));
    if year > 0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{:04}-{month:02}-{day:02} BC", 1 - year)
    }
}

/// `23:59:59.999999`, of microseconds since midnight.
pub(crate) fn written_time(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let rest = micros.rem_euclid(1_000_000);
    let clock = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    match rest {
        0 => clock,
        _ => format!("{clock}.{}", format!("{rest:06}").trim_end_matches('0')),
    }
}

/// `2024-02-29 12:00:00`, of microseconds since 1970.
pub(crate) fn written(micros: i64) -> String {
    let date = written_date(micros);
    let time = written_time(micros.rem_euclid(DAY));
    match date.strip_suffix(" BC") {
        Some(date) => format!("{date} {time} BC"),
        None => format!("{date} {time}"),
    }
}

/// Microseconds since 1970 of a date or time as ISO 8601 writes it, without a zone or with one as a difference. `None`
/// where it is written in another way.
pub(crate) fn read(text: &str) -> Option<i64> {
    let (text, before_christ) = match text.trim().strip_suffix(" BC") {
        Some(rest) => (rest, true),
        None => (text.trim(), false),
    };
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, of_month) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if before_christ { 1 - year } else { year };
    let in_month = (1..=12).contains(&month) && (1..=31).contains(&of_month);
    (in_month && year.abs() < 290_000)
        .then(|| read_time(time).map(|time| day(year, month, of_month) * DAY + time))?
}

/// Microseconds since midnight of `12:34`, `12:34:56.789` or `12:34:56+02`.
pub(crate) fn read_time(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (clock, zone) = match text.rfind(['+', '-']) {
        Some(at) => (&text[..at], zone(&text[at..])?),
        None => (text, 0),
    };
    let mut parts = clock.trim().split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let seconds = whole.parse::<i64>().ok()? * 1_000_000 + fraction.parse::<i64>().ok()?;
    Some(((hours * 60 + minutes) * 60) * 1_000_000 + seconds - zone)
}

/// Microseconds of an interval such as `2 hours` or `01:30:00`. `None`: it has months, which differ, or is written in another
/// way.
pub(crate) fn read_span(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [clock] if clock.contains(':') => read_time(clock),
        ["0"] => Some(0),
        [number, unit] => {
            let unit = match unit.trim_end_matches('s') {
                "microsecond" => 1,
                "second" | "sec" => 1_000_000,
                "minute" | "min" => 60_000_000,
                "hour" => 3_600_000_000,
                "day" => DAY,
                "week" => 7 * DAY,
                _ => return None,
            };
            number.parse::<i64>().ok()?.checked_mul(unit)
        }
        _ => None,
    }
}

/// Microseconds of `+02`, `-05:30`.
fn zone(text: &str) -> Option<i64> {
    let (hours, minutes) = text[1..].split_once(':').unwrap_or((&text[1..], "0"));
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Some(sign * minutes * 60_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in [
            "1970-01-01 00:00:00",
            "2024-02-29 23:59:59.999999",
            "0001-01-01 00:00:00",
            "9999-12-31 12:30:00.5",
            "0044-03-15 12:00:00 BC",
        ] {
            let read = read(text).expect(text);
            assert_eq!(written(read), text);
        }
        assert_eq!(read("1970-01-02"), Some(DAY));
        assert_eq!(read("1970-01-01T02:00:00+02"), Some(0));
        assert_eq!(read("1970-01-01 00:00:00-05:30"), Some(19_800_000_000));
        assert_eq!(read("yesterday"), None);
        assert_eq!(read("infinity"), None);
    }

    #[test]
    fn days_follow_each_other() {
        let mut last = written_date(day(1899, 12, 31) * DAY);
        for number in day(1900, 1, 1)..day(2101, 1, 1) {
            let next = written_date(number * DAY);
            assert!(next > last, "{last} {next}");
            assert_eq!(super::read(&next), Some(number * DAY));
            last = next;
        }
        assert_eq!(last, "2100-12-31");
    }
}
