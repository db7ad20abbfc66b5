//! Whether a table can be changed by `ADD COLUMN` and `DROP COLUMN` alone, within the limits that
//! lang_altertable.html gives for them.

use std::collections::BTreeSet;

use sqlparser::{keywords::Keyword, tokenizer::Token};

use super::{
    super::{
        Column, Constraint, ConstraintKind, Difference, Generated, Name, Table, Text, compare,
        words::{mentions, words},
    },
    definition::{self, Written},
};

/// What is done to a table in place.
pub(super) struct InPlace {
    /// Columns that come, with their text.
    pub(super) added: Vec<(Name, String)>,
    /// Columns that go.
    pub(super) dropped: Vec<Column>,
}

/// One side of a comparison: a table, and its statement where it is known as it is now.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) table: &'a Table,
    pub(super) statement: Option<&'a Text>,
}

/// In what two tables differ, as far as it counts.
pub(super) fn differences(
    name: &Name,
    first: &Table,
    second: &Table,
    column_order: bool,
) -> Vec<Difference> {
    let mut found = compare::tables(name, first, second);
    found.retain(|difference| column_order || !difference.is_order_of_columns());
    found
}

/// How a table becomes the other in place; `None` where it has to be rebuilt. What would come of it is worked out
/// and compared, so that nothing is left over.
pub(super) fn in_place(
    name: &Name,
    from: Side<'_>,
    to: Side<'_>,
    column_order: bool,
) -> Option<InPlace> {
    let mut predicted = from.table.clone();
    let dropped = missing(from.table, to.table);
    for column in &dropped {
        predicted.columns.retain(|other| other.name != column.name);
        let written = from
            .statement
            .and_then(|statement| definition::column(statement, column));
        let own = written.map_or(Vec::new(), |written| written.constraints);
        if own.iter().any(is_key) || !take_away(&mut predicted.constraints, &own) {
            return None;
        }
    }
    if dropped.iter().any(|column| is_used(column, &predicted)) {
        return None;
    }
    let mut added = Vec::new();
    for column in missing(to.table, from.table) {
        let written = definition::column(to.statement?, &column)?;
        if !can_be_added(&column, &written) {
            return None;
        }
        predicted.constraints.extend(written.constraints);
        added.push((column.name.clone(), written.text));
        predicted.columns.push(column);
    }
    let is_enough = differences(name, &predicted, to.table, column_order).is_empty();
    is_enough.then_some(InPlace { added, dropped })
}

/// The columns that the second table lacks.
fn missing(first: &Table, second: &Table) -> Vec<Column> {
    let has = |column: &&Column| second.columns.iter().any(|other| other.name == column.name);
    let missing = first.columns.iter().filter(|column| !has(column));
    missing.cloned().collect()
}

fn is_key(constraint: &Constraint) -> bool {
    matches!(
        constraint.kind,
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
    )
}

/// Whether all of these were there.
fn take_away(constraints: &mut Vec<Constraint>, own: &[Constraint]) -> bool {
    own.iter().all(|constraint| {
        let place = constraints.iter().position(|other| other == constraint);
        place.map(|place| constraints.remove(place)).is_some()
    })
}

/// Whether what is left of the table needs a column that goes.
fn is_used(column: &Column, rest: &Table) -> bool {
    let name = BTreeSet::from([column.name.clone()]);
    let in_constraint = rest
        .constraints
        .iter()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(keys) | ConstraintKind::Unique(keys) => keys
                .iter()
                .any(|key| key.column.as_ref() == Some(&column.name)),
            ConstraintKind::Check(text) => mentions(text, &name),
            ConstraintKind::ForeignKey(reference) => reference.columns.contains(&column.name),
        });
    let generates = |other: &Column| match &other.generated {
        Some(Generated {
            expression: Some(text),
            ..
        }) => mentions(text, &name),
        Some(_) => true,
        None => false,
    };
    in_constraint || rest.columns.iter().any(generates)
}

/// The limits of `ADD COLUMN`. With rows in the table a default has to be the same for all of them, and with
/// foreign keys enforced that of a reference has to be NULL.
fn can_be_added(column: &Column, written: &Written) -> bool {
    let default = column.default.as_ref().map(literal);
    let is_null = matches!(default, None | Some(Some(Literal::Null)));
    let refers = |constraint: &Constraint| match constraint.kind {
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => false,
        ConstraintKind::ForeignKey(_) => is_null,
        ConstraintKind::Check(_) => true,
    };
    let value = match &column.generated {
        Some(generated) => !generated.stored && !column.not_null,
        None => default != Some(None) && !(column.not_null && is_null),
    };
    value && written.constraints.iter().all(refers)
}

#[derive(PartialEq, Eq)]
enum Literal {
    Null,
    Value,
}

/// A default that is a constant by itself.
fn literal(default: &Text) -> Option<Literal> {
    let words = words(default.as_str())?;
    let one = match words.as_slice() {
        [one] => one,
        [sign, number] if matches!(sign.token, Token::Plus | Token::Minus) => {
            return matches!(number.token, Token::Number(..)).then_some(Literal::Value);
        }
        _ => return None,
    };
    match &one.token {
        Token::Number(..) | Token::SingleQuotedString(_) | Token::HexStringLiteral(_) => {
            Some(Literal::Value)
        }
        _ if one.is(Keyword::NULL) => Some(Literal::Null),
        _ if one.is(Keyword::TRUE) || one.is(Keyword::FALSE) => Some(Literal::Value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_constant_by_itself_is_a_default_that_can_be_added() {
        for text in ["0", "-1", "+1.5e3", "'x'", "x'00'", "TRUE", "false"] {
            assert!(literal(&Text::new(text)) == Some(Literal::Value), "{text}");
        }
        assert!(literal(&Text::new("Null")) == Some(Literal::Null));
        for text in [
            "CURRENT_TIMESTAMP",
            "datetime('now')",
            "1 + 1",
            "\"x\"",
            "y",
            "- x",
        ] {
            assert!(literal(&Text::new(text)).is_none(), "{text}");
        }
    }
}
