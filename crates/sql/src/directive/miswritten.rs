//! Comments that are for segue by all that they say, and would be passed over for how they begin.

use std::{ops::Range, sync::Arc};

use super::{MARK, WORDS, said};
use crate::{Problem, Source, nearest::mistyped};

/// What is wrong with a comment that would be one for segue with [`MARK`] in front: it has capitals there, a blank before the
/// colon, no colon, one letter that is another, or it is one between `/*` and `*/`.
pub(super) fn miswritten(source: &Arc<Source>, comment: &Range<usize>) -> Option<Problem> {
    let text = &source.text[comment.clone()];
    let block = text.strip_prefix("/*");
    let inside = match block {
        Some(text) => text.trim_end_matches("*/"),
        None => text.trim_start_matches('-'),
    };
    let inside = inside.trim();
    let word = inside.split(|of: char| !of.is_alphabetic()).next()?;
    let name = MARK.trim_end_matches(':');
    let is_name = word.eq_ignore_ascii_case(name);
    if !is_name && mistyped(word, std::iter::once(name)).is_none() {
        return None;
    }
    let rest = inside[word.len()..].trim_start();
    let (has_colon, says) = match rest.strip_prefix(':') {
        Some(says) => (true, says.trim_start()),
        None => (false, rest),
    };
    let first = says.split_whitespace().next()?;
    let is_known = WORDS.iter().any(|(word, _)| *word == first);
    let is_one = is_known && (has_colon || is_name && can_be_read(says));
    is_one.then(|| {
        let written = &inside[..inside.len() - says.len()];
        let place = comment.start + text.find(written).unwrap_or_default();
        Problem::new("this looks like a comment for segue, and would be passed over")
            .at(
                source,
                place..place + written.trim_end().len(),
                "not as it has to begin",
            )
            .help(format!(
                "write `-- segue: {says}`, to the end of its line; or begin in another way"
            ))
    })
}

/// Whether these words are a directive, and not prose about segue.
fn can_be_read(says: &str) -> bool {
    let line = says.lines().next().unwrap_or_default();
    let text = format!("-- {MARK} {line}");
    let whole = 0..text.len();
    matches!(said(&Source::new("", text), &whole), Some(Ok(_)))
}

/// Whether a text may have such a comment at all.
pub(super) fn may_have_any(text: &str) -> bool {
    let name = MARK.trim_end_matches(':').as_bytes();
    let at = |part: &[u8]| part.eq_ignore_ascii_case(name) || is_slip(part, name);
    text.as_bytes().windows(name.len()).any(at)
}

/// Whether at most two letters are others, as where two changed places.
fn is_slip(part: &[u8], name: &[u8]) -> bool {
    let others = part
        .iter()
        .zip(name)
        .filter(|(one, other)| !one.eq_ignore_ascii_case(other));
    others.count() <= 2 && part.iter().all(u8::is_ascii_alphabetic)
}
