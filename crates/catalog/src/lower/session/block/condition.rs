//! Conditions that the schema decides: `EXISTS (SELECT … FROM pg_type WHERE typname = 'mood')` and its like. Every
//! answer is certain; what is not is `None`.

use squawk_syntax::ast::{self, AstNode, BinOp, LitKind, PrefixOp};

use super::{
    super::super::{
        Context, expression,
        names::{self, Written},
    },
    rows::{self, Row, System},
};
use crate::Name;

/// Whether a condition holds.
pub(super) fn holds(context: &Context<'_>, condition: &ast::PlpgsqlExpr) -> Option<bool> {
    truth(context, &only_expression(condition)?)
}

/// What stands in a place of PL/pgSQL's for an expression, where it is just that and not the rest of a query.
pub(super) fn only_expression(written: &ast::PlpgsqlExpr) -> Option<ast::Expr> {
    let is_query = written.from_clause().is_some()
        || written.where_clause().is_some()
        || written.group_by_clause().is_some()
        || written.having_clause().is_some()
        || written.select_quantifier().is_some()
        || written.tail_clauses().next().is_some();
    let list = written.target_list().filter(|_| !is_query)?;
    let mut targets = list.targets();
    let only = targets.next()?;
    targets.next().is_none().then(|| only.expr())?
}

fn truth(context: &Context<'_>, expr: &ast::Expr) -> Option<bool> {
    match expr {
        ast::Expr::ParenExpr(within) if within.select().is_none() => {
            truth(context, &within.expr()?)
        }
        ast::Expr::PrefixExpr(prefix) if matches!(prefix.op()?, PrefixOp::Not(_)) => {
            truth(context, &prefix.expr()?).map(|holds| !holds)
        }
        ast::Expr::Literal(literal) => match literal.kind()? {
            LitKind::True(_) => Some(true),
            LitKind::False(_) => Some(false),
            _ => None,
        },
        ast::Expr::CallExpr(call) => {
            let query = call.exists_fn()?.select_variant()?;
            rows_of(context, &query)?.any()
        }
        ast::Expr::BinExpr(binary) => {
            let (left, right) = (binary.lhs()?, binary.rhs()?);
            match binary.op()? {
                BinOp::And(_) => and(truth(context, &left), truth(context, &right)),
                BinOp::Or(_) => {
                    let not = |expr| truth(context, expr).map(|holds| !holds);
                    and(not(&left), not(&right)).map(|holds| !holds)
                }
                BinOp::Is(_) if is_null(&right) => is_nothing(context, &left),
                BinOp::IsNot(_) if is_null(&right) => {
                    is_nothing(context, &left).map(|holds| !holds)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn is_null(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Literal(literal) if matches!(literal.kind(), Some(LitKind::Null(_))))
}

/// `to_regclass('public.t') IS NULL`.
fn is_nothing(context: &Context<'_>, expr: &ast::Expr) -> Option<bool> {
    let ast::Expr::CallExpr(call) = expr else {
        return None;
    };
    if super::calls::name(call)?.name != "to_regclass" {
        return None;
    }
    let argument = call.arg_list()?.args().next()?.expr()?;
    let name = written(&text(&argument)?)?;
    if context.find_relation(&name).is_some() {
        return Some(false);
    }
    let is_ours = !context.is_foreign(&name) && rows::is_known_to_be_ours(context, &name.name);
    is_ours.then_some(true)
}

/// The rows that a query of one system catalog has.
struct Found {
    rows: Vec<Row>,
    /// Whether there may be others, which the model does not know or the role may not see.
    others: bool,
}

impl Found {
    fn any(&self) -> Option<bool> {
        match (self.rows.is_empty(), self.others) {
            (false, _) => Some(true),
            (true, false) => Some(false),
            (true, true) => None,
        }
    }
}

fn rows_of(context: &Context<'_>, query: &ast::SelectVariant) -> Option<Found> {
    let ast::SelectVariant::Select(select) = query else {
        return None;
    };
    rows_of_select(context, select)
}

fn rows_of_select(context: &Context<'_>, select: &ast::Select) -> Option<Found> {
    let is_more = select.with_clause().is_some()
        || select.group_by_clause().is_some()
        || select.having_clause().is_some()
        || select.window_clause().is_some();
    let mut tail = select.tail_clauses();
    let is_cut = tail.any(|clause| match clause {
        ast::SelectTailClause::LimitClause(limit) => {
            let text = limit.syntax().text().to_string();
            !text.eq_ignore_ascii_case("limit 1")
        }
        _ => true,
    });
    // an aggregate makes a row of none
    let calls = select.select_clause().is_some_and(|clause| {
        clause
            .syntax()
            .descendants()
            .any(|node| ast::CallExpr::can_cast(node.kind()))
    });
    if is_more || is_cut || calls {
        return None;
    }
    let mut items = select.from_clause()?.items();
    let ast::FromListItem::FromItem(ast::FromItem::RelationFromItem(item)) = items.next()? else {
        return None;
    };
    if items.next().is_some() || item.tablesample_clause().is_some() {
        return None;
    }
    let system = System::named(&names::written(&item.relation_name_ref()?))?;
    let mut tests = Vec::new();
    if let Some(clause) = select.where_clause() {
        conjuncts(context, &clause.expr()?, &mut tests)?;
    }
    let all = rows::rows(context, system);
    let mut found = Found {
        rows: Vec::new(),
        others: !tests.iter().any(|test| test.names_ours(context, system)),
    };
    for row in all {
        let fits = tests.iter().map(|test| test.fits(&row));
        match fits.collect::<Option<Vec<_>>>()? {
            fits if fits.contains(&Some(false)) => {}
            fits if row.is_certain && !fits.contains(&None) => found.rows.push(row),
            _ => found.others = true,
        }
    }
    found.others |= system.shows_more(context);
    Some(found)
}

/// A column is one of these texts, or none of them.
struct Test {
    column: Name,
    texts: Vec<String>,
    is_not: bool,
}

impl Test {
    /// `None`: there is no such column, as far as is known; `Some(None)`: what it has is not known.
    fn fits(&self, row: &Row) -> Option<Option<bool>> {
        let value = row.get(&self.column)?;
        Some(value.map(|value| self.texts.iter().any(|text| text == value) != self.is_not))
    }

    /// Whether it can only be about objects of the user's, all of which the model has.
    fn names_ours(&self, context: &Context<'_>, system: System) -> bool {
        !self.is_not
            && system.key_columns().iter().any(|key| self.column == *key)
            && self.texts.iter().all(|text| {
                let name = text.rsplit('.').next().unwrap_or_default();
                rows::is_known_to_be_ours(context, &Name::stored(name.trim_matches('"')))
            })
    }
}

/// The parts of a condition that have to hold together.
fn conjuncts(context: &Context<'_>, expr: &ast::Expr, tests: &mut Vec<Test>) -> Option<()> {
    match expr {
        ast::Expr::ParenExpr(within) if within.select().is_none() => {
            conjuncts(context, &within.expr()?, tests)
        }
        // no row of a dropped column is in the model
        ast::Expr::PrefixExpr(prefix) if matches!(prefix.op()?, PrefixOp::Not(_)) => {
            (column(&prefix.expr()?)? == "attisdropped").then_some(())
        }
        ast::Expr::BinExpr(binary) => {
            let (left, right) = (binary.lhs()?, binary.rhs()?);
            let is_not = match binary.op()? {
                BinOp::And(_) => {
                    conjuncts(context, &left, tests)?;
                    return conjuncts(context, &right, tests);
                }
                BinOp::Eq(_) => false,
                BinOp::Neq(_) | BinOp::Neqb(_) => true,
                BinOp::In(_) => {
                    let texts = list(context, &right)?;
                    let column = column(&left)?;
                    tests.push(Test {
                        column,
                        texts,
                        is_not: false,
                    });
                    return Some(());
                }
                _ => return None,
            };
            let column = column(&left)?;
            if !is_not && is_this_database(&right) && column.ends_with("catalog") {
                return Some(());
            }
            let texts = vec![value(context, &right)?];
            tests.push(Test {
                column,
                texts,
                is_not,
            });
            Some(())
        }
        _ => None,
    }
}

fn column(expr: &ast::Expr) -> Option<Name> {
    match expr {
        ast::Expr::NameRef(name) => Some(names::name(name)),
        ast::Expr::FieldExpr(field) => Some(names::name(&field.field()?)),
        ast::Expr::CastExpr(cast) => column(&cast.expr()?),
        _ => None,
    }
}

fn list(context: &Context<'_>, expr: &ast::Expr) -> Option<Vec<String>> {
    match expr {
        ast::Expr::TupleExpr(tuple) => tuple.exprs().map(|one| value(context, &one)).collect(),
        ast::Expr::ParenExpr(one) => Some(vec![value(context, &one.expr()?)?]),
        _ => None,
    }
}

/// What a column is compared with, as the rows have it.
fn value(context: &Context<'_>, expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Literal(literal) => expression::string(literal),
        ast::Expr::ParenExpr(within) => match within.select() {
            Some(select) => only_oid(context, &select),
            None => value(context, &within.expr()?),
        },
        ast::Expr::CastExpr(cast) => {
            let text = match cast.expr() {
                Some(expr) => text(&expr)?,
                None => expression::string(&cast.literal()?)?,
            };
            let ty = cast.ty()?.syntax().text().to_string().to_ascii_lowercase();
            match ty.trim() {
                "text" | "name" | "varchar" | "char" | "\"char\"" => Some(text),
                "regnamespace" => written(&text).map(|name| name.name.as_str().to_owned()),
                "regclass" => {
                    let (name, _) = context.find_relation(&written(&text)?)?;
                    Some(name.to_string())
                }
                "regtype" => context
                    .find_user_type(&written(&text)?)
                    .map(|name| name.to_string()),
                _ => None,
            }
        }
        ast::Expr::NameRef(name) if names::name(name) == "current_schema" => {
            current_schema(context)
        }
        ast::Expr::CallExpr(call) if super::calls::name(call)?.name == "current_schema" => {
            current_schema(context)
        }
        _ => None,
    }
}

/// `(SELECT oid FROM pg_type WHERE typname = 'mood')`.
fn only_oid(context: &Context<'_>, select: &ast::Select) -> Option<String> {
    let list = select.select_clause()?.target_list()?;
    let mut targets = list.targets();
    let target = targets.next()?.expr()?;
    if targets.next().is_some() || column(&target)? != "oid" {
        return None;
    }
    let found = rows_of_select(context, select)?;
    let [row] = &found.rows[..] else { return None };
    let oid = row.get("oid")??;
    (!found.others).then(|| oid.to_owned())
}

fn text(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Literal(literal) => expression::string(literal),
        _ => None,
    }
}

fn is_this_database(expr: &ast::Expr) -> bool {
    let called = match expr {
        ast::Expr::NameRef(name) => names::name(name),
        ast::Expr::CallExpr(call) => match super::calls::name(call) {
            Some(written) => written.name,
            None => return false,
        },
        _ => return false,
    };
    called == "current_database" || called == "current_catalog"
}

/// The first schema of the path that is there.
fn current_schema(context: &Context<'_>) -> Option<String> {
    let mut path = context.session.search_path.iter();
    path.find(|schema| context.has_schema(schema))
        .map(|schema| schema.as_str().to_owned())
}

/// A name as it stands within a text: `public."User"`.
fn written(text: &str) -> Option<Written> {
    let mut parts: Vec<Name> = Vec::new();
    let mut rest = text.trim();
    loop {
        let end = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"')? + 2,
            None => rest.find('.').unwrap_or(rest.len()),
        };
        let (part, behind) = rest.split_at(end);
        let bare = part.trim_matches('"');
        parts.push(if bare.len() == part.len() {
            Name::unquoted(part)
        } else {
            Name::quoted(bare)
        });
        match behind.strip_prefix('.') {
            Some(next) => rest = next,
            None if behind.is_empty() => break,
            None => return None,
        }
    }
    let name = parts.pop()?;
    let schema = parts.pop();
    parts.is_empty().then_some(Written { schema, name })
}
