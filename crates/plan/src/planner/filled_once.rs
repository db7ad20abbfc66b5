//! What is made once of the rows of tables in use: what the old app writes there until contract is not in it, so that the source
//! stays in this deploy.

use segue_catalog::{Change, Name, ObjectRef, QName};
use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode, InsertSource, SelectVariant};

use super::{
    Stop,
    conflict::{selects_all, set_by_update},
    planning::Planning,
};
use crate::{Moment, effect, written};

/// What a statement has made once of the rows of a table in use, in which what the old app writes later is not.
#[derive(Debug, Clone)]
pub(crate) struct FilledOnce {
    pub(crate) table: QName,
    /// The columns of it that it has filled; none: another table.
    pub(crate) columns: Vec<Name>,
    /// What it has filled, for people.
    pub(crate) into: String,
    /// The statement.
    pub(crate) text: String,
    /// Whether only the new app can write that.
    pub(crate) is_new: bool,
}

impl Planning<'_> {
    /// Notes the columns that a statement has filled without a trigger that goes on with it.
    pub(crate) fn fills_once(&mut self, moment: &Moment<'_>) {
        let mut writes = moment.row_writes().into_iter();
        let Some(write) = writes.find(|write| moment.is_in_use(&write.table)) else {
            return;
        };
        let table = write.table.clone();
        let mut columns = set_by_update(moment, &table);
        columns.retain(|column| !self.is_filled(&table, column));
        if !columns.is_empty() {
            let is_new =
                |column: &Name| moment.is_new(&ObjectRef::Column(table.clone(), column.clone()));
            let is_new = columns.iter().any(is_new);
            let names: Vec<&str> = columns.iter().map(Name::as_str).collect();
            let names = names.join(", ");
            self.reads_once(moment, &table, &format!("{names} of {table}"), is_new);
            self.filled_once.push(FilledOnce {
                into: names,
                is_new,
                text: moment.text().to_owned(),
                table,
                columns,
            });
        }
    }

    /// Notes the tables in use from which a statement has brought rows to another one, without triggers that go on with it.
    pub(crate) fn copies_once(&mut self, moment: &Moment<'_>) {
        let into = moment.changes().iter().find_map(|change| match change {
            Change::Data {
                statement: "INSERT",
                table: Some(into),
            } => Some(into.clone()),
            Change::Create(object) => match object.reference() {
                ObjectRef::Table(into) => Some(into),
                _ => None,
            },
            _ => None,
        });
        let Some(into) = into.filter(|_| reads_rows(moment) && !self.is_deferring()) else {
            return;
        };
        let is_new = moment.is_new_relation(&into) || !moment.before().tables.contains_key(&into);
        self.reads_once(moment, &into, &into.to_string(), is_new);
    }

    /// Notes the tables in use that a statement reads to write rows of another one.
    fn reads_once(&mut self, moment: &Moment<'_>, written: &QName, into: &str, is_new: bool) {
        let sources = moment.before().tables.keys().filter(|table| {
            *table != written
                && moment.is_in_use(table)
                && effect::mentions(moment.text(), &table.name)
        });
        self.filled_once.extend(sources.map(|table| FilledOnce {
            table: table.clone(),
            columns: Vec::new(),
            into: into.to_owned(),
            text: moment.text().to_owned(),
            is_new,
        }));
    }

    /// Why a table, or a column of it, cannot go in the deploy in which it was read once for what is new.
    pub(crate) fn loses_what_was_read(&self, table: &QName, column: Option<&Name>) -> Option<Stop> {
        let once = self.read_once(table, column).find(|once| once.is_new)?;
        let what = column.map_or_else(|| table.to_string(), |name| format!("{name} of {table}"));
        Some(would_go(&what, &once.into, "has been filled from it once"))
    }

    /// What is to be known where it was read for what the old app may write too.
    pub(crate) fn goes_once_read(&self, table: &QName, column: Option<&Name>) -> Option<String> {
        let once = self.read_once(table, column).next()?;
        let what = column.map_or_else(|| table.to_string(), |name| format!("{name} of {table}"));
        Some(format!(
            "what the old app writes to {what} until contract does not come to {}, which has been filled from it once, and goes",
            once.into
        ))
    }

    /// What was filled from a table, or a column of it, once.
    fn read_once<'p>(
        &'p self,
        table: &'p QName,
        column: Option<&'p Name>,
    ) -> impl Iterator<Item = &'p FilledOnce> {
        let is_read = |once: &FilledOnce, column: &Name| match once.columns.is_empty() {
            true => says(&once.text, table, column) || selects_all(&once.text),
            false => !once.columns.contains(column) && says(&once.text, table, column),
        };
        let reads = move |once: &&FilledOnce| {
            once.table == *table && column.is_none_or(|column| is_read(once, column))
        };
        self.filled_once.iter().filter(reads)
    }
}

/// Whether a statement says a column of a table among what it reads: by the table's name or alias, or by its own name alone.
fn says(text: &str, table: &QName, column: &Name) -> bool {
    let tree = segue_catalog::parse(text).tree();
    let nodes = || tree.syntax().descendants();
    let read = nodes().filter_map(ast::RelationFromItem::cast);
    let aliases = read.filter(|item| {
        let name = item.relation_name_ref().map(|node| written::name(&node));
        name.is_some_and(|name| name == table.name)
    });
    let aliases = aliases.filter_map(|item| Some(written::name(&item.alias()?.name()?)));
    let mut called: Vec<Name> = aliases.collect();
    called.push(table.name.clone());
    let mut names = nodes().filter_map(ast::NameRef::cast);
    names.any(|name| {
        let mut around = name.syntax().ancestors();
        let field = name.syntax().parent().and_then(ast::FieldExpr::cast);
        let of_another = field.is_some_and(|field| match field.base() {
            Some(ast::Expr::NameRef(base)) => {
                base.syntax() != name.syntax() && !called.contains(&written::name(&base))
            }
            _ => false,
        });
        written::name(&name) == *column
            && !of_another
            && !around.any(|node| ast::ColumnTargetList::can_cast(node.kind()))
    })
}

/// Why something cannot go in the deploy that fills something else from it: waiting for contract mends nothing.
pub(super) fn would_go(what: &str, into: &str, how: &str) -> Stop {
    Stop::Refused(
        Problem::new(format!(
            "what the old app writes to {what} until contract does not come to {into}, which {how}, and would go with it"
        ))
        .help("`-- segue: sync` before the statement that fills keeps both the same; or do this in a later deploy, when only the new app runs, behind a statement that fills once more"),
    )
}

/// Whether a statement makes rows of those of other tables.
fn reads_rows(moment: &Moment<'_>) -> bool {
    match moment.statement() {
        Some(ast::Stmt::Insert(insert)) => matches!(
            insert.insert_source(),
            Some(InsertSource::SelectVariant(variant)) if !matches!(variant, SelectVariant::Values(_))
        ),
        Some(ast::Stmt::CreateTableAs(_) | ast::Stmt::SelectInto(_)) => true,
        _ => false,
    }
}
