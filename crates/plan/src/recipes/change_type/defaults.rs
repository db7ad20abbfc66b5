//! Defaults of columns that get another type.

use segue_catalog::{Catalog, DataType, Expr, model::TypeKind};
use squawk_syntax::ast::{self, AstNode};

use crate::written;

const TEXTS: [&str; 4] = ["text", "character varying", "character", "bpchar"];
/// Each fits into those behind it.
const NUMBERS: [&str; 4] = ["smallint", "integer", "bigint", "numeric"];

/// Whether a default of the one type can become one of the other by `ALTER COLUMN … TYPE`, as far as is known: that takes a cast
/// which is made by assignment (sql-createcast.html). Text has none to what is no text, nor have enums.
pub(super) fn cast_by_themselves(catalog: &Catalog, from: &DataType, to: &DataType) -> bool {
    const WHOLE: [&str; 3] = ["smallint", "integer", "bigint"];
    let is_enum = |of: &DataType| {
        let of = catalog.types.get(&of.name).map(|of| &of.kind);
        matches!(of, Some(TypeKind::Enum(_)))
    };
    let is_strict = is_enum(to)
        || is_one(to, &NUMBERS)
        || is_one(to, &["boolean", "uuid", "jsonb", "json", "date"]);
    let is_text = is_one(from, &TEXTS) || is_enum(from);
    let is_truth = |one: &DataType, other: &DataType| one.is("boolean") && is_one(other, &WHOLE);
    let has_none = is_text && is_strict || is_truth(from, to) || is_truth(to, from);
    from.name == to.name || from.array != to.array || !has_none
}

/// Whether a default is one of the new type by what it says, and of the old one only since it was assigned to that: the server takes
/// such a conversion away before it makes its own (`ATExecAlterColumnType`, `tablecmds.c`).
pub(super) fn is_of_type(default: &Expr, to: &DataType) -> bool {
    let tree = segue_catalog::parse(&format!("SELECT {default}")).tree();
    let target = tree.syntax().descendants().find_map(ast::Target::cast);
    let said = target.and_then(|target| target.syntax().children().find_map(ast::Expr::cast));
    let Some(ast::Expr::CastExpr(cast)) = said else {
        return false;
    };
    cast.ty().is_some_and(|ty| {
        let is_array = matches!(ty, ast::Type::ArrayType(_));
        written::parts(ty.syntax()).last() == Some(&to.name.name) && is_array == to.array
    })
}

/// Whether every value of the one type is one of the other, so that no default fails as it is converted.
pub(super) fn always_fit(from: &DataType, to: &DataType) -> bool {
    let place = |of: &DataType| NUMBERS.iter().position(|number| of.is(number));
    let grows = place(from)
        .zip(place(to))
        .is_some_and(|(from, to)| from <= to);
    let is_text = is_one(to, &TEXTS[..2]);
    let has_day = is_one(
        from,
        &[
            "date",
            "timestamp without time zone",
            "timestamp with time zone",
        ],
    );
    let gets_time = is_one(
        to,
        &["timestamp without time zone", "timestamp with time zone"],
    );
    let is_json = from.is("json") && to.is("jsonb");
    let is_wide = from.name == to.name || grows || is_text || has_day && gets_time || is_json;
    from.array == to.array && to.modifier.is_none() && is_wide
}

fn is_one(of: &DataType, all: &[&str]) -> bool {
    all.iter().any(|one| of.is(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_kept_beside_a_column_only_where_none_can_fail() {
        let fit = |from, to| always_fit(&DataType::builtin(from), &DataType::builtin(to));
        assert!(fit("integer", "bigint") && fit("bigint", "numeric"));
        assert!(fit("uuid", "text") && fit("character varying", "text"));
        assert!(fit("date", "timestamp with time zone") && fit("json", "jsonb"));
        assert!(!fit("bigint", "integer") && !fit("text", "integer"));
        assert!(!fit("timestamp with time zone", "date") && !fit("jsonb", "json"));
        let short = DataType {
            modifier: Some("10".into()),
            ..DataType::builtin("character varying")
        };
        assert!(!always_fit(&DataType::builtin("text"), &short));
    }

    #[test]
    fn defaults_may_be_of_the_new_type_already() {
        let mood = DataType::builtin("mood");
        let of = |text: &str| is_of_type(&Expr::written(text), &mood);
        assert!(of("'glad'::mood") && of("CAST('glad' AS public.mood)"));
        assert!(!of("'glad'::text") && !of("'glad'") && !of("'glad'::mood::text"));
        assert!(!of("ARRAY['glad']::mood[]"));
    }

    #[test]
    fn defaults_of_text_become_no_numbers() {
        let catalog = Catalog::empty(15);
        let cast = |from, to| {
            cast_by_themselves(&catalog, &DataType::builtin(from), &DataType::builtin(to))
        };
        assert!(cast("integer", "text") && cast("numeric", "integer") && cast("text", "bpchar"));
        assert!(!cast("text", "integer") && !cast("character varying", "uuid"));
        assert!(!cast("integer", "boolean") && !cast("boolean", "integer"));
    }
}
