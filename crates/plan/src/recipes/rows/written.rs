//! An `UPDATE` or `DELETE`, in its parts.

use segue_catalog::{Catalog, Name, QName};
use squawk_syntax::ast::{self, AstNode};

use crate::{
    Moment, effect,
    writing::{Keeping, called},
};

/// An `UPDATE` or `DELETE` over the rows of a table, in its parts.
#[derive(Clone)]
pub(in crate::recipes) struct Written {
    verb: &'static str,
    /// How the table is called in it.
    pub(in crate::recipes) alias: String,
    /// Other tables that it reads, as they are written behind FROM or USING.
    pub(in crate::recipes) others: Option<String>,
    /// The condition.
    pub(in crate::recipes) condition: Option<String>,
    /// What it sets.
    pub(in crate::recipes) set: Vec<Set>,
}

/// A column that is set.
#[derive(Clone)]
pub(in crate::recipes) struct Set {
    pub(in crate::recipes) column: Name,
    /// The value, as it is written.
    pub(in crate::recipes) value: String,
    /// The same in the type of the column, with which it can be compared to the last bit.
    pub(super) typed: String,
}

impl Written {
    /// The parts of an `UPDATE`; none where it cannot be cut into batches: it reads its own table elsewhere, gives rows, or
    /// sets parts of values.
    pub(in crate::recipes) fn update(
        schema: &Catalog,
        update: &ast::Update,
        table: &QName,
    ) -> Option<Self> {
        if update.with_clause().is_some() || update.returning_clause().is_some() {
            return None;
        }
        let known = schema.tables.get(table)?;
        let mut set = Vec::new();
        for column in update.set_clause()?.set_column_list()?.set_columns() {
            let ast::SetColumn::SetSingleColumn(one) = column else {
                return None;
            };
            let value = one.set_expr()?.syntax().text().to_string();
            let value = effect::without_schema(value.trim(), table);
            if value.eq_ignore_ascii_case("default") {
                return None;
            }
            let column = target(&one.column_target()?)?;
            let of = &known.column(&column)?.data_type;
            set.push(Set {
                typed: format!("CAST({value} AS {of})"),
                column,
                value,
            });
        }
        let others = update.from_clause().map(|from| behind(&from, "from".len()));
        let written = Self {
            verb: "UPDATE",
            alias: alias(update.alias(), table),
            others,
            condition: of_the_table(condition(update.where_clause_or_current_of())?, table),
            set,
        };
        (!written.reads(table)).then_some(written)
    }

    /// The parts of a `DELETE`, likewise.
    pub(super) fn delete(delete: &ast::Delete, table: &QName) -> Option<Self> {
        if delete.with_clause().is_some() || delete.returning_clause().is_some() {
            return None;
        }
        let others = delete
            .using_clause()
            .map(|using| behind(&using, "using".len()));
        let written = Self {
            verb: "DELETE FROM",
            alias: alias(delete.alias(), table),
            others,
            condition: of_the_table(condition(delete.where_clause_or_current_of())?, table),
            set: Vec::new(),
        };
        (!written.reads(table)).then_some(written)
    }

    /// The same statement with other values, of other rows.
    pub(super) fn with(&self, set: Vec<Set>, condition: Option<String>) -> Self {
        Self {
            set,
            condition,
            ..self.clone()
        }
    }

    /// Whether it reads its own table elsewhere too: what it finds there would depend on which batches are through.
    fn reads(&self, table: &QName) -> bool {
        let values = self.set.iter().map(|set| set.value.as_str());
        let mut parts = values.chain(self.condition.as_deref());
        let is_source = |text: &str| effect::reads_from(text, &table.name);
        let others = self.others.as_deref();
        others.is_some_and(|others| is_source(&format!("from {others}"))) || parts.any(is_source)
    }

    /// Whether running it twice does what running it once does.
    pub(super) fn is_same_twice(&self, moment: &Moment<'_>) -> bool {
        let own = [self.alias.as_str()];
        let volatile = self.set.iter().any(|set| moment.calls_volatile(&set.value));
        let feeds_itself = self.set.iter().any(|set| {
            self.set.iter().any(|of| {
                let is_repeatable =
                    of.column == set.column && effect::is_repeatable(&of.value, &set.column);
                effect::names_column(&of.value, &own, &set.column) && !is_repeatable
            })
        });
        // a time is another one in the next batch
        let timely = self.set.iter().any(|set| tells_the_time(&set.value));
        !volatile && !feeds_itself && !timely
    }

    /// The statement for one batch: `also` is set too, only rows for which `open` holds are written, and what they were is kept.
    pub(super) fn batch(
        &self,
        leaf: &QName,
        also: &str,
        open: &str,
        keeping: Option<&Keeping>,
    ) -> String {
        let alias = &self.alias;
        let values = self.set.iter();
        let mut set: Vec<String> = values
            .map(|set| format!("{} = {}", set.column, set.value))
            .collect();
        set.extend((!also.is_empty()).then(|| also.to_owned()));
        let range = format!("{alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open}");
        let (named, set) = (called(leaf, alias), set.join(", "));
        let others = self.others.as_deref();
        if let Some(keeping) = keeping {
            return match self.set.is_empty() {
                true => keeping.delete((&named, alias), others, &range),
                false => keeping.update((&named, alias), &set, others, &range),
            };
        }
        let word = if self.verb == "UPDATE" {
            "FROM"
        } else {
            "USING"
        };
        let mut text = format!("{} ONLY {named}", self.verb);
        if !set.is_empty() {
            text.push_str(&format!(" SET {set}"));
        }
        if let Some(others) = others {
            text.push_str(&format!(" {word} {others}"));
        }
        text.push_str(&format!(" WHERE {range}"));
        text
    }

    /// Whether no row is left for which `open` holds, as a query.
    pub(super) fn none_left(&self, leaf: &QName, open: &str) -> String {
        format!("SELECT NOT EXISTS (SELECT {})", self.open_rows(leaf, open))
    }

    /// The places of the rows for which `open` holds, and who wrote them, as a query.
    pub(super) fn left(&self, leaf: &QName, open: &str) -> String {
        let rows = self.open_rows(leaf, open);
        match self.others {
            // a row may meet several of another table
            Some(_) => format!(
                "SELECT DISTINCT {0}.ctid, {0}.xmin::text {rows}",
                self.alias
            ),
            None => format!("SELECT {0}.ctid, {0}.xmin::text {rows}", self.alias),
        }
    }

    fn open_rows(&self, leaf: &QName, open: &str) -> String {
        let others = self.others.as_ref().map(|others| format!(", {others}"));
        let others = others.unwrap_or_default();
        format!(
            "FROM ONLY {}{others} WHERE {open}",
            called(leaf, &self.alias)
        )
    }
}

/// Whether a value is the time at which its transaction or statement begins (functions-datetime.html).
pub(in crate::recipes) fn tells_the_time(value: &str) -> bool {
    const TIMES: &[&str] = &[
        "now",
        "transaction_timestamp",
        "statement_timestamp",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "localtime",
    ];
    let mut words = value.split(|of: char| !of.is_ascii_alphanumeric() && of != '_');
    words.any(|word| TIMES.iter().any(|time| word.eq_ignore_ascii_case(time)))
}

/// What stands behind the first word of a clause.
pub(super) fn behind(clause: &impl AstNode, word: usize) -> String {
    let text = clause.syntax().text().to_string();
    text.trim()[word..].trim().to_owned()
}

/// The column that is set; none where only a part of its value is.
fn target(written: &ast::ColumnTarget) -> Option<Name> {
    named(&written.syntax().text().to_string())
}

/// The column that is set, in whole or in part.
pub(super) fn column_of(written: &ast::ColumnTarget) -> Option<Name> {
    named(&written.name()?.syntax().text().to_string())
}

fn named(text: &str) -> Option<Name> {
    let text = text.trim();
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    if let Some(quoted) = quoted {
        return Some(Name::quoted(&quoted.replace("\"\"", "\"")));
    }
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.chars().all(plain).then(|| Name::unquoted(text))
}

pub(super) fn alias(written: Option<ast::OptionalAsAlias>, table: &QName) -> String {
    let alias = written.and_then(|alias| alias.name());
    alias.map_or_else(
        || table.name.to_string(),
        |alias| crate::written::name(&alias).to_string(),
    )
}

fn of_the_table(condition: Option<String>, table: &QName) -> Option<String> {
    condition.map(|text| effect::without_schema(&text, table))
}

/// The condition; `None` where there is a cursor, `Some(None)` where there is no condition.
#[expect(
    clippy::option_option,
    reason = "no condition is another thing than one that cannot be used"
)]
pub(super) fn condition(clause: Option<ast::WhereClauseOrCurrentOf>) -> Option<Option<String>> {
    match clause {
        None => Some(None),
        Some(ast::WhereClauseOrCurrentOf::WhereClause(clause)) => {
            Some(Some(clause.expr()?.syntax().text().to_string()))
        }
        Some(ast::WhereClauseOrCurrentOf::WhereCurrentOf(_)) => None,
    }
}
