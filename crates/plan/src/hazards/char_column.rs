//! Columns of type `char(n)`.

use segue_catalog::{Change, DataType, Name, Object, QName, TableChange};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "char-column",
    title: "char(n) pads with blanks, and is neither smaller nor faster than text",
    class: Class::Correctness,
    severity: Severity::Info,
    trigger: "a column of type char(n) that is added or created, or whose type becomes char(n).",
    harm: "Values are padded with blanks, which count as part of the value in some places (LIKE, casts) and not in others (=). A larger n \
           needs the whole table to be written anew.",
    remedy: "use text, with a CHECK of the length where it matters",
    sources: &["https://www.postgresql.org/docs/current/datatype-character.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE countries (code char(2) PRIMARY KEY);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE countries (code text PRIMARY KEY CHECK (length(code) = 2));",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        match change {
            Change::Table {
                table,
                change: TableChange::AddColumn(column),
            } if column.inherited == 0 => said(table, &column.name, &column.data_type, report),
            Change::Table {
                table,
                change:
                    TableChange::SetType {
                        column, data_type, ..
                    },
            } => said(table, column, data_type, report),
            Change::Create(object) => {
                if let Object::Table(name, table) = &**object
                    && table.partition_of.is_none()
                {
                    let columns = table.columns.iter();
                    columns.for_each(|column| said(name, &column.name, &column.data_type, report));
                }
            }
            _ => {}
        }
    }
}

fn said(table: &QName, column: &Name, data_type: &DataType, report: &mut Report<'_>) {
    if data_type.is_builtin() && data_type.name.name == "character" {
        report.finding(format!(
            "column {column} of {table} is of type {data_type}, which pads with blanks"
        ));
    }
}
