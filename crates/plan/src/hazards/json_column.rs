//! Columns of type `json`.

use segue_catalog::{Change, DataType, Name, Object, QName, TableChange};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "json-column",
    title: "json has no equality: queries with DISTINCT, GROUP BY or UNION fail",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "a column of type json that is added to a table, or whose type becomes json. In a table that the same run has made it is only \
              told.",
    harm: "Queries that compare whole rows fail once a json column is among them (42883: could not identify an equality operator for type \
           json): SELECT DISTINCT, GROUP BY, UNION, INTERSECT and EXCEPT over it.",
    remedy: "use jsonb, unless the text has to stay exactly as it was given",
    sources: &["https://www.postgresql.org/docs/current/datatype-json.html"],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN settings json;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN settings jsonb;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        match change {
            Change::Table {
                table,
                change: TableChange::AddColumn(column),
            } if column.inherited == 0 => {
                said(moment, table, &column.name, &column.data_type, report)
            }
            Change::Table {
                table,
                change:
                    TableChange::SetType {
                        column, data_type, ..
                    },
            } => said(moment, table, column, data_type, report),
            Change::Create(object) => {
                if let Object::Table(name, table) = &**object
                    && table.partition_of.is_none()
                {
                    let columns = table.columns.iter();
                    columns.for_each(|column| {
                        said(moment, name, &column.name, &column.data_type, report)
                    });
                }
            }
            _ => {}
        }
    }
}

fn said(
    moment: &Moment<'_>,
    table: &QName,
    column: &Name,
    data_type: &DataType,
    report: &mut Report<'_>,
) {
    if !data_type.is_builtin() || data_type.name.name != "json" {
        return;
    }
    let finding = report.finding(format!(
        "column {column} of {table} is of type json, which has no equality"
    ));
    if !moment.before().tables.contains_key(table) || moment.is_new_relation(table) {
        finding.at_most(Severity::Info);
    }
}
