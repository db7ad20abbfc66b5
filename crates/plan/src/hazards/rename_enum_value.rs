//! `ALTER TYPE … RENAME VALUE`.

use segue_catalog::{Change, ObjectRef, QName, TypeChange, model::TypeKind};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "rename-enum-value",
    title: "a value of an enum that the running app uses gets another name",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "ALTER TYPE … RENAME VALUE of an enum and a value that were there before the run.",
    harm: "No row is touched, but the running app reads a value that it does not know, and fails when it writes or compares the old \
           one: invalid input value for enum.",
    remedy: "ADD VALUE with the new name, let the app read both and write the new one, update the rows in batches, and leave the old \
             value unused",
    sources: &["https://www.postgresql.org/docs/current/sql-altertype.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TYPE mood AS ENUM ('sad', 'happy');",
        sql: "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';",
    },
    good: Example {
        schema: "CREATE TYPE mood AS ENUM ('sad', 'happy');",
        sql: "ALTER TYPE mood ADD VALUE 'blue' BEFORE 'sad';",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Type {
            name,
            change: TypeChange::RenameValue { from, to },
        } = change
        else {
            continue;
        };
        let is_new = moment.is_new(&ObjectRef::Type(name.clone()));
        if is_new || !knows(moment, name, from) || is_there(moment, name, from) {
            continue;
        }
        report.finding(format!(
            "the running app still writes '{from}' into columns of {name} and fails from this moment, and it reads '{to}', \
             which it does not know"
        ));
    }
}

/// Whether the app can know this value; values that the run has added are its own.
fn knows(moment: &Moment<'_>, name: &QName, value: &str) -> bool {
    let known = moment.known().types.get(name);
    match known.map(|known| &known.kind) {
        Some(TypeKind::Enum(known)) => known.values.iter().any(|known| known == value),
        // it has another name by now
        _ => true,
    }
}

/// Whether the transaction leaves a value of the old name.
fn is_there(moment: &Moment<'_>, name: &QName, value: &str) -> bool {
    let settled = moment.settled().types.get(name);
    matches!(settled.map(|settled| &settled.kind),
        Some(TypeKind::Enum(settled)) if settled.values.iter().any(|settled| settled == value))
}
