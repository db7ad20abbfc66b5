//! Durations in the settings.

/// What a message says a duration looks like.
pub(super) const EXAMPLES: &str = r#""100ms", "5s", "2m", "1h", or "0""#;
