//! `ADD VALUE` without a place.

use segue_catalog::{Change, ObjectRef, TypeChange};
use squawk_syntax::ast;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "enum-value-order",
    title: "a value is added to an enum without saying where",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "ALTER TYPE … ADD VALUE without BEFORE or AFTER, of an enum that was there before the run.",
    harm: "The value is put behind the others, which ORDER BY and comparisons go by, and its place cannot be changed later.",
    remedy: "say BEFORE or AFTER which value it comes",
    sources: &["https://www.postgresql.org/docs/current/sql-altertype.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TYPE size AS ENUM ('small', 'large');",
        sql: "ALTER TYPE size ADD VALUE 'medium';",
    },
    good: Example {
        schema: "CREATE TYPE size AS ENUM ('small', 'large');",
        sql: "ALTER TYPE size ADD VALUE 'medium' AFTER 'small';",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Type {
            name,
            change: TypeChange::AddValue { value, .. },
        } = change
        else {
            continue;
        };
        let has_place = moment.first::<ast::ValuePosition>().is_some();
        if has_place || moment.is_new(&ObjectRef::Type(name.clone())) {
            continue;
        }
        report.finding(format!("'{value}' comes after all other values of {name}"));
    }
}
