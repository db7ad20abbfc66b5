//! Values of each kind, as the texts that the server reads them from.

mod nested;
mod numbers;
mod samples;
mod texts;
mod times;

use super::{chance::Chance, kind::Kind};

pub(crate) use nested::{array, elements};
pub(crate) use samples::sample;
pub(crate) use texts::{long, word};

/// How daring a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As an app would write it.
    Tame,
    /// Also empty, extreme and odd ones.
    Daring,
}

/// One in so many daring values is at the edge of its type.
const EDGE: u64 = 6;

/// Any value; `None` where no values of this kind are known. `hint` is the name of the column, which may say more than the
/// type.
pub(crate) fn any(kind: &Kind, hint: &str, mood: Mood, chance: &mut Chance) -> Option<String> {
    let daring = mood == Mood::Daring && chance.once_in(EDGE);
    Some(match kind {
        Kind::Bool => if chance.once_in(2) { "true" } else { "false" }.to_owned(),
        Kind::Whole(least, most) => numbers::whole(*least, *most, daring, chance),
        Kind::Decimal { whole, fraction } => numbers::decimal(*whole, *fraction, daring, chance),
        Kind::Float { double } => numbers::float(*double, daring, chance),
        Kind::Text { longest, .. } => texts::any(hint, *longest, daring, chance),
        Kind::Bytes => texts::bytes(daring, chance),
        Kind::Uuid => texts::uuid(chance),
        Kind::Json => texts::json(daring, chance),
        Kind::Date => times::date(daring, chance),
        Kind::Stamp { .. } => kind.write(&times::stamp(daring, chance))?,
        Kind::Time { .. } => kind.write(&times::of_a_day(daring, chance))?,
        Kind::Interval => times::interval(daring, chance),
        Kind::Bits { many, varying } => texts::bits(*many, *varying, chance),
        Kind::Enum(labels) => chance.pick(labels)?.clone(),
        Kind::Composite(parts) => nested::composite(parts, mood, chance)?,
        Kind::Domain(base, conditions) => {
            super::solve::of_domain(base, conditions, hint, mood, chance)?
        }
        Kind::Array(element) => nested::any_array(element, hint, daring, mood, chance)?,
        Kind::Range(of) => nested::range(of, daring, chance)?,
        Kind::Multirange(of) => match nested::range(of, false, chance)?.as_str() {
            "empty" => "{}".to_owned(),
            range => format!("{{{range}}}"),
        },
        Kind::Sampled(name, modifier) => {
            samples::sample(name, modifier.as_deref(), chance.below(1000))?
        }
        Kind::Unknown(_) => return None,
    })
}

/// The value of a number: no two numbers have the same, as long as the kind has so many values. `None` where a kind has few
/// values or none that are known.
pub(crate) fn distinct(
    kind: &Kind,
    hint: &str,
    number: u64,
    chance: &mut Chance,
) -> Option<String> {
    Some(match kind {
        Kind::Whole(_, most) => {
            let number = i64::try_from(number).ok()?.checked_add(1)?;
            (number <= *most).then(|| number.to_string())?
        }
        Kind::Decimal { whole, .. } => {
            let number = (number + 1).to_string();
            (number.len() <= usize::try_from(*whole).ok()?).then_some(number)?
        }
        Kind::Float { .. } => (number + 1).to_string(),
        Kind::Text { longest, .. } => texts::distinct(hint, *longest, number, chance)?,
        Kind::Bytes => format!("\\x{number:016x}"),
        Kind::Uuid => texts::uuid(chance),
        Kind::Json => format!("{{\"number\": {number}}}"),
        Kind::Date | Kind::Stamp { .. } => kind.write(&times::distinct(number)?)?,
        Kind::Interval => format!("{number} minutes"),
        Kind::Domain(base, conditions) if conditions.is_empty() => {
            distinct(base, hint, number, chance)?
        }
        Kind::Array(element) => array(&[Some(distinct(element, hint, number, chance)?)]),
        Kind::Range(of) => nested::distinct_range(of, number)?,
        Kind::Multirange(of) => format!("{{{}}}", nested::distinct_range(of, number)?),
        Kind::Sampled(name, modifier) => samples::sample(name, modifier.as_deref(), number)?,
        Kind::Bool
        | Kind::Bits { .. }
        | Kind::Time { .. }
        | Kind::Enum(_)
        | Kind::Composite(_)
        | Kind::Domain(..)
        | Kind::Unknown(_) => return None,
    })
}

#[cfg(test)]
mod tests;
