//! Dates, times, intervals.

use crate::rows::{
    calendar::{DAY, day, written_date},
    chance::Chance,
    value::Value,
};

/// What an app writes: from 2015 to the end of 2024.
fn usual(chance: &mut Chance) -> i64 {
    let seconds = chance.between(day(2015, 1, 1) * 86_400, day(2025, 1, 1) * 86_400 - 1);
    let micros = if chance.once_in(2) {
        chance.between(0, 999) * 1000
    } else {
        0
    };
    seconds * 1_000_000 + micros
}

pub(super) fn date(daring: bool, chance: &mut Chance) -> String {
    match stamp(daring, chance) {
        Value::Moment(at) => written_date(at),
        _ => String::new(),
    }
}

pub(super) fn stamp(daring: bool, chance: &mut Chance) -> Value {
    let edges = [
        day(1, 1, 1) * DAY,
        day(10_000, 1, 1) * DAY - 1,
        0,
        day(2024, 2, 29) * DAY + DAY / 2,
        // what is an hour that does not exist, or exists twice, in much of Europe
        day(2024, 3, 31) * DAY + DAY / 24 * 2 + DAY / 48,
        day(1900, 1, 1) * DAY,
    ];
    let edge = chance.pick(&edges).copied();
    Value::Moment(edge.filter(|_| daring).unwrap_or_else(|| usual(chance)))
}

/// One for each number, an hour apart and more than a day after the other.
pub(super) fn distinct(number: u64) -> Option<Value> {
    let days = i64::try_from(number).ok()?.checked_mul(DAY)?;
    let at = (day(2000, 1, 1) * DAY).checked_add(days)?;
    (number < 2_000_000).then_some(Value::Moment(at))
}

pub(super) fn of_a_day(daring: bool, chance: &mut Chance) -> Value {
    let edge = if chance.once_in(2) { 0 } else { DAY - 1 };
    Value::Moment(if daring {
        edge
    } else {
        chance.between(0, 86_399) * 1_000_000
    })
}

pub(super) fn interval(daring: bool, chance: &mut Chance) -> String {
    if daring {
        let edges = ["0", "-1 days", "100 years", "1 mon 1 day 00:00:01"];
        return (*chance.pick(&edges).unwrap_or(&"0")).to_owned();
    }
    format!("{} minutes", chance.between(1, 10_000))
}
