//! `ADD COLUMN … NOT NULL` without a value.

use segue_catalog::{
    Catalog, QName, TableChange,
    model::{Column, TypeKind},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, Weight, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "add-not-null-column-without-default",
    title: "a new column may not be NULL, and nothing gives it a value",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "ADD COLUMN with NOT NULL or PRIMARY KEY, without a default, an identity or an expression, on a table that the same run has \
              not made; also on an empty one.",
    harm: "Where the table has rows the statement fails (23502), after reading them. Where it has none, the app that runs cannot insert \
           any more: it does not know the column.",
    remedy: "add the column with a default; or nullable, let the new app write it, fill the rest, and set NOT NULL later",
    sources: &[
        "https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN",
        "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN active boolean NOT NULL;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT false;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let found = moment
        .table_changes()
        .find_map(|(table, change)| match change {
            TableChange::AddColumn(column) if column.inherited == 0 => {
                let counts =
                    !moment.is_new_relation(table) && needs_a_value(moment.after(), column);
                counts.then_some((table, column))
            }
            _ => None,
        });
    let Some((table, column)) = found else {
        return;
    };
    let name = &column.name;
    if is_filled_later(moment, table, column) && moment.weight(table) == Weight::Empty {
        return;
    }
    let message = match moment.weight(table) {
        Weight::Empty => format!(
            "the app that runs cannot insert into {table} any more: it gives {name} no value"
        ),
        Weight::Unknown => format!(
            "this fails if {table} has rows, and then the app that runs cannot insert: {name} has no value"
        ),
        Weight::Heavy | Weight::Light => {
            format!(
                "this fails: the rows of {table} have no value for {name}, which may not be NULL"
            )
        }
    };
    report.finding(message);
}

/// Whether every INSERT has to give the column a value.
fn needs_a_value(catalog: &Catalog, column: &Column) -> bool {
    let has_value = column
        .default
        .as_ref()
        .is_some_and(|default| !default.text.trim().eq_ignore_ascii_case("null"))
        || column.identity.is_some()
        || column.generated.is_some();
    let Some(TypeKind::Domain(domain)) =
        catalog.types.get(&column.data_type.name).map(|of| &of.kind)
    else {
        return column.not_null.is_some() && !has_value;
    };
    let demanded = column.not_null.is_some() || domain.not_null.is_some();
    demanded && !has_value && domain.default.is_none()
}

/// Whether the run gives the column a default before it ends.
fn is_filled_later(moment: &Moment<'_>, table: &QName, column: &Column) -> bool {
    let end = moment.end().tables.get(table);
    let end = end.and_then(|table| table.column(&column.name));
    end.is_none_or(|column| !needs_a_value(moment.end(), column))
}
