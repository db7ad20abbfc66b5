//! What a statement names, by its text: of what it does to rows the model knows no more.

use std::collections::BTreeSet;

use segue_catalog::{Change, Name, ObjectRef, QName};
use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use crate::{Moment, written};

/// Whether the text of a statement has the name of an object in it, which may be a column that has a mirror.
pub(super) fn mentions(moment: &Moment<'_>, object: &ObjectRef, is_mirrored: bool) -> bool {
    let is_row =
        matches!(moment.changes(), [Change::Data { .. }]) || super::rows::is_made_of_rows(moment);
    let asks_by_name = asks_for_sequence(moment.text());
    if is_row && is_mirrored && !asks_by_name {
        // the mirror has the same values, and hands on what is written to it
        return false;
    }
    let is_known = moment.line().unknown.is_none();
    let names: Vec<&str> = match object {
        // which a column may be called as well
        ObjectRef::Type(name) if is_known => return has_as_type(moment, name),
        ObjectRef::Column(table, name) => vec![name.as_str(), table.name.as_str()],
        ObjectRef::Table(name) | ObjectRef::View(name) | ObjectRef::Type(name) => {
            vec![name.name.as_str()]
        }
        // as `setval` and `nextval` are given it, in a text
        ObjectRef::Sequence(name) => {
            let text = moment.text().to_lowercase();
            return text.contains(&name.name.to_lowercase());
        }
        _ => return false,
    };
    let words = words(moment);
    let all = |name: &&str| {
        let name = name.to_lowercase();
        words.contains(&name)
            || ((moment.line().unknown.is_some() || asks_by_name)
                && moment.text().to_lowercase().contains(&name))
    };
    names.iter().all(all)
}

/// Whether a statement asks for the sequence of a column by their names, which are texts there: a mirror has none
/// (functions-info.html).
fn asks_for_sequence(text: &str) -> bool {
    text.to_lowercase().contains("pg_get_serial_sequence")
}

/// Whether a statement, or the body of a function that it makes, calls a function of this name.
pub(super) fn calls(moment: &Moment<'_>, name: &Name) -> bool {
    calls_in(moment.text(), &name.to_lowercase())
}

fn calls_in(text: &str, name: &str) -> bool {
    let tree = segue_catalog::parse(text).tree();
    let elements = tree.syntax().descendants_with_tokens();
    let tokens: Vec<_> = elements
        .filter_map(|element| element.into_token())
        .filter(|token| !token.kind().is_trivia())
        .collect();
    let mut bodies = tokens.iter().filter_map(|token| string(token.text()));
    let mut pairs = tokens.windows(2);
    pairs.any(|pair| {
        pair[0].text().trim_matches('"').to_lowercase() == name && pair[1].text() == "("
    }) || bodies.any(|body| calls_in(&body, name))
}

/// What stands in a string, which may be the body of a function.
pub(super) fn string(token: &str) -> Option<String> {
    if let Some(text) = token.strip_prefix('\'') {
        return Some(text.strip_suffix('\'')?.replace("''", "'"));
    }
    let tag = token.strip_prefix('$')?;
    let begin = tag.find('$')? + 1;
    let end = tag.len().checked_sub(begin + 1)?;
    tag.get(begin..end).map(str::to_owned)
}

/// Whether a statement has a type of this name.
pub(super) fn has_as_type(moment: &Moment<'_>, name: &QName) -> bool {
    let tree = segue_catalog::parse(moment.text()).tree();
    let mut types = tree.syntax().descendants().filter_map(ast::PathType::cast);
    types.any(|ty| {
        let path = ty.path_ref();
        path.is_some_and(|path| written::name(&path) == name.name)
    })
}

/// Whether a text has a name as a word, whatever it is in: code in a string too.
pub(super) fn says(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    match name.chars().all(is_of_word) {
        true => text
            .split(|letter| !is_of_word(letter))
            .any(|word| word == name),
        false => text.contains(&name),
    }
}

/// The words of a statement, as names are compared here.
pub(super) fn words(moment: &Moment<'_>) -> BTreeSet<String> {
    words_of(segue_catalog::parse(moment.text()).tree().syntax())
}

/// The words in a part of a syntax tree.
pub(super) fn words_of(tree: &SyntaxNode) -> BTreeSet<String> {
    let elements = tree.descendants_with_tokens();
    elements
        .filter_map(|element| element.into_token())
        .filter(|token| token.kind() != SyntaxKind::WHITESPACE)
        .map(|token| token.text().trim_matches('"').to_lowercase())
        .collect()
}
