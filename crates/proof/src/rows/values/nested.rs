//! Values that are made of others: arrays, composite values, ranges (arrays.html, rowtypes.html, rangetypes.html).

use super::{Mood, any};
use crate::rows::{chance::Chance, kind::Kind, value::Value};

/// An array of these.
pub(crate) fn array(elements: &[Option<String>]) -> String {
    let written = elements.iter().map(|element| match element {
        None => "NULL".to_owned(),
        Some(text) => quoted(text),
    });
    format!("{{{}}}", written.collect::<Vec<_>>().join(","))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The elements of an array of one dimension; `None`: it has more, or it is none.
pub(crate) fn elements(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let mut rest = inner.chars();
    let (mut found, mut element) = (Vec::new(), String::new());
    let (mut within, mut was_quoted) = (false, false);
    let end = |element: &mut String, was_quoted: bool| {
        let element = std::mem::take(element);
        (was_quoted || !element.eq_ignore_ascii_case("null")).then_some(element)
    };
    while let Some(next) = rest.next() {
        match next {
            '"' => (within, was_quoted) = (!within, true),
            '\\' => element.push(rest.next()?),
            '{' if !within => return None,
            ',' if !within => {
                found.push(end(&mut element, was_quoted));
                was_quoted = false;
            }
            other => element.push(other),
        }
    }
    found.push(end(&mut element, was_quoted));
    Some(found)
}

pub(super) fn any_array(
    element: &Kind,
    hint: &str,
    daring: bool,
    mood: Mood,
    chance: &mut Chance,
) -> Option<String> {
    let many = if daring { 0 } else { 1 + chance.below(3) };
    let all = (0..many).map(|_| any(element, hint, mood, chance).map(Some));
    Some(array(&all.collect::<Option<Vec<_>>>()?))
}

pub(super) fn composite(parts: &[Kind], mood: Mood, chance: &mut Chance) -> Option<String> {
    let parts = parts.iter().map(|part| any(part, "", mood, chance));
    let written = parts.map(|part| part.map(|part| quoted(&part)));
    Some(format!(
        "({})",
        written.collect::<Option<Vec<_>>>()?.join(",")
    ))
}

pub(super) fn range(of: &Kind, daring: bool, chance: &mut Chance) -> Option<String> {
    if daring {
        let first = any(of, "", Mood::Tame, chance)?;
        let edges = [
            "empty".to_owned(),
            "(,)".to_owned(),
            format!("[\"{first}\",)"),
        ];
        return chance.pick(&edges).cloned();
    }
    distinct_range(of, chance.below(1000)).or_else(|| {
        let only = quoted(&any(of, "", Mood::Tame, chance)?);
        Some(format!("[{only},{only}]"))
    })
}

/// One for each number; none of them overlaps another.
pub(super) fn distinct_range(of: &Kind, number: u64) -> Option<String> {
    let bound = |number: u64| match of.base() {
        Kind::Date | Kind::Stamp { .. } => of.write(&super::times::distinct(number)?),
        Kind::Whole(..) | Kind::Decimal { .. } | Kind::Float { .. } => {
            of.write(&Value::count(usize::try_from(number).ok()?))
        }
        _ => None,
    };
    let (first, last) = (bound(number)?, bound(number + 1)?);
    Some(format!("[{},{})", quoted(&first), quoted(&last)))
}
