//! Numbers.

use crate::rows::chance::Chance;

/// Most numbers of an app are small.
const USUAL: i64 = 10_000;

pub(super) fn whole(least: i64, most: i64, daring: bool, chance: &mut Chance) -> String {
    if daring {
        let edges = [least, most, 0, -1, 1];
        return chance.pick(&edges).unwrap_or(&0).to_string();
    }
    let most = most.min(if chance.once_in(4) { USUAL } else { 100 });
    chance.between(0.max(least), most).to_string()
}

pub(super) fn decimal(whole: u32, fraction: u32, daring: bool, chance: &mut Chance) -> String {
    let digits = |many: u32, digit: &str| digit.repeat(usize::try_from(many).unwrap_or(0));
    if daring && chance.once_in(2) {
        let sign = if chance.once_in(2) { "-" } else { "" };
        let whole = if whole == 0 {
            "0".to_owned()
        } else {
            digits(whole, "9")
        };
        return format!("{sign}{}", pointed(&whole, &digits(fraction, "9")));
    }
    if daring {
        return "0".to_owned();
    }
    let most = 10_i64.pow(whole.min(4)) - 1;
    let behind: String = (0..fraction.min(2)).map(|_| digit(chance)).collect();
    pointed(&chance.between(0, most).to_string(), &behind)
}

fn digit(chance: &mut Chance) -> char {
    char::from(b'0' + u8::try_from(chance.below(10)).unwrap_or(0))
}

fn pointed(whole: &str, fraction: &str) -> String {
    if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}

pub(super) fn float(double: bool, daring: bool, chance: &mut Chance) -> String {
    if daring {
        let edges = if double {
            ["0", "-0.5", "1e300", "-1e300", "1e-300"]
        } else {
            ["0", "-0.5", "1e37", "-1e37", "1e-37"]
        };
        return (*chance.pick(&edges).unwrap_or(&"0")).to_owned();
    }
    format!(
        "{}.{}",
        chance.between(0, 999),
        [0, 25, 5, 75][chance.place(4)]
    )
}
