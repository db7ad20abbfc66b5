//! Durations as people write them: `100ms`, `5s`, `2m`, `1h`, and `0` for none.

use std::time::Duration;

/// What a message says a duration looks like.
pub const EXAMPLES: &str = r#""100ms", "5s", "2m", "1h", or "0""#;

/// Whole numbers only, each with its unit; a bare number other than zero could mean seconds or,
/// as in PostgreSQL's own settings, milliseconds, so it is refused.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().ok()?;
    let milliseconds: u64 = match text[digits..].trim_start() {
        "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "" if number == 0 => 0,
        _ => return None,
    };
    number.checked_mul(milliseconds).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_needs_its_unit() {
        let cases = [
            ("100ms", Some(100)),
            (" 5 s ", Some(5_000)),
            ("2m", Some(120_000)),
            ("2min", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("5", None),
            ("", None),
            ("ms", None),
            ("-1s", None),
            ("1.5s", None),
            ("1d", None),
            ("18446744073709551615h", None),
            ("99999999999999999999s", None),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(
                parse_duration(text),
                milliseconds.map(Duration::from_millis),
                "{text:?}"
            );
        }
    }
}
