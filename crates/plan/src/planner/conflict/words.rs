//! What a statement names, by its text: of what it does to rows the model knows no more.

use std::collections::BTreeSet;

use segue_catalog::{Change, Name, ObjectRef};
use squawk_syntax::{SyntaxKind, ast::AstNode};

use crate::Moment;

/// Whether the text of a statement has the name of an object in it, which may be a column that has a mirror.
pub(super) fn mentions(moment: &Moment<'_>, object: &ObjectRef, is_mirrored: bool) -> bool {
    let is_row =
        matches!(moment.changes(), [Change::Data { .. }]) || super::is_made_of_rows(moment);
    let asks_by_name = asks_for_sequence(moment.text());
    if is_row && is_mirrored && !asks_by_name {
        // the mirror has the same values, and hands on what is written to it
        return false;
    }
    let names: Vec<&str> = match object {
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

/// Whether a statement calls a function of this name.
pub(super) fn calls(moment: &Moment<'_>, name: &Name) -> bool {
    let tree = segue_catalog::parse(moment.text()).tree();
    let elements = tree.syntax().descendants_with_tokens();
    let tokens: Vec<String> = elements
        .filter_map(|element| element.into_token())
        .filter(|token| !matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT))
        .map(|token| token.text().trim_matches('"').to_lowercase())
        .collect();
    let name = name.to_lowercase();
    tokens
        .windows(2)
        .any(|pair| pair[0] == name && pair[1] == "(")
}

/// The words of a statement, as names are compared here.
pub(super) fn words(moment: &Moment<'_>) -> BTreeSet<String> {
    let tree = segue_catalog::parse(moment.text()).tree();
    let elements = tree.syntax().descendants_with_tokens();
    elements
        .filter_map(|element| element.into_token())
        .filter(|token| token.kind() != SyntaxKind::WHITESPACE)
        .map(|token| token.text().trim_matches('"').to_lowercase())
        .collect()
}
