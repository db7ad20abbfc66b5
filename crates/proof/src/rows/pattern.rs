//! Patterns: whether a text fits one, and texts that do.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind, Literal};

use super::chance::Chance;

/// An unbounded repetition is repeated so many times more than it has to be, at most.
const REPEATED: u64 = 6;

/// A regular expression of PostgreSQL's. Where its language differs from the library's (back references, lookaround) it is
/// `None`; what both read in different ways is left to the server to judge.
pub(crate) fn regular(pattern: &str, folded: bool) -> Option<Regex> {
    let built = RegexBuilder::new(pattern)
        .case_insensitive(folded)
        .size_limit(1 << 20)
        .build();
    built.ok()
}

/// The pattern of a LIKE, whose escape is the backslash.
pub(crate) fn like(pattern: &str, folded: bool) -> Option<Regex> {
    let built = RegexBuilder::new(&of_like(pattern))
        .case_insensitive(folded)
        .dot_matches_new_line(true)
        .size_limit(1 << 20)
        .build();
    built.ok()
}

/// A LIKE pattern as a regular expression.
pub(crate) fn of_like(pattern: &str) -> String {
    let mut found = String::from("^");
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        match next {
            '%' => found.push_str(".*"),
            '_' => found.push('.'),
            '\\' => found.extend(rest.next().map(|next| regex::escape(&next.to_string()))),
            next => found.push_str(&regex::escape(&next.to_string())),
        }
    }
    found + "$"
}

/// A text that fits a regular expression; `None`: it cannot be read here.
pub(crate) fn fitting(pattern: &str, chance: &mut Chance) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&hir, &mut text, chance)?;
    Some(text)
}

fn write(hir: &Hir, text: &mut String, chance: &mut Chance) -> Option<()> {
    match hir.kind() {
        // what stands around a text is looked at afterwards, by matching
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(Literal(bytes)) => text.push_str(std::str::from_utf8(bytes).ok()?),
        HirKind::Class(class) => text.push(of_class(class, chance)?),
        HirKind::Repetition(repetition) => {
            let least = u64::from(repetition.min);
            let most = repetition.max.map_or(least + REPEATED, u64::from);
            let most = most.min(least + REPEATED.max(least));
            for _ in 0..least + chance.below(most - least + 1) {
                write(&repetition.sub, text, chance)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, text, chance)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, text, chance)?;
            }
        }
        HirKind::Alternation(ways) => write(chance.pick(ways)?, text, chance)?,
    }
    Some(())
}

/// One of the characters of a class: a plain one where it has such.
fn of_class(class: &Class, chance: &mut Chance) -> Option<char> {
    let Class::Unicode(class) = class else {
        let Class::Bytes(class) = class else {
            return None;
        };
        let range = chance.pick(class.ranges())?;
        let byte = chance.between(range.start().into(), range.end().into());
        return u8::try_from(byte).ok().map(char::from);
    };
    let ranges: Vec<(u32, u32)> = class
        .ranges()
        .iter()
        .map(|range| (u32::from(range.start()), u32::from(range.end())))
        .collect();
    let within = |least: u32, most: u32| {
        let cut = ranges
            .iter()
            .map(move |(first, last)| ((*first).max(least), (*last).min(most)));
        cut.filter(|(first, last)| first <= last)
            .collect::<Vec<_>>()
    };
    let plain = [('a', 'z'), ('0', '9'), ('A', 'Z'), (' ', '~')];
    let plain = plain
        .iter()
        .map(|(first, last)| within(u32::from(*first), u32::from(*last)));
    let mut plain: Vec<_> = plain.filter(|found| !found.is_empty()).collect();
    let any = within(u32::from('!'), u32::from(char::MAX));
    let chosen = if plain.is_empty() {
        any
    } else {
        // letters and digits rather than signs
        let last = plain.len() - 1;
        plain.swap_remove(chance.place(last.max(1)))
    };
    let (first, last) = chance.pick(&chosen)?;
    let code = chance.between(i64::from(*first), i64::from(*last));
    char::from_u32(u32::try_from(code).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_for_a_pattern_fits_it() {
        let mut chance = Chance::of(1, "patterns", &[]);
        for pattern in [
            "^[a-z]+$",
            "^[A-Z]{3}$",
            r"^\d{4}-\d{2}$",
            "^(draft|sent)(-[0-9]+)?$",
            r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
            "^#[0-9a-fA-F]{6}$",
            "^.{5,}$",
        ] {
            let matcher = regular(pattern, false).expect("a pattern");
            for _ in 0..50 {
                let text = fitting(pattern, &mut chance).expect("a text");
                assert!(matcher.is_match(&text), "{pattern}: {text:?}");
            }
        }
        assert!(fitting(r"(a)\1", &mut chance).is_none(), "a back reference");
    }

    #[test]
    fn like_means_what_it_means_to_the_server() {
        for (text, pattern, fits) in [
            ("abc", "a%", true),
            ("abc", "a_c", true),
            ("abc", "b%", false),
            ("a.c", "a.c", true),
            ("abc", "a.c", false),
            ("10%", "10\\%", true),
            ("100", "10\\%", false),
            ("a\nb", "a%b", true),
        ] {
            let matcher = like(pattern, false).expect("a pattern");
            assert_eq!(matcher.is_match(text), fits, "{text} LIKE {pattern}");
            let mut chance = Chance::of(1, pattern, &[]);
            let made = fitting(&of_like(pattern), &mut chance).expect("a text");
            assert!(matcher.is_match(&made), "{pattern}: {made:?}");
        }
    }
}
