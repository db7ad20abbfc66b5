//! What pins a row: a condition that leaves a few values of a key.

use segue_catalog::Name;
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode, BinOp},
};

use super::{
    query::Queries,
    source::{Key, Source, bare},
};
use crate::written;

/// Whether all of these conditions together leave only a few rows of a source.
pub(super) fn pins(
    queries: &Queries<'_>,
    sources: &[Source],
    index: usize,
    conditions: &[ast::Expr],
    most: u64,
) -> bool {
    let finding = Finding {
        queries,
        sources,
        index,
        most,
    };
    let mut all = Vec::new();
    for condition in conditions {
        conjuncts(condition, &mut all);
    }
    finding.leave_few(&all)
}

struct Finding<'f> {
    queries: &'f Queries<'f>,
    sources: &'f [Source],
    index: usize,
    most: u64,
}

/// What one condition does to a source.
enum Pin {
    /// A few values of this.
    Few(Vec<Key>),
    /// A few rows, or none.
    All,
    /// A lower and an upper bound of a column, both included.
    Range(Name, Option<i64>, Option<i64>),
}

impl Finding<'_> {
    fn source(&self) -> &Source {
        &self.sources[self.index]
    }

    fn leave_few(&self, conditions: &[ast::Expr]) -> bool {
        let mut pinned: Vec<Key> = Vec::new();
        let mut ranges: Vec<(Name, Option<i64>, Option<i64>)> = Vec::new();
        for condition in conditions {
            match self.pin(condition) {
                Some(Pin::All) => return true,
                Some(Pin::Few(keys)) => pinned.extend(keys),
                Some(Pin::Range(name, low, high)) => ranges.push((name, low, high)),
                None => {}
            }
        }
        for (name, ..) in &ranges {
            let of = ranges.iter().filter(|(other, ..)| other == name);
            let low = of.clone().filter_map(|(_, low, _)| *low).max();
            let high = of.filter_map(|(.., high)| *high).min();
            // keys count from 1: an upper bound says how many there are at most
            let width = high.map(|high| high.saturating_sub(low.unwrap_or(0)));
            if width.is_some_and(|width| width < 0 || width.unsigned_abs() <= self.most) {
                pinned.push(Key::Column(name.clone()));
            }
        }
        let keys = &self.source().keys;
        keys.iter()
            .any(|key| !key.is_empty() && key.iter().all(|part| pinned.contains(part)))
    }

    fn pin(&self, condition: &ast::Expr) -> Option<Pin> {
        match condition {
            ast::Expr::ParenExpr(paren) => self.pin(&paren.expr()?),
            ast::Expr::Literal(_) => is_never(condition).then_some(Pin::All),
            ast::Expr::BetweenExpr(between) => self.between(between),
            ast::Expr::BinExpr(binary) => self.binary(condition, binary),
            _ => None,
        }
    }

    fn between(&self, between: &ast::BetweenExpr) -> Option<Pin> {
        if between.not_token().is_some() {
            return None;
        }
        let column = self.column(&between.target()?)?;
        let (low, high) = (integer(&between.start()?)?, integer(&between.end()?)?);
        Some(Pin::Range(column, Some(low), Some(high)))
    }

    fn binary(&self, condition: &ast::Expr, binary: &ast::BinExpr) -> Option<Pin> {
        let (left, right) = (binary.lhs()?, binary.rhs()?);
        match binary.op()? {
            BinOp::Or(_) => {
                let few = [left, right].iter().all(|side| {
                    let mut parts = Vec::new();
                    conjuncts(side, &mut parts);
                    self.leave_few(&parts)
                });
                few.then_some(Pin::All)
            }
            BinOp::Eq(_) | BinOp::IsNotDistinctFrom(_) => {
                if is_never(condition) {
                    return Some(Pin::All);
                }
                self.equal(&left, &right)
                    .or_else(|| self.equal(&right, &left))
            }
            BinOp::In(_) => {
                let few = match subquery(&right) {
                    Some(query) => self.queries.is_few(&query),
                    None => self.is_free(right.syntax()),
                };
                few.then(|| self.pinned(&left)).flatten()
            }
            BinOp::LAngle(_) => self.range(
                &left,
                &right,
                |to| (None, Some(to.saturating_sub(1))),
                |from| (Some(from.saturating_add(1)), None),
            ),
            BinOp::Lteq(_) => self.range(
                &left,
                &right,
                |to| (None, Some(to)),
                |from| (Some(from), None),
            ),
            BinOp::RAngle(_) => self.range(
                &left,
                &right,
                |from| (Some(from.saturating_add(1)), None),
                |to| (None, Some(to.saturating_sub(1))),
            ),
            BinOp::Gteq(_) => self.range(
                &left,
                &right,
                |from| (Some(from), None),
                |to| (None, Some(to)),
            ),
            _ => None,
        }
    }

    /// A bound of a column, whichever side it stands on.
    fn range(
        &self,
        left: &ast::Expr,
        right: &ast::Expr,
        behind: impl Fn(i64) -> (Option<i64>, Option<i64>),
        before: impl Fn(i64) -> (Option<i64>, Option<i64>),
    ) -> Option<Pin> {
        let (column, (low, high)) = match (self.column(left), integer(right)) {
            (Some(column), Some(value)) => (column, behind(value)),
            _ => (self.column(right)?, before(integer(left)?)),
        };
        Some(Pin::Range(column, low, high))
    }

    /// `pinned = value`: one value, or one for each row of what is already known to be a few.
    fn equal(&self, pinned: &ast::Expr, value: &ast::Expr) -> Option<Pin> {
        let pin = self.pinned(pinned)?;
        let few = match any_of(value) {
            Some(node) => match subquery_in(&node) {
                Some(query) => self.queries.is_few(&query),
                None => self.is_free(&node),
            },
            // a subquery as a value gives one row
            None => subquery(value).is_some() || self.is_free(value.syntax()),
        };
        few.then_some(pin)
    }

    /// What a side of an equation pins.
    fn pinned(&self, side: &ast::Expr) -> Option<Pin> {
        if let ast::Expr::ParenExpr(paren) = side {
            return self.pinned(&paren.expr()?);
        }
        if let ast::Expr::TupleExpr(tuple) = side {
            let columns = tuple.exprs().filter_map(|part| self.column(&part));
            return Some(Pin::Few(columns.map(Key::Column).collect()));
        }
        if let Some(column) = self.column(side) {
            let is_place = column == "ctid" && !self.has_column(&column);
            return Some(if is_place {
                Pin::All
            } else {
                Pin::Few(vec![Key::Column(column)])
            });
        }
        let text = bare(&side.syntax().text().to_string());
        let text = text.replace(&format!("{}.", self.source().alias.as_str()), "");
        Some(Pin::Few(vec![Key::Expression(text)]))
    }

    fn has_column(&self, name: &Name) -> bool {
        let columns = self.source().columns.as_ref();
        columns.is_some_and(|columns| columns.contains(name))
    }

    /// The column of the source that an expression is.
    fn column(&self, expr: &ast::Expr) -> Option<Name> {
        match expr {
            ast::Expr::ParenExpr(paren) => self.column(&paren.expr()?),
            ast::Expr::NameRef(node) => {
                let name = written::name(node);
                let first = self.sources.iter().position(|source| {
                    let columns = source.columns.as_ref();
                    columns.is_some_and(|columns| columns.contains(&name))
                });
                let is_place = name == "ctid" && self.index == 0;
                (first == Some(self.index) || is_place).then_some(name)
            }
            ast::Expr::FieldExpr(field) => {
                let table = field.base()?.syntax().text().to_string();
                let alias = Name::unquoted(table.rsplit('.').next()?.trim().trim_matches('"'));
                let field = field.field()?;
                (alias == self.source().alias).then(|| written::name(&field))
            }
            _ => None,
        }
    }

    /// Whether a value is made of constants, and of sources of which there are only a few rows.
    fn is_free(&self, value: &SyntaxNode) -> bool {
        let queries = value
            .descendants()
            .filter(|node| ast::Select::can_cast(node.kind()));
        let queries: Vec<_> = queries.map(|node| node.text_range()).collect();
        let mut names = value
            .descendants()
            .filter_map(ast::Expr::cast)
            .filter(|expr| {
                let range = expr.syntax().text_range();
                !queries.iter().any(|query| query.contains_range(range))
            });
        names.all(|expr| match &expr {
            ast::Expr::FieldExpr(field) => {
                let base = field.base().map(|base| base.syntax().text().to_string());
                let alias =
                    Name::unquoted(base.as_deref().unwrap_or_default().trim().trim_matches('"'));
                self.is_few_elsewhere(|source| source.alias == alias)
            }
            ast::Expr::NameRef(node) => {
                let is_part = node.syntax().parent().is_some_and(|parent| {
                    ast::FieldExpr::can_cast(parent.kind())
                        || ast::CallExpr::can_cast(parent.kind())
                });
                let name = written::name(node);
                is_part
                    || self.is_few_elsewhere(|source| {
                        source
                            .columns
                            .as_ref()
                            .is_some_and(|columns| columns.contains(&name))
                    })
            }
            _ => true,
        })
    }

    /// Whether the sources that are meant are others, and a few rows.
    fn is_few_elsewhere(&self, is_meant: impl Fn(&Source) -> bool) -> bool {
        let mut meant = self
            .sources
            .iter()
            .enumerate()
            .filter(|(_, source)| is_meant(source));
        meant.all(|(index, source)| index != self.index && source.few)
    }
}

/// The conditions that all have to hold.
fn conjuncts(condition: &ast::Expr, all: &mut Vec<ast::Expr>) {
    match condition {
        ast::Expr::ParenExpr(paren) => match paren.expr() {
            Some(inner) => conjuncts(&inner, all),
            None => all.push(condition.clone()),
        },
        ast::Expr::BinExpr(binary) if matches!(binary.op(), Some(BinOp::And(_))) => {
            for side in [binary.lhs(), binary.rhs()].into_iter().flatten() {
                conjuncts(&side, all);
            }
        }
        _ => all.push(condition.clone()),
    }
}

/// Whether a condition holds for no row: `false`, NULL, or two constants that differ.
fn is_never(condition: &ast::Expr) -> bool {
    match condition {
        ast::Expr::Literal(literal) => {
            let text = literal.syntax().text().to_string();
            text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("null")
        }
        ast::Expr::BinExpr(binary) => match (binary.lhs(), binary.rhs()) {
            (Some(ast::Expr::Literal(left)), Some(ast::Expr::Literal(right))) => {
                left.syntax().text() != right.syntax().text()
            }
            _ => false,
        },
        _ => false,
    }
}

/// The query that an expression in parentheses is.
fn subquery(expr: &ast::Expr) -> Option<SyntaxNode> {
    let ast::Expr::ParenExpr(paren) = expr else {
        return None;
    };
    subquery_in(paren.syntax())
}

fn subquery_in(node: &SyntaxNode) -> Option<SyntaxNode> {
    node.children().find_map(|child| {
        if ast::SelectVariant::can_cast(child.kind()) {
            return Some(child);
        }
        let wraps =
            ast::ParenExpr::can_cast(child.kind()) || ast::ArrayExpr::can_cast(child.kind());
        wraps.then(|| subquery_in(&child)).flatten()
    })
}

/// What stands within `ANY (…)`.
fn any_of(value: &ast::Expr) -> Option<SyntaxNode> {
    let ast::Expr::CallExpr(call) = value else {
        return None;
    };
    let any = call.any_fn().map(|any| any.syntax().clone());
    any.or_else(|| call.some_fn().map(|some| some.syntax().clone()))
}

/// The whole number that an expression is.
pub(super) fn integer(expr: &ast::Expr) -> Option<i64> {
    match expr {
        ast::Expr::Literal(literal) => {
            let text = literal.syntax().text().to_string();
            text.trim_matches('\'').replace('_', "").parse().ok()
        }
        ast::Expr::ParenExpr(paren) => integer(&paren.expr()?),
        ast::Expr::CastExpr(cast) => integer(&cast.expr()?),
        ast::Expr::PrefixExpr(prefix) => match prefix.op()? {
            ast::PrefixOp::Minus(_) => integer(&prefix.expr()?)?.checked_neg(),
            ast::PrefixOp::Plus(_) => integer(&prefix.expr()?),
            _ => None,
        },
        _ => None,
    }
}
