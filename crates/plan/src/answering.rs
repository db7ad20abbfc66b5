//! Functions that are dropped and made again with other arguments. While both were there, a call that either could answer would be
//! refused as ambiguous (typeconv-func.html), and what is made over it would be made over the old one; so one that answers all calls
//! of the old one takes its place at once.

use segue_catalog::{
    DataType, NUMBERS, RoutineId,
    model::{ArgumentMode, Routine},
};

/// Types each of which becomes the ones behind it by itself (`pg_cast`, `castcontext` "i").
const WIDER: &[&[&str]] = &[
    NUMBERS,
    &["character varying", "text"],
    &[
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
    ],
];

/// Whether a function answers the calls of another one, which goes.
pub(crate) fn answers(old: &RoutineId, new: &RoutineId, made: &Routine) -> bool {
    let given = made
        .arguments
        .iter()
        .filter(|own| !matches!(own.mode, ArgumentMode::Out | ArgumentMode::Table));
    let mut more = given.skip(old.arguments.len());
    let takes = |(from, to): (&DataType, &DataType)| from == to || is_wider(from, to);
    old.name == new.name
        && new.arguments.len() >= old.arguments.len()
        && old.arguments.iter().zip(&new.arguments).all(takes)
        && more.all(|own| own.default.is_some())
}

fn is_wider(from: &DataType, to: &DataType) -> bool {
    let at = |line: &&[&str], of: &DataType| line.iter().position(|name| of.is(name));
    !from.array
        && !to.array
        && WIDER
            .iter()
            .any(|line| match (at(line, from), at(line, to)) {
                (Some(first), Some(then)) => first < then,
                _ => false,
            })
}
