//! `CREATE TYPE … AS ENUM`.

use segue_catalog::{Change, Object, model::TypeKind};

use crate::{Class, Example, Judge, Moment, Origin, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "create-enum",
    title: "a new enum, whose values cannot be taken away later",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "CREATE TYPE … AS ENUM in a migration.",
    harm: "Values can be added and renamed, but not removed, and their order cannot be changed; a renamed one breaks the running app.",
    remedy: "a text column with a CHECK, or a table of values with a foreign key, where the values will change",
    sources: &["https://www.postgresql.org/docs/current/datatype-enum.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TYPE size AS ENUM ('small', 'large');",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE sizes (name text PRIMARY KEY);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    if moment.script().origin == Origin::Loose {
        return;
    }
    for change in moment.changes() {
        let Change::Create(object) = change else {
            continue;
        };
        if let Object::Type(name, made) = &**object
            && matches!(made.kind, TypeKind::Enum(_))
        {
            report.finding(format!(
                "values of {name} can be added, but never be removed"
            ));
        }
    }
}
