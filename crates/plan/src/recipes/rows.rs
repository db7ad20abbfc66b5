//! `UPDATE` and `DELETE` over a large table: batch by batch. An UPDATE that fills a new column is a backfill: a trigger keeps
//! the column filled while the old app, which does not know it, goes on writing.

use segue_catalog::{Name, ObjectRef, QName};
use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use super::{Recipe, add_column};
use crate::{
    Moment,
    bounded::WriteKind,
    effect,
    planner::{DIRECT, Planning, Stop},
    writing::{differ, in_batches},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "rows",
    title: "rows of a large table are written in batches",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let writes = moment.row_writes();
    let heavy = writes
        .iter()
        .find(|write| !write.few && moment.is_heavy(&write.table));
    let Some(write) = heavy else {
        return Ok(false);
    };
    let table = write.table.clone();
    if !moment.before().tables.contains_key(&table) {
        return Ok(false);
    }
    let batched = match moment.statement() {
        Some(ast::Stmt::Update(update)) if write.kind == WriteKind::Update => {
            Written::update(moment, update, &table)
        }
        Some(ast::Stmt::Delete(delete)) if write.kind == WriteKind::Delete => {
            Written::delete(moment, delete)
        }
        _ => None,
    };
    let Some(written) = batched else {
        if planning.said().allowed {
            return Ok(false);
        }
        return Err(Stop::Refused(
            Problem::new(format!(
                "this writes many rows of {table} at once, and cannot be cut into batches"
            ))
            .note("it holds locks on all of them until it ends, and what it computes may change when it is run twice")
            .help(format!("write it so that running it twice does no harm, over one table, without LIMIT, RETURNING or WITH; or {DIRECT}")),
        ));
    };
    if let Some((column, value)) = written.fills(moment, &table) {
        add_column::keep_filled(planning, &table, &column, &value)?;
        return Ok(true);
    }
    written.in_batches(planning, &table)?;
    Ok(true)
}

/// A statement over the rows of a table, in its parts.
struct Written {
    /// What stands before the table: `UPDATE`, `DELETE FROM`.
    verb: &'static str,
    /// How the table is called in it.
    alias: String,
    /// What stands between the table and the condition: `SET …`, `FROM …`, `USING …`.
    middle: String,
    /// Other tables that it reads, as they are written.
    others: Option<String>,
    /// The condition.
    condition: Option<String>,
    /// The columns that it sets, each with its value, as it is written and in the column's type.
    set: Vec<(Name, String, String)>,
}

impl Written {
    fn update(moment: &Moment<'_>, update: &ast::Update, table: &QName) -> Option<Self> {
        if update.with_clause().is_some() || update.returning_clause().is_some() {
            return None;
        }
        let mut set = Vec::new();
        let clause = update.set_clause()?;
        for column in clause.set_column_list()?.set_columns() {
            let ast::SetColumn::SetSingleColumn(one) = column else {
                return None;
            };
            let value = one.set_expr()?.syntax().text().to_string();
            if value.trim().eq_ignore_ascii_case("default") {
                return None;
            }
            let column = target(&one.column_target()?)?;
            // compared to the last bit it has to be of the column's own type
            let of = &moment
                .before()
                .tables
                .get(table)?
                .column(&column)?
                .data_type;
            set.push((column, value.clone(), format!("CAST({value} AS {of})")));
        }
        // run twice it has to give the same
        let again = set.iter().any(|(column, ..)| {
            set.iter()
                .any(|(_, value, _)| effect::mentions(value, column))
        });
        let volatile = set.iter().any(|(_, value, _)| moment.calls_volatile(value));
        let reads_itself = set.iter().any(|(_, value, _)| {
            value.to_ascii_lowercase().contains("select")
                && effect::mentions(value, &table.name)
                && value
                    .to_ascii_lowercase()
                    .contains(&format!("from {}", table.name.as_str()))
        });
        if again || volatile || reads_itself {
            return None;
        }
        let others = update.from_clause().map(|from| {
            let text = from.syntax().text().to_string();
            text.trim_start()[4..].trim().to_owned()
        });
        let from = others.as_ref().map(|others| format!(" FROM {others}"));
        Some(Self {
            verb: "UPDATE",
            alias: alias(update.alias(), table),
            middle: format!("{}{}", clause.syntax().text(), from.unwrap_or_default()),
            others,
            condition: condition(update.where_clause_or_current_of())?,
            set,
        })
    }

    fn delete(moment: &Moment<'_>, delete: &ast::Delete) -> Option<Self> {
        if delete.with_clause().is_some() || delete.returning_clause().is_some() {
            return None;
        }
        let target = delete
            .relation_name()
            .and_then(|name| name.relation_name_ref())?;
        let table = moment.relation(&target)?;
        let others = delete.using_clause().map(|using| {
            let text = using.syntax().text().to_string();
            text.trim_start()[5..].trim().to_owned()
        });
        let middle = others.as_ref().map(|others| format!("USING {others}"));
        Some(Self {
            verb: "DELETE FROM",
            alias: alias(delete.alias(), &table),
            middle: middle.unwrap_or_default(),
            others,
            condition: condition(delete.where_clause_or_current_of())?,
            set: Vec::new(),
        })
    }

    /// The new column that it fills from others of the same row, with the value.
    fn fills(&self, moment: &Moment<'_>, table: &QName) -> Option<(Name, String)> {
        let [(column, value, _)] = self.set.as_slice() else {
            return None;
        };
        let is_new = moment.is_new(&ObjectRef::Column(table.clone(), column.clone()));
        let all = match &self.condition {
            None => true,
            Some(condition) => is_null_test(condition, column),
        };
        let known = moment.before().tables.get(table)?;
        let own = known.column(column)?;
        let plain = !value.to_ascii_lowercase().contains("select") && self.others.is_none();
        let unqualified =
            !value.contains(&format!("{}.", self.alias)) || self.alias == table.name.to_string();
        (is_new && all && plain && unqualified && own.default.is_none())
            .then(|| (column.clone(), value.clone()))
    }

    fn in_batches(&self, planning: &mut Planning<'_>, table: &QName) -> Result<(), Stop> {
        let condition = self.condition.as_ref().map(|text| format!("({text})"));
        let changed = (!self.set.is_empty()).then(|| {
            let columns: Vec<String> = self
                .set
                .iter()
                .map(|(name, ..)| format!("{}.{name}", self.alias))
                .collect();
            let values: Vec<&str> = self
                .set
                .iter()
                .map(|(_, _, value)| value.as_str())
                .collect();
            differ(&columns.join(", "), &values.join(", "))
        });
        let open: Vec<String> = condition.into_iter().chain(changed).collect();
        let open = if open.is_empty() {
            "true".to_owned()
        } else {
            open.join(" AND ")
        };
        let alias = &self.alias;
        let title = if self.set.is_empty() {
            "delete rows of"
        } else {
            "write rows of"
        };
        let named = |leaf: &QName| {
            if leaf.name.to_string() == *alias {
                leaf.to_string()
            } else {
                format!("{leaf} AS {alias}")
            }
        };
        in_batches(
            planning,
            table,
            title,
            |leaf| {
                format!(
                    "{} ONLY {} {} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open}",
                    self.verb,
                    named(leaf),
                    self.middle
                )
                .replace("  ", " ")
            },
            |leaf| {
                let others = self.others.as_ref().map(|others| format!(", {others}"));
                format!(
                    "SELECT NOT EXISTS (SELECT FROM ONLY {}{} WHERE {open})",
                    named(leaf),
                    others.unwrap_or_default()
                )
            },
        )
    }
}

/// The column that is set; none where only a part of its value is.
fn target(written: &ast::ColumnTarget) -> Option<Name> {
    let text = written.syntax().text().to_string();
    let text = text.trim();
    if let Some(quoted) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        return Some(Name::quoted(&quoted.replace("\"\"", "\"")));
    }
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.chars().all(plain).then(|| Name::unquoted(text))
}

fn alias(written: Option<ast::OptionalAsAlias>, table: &QName) -> String {
    let alias = written.and_then(|alias| alias.name());
    alias.map_or_else(
        || table.name.to_string(),
        |alias| crate::written::name(&alias).to_string(),
    )
}

/// The condition; `None` where there is a cursor, `Some(None)` where there is no condition.
#[expect(
    clippy::option_option,
    reason = "no condition is another thing than none that can be used"
)]
fn condition(clause: Option<ast::WhereClauseOrCurrentOf>) -> Option<Option<String>> {
    match clause {
        None => Some(None),
        Some(ast::WhereClauseOrCurrentOf::WhereClause(clause)) => {
            Some(Some(clause.expr()?.syntax().text().to_string()))
        }
        Some(ast::WhereClauseOrCurrentOf::WhereCurrentOf(_)) => None,
    }
}

/// Whether a condition is nothing but `column IS NULL`.
fn is_null_test(condition: &str, column: &Name) -> bool {
    let words: Vec<String> = condition
        .split_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    match words.as_slice() {
        [of, is, null] => {
            let of = of.rsplit('.').next().unwrap_or(of);
            of.trim_matches('"') == column.to_lowercase() && is == "is" && null == "null"
        }
        _ => false,
    }
}
