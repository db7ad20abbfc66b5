//! `DROP COLUMN`.

use segue_catalog::{Change, Name, ObjectRef, QName, TableChange, TypeChange};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, cost::size, moment::columns};

pub(super) static RULE: Rule = Rule {
    id: "drop-column",
    title: "a column that the running app may use is dropped with its values",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP COLUMN of a column, or DROP ATTRIBUTE of a composite type, that was there before the run. Not with IF EXISTS where there is none.",
    harm: "The lock is short, but the values are gone, and queries of the running app that name the column fail; so do prepared \
           SELECT * once. Indexes, constraints and statistics on the column go without a word, with CASCADE also views.",
    remedy: "let the app stop using the column, deploy that everywhere, and drop it in a later migration; acknowledge the finding \
             there",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-COLUMN",
        "https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-REMOVING-A-COLUMN",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users DROP COLUMN nick;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "COMMENT ON COLUMN users.nick IS 'not used any more, to be dropped';",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let dropped: Vec<(&QName, &Name)> = moment
        .table_changes()
        .filter_map(|(table, change)| match change {
            TableChange::DropColumn { name, .. } => Some((table, name)),
            _ => None,
        })
        .chain(dropped_attributes(moment))
        .collect();
    if dropped.is_empty() {
        return;
    }
    let objects: Vec<ObjectRef> = dropped
        .iter()
        .map(|(table, name)| ObjectRef::Column((*table).clone(), (*name).clone()))
        .collect();
    let mut along = moment.goes_along(&with_children(moment, &objects));
    for ((table, column), object) in dropped.into_iter().zip(&objects) {
        if moment.is_new(object) {
            continue;
        }
        let serves = columns(moment.settled(), table).is_some_and(|now| now.contains(column));
        let is_virtual = is_virtual(moment, table, column);
        let unused = moment.before().tables.contains_key(table) && moment.seems_unused(table);
        let finding = report.finding(message(table, column, serves, is_virtual));
        if let Some(along) = along.take() {
            finding.note(along);
        }
        if let Some(size) = size(moment, table).filter(|_| !is_virtual && !unused) {
            finding.note(size);
        }
        if unused || is_virtual {
            finding.at_most(Severity::Warning);
        }
    }
}

/// `ALTER TYPE … DROP ATTRIBUTE`: every value of the type loses it.
fn dropped_attributes<'a>(moment: &Moment<'a>) -> Vec<(&'a QName, &'a Name)> {
    let changes = moment.changes().iter();
    let dropped = changes.filter_map(|change| match change {
        Change::Type {
            name,
            change: TypeChange::DropAttribute(attribute),
        } if !moment.is_new(&ObjectRef::Type(name.clone())) => Some((name, attribute)),
        _ => None,
    });
    dropped.collect()
}

fn message(table: &QName, column: &Name, is_back: bool, is_virtual: bool) -> String {
    if is_virtual {
        format!("the running app may read {table}.{column}: its queries fail from this moment")
    } else if is_back {
        format!(
            "the values of {table}.{column} are lost; the new column of that name starts without them"
        )
    } else {
        format!(
            "the values of {table}.{column} are lost, and queries of the running app that name it fail from this moment"
        )
    }
}

/// Whether nothing is stored in the column: it is computed whenever it is read.
fn is_virtual(moment: &Moment<'_>, table: &QName, column: &Name) -> bool {
    let table = moment.before().tables.get(table);
    let column = table.and_then(|table| table.column(column));
    let generated = column.and_then(|column| column.generated.as_ref());
    generated.is_some_and(|generated| !generated.stored)
}

/// The columns, and those of the same name in tables that inherit them.
fn with_children(moment: &Moment<'_>, columns: &[ObjectRef]) -> Vec<ObjectRef> {
    let dropped = |of: &ObjectRef| match of {
        ObjectRef::Column(_, name) => columns
            .iter()
            .any(|column| matches!(column, ObjectRef::Column(_, dropped) if dropped == name)),
        _ => false,
    };
    moment.gone().into_iter().filter(dropped).collect()
}
