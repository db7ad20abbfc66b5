//! What a server prints, taken apart: arrays, options, and expressions as far as their brackets and quotes go.

use segue_catalog::model::Parameters;

/// The elements of an array of texts as the server prints it (arrays.html, "Array Input and Output Syntax"), of one
/// dimension. NULLs do not occur in the system catalogs.
pub(super) fn array(text: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let mut element = String::new();
    let mut quoted = false;
    let Some(inner) = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    else {
        return elements;
    };
    if inner.is_empty() {
        return elements;
    }
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' => element.extend(characters.next()),
            ',' if !quoted => elements.push(std::mem::take(&mut element)),
            other => element.push(other),
        }
    }
    elements.push(element);
    elements
}

/// `name=value` each, as `reloptions`, `proconfig` and the like have it.
pub(super) fn parameters(options: Vec<String>) -> Parameters {
    options
        .into_iter()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (option, String::new()),
        })
        .collect()
}

/// Where a text is at the top level: the places of its characters outside of all brackets and quotes. The brackets
/// themselves are on the level that they are on, not on that which they begin.
fn top_level(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut depth = 0_usize;
    let mut quote = None;
    text.bytes().enumerate().filter_map(move |(place, byte)| {
        if let Some(open) = quote {
            if byte == open {
                quote = None;
            }
            return None;
        }
        match byte {
            b'\'' | b'"' => {
                quote = Some(byte);
                return None;
            }
            b'(' | b'[' => {
                depth += 1;
                return (depth == 1).then_some((place, byte));
            }
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0).then_some((place, byte))
    })
}

/// The first place of a piece of text at the top level.
pub(super) fn find(text: &str, wanted: &str) -> Option<usize> {
    top_level(text)
        .map(|(place, _)| place)
        .find(|place| text.as_bytes()[*place..].starts_with(wanted.as_bytes()))
}

/// An expression without the parentheses around all of it.
pub(super) fn unwrapped(text: &str) -> &str {
    let mut text = text.trim();
    while text.starts_with('(') {
        let close = top_level(text).find(|(_, byte)| *byte == b')');
        match close {
            Some((place, _)) if place + 1 == text.len() => text = text[1..place].trim(),
            _ => break,
        }
    }
    text
}

/// The parts of a list between commas.
pub(super) fn listed(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (place, _) in top_level(text).filter(|(_, byte)| *byte == b',') {
        parts.push(text[from..place].trim());
        from = place + 1;
    }
    parts.push(text[from..].trim());
    parts
}

/// The bytes that `bytea_output = hex` prints.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("\\x").unwrap_or_default().as_bytes();
    digits
        .chunks_exact(2)
        .filter_map(|pair| {
            let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
            u8::try_from(high? * 16 + low?).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_taken_apart() {
        assert_eq!(array("{}"), Vec::<String>::new());
        assert_eq!(array("{a=1,b=2}"), ["a=1", "b=2"]);
        assert_eq!(array(r#"{"a,b","c\"d\\e",""}"#), ["a,b", "c\"d\\e", ""]);
    }

    #[test]
    fn only_parentheses_around_all_go() {
        assert_eq!(unwrapped("((a > 1))"), "a > 1");
        assert_eq!(unwrapped("((a > 1) AND (b < 2))"), "(a > 1) AND (b < 2)");
        assert_eq!(unwrapped("(a) AND (b)"), "(a) AND (b)");
        assert_eq!(unwrapped("(a = ')'::text)"), "a = ')'::text");
        assert_eq!(unwrapped("f((a))"), "f((a))");
    }

    #[test]
    fn words_within_brackets_and_quotes_are_not_found() {
        let text = "CREATE RULE \" DO \" AS ON INSERT TO t WHERE (a = ' DO ') DO NOTHING;";
        assert_eq!(find(text, " DO "), Some(text.len() - 12));
        assert_eq!(listed("a, f(b, c), 'x,y'"), ["a", "f(b, c)", "'x,y'"]);
    }

    #[test]
    fn bytes_are_read() {
        assert_eq!(bytes("\\x6162C3a4"), "abä".as_bytes());
        assert_eq!(bytes(""), b"");
    }
}
