//! Strings in double quotes. SQLite takes `"x"` for a string where nothing is called that (quirks.html), and
//! `RENAME COLUMN` and `DROP COLUMN` write every such string of the whole schema anew, in single quotes.

use std::collections::BTreeSet;

use sqlparser::tokenizer::{Token, Word};

use super::super::{
    Catalog, Column, ConstraintKind, Name, Text,
    words::{Placed, replaced, words},
};

/// Whether a table or index has such strings.
pub(super) fn are_in_tables(catalog: &Catalog) -> bool {
    let mut other = catalog.clone();
    rewrite(&mut other);
    other.tables != catalog.tables || other.indexes != catalog.indexes
}

/// Does to tables and indexes what SQLite does.
pub(super) fn rewrite(catalog: &mut Catalog) {
    for (name, table) in &mut catalog.tables {
        let known = known(name, &table.columns);
        for column in &mut table.columns {
            let generated = column.generated.as_mut();
            let expression = generated.and_then(|generated| generated.expression.as_mut());
            for text in column.default.iter_mut().chain(expression) {
                rewrite_text(text, &known);
            }
        }
        for constraint in &mut table.constraints {
            if let ConstraintKind::Check(text) = &mut constraint.kind {
                rewrite_text(text, &known);
            }
        }
    }
    for (name, index) in &mut catalog.indexes {
        if let (Some(text), Some(table)) = (&mut index.definition, catalog.tables.get(&index.table))
        {
            let mut known = known(&index.table, &table.columns);
            known.insert(name.clone());
            rewrite_text(text, &known);
        }
    }
}

/// Whether a view or trigger may have such strings: words that are no name of the schema.
pub(super) fn may_be_in(text: &Text, known: &BTreeSet<Name>) -> bool {
    words(text.as_str()).is_none_or(|words| words.iter().any(|word| is_string(word, known)))
}

/// Everything in a schema that has a name.
pub(super) fn names(catalog: &Catalog) -> BTreeSet<Name> {
    let columns = catalog.tables.values().flat_map(|table| &table.columns);
    let columns = columns.map(|column| &column.name);
    let of_views = catalog.views.values().flat_map(|view| &view.columns);
    columns
        .chain(of_views)
        .chain(catalog.tables.keys())
        .chain(catalog.views.keys())
        .chain(catalog.triggers.keys())
        .cloned()
        .collect()
}

fn known(table: &Name, columns: &[Column]) -> BTreeSet<Name> {
    let columns = columns.iter().map(|column| column.name.clone());
    columns.chain([table.clone()]).collect()
}

fn is_string(word: &Placed, known: &BTreeSet<Name>) -> bool {
    let is_quoted = matches!(
        &word.token,
        Token::Word(Word {
            quote_style: Some('"'),
            ..
        })
    );
    is_quoted && word.name().is_some_and(|name| !known.contains(&name))
}

fn rewrite_text(text: &mut Text, known: &BTreeSet<Name>) {
    let Some(words) = words(text.as_str()) else {
        return;
    };
    // From the last to the first, so that places stay.
    for word in words.iter().rev().filter(|word| is_string(word, known)) {
        let value = word.name().unwrap_or_else(|| Name::new(""));
        let value = crate::quote::plain_literal(value.as_str());
        *text = Text::new(replaced(
            text.as_str(),
            std::slice::from_ref(&word.span),
            &value,
        ));
    }
}
