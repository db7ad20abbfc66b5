//! `DROP DEFAULT` on a column that may not be NULL.

use segue_catalog::TableChange;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "drop-default-on-not-null",
    title: "a column that may not be NULL loses its default",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP DEFAULT of a column that is NOT NULL, also one that the same run has added, on a table that it has not made. Not where \
              the run ends with another default, an identity, or a nullable column.",
    harm: "The app that runs relies on the default, or does not know the column: its INSERTs fail from then on (23502).",
    remedy: "keep the default until no app that runs leaves the column out",
    sources: &["https://www.postgresql.org/docs/current/ddl-default.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, level int NOT NULL DEFAULT 1);
INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ALTER COLUMN level DROP DEFAULT;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, level int DEFAULT 1);
INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ALTER COLUMN level DROP DEFAULT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (table, change) in moment.table_changes() {
        let TableChange::SetDefault { column, default } = change else {
            continue;
        };
        let is_null = |text: &str| text.trim().eq_ignore_ascii_case("null");
        let drops = default
            .as_ref()
            .is_none_or(|default| is_null(&default.text));
        let before = moment.before().tables.get(table);
        let before = before.and_then(|table| table.column(column)?.default.as_ref());
        let had = before.is_some_and(|default| !is_null(&default.text));
        let added = moment.table_changes().any(|(of, change)| match change {
            TableChange::AddColumn(added) => of == table && added.name == *column,
            _ => false,
        });
        let end = moment.end().tables.get(table);
        let lacks = end
            .and_then(|table| table.column(column))
            .is_some_and(|end| {
                let default = end.default.as_ref();
                let has_default = default.is_some_and(|default| !is_null(&default.text));
                end.not_null.is_some() && !has_default && end.identity.is_none()
            });
        if drops && (had || added) && lacks && !moment.is_new_relation(table) {
            report.finding(format!(
                "INSERTs into {table} that leave {column} out fail from now on: it may not be NULL"
            ));
            return;
        }
    }
}
