//! What a file says of a column behind its new type, which that column has in contract only: a default and NOT NULL, which hold for
//! what both apps write until then too.

use segue_catalog::{
    Catalog, Change, DataType, Expr, Name, ObjectRef, QName, TableChange, model::TypeKind, render,
};
use squawk_syntax::ast::{self, AstNode, LitKind};

use super::{chain::Chain, defaults::always_fit};
use crate::{
    Moment, Phase, narrowing,
    planner::{self, Draft, Planning, PutOff, Stop},
    recipes::drop_default,
    writing::{Proof, look_for_null, prove_not_null},
};

/// A column that has its new type in contract.
#[derive(Debug, Clone)]
pub(crate) struct NewType {
    pub(super) table: QName,
    pub(super) column: Name,
    pub(super) from: DataType,
    pub(super) to: DataType,
    /// How its values come about, where that only depends on the two types: a NULL stays one.
    pub(super) chain: Option<Chain>,
    /// The column of that type which stands beside it.
    pub(crate) beside: Option<Name>,
}

impl NewType {
    pub(crate) fn is(&self, table: &QName, column: &Name) -> bool {
        self.table == *table && self.column == *column
    }

    /// As if the column beside were it with another name for now; none: there is no such column.
    pub(crate) fn called_beside(&self) -> Option<PutOff> {
        Some(PutOff::ColumnName {
            table: self.table.clone(),
            from: self.beside.clone()?,
            to: self.column.clone(),
        })
    }
}

/// What of it can be done at once is; whether that is all of it.
pub(crate) fn behind_new_type(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
) -> Result<bool, Stop> {
    if planning.is_deferring() {
        return Ok(false);
    }
    if let Some((table, column, Some(default))) = drop_default::of_one(moment) {
        if let Some(new) = planning.new_type(table, column) {
            default_for_now(planning, &new, default)?;
        }
        return Ok(false);
    }
    let set = moment.changes().iter().find_map(|change| match change {
        Change::Table {
            table,
            change: TableChange::SetNotNull { column, not_null },
        } if not_null.validated => Some((table, column, not_null)),
        _ => None,
    });
    let Some((table, column, not_null)) = set.filter(|_| moment.changes().len() == 1) else {
        return Ok(false);
    };
    let Some(new) = planning.new_type(table, column) else {
        return Ok(false);
    };
    // a DROP NOT NULL in front of it waits, and it has to be behind that
    let now = planning.schema().tables.get(table);
    let now = now.and_then(|known| known.column(column));
    if now.is_some_and(|now| now.not_null.is_some()) {
        return Ok(false);
    }
    // a default that only the new type can have keeps the old app from writing NULL in contract only
    let default = |catalog: &Catalog| {
        let known = catalog.tables.get(table)?;
        Some(known.column(column)?.default.is_some())
    };
    let waits_for_default = default(moment.before()) != default(planning.schema());
    if new.chain.is_none() || waits_for_default {
        // NOT NULL is proved in contract, from which there is no way back
        let value = new.beside.as_ref().unwrap_or(column);
        look_for_null(planning, Phase::Contract, table, (column, value))?;
        return Ok(false);
    }
    let Some(beside) = &new.beside else {
        planner::follow(moment, planning)?;
        return Ok(true);
    };
    planning.recipe = super::RECIPE.name;
    prove_not_null(
        planning,
        &Proof {
            table,
            column: beside,
            not_null,
        },
    )?;
    planning.put_off(PutOff::Coming(ObjectRef::Column(
        table.clone(),
        column.clone(),
    )));
    Ok(true)
}

/// The old column has the default too, as one of its own type: what both apps leave out is not to be another value until contract.
fn default_for_now(planning: &mut Planning<'_>, new: &NewType, default: &Expr) -> Result<(), Stop> {
    let NewType { table, column, .. } = new;
    let before = planning.default_for_now(table, column);
    let is_same = before
        .as_ref()
        .is_some_and(|before| literal(before) == literal(default) && literal(before).is_some());
    if is_same {
        return Ok(());
    }
    // names may mean other types by now: what was renamed meanwhile is what it was
    let fits = fits(planning.schema(), new, default);
    let Some(chain) = new.chain.as_ref().filter(|_| fits) else {
        planning.differs(format!(
            "a row of {table} that leaves {column} out until contract has the default of before there: the old type cannot have the new one, as far as is known"
        ));
        return Ok(());
    };
    let value = chain.back(&format!("CAST({default} AS {})", new.to));
    let set = |default: Option<&str>| {
        let change = match default {
            Some(default) => format!("ALTER COLUMN {column} SET DEFAULT {default}"),
            None => format!("ALTER COLUMN {column} DROP DEFAULT"),
        };
        render::alter(table, &change)
    };
    let before = before.map(|before| before.to_string());
    let title = format!("{column} of {table} has its new default, of its old type for now");
    let draft = Draft::transaction(title, [set(Some(&value))]).undone_by([set(before.as_deref())]);
    planning.recipe = super::RECIPE.name;
    Ok(planning.step(draft)?)
}

/// Whether a default of the new type can be one of the old type, as far as is known.
fn fits(catalog: &Catalog, new: &NewType, default: &Expr) -> bool {
    let NewType { from, to, .. } = new;
    let is_time =
        |of: &DataType| of.is("timestamp without time zone") || of.is("timestamp with time zone");
    let fit_all = always_fit(to, from) || to.is("jsonb") && from.is("json");
    if fit_all && to.array == from.array || is_time(from) && is_time(to) && !from.array {
        return true;
    }
    let Some(literal) = literal(default).filter(|_| !from.array) else {
        return false;
    };
    let limit = from.modifier.as_ref().map(|limit| limit.parse::<usize>());
    let has_room =
        || limit.is_none_or(|limit| limit.is_ok_and(|limit| literal.chars().count() <= limit));
    match catalog.types.get(&from.name).map(|of| &of.kind) {
        Some(TypeKind::Enum(of)) => of.values.contains(&literal),
        Some(_) => false,
        None if from.is("character varying") || from.is("text") => has_room(),
        None if from.is("smallint") => literal.parse::<i16>().is_ok(),
        None if from.is("integer") => literal.parse::<i32>().is_ok(),
        None if from.is("bigint") => literal.parse::<i64>().is_ok(),
        None if from.is("numeric") => numeric(from, &literal),
        None if from.is("boolean") => ["true", "false"].contains(&literal.as_str()),
        None => false,
    }
}

/// Whether a number has no more digits than a `numeric` of this type (datatype-numeric.html).
fn numeric(of: &DataType, literal: &str) -> bool {
    let (whole, part) = literal.split_once('.').unwrap_or((literal, ""));
    let whole = whole.trim_start_matches(['-', '0']);
    let is_digits = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
    let has_room = narrowing::digits(of).is_none_or(|(digits, scale)| {
        let fits = |part: &str, room: i32| i32::try_from(part.len()).is_ok_and(|len| len <= room);
        fits(part, scale) && fits(whole, digits - scale)
    });
    is_digits(whole) && is_digits(part) && has_room
}

/// What a default says that is a constant, perhaps with a cast around it.
fn literal(default: &Expr) -> Option<String> {
    let tree = segue_catalog::parse(&format!("SELECT {default}")).tree();
    let target = tree.syntax().descendants().find_map(ast::Target::cast)?;
    said(&target.syntax().children().find_map(ast::Expr::cast)?)
}

fn said(of: &ast::Expr) -> Option<String> {
    match of {
        ast::Expr::CastExpr(cast) => said(&cast.expr()?),
        ast::Expr::ParenExpr(paren) => said(&paren.expr()?),
        ast::Expr::PrefixExpr(signed) => match signed.op()? {
            ast::PrefixOp::Minus(_) => Some(format!("-{}", said(&signed.expr()?)?)),
            _ => None,
        },
        ast::Expr::Literal(literal) => match literal.kind()? {
            LitKind::Null(_) => None,
            LitKind::IntNumber(_)
            | LitKind::NumericNumber(_)
            | LitKind::True(_)
            | LitKind::False(_) => Some(literal.syntax().text().to_string().to_lowercase()),
            _ => literal.string_value(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_by_their_digits() {
        let of = DataType {
            modifier: Some("4,2".into()),
            ..DataType::builtin("numeric")
        };
        assert!(numeric(&of, "12.5") && numeric(&of, "-99.99") && numeric(&of, "0"));
        assert!(!numeric(&of, "100") && !numeric(&of, "1.234") && !numeric(&of, "1e1"));
        assert!(numeric(&DataType::builtin("numeric"), "100000.25"));
    }

    #[test]
    fn constants_are_told_from_expressions() {
        let of = |text: &str| literal(&Expr::written(text));
        assert_eq!(of("'new'::character varying").as_deref(), Some("new"));
        assert_eq!(of("'new'").as_deref(), Some("new"));
        assert_eq!(of("7").as_deref(), Some("7"));
        assert_eq!(of("'-1'::integer").as_deref(), Some("-1"));
        assert_eq!(of("-1").as_deref(), Some("-1"));
        assert_eq!(of("('a'::text)::mood").as_deref(), Some("a"));
        assert_eq!(of("now()"), None);
        assert_eq!(of("NULL"), None);
        assert_eq!(of("'a' || 'b'"), None);
        assert_eq!(of("'it''s'").as_deref(), Some("it's"));
    }
}
