//! `USING` that is a chain of casts and time zones over the column: each of its links has one that leads back.

use segue_catalog::{DataType, Name};
use squawk_syntax::SyntaxKind;

use super::{
    super::{
        expression::{self, Word},
        proof,
    },
    using::{builtin, last_cast},
};

/// One thing that is done to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// It is made this type.
    Cast(Kind),
    /// It is read at a time zone: the literal that names it.
    Zone(String),
}

/// A type as an expression names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kind {
    /// In full, as it can be written.
    pub(crate) text: String,
    /// Without its modifiers; one of the server's own by the name that the server prints.
    pub(crate) name: String,
}

impl From<&DataType> for Kind {
    fn from(of: &DataType) -> Self {
        let plain = DataType {
            modifier: None,
            ..of.clone()
        };
        Self {
            text: of.to_string(),
            name: plain.to_string(),
        }
    }
}

/// What an expression does to a column, from the column on; `None`: something else than that.
pub(super) fn of(expression: &str, column: &str) -> Option<Vec<Link>> {
    let mut links = Vec::new();
    unwrap(&expression::words(expression), column, &mut links)?;
    Some(links)
}

fn unwrap(words: &[Word], column: &str, links: &mut Vec<Link>) -> Option<()> {
    let words = expression::bare(words);
    if proof::is_column(words, column) {
        return Some(());
    }
    if let Some(at) = last_zone(words) {
        let zone = literal(&words[at + 3..])?;
        unwrap(&words[..at], column, links)?;
        links.push(Link::Zone(zone));
        return Some(());
    }
    if let [called, open, inner @ .., close] = words
        && open.is("(")
        && close.is(")")
    {
        // `timezone(zone, value)` is what `AT TIME ZONE` calls
        if called.is("timezone") {
            let at = inner.iter().position(|word| word.is(","))?;
            unwrap(&inner[at + 1..], column, links)?;
            links.push(Link::Zone(literal(&inner[..at])?));
            return Some(());
        }
        if called.is("cast") {
            let at = inner.iter().rposition(|word| word.is("as"))?;
            unwrap(&inner[..at], column, links)?;
            links.push(Link::Cast(kind(&inner[at + 1..])?));
            return Some(());
        }
    }
    let at = last_cast(words)?;
    unwrap(&words[..at.start], column, links)?;
    links.push(Link::Cast(kind(&words[at.end..])?));
    Some(())
}

/// Where the last `AT TIME ZONE` outside of parentheses begins: it binds less than a cast.
fn last_zone(words: &[Word]) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, word) in words.iter().enumerate().rev() {
        if word.is(")") {
            depth += 1;
        } else if word.is("(") {
            depth -= 1;
        }
        let next = |more: usize, is: &str| words.get(at + more).is_some_and(|word| word.is(is));
        if depth == 0 && word.is("at") && next(1, "time") && next(2, "zone") {
            return Some(at);
        }
    }
    None
}

/// A zone that is a literal, which the server prints with its type.
fn literal(words: &[Word]) -> Option<String> {
    let words = expression::bare(words);
    let words = match last_cast(words) {
        Some(at) if matches!(&words[at.end..], [of] if of.is("text")) => &words[..at.start],
        Some(_) => return None,
        None => words,
    };
    match expression::bare(words) {
        [zone] if zone.kind == SyntaxKind::STRING => Some(zone.text.clone()),
        _ => None,
    }
}

/// The type that words name.
fn kind(words: &[Word]) -> Option<Kind> {
    let (mut name, mut modifier, mut depth) = (Vec::new(), String::new(), 0_u32);
    let array = words.iter().position(|word| word.is("["));
    for word in &words[..array.unwrap_or(words.len())] {
        match word.text.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.checked_sub(1)?,
            text if depth > 0 => modifier.push_str(text),
            _ => name.push(word),
        }
    }
    let plain: Vec<&str> = name
        .iter()
        .filter(|word| !word.is("pg_catalog") && !word.is("."))
        .map(|word| word.text.as_str())
        .collect();
    if let Some(builtin) = builtin(&plain.join(" ")) {
        let of = DataType::builtin(builtin);
        let of = match modifier.is_empty() {
            true => of,
            false => of.with_modifier(&modifier),
        };
        return Some(Kind::from(&match array {
            Some(_) => of.array_of(),
            None => of,
        }));
    }
    // `a::int > 0` is no cast at all
    if !name.iter().all(|word| word.is_name() || word.is(".")) {
        return None;
    }
    let mut name: String = name.iter().map(|word| written(word)).collect();
    if array.is_some() {
        name.push_str("[]");
    }
    let text = match modifier.is_empty() {
        true => name.clone(),
        false => format!("{name}({modifier})"),
    };
    Some(Kind { text, name })
}

fn written(word: &Word) -> String {
    match word.is_name() {
        true => Name::stored(word.text.as_str()).to_string(),
        false => word.text.clone(),
    }
}
