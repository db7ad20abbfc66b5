//! Types that differ in what stands in parentheses: whether the server knows that every value fits the new one (the support
//! functions of `varchar()`, `varbit()`, `numeric()`, `time()`, `timestamp()` and `interval()`).

use segue_catalog::DataType;

/// The precision beyond which times are not kept.
const FULL: u32 = 6;

/// Whether values of a type have to be looked at, and perhaps changed, to fit a new modifier.
pub(super) fn narrows(of: &DataType, from: Option<&str>, to: Option<&str>) -> bool {
    if from == to {
        return false;
    }
    match of.name.name.as_str() {
        "character varying" | "bit varying" => {
            match (number(from), to.map(|to| number(Some(to)))) {
                (_, None) => false,
                (Some(from), Some(Some(to))) => to < from,
                _ => true,
            }
        }
        "numeric" => match (from.and_then(digits), to) {
            (_, None) => false,
            (Some((precision, scale)), Some(to)) => {
                digits(to).is_none_or(|(wider, same)| same != scale || wider < precision)
            }
            (None, Some(_)) => true,
        },
        "time without time zone"
        | "time with time zone"
        | "timestamp without time zone"
        | "timestamp with time zone" => match (number(from), number(to)) {
            (_, None) => false,
            (_, Some(to)) if to >= FULL => false,
            (Some(from), Some(to)) => to < from,
            (None, Some(_)) => true,
        },
        "interval" => interval(from, to),
        _ => true,
    }
}

fn number(modifier: Option<&str>) -> Option<u32> {
    modifier?.trim().parse().ok()
}

/// Precision and scale.
fn digits(modifier: &str) -> Option<(u32, i32)> {
    let (precision, scale) = modifier.split_once(',').unwrap_or((modifier, "0"));
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}

/// `interval_support`: neither a field nor a digit may get lost.
fn interval(from: Option<&str>, to: Option<&str>) -> bool {
    let Some(to) = to else {
        return false;
    };
    let (old_field, old_precision) = from.map_or((0, None), fields);
    let (new_field, new_precision) = fields(to);
    let keeps_digits = match (old_precision, new_precision) {
        (_, None) => true,
        (_, Some(new)) if new >= FULL => true,
        (None, Some(_)) => false,
        (Some(old), Some(new)) => new >= old,
    };
    new_field > old_field || !keeps_digits
}

/// The finest field that is kept, from 0 for seconds, and the digits behind it.
fn fields(modifier: &str) -> (u8, Option<u32>) {
    let (words, precision) = match modifier.split_once('(') {
        Some((words, digits)) => (words, number(Some(digits.trim_end_matches(')')))),
        None => (modifier, None),
    };
    if let Some(precision) = number(Some(words)) {
        return (0, Some(precision));
    }
    let field = match words.trim().to_ascii_lowercase().rsplit(' ').next() {
        Some("year") => 5,
        Some("month") => 4,
        Some("day") => 3,
        Some("hour") => 2,
        Some("minute") => 1,
        _ => 0,
    };
    (field, precision)
}
