//! `ALTER COLUMN … TYPE` of a column that something is made of.

use segue_catalog::{Name, ObjectRef, QName, TableChange, dependents, model::TableKind};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "alter-type-blocked-by-view",
    title: "the type of a column that a view uses cannot be changed",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "ALTER COLUMN … TYPE of a column that is used by a view, a rule, a policy, a trigger's WHEN or OF, a generated column, a \
              function with a SQL body or the WHERE of a publication, or that is a partition key; also where the type stays the same.",
    harm: "The statement fails (0A000, 42P16).",
    remedy: "drop what uses the column, change the type, and create it again, all in one transaction",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE",
        "RememberAllDependentForRebuilding, src/backend/commands/tablecmds.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(50));
CREATE VIEW nicks AS SELECT nick FROM users;",
        sql: "ALTER TABLE users ALTER COLUMN nick TYPE text;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(50));
INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ALTER COLUMN nick TYPE text;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (table, change) in moment.table_changes() {
        let TableChange::SetType { column, .. } = change else {
            continue;
        };
        let object = ObjectRef::Column(table.clone(), column.clone());
        let users = dependents(moment.before(), &object);
        let mut blocking = users
            .iter()
            .filter(|user| blocks(moment, user, table, column));
        if let Some(first) = blocking.next() {
            let more = match blocking.count() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            report.finding(format!(
                "this fails: the type of {column} of {table} is used by {first}{more}"
            ));
        } else if is_partition_key(moment, table, column) {
            report.finding(format!(
                "this fails: {column} is in the partition key of {table}"
            ));
        }
    }
}

/// Whether the server refuses to change a type for the sake of something that uses the column. It builds the others anew.
fn blocks(moment: &Moment<'_>, user: &ObjectRef, table: &QName, column: &Name) -> bool {
    match user {
        ObjectRef::View(_)
        | ObjectRef::Rule(..)
        | ObjectRef::Policy(..)
        | ObjectRef::Trigger(..)
        | ObjectRef::Routine(_) => true,
        ObjectRef::Column(of, name) | ObjectRef::Default(of, name) => {
            let known = moment.before().tables.get(of);
            let known = known.and_then(|table| table.column(name));
            let is_generated = known.is_some_and(|column| column.generated.is_some());
            is_generated && !(of == table && name == column)
        }
        _ => false,
    }
}

fn is_partition_key(moment: &Moment<'_>, table: &QName, column: &Name) -> bool {
    match moment.before().tables.get(table).map(|table| &table.kind) {
        Some(TableKind::Partitioned(by)) => {
            let mut keys = by.keys.iter().filter_map(|key| key.term.column());
            keys.any(|key| key == column)
        }
        _ => false,
    }
}
