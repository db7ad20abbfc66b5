//! The time that a new migration is named by. It is the clock's, unless a migration is there that has it or a later
//! one: a colleague's clock is ahead, or two are written within one second. The new one builds on that one, so it has
//! to sort behind it.

use jiff::{Span, Timestamp, ToSpan, civil::DateTime};

/// How many digits a time has down to its seconds.
const TO_SECONDS: usize = 14;

/// How many digits a time has down to its minutes.
const TO_MINUTES: usize = 12;

/// A time in UTC by fourteen digits, behind that of the newest name.
pub(crate) fn time(names: impl Iterator<Item = impl AsRef<str>>, now: Timestamp) -> String {
    let time = |name: &str| {
        let time = name.get(..TO_SECONDS)?;
        let is_time = time.bytes().all(|b| b.is_ascii_digit());
        is_time.then(|| time.to_owned())
    };
    let newest = names.filter_map(|name| time(name.as_ref())).max();
    newest.map_or_else(|| of_clock(now), |newest| time_behind(&newest, now))
}

/// A time in UTC behind this one, by as many digits.
pub(crate) fn time_behind(newest: &str, now: Timestamp) -> String {
    let width = newest.len();
    let mut time = of_clock(now);
    time.truncate(width);
    let time = format!("{time:0<width$}");
    match time.as_str() > newest {
        true => time,
        false => next(newest),
    }
}

/// A time in UTC by fourteen digits.
pub(crate) fn of_clock(now: Timestamp) -> String {
    now.strftime("%Y%m%d%H%M%S").to_string()
}

/// The next second, or minute; digits that are no time count on.
fn next(newest: &str) -> String {
    let behind = match newest.len() {
        TO_SECONDS => behind(newest, "%Y%m%d%H%M%S", 1.second()),
        TO_MINUTES => behind(newest, "%Y%m%d%H%M", 1.minute()),
        _ => None,
    };
    behind.unwrap_or_else(|| {
        let next = newest.parse::<u128>().unwrap_or_default() + 1;
        format!("{next:0width$}", width = newest.len())
    })
}

fn behind(time: &str, format: &str, by: Span) -> Option<String> {
    let next = DateTime::strptime(format, time)
        .ok()?
        .checked_add(by)
        .ok()?;
    Some(next.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{time, time_behind};

    #[test]
    fn a_time_is_behind_that_of_every_migration() {
        let now: Timestamp = "2026-01-31T23:59:59Z".parse().expect("good");
        let behind = |newest| time_behind(newest, now);
        assert_eq!(behind("20260131235958"), "20260131235959");
        assert_eq!(behind("20260131235959"), "20260201000000");
        assert_eq!(behind("20991231235959"), "21000101000000");
        assert_eq!(behind("202601312358"), "202601312359");
        assert_eq!(behind("202601312359"), "202602010000");
        assert_eq!(behind("20260131235959000"), "20260131235959001");
        assert_eq!(behind("99999999999998"), "99999999999999");
    }

    #[test]
    fn only_names_with_a_time_have_one() {
        let now: Timestamp = "2026-01-31T23:59:59Z".parse().expect("good");
        let names = ["0_init", "20270101000000_a", "20260101000000_b", "users"];
        assert_eq!(time(names.into_iter(), now), "20270101000001");
        assert_eq!(time(["0_init"].into_iter(), now), "20260131235959");
    }
}
