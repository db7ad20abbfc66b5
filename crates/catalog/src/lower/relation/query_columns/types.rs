//! The types of expressions, as far as they follow from those of columns, casts and literals (typeconv.html).

use squawk_syntax::ast::{self, AstNode, BinOp, LitKind, PostfixOp, PrefixOp};

use super::{
    super::super::{Context, expression, names},
    Need, calls,
    from::{Scope, select_of},
    outputs,
};
use crate::{DataType, NUMBERS, QName};

/// The type of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    /// `None`: that of a literal, which has none yet.
    data_type: Option<DataType>,
    /// Where it is not that of the type.
    collation: Option<QName>,
}

impl Typed {
    pub(super) fn of(data_type: DataType) -> Self {
        Self::collated(data_type, None)
    }

    pub(super) fn collated(data_type: DataType, collation: Option<QName>) -> Self {
        Self {
            data_type: Some(data_type),
            collation,
        }
    }

    pub(super) fn builtin(name: &str) -> Self {
        Self::of(DataType::builtin(name))
    }

    fn literal() -> Self {
        Self {
            data_type: None,
            collation: None,
        }
    }

    /// What a table has of it: a literal without a type is a text there.
    pub(super) fn settled(self) -> (DataType, Option<QName>) {
        let data_type = self.data_type.unwrap_or_else(|| DataType::builtin("text"));
        (data_type, self.collation)
    }

    /// The same in a query of its own, where a literal without a type becomes a text.
    pub(super) fn settle(self) -> Self {
        let (data_type, collation) = self.settled();
        Self::collated(data_type, collation)
    }

    /// The type, where it is known and has no collation of its own.
    pub(super) fn known(&self) -> Option<&DataType> {
        self.data_type.as_ref().filter(|_| self.collation.is_none())
    }

    pub(super) fn is_literal(&self) -> bool {
        self.data_type.is_none()
    }

    /// The place among the numbers.
    pub(super) fn number(&self) -> Option<usize> {
        let known = self.known()?;
        NUMBERS.iter().position(|number| known.is(number))
    }

    fn is_text(&self) -> bool {
        let known = self.known();
        known.is_some_and(|known| known.is("text") || known.is("character varying"))
    }

    /// The type without a modifier.
    pub(super) fn bare(mut self) -> Self {
        if let Some(data_type) = &mut self.data_type {
            data_type.modifier = None;
        }
        self
    }

    /// The type that branches of a UNION, a CASE or COALESCE have together (typeconv-union-case.html). A modifier stays
    /// only where all have it.
    pub(super) fn common(&self, other: &Self) -> Option<Self> {
        if self == other {
            return Some(self.clone());
        }
        if self.collation.is_some() || other.collation.is_some() {
            return None;
        }
        let (first, second) = match (&self.data_type, &other.data_type) {
            (Some(first), Some(second)) => (first, second),
            (None, _) => return Some(other.clone().bare()),
            (_, None) => return Some(self.clone().bare()),
        };
        if first.name == second.name && first.array == second.array {
            return Some(self.clone().bare());
        }
        match (self.number(), other.number()) {
            (Some(first), Some(second)) => Some(Self::builtin(NUMBERS[first.max(second)])),
            // each is taken for the other: the first one counts
            _ if self.is_text() && other.is_text() => Some(self.clone().bare()),
            _ => None,
        }
    }
}

/// The type of an expression; `None`: it does not follow from the text.
pub(super) fn typed(
    context: &mut Context<'_>,
    expr: &ast::Expr,
    scope: &Scope<'_>,
) -> Option<Typed> {
    match expression::inner(expr) {
        ast::Expr::NameRef(name) => scope.column(&names::name(&name)),
        ast::Expr::FieldExpr(field) => {
            let ast::Expr::NameRef(alias) = field.base()? else {
                return None;
            };
            scope.column_of(&names::name(&alias), &names::name(&field.field()?))
        }
        ast::Expr::CastExpr(cast) => Some(Typed::of(context.data_type(&cast.ty()?)?)),
        ast::Expr::Literal(literal) => literal_type(&literal),
        ast::Expr::CallExpr(call) => calls::result(context, &call, scope),
        ast::Expr::CaseExpr(case) => case_type(context, &case, scope),
        ast::Expr::BetweenExpr(_) => Some(Typed::builtin("boolean")),
        ast::Expr::BinExpr(binary) => binary_type(context, &binary, scope),
        ast::Expr::PrefixExpr(prefix) => match prefix.op()? {
            PrefixOp::Not(_) => Some(Typed::builtin("boolean")),
            PrefixOp::Minus(_) | PrefixOp::Plus(_) => {
                let of = typed(context, &prefix.expr()?, scope)?;
                of.number().map(|_| of.bare())
            }
            _ => None,
        },
        ast::Expr::PostfixExpr(postfix) => match postfix.op()? {
            PostfixOp::IsNull(_) | PostfixOp::NotNull(_) => Some(Typed::builtin("boolean")),
            _ => None,
        },
        // a subquery for one value
        ast::Expr::ParenExpr(paren) => {
            let mut columns = outputs(context, &select_of(&paren)?, Need::All, Some(scope))?;
            let column = columns.pop()?;
            columns.is_empty().then(|| column.typed.settle())
        }
        _ => None,
    }
}

fn case_type(context: &mut Context<'_>, case: &ast::CaseExpr, scope: &Scope<'_>) -> Option<Typed> {
    // without ELSE it is NULL
    let mut common = match case.else_clause() {
        Some(other) => typed(context, &other.expr()?, scope)?,
        None => Typed::literal(),
    };
    for clause in case.when_clause_list()?.when_clauses() {
        let of = typed(context, &clause.then()?, scope)?;
        common = common.common(&of)?;
    }
    Some(common)
}

fn binary_type(
    context: &mut Context<'_>,
    binary: &ast::BinExpr,
    scope: &Scope<'_>,
) -> Option<Typed> {
    match binary.op()? {
        BinOp::ColonColon(_) => {
            let ty = binary.syntax().children().find_map(ast::Type::cast)?;
            Some(Typed::of(context.data_type(&ty)?))
        }
        BinOp::And(_)
        | BinOp::Or(_)
        | BinOp::Eq(_)
        | BinOp::Neq(_)
        | BinOp::Neqb(_)
        | BinOp::LAngle(_)
        | BinOp::RAngle(_)
        | BinOp::Lteq(_)
        | BinOp::Gteq(_)
        | BinOp::In(_)
        | BinOp::NotIn(_)
        | BinOp::Is(_)
        | BinOp::IsNot(_)
        | BinOp::IsDistinctFrom(_)
        | BinOp::IsNotDistinctFrom(_)
        | BinOp::Like(_)
        | BinOp::NotLike(_)
        | BinOp::Ilike(_)
        | BinOp::NotIlike(_) => Some(Typed::builtin("boolean")),
        BinOp::Plus(_) | BinOp::Minus(_) | BinOp::Star(_) | BinOp::Slash(_) => {
            let first = typed(context, &binary.lhs()?, scope)?;
            let second = typed(context, &binary.rhs()?, scope)?;
            arithmetic(&first, &second)
        }
        _ => None,
    }
}

/// The result of `+`, `-`, `*` and `/` on numbers: there are operators for each pair of whole numbers; other pairs meet
/// in the later one, but whole numbers and `real`, which meet in `double precision`.
fn arithmetic(first: &Typed, second: &Typed) -> Option<Typed> {
    let (first, second) = (first.number()?, second.number()?);
    let of = NUMBERS[first.max(second)];
    Some(match of {
        "real" if first != second => Typed::builtin("double precision"),
        of => Typed::builtin(of),
    })
}

/// The type of a literal (typeconv-select.html).
fn literal_type(literal: &ast::Literal) -> Option<Typed> {
    let name = match literal.kind()? {
        LitKind::IntNumber(token) => {
            let digits = token.text().replace('_', "");
            if digits.parse::<i32>().is_ok() {
                "integer"
            } else if digits.parse::<i64>().is_ok() {
                "bigint"
            } else {
                "numeric"
            }
        }
        LitKind::NumericNumber(_) => "numeric",
        LitKind::True(_) | LitKind::False(_) => "boolean",
        LitKind::String(_)
        | LitKind::EscString(_)
        | LitKind::DollarQuotedString(_)
        | LitKind::UnicodeEscString(_)
        | LitKind::Null(_) => return Some(Typed::literal()),
        _ => return None,
    };
    Some(Typed::builtin(name))
}
