//! What a statement says of two tables: which columns of the one it makes from which of the other.

use segue_catalog::{Catalog, Name, QName};
use squawk_syntax::ast::{self, AstNode};

use crate::{Moment, effect, written};

/// Functions that return sets (functions-srf.html, functions-array.html, functions-json.html, functions-string.html).
const SETS: &[&str] = &[
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "json_object_keys",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "jsonb_path_query",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];

/// What a statement says of two tables.
pub(in crate::recipes) struct Stated {
    /// The table whose rows have a counterpart in the other one.
    pub(in crate::recipes) whole: Called,
    pub(in crate::recipes) part: Called,
    /// The columns of the table that is written, each with its value over the other one.
    pub(in crate::recipes) columns: Vec<(Name, String)>,
    /// What the rows that it reads are restricted to.
    pub(in crate::recipes) condition: Option<String>,
    /// The columns by which it joins them, those of the whole first; none where it inserts.
    pub(super) joined: Option<Vec<(Name, Name)>>,
}

/// A table, and how it is called.
#[derive(Clone)]
pub(in crate::recipes) struct Called {
    pub(in crate::recipes) table: QName,
    /// As it is written.
    pub(in crate::recipes) alias: String,
}

impl Called {
    fn new(table: QName, alias: Option<ast::TableAlias>) -> Self {
        let alias = alias.map_or_else(|| table.name.clone(), |alias| written::name(&alias));
        Self {
            table,
            alias: alias.to_string(),
        }
    }
}

impl Stated {
    /// What a statement says; none where it is no such statement.
    pub(in crate::recipes) fn of(moment: &Moment<'_>) -> Option<Self> {
        match moment.statement()? {
            ast::Stmt::Insert(insert) => Self::inserted(moment, insert),
            ast::Stmt::Update(update) => Self::updated(moment, update),
            _ => None,
        }
    }

    /// Whether it inserts rows.
    pub(in crate::recipes) fn inserts(&self) -> bool {
        self.joined.is_none()
    }

    /// The table that it reads.
    pub(super) fn source(&self) -> &QName {
        match self.inserts() {
            true => &self.whole.table,
            false => &self.part.table,
        }
    }

    fn inserted(moment: &Moment<'_>, insert: &ast::Insert) -> Option<Self> {
        let Some(ast::InsertSource::SelectVariant(ast::SelectVariant::Select(select))) =
            insert.insert_source()
        else {
            return None;
        };
        let is_more = insert.with_clause().is_some()
            || insert.returning_clause().is_some()
            || select.with_clause().is_some()
            || select.group_by_clause().is_some()
            || select.having_clause().is_some()
            || select.window_clause().is_some()
            || select.filter_clause().is_some()
            || select.tail_clauses().next().is_some();
        let clause = select.select_clause()?;
        if is_more || clause.select_quantifier().is_some() {
            return None;
        }
        let part = moment.relation(&insert.relation_name_ref()?)?;
        let whole = only(moment, select.from_clause())?;
        let columns = match insert.column_target_list() {
            Some(list) => {
                let columns = list.column_targets().map(|column| target(&column));
                columns.collect::<Option<Vec<_>>>()?
            }
            None => all(moment, &part)?,
        };
        let mut values = Vec::new();
        for value in clause.target_list()?.targets() {
            match (value.star_token(), value.expr()) {
                (Some(_), _) => {
                    values.extend(all(moment, &whole.table)?.iter().map(Name::to_string))
                }
                (None, expression) => values.push(text(&expression?)),
            }
        }
        // those that are left out at the end get their defaults (sql-insert.html)
        if values.len() > columns.len() || values.is_empty() {
            return None;
        }
        let condition = match select.where_clause() {
            Some(clause) => Some(text(&clause.expr()?)),
            None => None,
        };
        Some(Self {
            whole,
            part: Called::new(part, None),
            columns: columns.into_iter().zip(values).collect(),
            condition,
            joined: None,
        })
    }

    /// The call that makes several rows of one, if there is one among the values.
    pub(super) fn several_rows(&self, schema: &Catalog) -> Option<String> {
        self.columns.iter().find_map(|(_, value)| {
            let tree = segue_catalog::parse(&format!("SELECT {value}")).tree();
            let calls = tree.syntax().descendants().filter_map(ast::CallExpr::cast);
            let mut several = calls.filter(|call| {
                let called = call.expr().and_then(|called| {
                    let mut parts = written::parts(called.syntax());
                    parts.pop()
                });
                called.is_some_and(|name| {
                    let mut own = schema.routines.iter();
                    SETS.contains(&name.as_str())
                        || own.any(|(id, routine)| {
                            id.name.name == name
                                && routine.returns.as_ref().is_some_and(|own| own.set)
                        })
                })
            });
            several.next().map(|call| text(&call))
        })
    }

    fn updated(moment: &Moment<'_>, update: &ast::Update) -> Option<Self> {
        let (whole, columns) = set(moment, update)?;
        let part = only(moment, update.from_clause())?;
        let Some(ast::WhereClauseOrCurrentOf::WhereClause(clause)) =
            update.where_clause_or_current_of()
        else {
            return None;
        };
        let joined = effect::joined(&text(&clause.expr()?), &whole.alias, &part.alias)?;
        Some(Self {
            whole,
            part,
            columns,
            condition: None,
            joined: Some(joined),
        })
    }

    /// What an UPDATE says that makes columns of a table of others of the same row; none where it is no such one.
    pub(super) fn within(moment: &Moment<'_>) -> Option<Self> {
        let ast::Stmt::Update(update) = moment.statement()? else {
            return None;
        };
        if update.from_clause().is_some() || update.where_clause_or_current_of().is_some() {
            return None;
        }
        let (whole, columns) = set(moment, update)?;
        Some(Self {
            part: whole.clone(),
            whole,
            columns,
            condition: None,
            joined: Some(Vec::new()),
        })
    }
}

/// The table that is updated, and its columns with their values.
fn set(moment: &Moment<'_>, update: &ast::Update) -> Option<(Called, Vec<(Name, String)>)> {
    if update.with_clause().is_some() || update.returning_clause().is_some() {
        return None;
    }
    let table = update.relation_name()?.relation_name_ref()?;
    let table = Called::new(
        moment.relation(&table)?,
        update.alias().and_then(|alias| alias.name()),
    );
    let mut columns = Vec::new();
    for column in update.set_clause()?.set_column_list()?.set_columns() {
        let ast::SetColumn::SetSingleColumn(one) = column else {
            return None;
        };
        let value = one.set_expr()?.syntax().text().to_string();
        columns.push((target(&one.column_target()?)?, value.trim().to_owned()));
    }
    Some((table, columns))
}

/// The one table that a statement reads.
fn only(moment: &Moment<'_>, from: Option<ast::FromClause>) -> Option<Called> {
    let from = from?;
    let mut items = from.items();
    let Some(ast::FromListItem::FromItem(ast::FromItem::RelationFromItem(item))) = items.next()
    else {
        return None;
    };
    let alias = item.alias();
    let is_more = items.next().is_some()
        || item.tablesample_clause().is_some()
        || alias
            .as_ref()
            .is_some_and(|alias| alias.columns().is_some());
    if is_more {
        return None;
    }
    let table = moment.relation(&item.relation_name_ref()?)?;
    Some(Called::new(table, alias.and_then(|alias| alias.name())))
}

/// All columns of a table that can be written, in order.
fn all(moment: &Moment<'_>, table: &QName) -> Option<Vec<Name>> {
    let known = moment.before().tables.get(table)?;
    Some(known.columns.iter().map(|own| own.name.clone()).collect())
}

/// The column that is written; none where only a part of its value is.
fn target(column: &ast::ColumnTarget) -> Option<Name> {
    let is_whole = column.accessors().next().is_none();
    column
        .name()
        .filter(|_| is_whole)
        .map(|name| written::name(&name))
}

fn text(node: &impl AstNode) -> String {
    node.syntax().text().to_string().trim().to_owned()
}
