//! What a mirror is where nobody says, by which the trigger tells which of two names an app has written.

use segue_catalog::{DataType, Expr, Origin, QName, model::Column};

use crate::{
    Moment,
    planner::Planning,
    writing::{Domains, Runs},
};

/// What the column is where an INSERT does not say, in its exact type.
pub(super) fn default(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    column: &Column,
) -> Option<String> {
    // one that goes in contract goes before the column gets its name
    let goes = planning.default_for_now(table, &column.name) != column.default;
    if column.identity.is_some() || goes {
        return None;
    }
    constant(moment, &column.data_type, column.default.as_ref())
}

/// How the trigger's function runs: it has nothing of the user's but the default, and what a server has printed is the same everywhere.
pub(in crate::recipes) fn runs(planning: &Planning<'_>, default: Option<&Expr>) -> Runs {
    match default.is_some_and(|default| default.origin != Origin::Printed && !is_literal(default)) {
        true => Runs::in_session(planning, planning.search_path()),
        false => Runs::plain(),
    }
}

/// Whether it is a literal alone, which names nothing.
fn is_literal(default: &Expr) -> bool {
    let text = default.text.trim();
    let inner = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    let is_text = inner.is_some_and(|inner| !inner.replace("''", "").contains('\''));
    let is_word = text
        .chars()
        .all(|of| of.is_ascii_alphanumeric() || of == '.' || of == '-');
    is_text || is_word
}

/// What a column with this default is where an INSERT does not say; none: another one each time.
pub(in crate::recipes) fn constant(
    moment: &Moment<'_>,
    of: &DataType,
    default: Option<&Expr>,
) -> Option<String> {
    let domain = Domains::of(moment.before(), of);
    match default.or_else(|| domain.default()) {
        None => Some(format!("CAST(NULL AS {of})")),
        Some(default) => {
            let volatile = moment.calls_volatile(&default.text);
            (!volatile).then(|| format!("CAST({default} AS {of})"))
        }
    }
}
