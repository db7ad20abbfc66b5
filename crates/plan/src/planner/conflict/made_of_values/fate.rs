//! What becomes of a value of an enum, by what stands around its column in the syntax tree.

use std::collections::BTreeSet;

use segue_catalog::{Name, model::Table};
use squawk_syntax::{
    SyntaxKind as K, SyntaxNode,
    ast::{self, AstNode, BinOp},
};

use super::Reading;
use crate::written;

/// Functions that give one of the values they are given, or an array of them (functions-conditional.html, functions-aggregate.html,
/// functions-window.html, functions-array.html).
const KEEPING: &[&str] = &[
    "array_agg",
    "array_append",
    "array_cat",
    "array_remove",
    "coalesce",
    "first_value",
    "greatest",
    "lag",
    "last_value",
    "lead",
    "least",
    "max",
    "min",
    "mode",
    "nth_value",
    "nullif",
    "unnest",
];

/// Functions that give a number, whatever the values are called.
const COUNTING: &[&str] = &[
    "array_length",
    "array_position",
    "cardinality",
    "count",
    "num_nonnulls",
    "num_nulls",
];

/// What becomes of a value.
pub(super) enum Fate {
    /// It is compared, counted, or copied as it is.
    Kept,
    /// It is what a part of the statement calls so.
    Called(Name),
    Other,
}

impl Fate {
    fn kept(is_kept: bool) -> Self {
        match is_kept {
            true => Self::Kept,
            false => Self::Other,
        }
    }
}

/// What is around a value on its way out of the statement.
#[derive(Default)]
struct Way {
    /// Its place in the innermost list.
    place: usize,
    /// What it is called by the innermost query; a query has no name for some.
    called: Option<Name>,
}

impl Reading<'_> {
    /// What becomes of the value that a name stands for.
    pub(super) fn fate(&self, name: &SyntaxNode) -> Fate {
        let (mut node, mut way) = (name.clone(), Way::default());
        while let Some(around) = node.parent() {
            match around.kind() {
                K::FIELD_EXPR if node.next_sibling().is_some() => {
                    // a table that is called like the column; a part of a row
                    if node.kind() == K::NAME_REF || self.are_rows {
                        return Fate::Kept;
                    }
                }
                K::CASE_EXPR if ast::Expr::can_cast(node.kind()) => return Fate::Kept,
                K::WHEN_CLAUSE if node.prev_sibling().is_none() => return Fate::Kept,
                K::CAST_EXPR if !self.keeps(&around) => return Fate::Other,
                K::BIN_EXPR if self.adds_to_array(&around) => {}
                K::BIN_EXPR => return Fate::kept(compares(around)),
                K::CALL_EXPR => match function(&around).as_deref() {
                    Some(name) if COUNTING.contains(&name) => return Fate::Kept,
                    Some(name) if !KEEPING.contains(&name) => return Fate::Other,
                    // or `ANY (…)`, which has no name
                    _ => {}
                },
                K::ROW | K::SET_EXPR_LIST => way.place = place(&node),
                K::TARGET_LIST => {
                    way.place = place(&node);
                    way.called = ast::Target::cast(node).and_then(|target| output(&target));
                }
                K::WITH_TABLE | K::PAREN_FROM_ITEM => {
                    return way.called.map_or(Fate::Other, Fate::Called);
                }
                K::FUNCTION_FROM_ITEM => {
                    return called_in_from(&around).map_or(Fate::Other, Fate::Called);
                }
                K::SET_SINGLE_COLUMN | K::SET_MULTIPLE_COLUMNS | K::INSERT | K::MERGE_INSERT => {
                    let column = targets(&around).map(|all| all.into_iter().nth(way.place));
                    return Fate::kept(self.is_kept_in(&around, column, way.place));
                }
                kind if PASSING.contains(&kind) => {}
                kind => return Fate::kept(ENDING.contains(&kind)),
            }
            node = around;
        }
        Fate::Kept
    }

    /// What becomes of columns that a query has without naming them.
    pub(super) fn fate_of_star(&self, star: &ast::Target, columns: &BTreeSet<Name>) -> Fate {
        let around = star.syntax().ancestors().skip(1).find(|around| {
            !matches!(
                around.kind(),
                K::TARGET_LIST | K::SELECT_CLAUSE | K::SELECT | K::COMPOUND_SELECT
            )
        });
        match around {
            Some(insert) if insert.kind() == K::INSERT => {
                let table = self.written(&insert);
                let mut same = columns.iter().map(|name| table?.column(name));
                Fate::kept(
                    same.all(|column| column.is_some_and(|column| self.is_of(&column.data_type))),
                )
            }
            _ => Fate::Kept,
        }
    }

    /// `states || state`: an array of the values with one more.
    fn adds_to_array(&self, both: &SyntaxNode) -> bool {
        let operator = ast::BinExpr::cast(both.clone()).and_then(|both| both.op());
        let adds = matches!(operator, Some(BinOp::CustomOp(of)) if of.syntax().text() == "||");
        let is_array = |name: &Name| {
            let mut tables = self.before.tables.values();
            tables.any(|table| {
                let column = table.column(name).map(|column| &column.data_type);
                column.is_some_and(|data_type| data_type.array && self.is_of(data_type))
            })
        };
        let mut names = both.children().filter_map(|part| match part.kind() {
            K::NAME_REF | K::FIELD_EXPR => written::parts(&part).pop(),
            _ => None,
        });
        adds && names.any(|name| is_array(&name))
    }

    fn keeps(&self, cast: &SyntaxNode) -> bool {
        ast::CastExpr::cast(cast.clone()).is_some_and(|cast| self.is_to_enum(&cast))
    }

    /// Whether the column that a value is written to has the enum: the one that is named, or the one in its place.
    fn is_kept_in(&self, node: &SyntaxNode, named: Option<Option<Name>>, place: usize) -> bool {
        let Some(table) = self.written(node) else {
            return false;
        };
        let column = match named {
            Some(name) => name.and_then(|name| table.column(&name)),
            None => table.columns.get(place),
        };
        column.is_some_and(|column| self.is_of(&column.data_type))
    }

    /// The table that the statement around a node writes.
    fn written(&self, node: &SyntaxNode) -> Option<&Table> {
        let statement = node
            .ancestors()
            .find(|around| matches!(around.kind(), K::UPDATE | K::INSERT | K::MERGE))?;
        let mut parts = statement.children();
        let relation = parts.find(|part| {
            matches!(
                part.kind(),
                K::RELATION_NAME | K::RELATION_NAME_REF | K::TABLE_RELATION_NAME
            )
        })?;
        let mut names = relation.descendants();
        let name = names.find_map(|node| {
            let before = (self.before, &self.line.session);
            if let Some(table) = ast::TableNameRef::cast(node.clone()) {
                return written::relation(before.0, before.1, &table);
            }
            written::relation(before.0, before.1, &ast::RelationNameRef::cast(node)?)
        })?;
        self.before.tables.get(&name).map(std::sync::Arc::as_ref)
    }
}

/// What leaves a value what it is.
const PASSING: &[K] = &[
    K::ALL_FN,
    K::ANY_FN,
    K::ARG,
    K::ARG_LIST,
    K::ARRAY_EXPR,
    K::CASE_EXPR,
    K::CAST_EXPR,
    K::COMPOUND_SELECT,
    K::ELSE_CLAUSE,
    K::FIELD_EXPR,
    K::INDEX_EXPR,
    K::PAREN_EXPR,
    K::PAREN_SELECT,
    K::ROW_LIST,
    K::SELECT,
    K::SELECT_CLAUSE,
    K::SET_EXPR,
    K::SLICE_EXPR,
    K::SOME_FN,
    K::TARGET,
    K::TUPLE_EXPR,
    K::VALUES,
    K::WHEN_CLAUSE,
    K::WHEN_CLAUSE_LIST,
];

/// What has the value for no more than to compare it, or as a column that has the enum: of a table that a query makes, and of what nobody
/// keeps.
const ENDING: &[K] = &[
    K::BETWEEN_EXPR,
    K::CONFLICT_INDEX_ITEM,
    K::CREATE_MATERIALIZED_VIEW,
    K::CREATE_TABLE_AS,
    K::CREATE_VIEW,
    K::DISTINCT_ON,
    K::EXISTS_FN,
    K::GROUPING_EXPR,
    K::PARTITION_BY_CLAUSE,
    K::POSTFIX_EXPR,
    K::RETURNING_CLAUSE,
    K::SELECT_INTO,
    K::SORT_BY,
    K::SOURCE_FILE,
];

/// The place in a list; one that no list has, behind what stands for several columns.
fn place(node: &SyntaxNode) -> usize {
    let before = || std::iter::successors(node.prev_sibling(), SyntaxNode::prev_sibling);
    let is_star = |one: SyntaxNode| ast::Target::cast(one).is_some_and(|target| is_star(&target));
    match before().any(is_star) {
        true => usize::MAX,
        false => before().count(),
    }
}

/// The columns that a list names, if there is one.
fn targets(node: &SyntaxNode) -> Option<Vec<Name>> {
    let list = node
        .children()
        .find(|part| matches!(part.kind(), K::COLUMN_TARGET | K::COLUMN_TARGET_LIST))?;
    let targets = list.descendants().filter_map(ast::ColumnNameRef::cast);
    Some(targets.map(|target| written::name(&target)).collect())
}

/// Whether an operator gives no more than whether something is so.
fn compares(node: SyntaxNode) -> bool {
    let operator = ast::BinExpr::cast(node).and_then(|both| both.op());
    matches!(
        operator,
        Some(
            BinOp::Eq(_)
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
        )
    )
}

/// What a query calls what a function in its FROM gives.
fn called_in_from(item: &SyntaxNode) -> Option<Name> {
    let alias = item.children().find_map(ast::FromAlias::cast);
    let alias = alias.and_then(|alias| alias.name());
    match alias {
        Some(alias) => Some(written::name(&alias)),
        None => function(&item.first_child()?).map(|name| Name::stored(&name)),
    }
}

/// The function that is called, if it is one that has a name.
pub(super) fn function(call: &SyntaxNode) -> Option<String> {
    let name = call.first_child()?;
    let is_name = matches!(name.kind(), K::NAME_REF | K::FIELD_EXPR);
    is_name.then(|| written::parts(&name).last().map(|name| name.to_lowercase()))?
}

/// What a query calls a target (queries-select-lists.html).
fn output(target: &ast::Target) -> Option<Name> {
    if let Some(name) = target.as_name() {
        let name = name.syntax().first_child()?;
        return written::parts(&name).pop();
    }
    let mut value = target.expr()?.syntax().clone();
    while value.kind() == K::CAST_EXPR {
        value = value.first_child()?;
    }
    match value.kind() {
        K::CALL_EXPR => function(&value).map(|name| Name::stored(&name)),
        K::CASE_EXPR => Some(Name::stored("case")),
        K::NAME_REF | K::FIELD_EXPR => written::parts(&value).pop(),
        _ => None,
    }
}

/// Whether a target stands for several columns.
pub(super) fn is_star(target: &ast::Target) -> bool {
    target.star_token().is_some()
        || matches!(target.expr(), Some(ast::Expr::FieldExpr(field)) if field.star_token().is_some())
}

/// Whether the name of a table stands for its rows.
pub(super) fn is_row(name: &SyntaxNode) -> bool {
    let Some(around) = name.parent() else {
        return false;
    };
    match ast::FieldExpr::cast(around.clone()) {
        None => !is_counted(&around),
        Some(field) if field.star_token().is_some() => {
            let is_target = around.parent().is_some_and(|of| of.kind() == K::TARGET);
            !is_target
        }
        Some(_) => false,
    }
}

/// Whether what an argument is of is counted.
fn is_counted(arg: &SyntaxNode) -> bool {
    let call = arg.ancestors().find(|around| around.kind() == K::CALL_EXPR);
    let name = call.and_then(|call| function(&call));
    arg.kind() == K::ARG && name.is_some_and(|name| COUNTING.contains(&name.as_str()))
}
