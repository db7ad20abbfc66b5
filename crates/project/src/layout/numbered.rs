//! What the layouts share whose files are named `<version>_<name>`.

use jiff::Timestamp;

use super::times::{of_clock, time_behind};

/// The smallest version that is a time: by fourteen digits, the year 1970.
const FIRST_TIME: u64 = 19_700_101_000_000;

/// A time in seconds since 1970 has ten digits since 2001.
const SECONDS: std::ops::Range<u64> = 1_000_000_000..10_000_000_000;

/// The version of a new file, as the folder has begun: counted, with as many digits as the last one has, or
/// by time. `last`: the digits of the highest version. `first`: what a folder without any begins with.
pub(crate) fn next_version(last: Option<&str>, first: Option<&str>, now: Timestamp) -> String {
    let Some(digits) = last else {
        return first.map_or_else(|| of_clock(now), str::to_owned);
    };
    match digits.parse::<u64>() {
        Ok(version) if SECONDS.contains(&version) => {
            let now = u64::try_from(now.as_second()).unwrap_or_default();
            now.max(version + 1).to_string()
        }
        Ok(version) if version < FIRST_TIME => {
            format!("{:0width$}", version + 1, width = digits.len())
        }
        _ => time_behind(digits, now),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::next_version;

    #[test]
    fn the_numbering_of_the_folder_goes_on() {
        let now: Timestamp = "2026-01-31T17:45:00Z".parse().expect("good");
        let next = |last| next_version(last, Some("000001"), now);
        assert_eq!(next(Some("00009")), "00010");
        assert_eq!(next(Some("999")), "1000");
        assert_eq!(next(Some("20240101000000")), "20260131174500");
        assert_eq!(next(Some("20270101000000")), "20270101000001");
        assert_eq!(next(Some("1700000000")), "1769881500");
        assert_eq!(next(Some("1800000000")), "1800000001");
        assert_eq!(next(None), "000001");
        assert_eq!(next_version(None, None, now), "20260131174500");
    }
}
