//! What is made once of the rows of tables in use: what the old app writes there until contract is not in it, so that the source
//! stays in this deploy.

use segue_catalog::{Change, Name, ObjectRef, QName};
use squawk_syntax::ast::{self, InsertSource, SelectVariant};

use super::{
    Stop,
    conflict::{selects_all, set_by_update},
    planning::Planning,
};
use crate::{Moment, Served, effect};

/// What a statement has made once of the rows of a table in use, in which what the old app writes later is not.
#[derive(Debug, Clone)]
pub(crate) struct FilledOnce {
    pub(crate) table: QName,
    /// The new columns of it that it has filled; none: another table.
    pub(crate) columns: Vec<Name>,
    /// What it has filled, for people.
    pub(crate) into: String,
    /// The statement.
    pub(crate) text: String,
    pub(crate) served: Served,
}

impl Planning<'_> {
    /// Notes the new columns that a statement has filled without a trigger that goes on with it.
    pub(crate) fn fills_once(&mut self, moment: &Moment<'_>) {
        let mut writes = moment.row_writes().into_iter();
        let Some(write) = writes.find(|write| moment.is_in_use(&write.table)) else {
            return;
        };
        let table = write.table.clone();
        let mut columns = set_by_update(moment, &table);
        columns.retain(|column| {
            let object = ObjectRef::Column(table.clone(), column.clone());
            moment.is_new(&object) && !self.is_filled(&table, column)
        });
        if !columns.is_empty() {
            let (text, served) = (moment.text().to_owned(), self.served);
            let names: Vec<&str> = columns.iter().map(Name::as_str).collect();
            self.filled_once.push(FilledOnce {
                into: names.join(", "),
                table,
                columns,
                text,
                served,
            });
        }
    }

    /// Notes the tables in use from which a statement has brought rows to one that is new, without triggers that go on with it.
    pub(crate) fn copies_once(&mut self, moment: &Moment<'_>) {
        let into = moment.changes().iter().find_map(|change| match change {
            Change::Data {
                statement: "INSERT",
                table: Some(into),
            } => moment.is_new_relation(into).then(|| into.clone()),
            Change::Create(object) => match object.reference() {
                ObjectRef::Table(into) => Some(into),
                _ => None,
            },
            _ => None,
        });
        let Some(into) = into.filter(|_| reads_rows(moment)) else {
            return;
        };
        let sources = moment.before().tables.keys().filter(|table| {
            **table != into
                && moment.is_in_use(table)
                && effect::mentions(moment.text(), &table.name)
        });
        let (text, served) = (moment.text(), self.served);
        self.filled_once.extend(sources.map(|table| FilledOnce {
            table: table.clone(),
            columns: Vec::new(),
            into: into.to_string(),
            text: text.to_owned(),
            served,
        }));
    }

    /// Why a table, or a column of it, cannot go in the deploy in which it was read once for what is new.
    pub(crate) fn loses_what_was_read(&self, table: &QName, column: Option<&Name>) -> Option<Stop> {
        let is_read = |once: &FilledOnce, column: &Name| match once.columns.is_empty() {
            true => effect::mentions(&once.text, column) || selects_all(&once.text),
            false => !once.columns.contains(column) && effect::mentions(&once.text, column),
        };
        let reads = |once: &&FilledOnce| {
            once.table == *table && column.is_none_or(|column| is_read(once, column))
        };
        let once = self.filled_once.iter().find(reads)?;
        let what = column.map_or_else(|| table.to_string(), |name| format!("{name} of {table}"));
        Some(Stop::Barrier {
            first: once.served,
            why: format!(
                "what the old app writes to {what} until contract does not come to {}, which has been filled from it once, and would go with it; `-- segue: sync` before the statement that fills keeps both the same",
                once.into
            ),
        })
    }
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
