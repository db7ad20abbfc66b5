//! The type of an expression, as far as it follows from constants, casts, columns and what the server is known for.

use squawk_syntax::SyntaxKind;

use super::{
    branches,
    context::Side,
    functions, literals,
    tree::{Head, Tree},
};
use crate::{DataType, NUMBERS};

/// The type of an expression without its modifier; `None` where it is open or unknown.
pub(super) fn type_of(tree: &Tree, side: &Side<'_>) -> Option<DataType> {
    let boolean = || Some(DataType::builtin("boolean"));
    let found = match &tree.head {
        Head::Number(digits) => Some(DataType::builtin(literals::natural(digits))),
        Head::Bool(_)
        | Head::And
        | Head::Or
        | Head::Not
        | Head::Is(_)
        | Head::In { .. }
        | Head::Between { .. }
        | Head::Quantified { .. } => boolean(),
        Head::Cast(to) => Some(side.below_domains(to)),
        Head::Column(name) => side.column_type(name),
        Head::Operator(symbol) => of_operator(symbol, tree, side),
        Head::Call(_) => functions::result(tree, side),
        Head::Collate(_) => type_of(tree.parts.first()?, side),
        Head::Array => common(tree.parts.iter(), side).map(DataType::array_of),
        Head::Word(word) => of_word(word),
        Head::Syntax(SyntaxKind::CASE_EXPR) => branches::type_of(tree, side),
        _ => None,
    };
    found.map(|found| DataType {
        modifier: None,
        ..found
    })
}

/// The type that several values have in common: all of them, but for constants that are open.
pub(super) fn common<'t>(
    values: impl Iterator<Item = &'t Tree>,
    side: &Side<'_>,
) -> Option<DataType> {
    let mut found: Option<DataType> = None;
    for value in values.filter(|value| !value.is_open()) {
        let next = type_of(value, side)?;
        found = match found {
            None => Some(next),
            Some(found) if found == next => Some(found),
            Some(found) => Some(wider(&found, &next)?),
        };
    }
    found
}

/// The wider of two numeric types.
pub(super) fn wider(first: &DataType, second: &DataType) -> Option<DataType> {
    let width = |one: &DataType| NUMBERS.iter().position(|name| one.is(name));
    let (a, b) = (width(first)?, width(second)?);
    Some(if a < b { second } else { first }.clone())
}

fn of_word(word: &str) -> Option<DataType> {
    Some(DataType::builtin(match word {
        "current_date" => "date",
        "current_time" => "time with time zone",
        "current_timestamp" => "timestamp with time zone",
        "localtime" => "time without time zone",
        "localtimestamp" => "timestamp without time zone",
        "current_catalog" | "current_role" | "current_schema" | "current_user" | "session_user"
        | "user" => "name",
        _ => return None,
    }))
}

fn of_operator(symbol: &str, tree: &Tree, side: &Side<'_>) -> Option<DataType> {
    let operand = |number: usize| type_of(tree.parts.get(number)?, side);
    match symbol {
        "="
        | "<>"
        | "!="
        | "<"
        | ">"
        | "<="
        | ">="
        | "~~"
        | "~~*"
        | "!~~"
        | "!~~*"
        | "~"
        | "~*"
        | "!~"
        | "!~*"
        | "like"
        | "ilike"
        | "not like"
        | "not ilike"
        | "similar to"
        | "not similar to"
        | "is distinct from"
        | "is not distinct from" => Some(DataType::builtin("boolean")),
        "->>" | "#>>" => {
            let left = operand(0)?;
            (left.is("json") || left.is("jsonb")).then(|| DataType::builtin("text"))
        }
        "->" | "#>" => operand(0).filter(|left| left.is("json") || left.is("jsonb")),
        "||" => {
            let textual = |one: &DataType| one.is("text") || one.is("character varying");
            let first = operand(0);
            let second = operand(1);
            let either = first.iter().chain(second.iter()).any(textual);
            let plain = |one: &Option<DataType>| one.as_ref().is_none_or(|one| !one.array);
            let known = |number: usize, one: &Option<DataType>| {
                one.is_some() || tree.parts.get(number).is_some_and(Tree::is_open)
            };
            let all_known = known(0, &first) && known(1, &second);
            (either && all_known && plain(&first) && plain(&second))
                .then(|| DataType::builtin("text"))
        }
        "+" | "-" if tree.parts.len() == 1 => operand(0).filter(|one| wider(one, one).is_some()),
        "^" => {
            let wide = wider(&operand(0)?, &operand(1)?)?;
            let numeric = wide.is("numeric");
            Some(DataType::builtin(if numeric {
                "numeric"
            } else {
                "double precision"
            }))
        }
        "+" | "-" | "*" | "/" | "%" if tree.parts.len() == 2 => {
            wider(&operand(0)?, &operand(1)?).filter(|found| !found.is("real"))
        }
        _ => None,
    }
}
