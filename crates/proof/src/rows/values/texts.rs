//! Texts and what is written like them.

use crate::rows::chance::Chance;

const WORDS: &[&str] = &[
    "amber", "bridge", "cedar", "delta", "ember", "fjord", "garden", "harbor", "island", "jasper",
    "kettle", "lantern", "meadow", "nectar", "orchid", "pepper", "quartz", "river", "saddle",
    "timber", "umber", "violet", "willow", "yonder", "zephyr",
];

/// What has broken apps before, beside texts that are empty: quotes, other scripts, what is more than one char, spaces at the ends, patterns.
const ODD: &[&str] = &[
    "O'Neil \"Bob\" \\",
    "Größe",
    "日本語",
    "🦉 e\u{301}",
    " spaces ",
    "100%_",
    "NULL",
    "{}",
];

/// A text of the longest kind is not longer than this, so that rows stay small.
const LONG: usize = 300;

pub(crate) fn word(chance: &mut Chance) -> &'static str {
    chance.pick(WORDS).copied().unwrap_or("word")
}

/// A text of exactly so many characters.
pub(crate) fn long(length: usize, chance: &mut Chance) -> String {
    let mut text = String::new();
    while text.len() < length {
        text.push_str(word(chance));
    }
    text.truncate(length);
    text
}

pub(super) fn any(hint: &str, longest: Option<usize>, daring: bool, chance: &mut Chance) -> String {
    let cut = |text: String| match longest {
        Some(longest) => text.chars().take(longest).collect(),
        None => text,
    };
    if daring {
        return match chance.below(6) {
            0 => long(longest.unwrap_or(LONG).min(LONG), chance),
            1 | 2 => String::new(),
            _ => cut((*chance.pick(ODD).unwrap_or(&"")).to_owned()),
        };
    }
    let number = chance.below(1000);
    cut(named(hint, &number.to_string(), chance))
}

/// A text for a column of this name.
fn named(hint: &str, number: &str, chance: &mut Chance) -> String {
    let hint = hint.to_ascii_lowercase();
    let word = word(chance);
    if hint.contains("mail") {
        format!("{word}{number}@example.com")
    } else if ["url", "uri", "link", "href"]
        .iter()
        .any(|part| hint.contains(part))
    {
        format!("https://example.com/{word}/{number}")
    } else {
        format!("{word}{number}")
    }
}

/// No two numbers have the same text, also where case does not matter.
pub(super) fn distinct(
    hint: &str,
    longest: Option<usize>,
    number: u64,
    chance: &mut Chance,
) -> Option<String> {
    let text = named(hint, &format!("-{number}"), chance);
    if longest.is_none_or(|longest| text.len() <= longest) {
        return Some(text);
    }
    let short = digits(number, 36);
    (short.len() <= longest.unwrap_or(usize::MAX)).then_some(short)
}

fn digits(mut number: u64, base: u32) -> String {
    let mut text = Vec::new();
    loop {
        let digit = u32::try_from(number % u64::from(base)).unwrap_or(0);
        text.push(char::from_digit(digit, base).unwrap_or('0'));
        number /= u64::from(base);
        if number == 0 {
            return text.iter().rev().collect();
        }
    }
}

pub(super) fn bytes(daring: bool, chance: &mut Chance) -> String {
    if daring {
        let edges = ["\\x", "\\x00", "\\xff00ff"];
        return (*chance.pick(&edges).unwrap_or(&"\\x")).to_owned();
    }
    of_bytes(8, chance)
}

/// So many bytes.
pub(crate) fn of_bytes(many: usize, chance: &mut Chance) -> String {
    let bytes = (0..many).map(|_| format!("{:02x}", chance.below(256)));
    format!("\\x{}", bytes.collect::<String>())
}

/// A random one, of version 4.
pub(super) fn uuid(chance: &mut Chance) -> String {
    let (high, low) = (chance.next(), chance.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

pub(super) fn bits(many: usize, varying: bool, chance: &mut Chance) -> String {
    let length = match varying {
        true => 1 + chance.place(many.min(16)),
        false => many,
    };
    let bits = (0..length).map(|_| if chance.once_in(2) { '1' } else { '0' });
    bits.collect()
}

pub(super) fn json(daring: bool, chance: &mut Chance) -> String {
    if daring {
        let edges = ["{}", "[]", "null", "\"text\"", "0", "{\"größe\": \"日本\"}"];
        return (*chance.pick(&edges).unwrap_or(&"{}")).to_owned();
    }
    format!(
        "{{\"{}\": {}, \"list\": [\"{}\"], \"on\": {}}}",
        word(chance),
        chance.below(100),
        word(chance),
        chance.once_in(2)
    )
}
