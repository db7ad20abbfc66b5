//! `DROP EXTENSION`.

use segue_catalog::{Change, ObjectRef};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "drop-extension",
    title: "an extension is dropped with all its functions and types",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP EXTENSION of one that was there before the run. Not with IF EXISTS where it is not installed.",
    harm: "Queries of the running app that use its functions, types or operators fail, and so do functions whose body is text. With \
           CASCADE its indexes, and the columns of its types go with their values.",
    remedy: "drop it in a later migration, once nothing uses it, and without CASCADE, so that the server refuses what it knows to be in \
             use",
    sources: &["https://www.postgresql.org/docs/current/sql-dropextension.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE EXTENSION hstore;",
        sql: "DROP EXTENSION hstore;",
    },
    good: Example {
        schema: "",
        sql: "DROP EXTENSION IF EXISTS hstore;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Drop {
            object: object @ ObjectRef::Extension(name),
            cascade,
        } = change
        else {
            continue;
        };
        if moment.is_new(object) {
            continue;
        }
        let along = moment.goes_along(&[]);
        let finding = report.finding(format!(
            "whoever still uses functions, types or operators of {name} fails from this moment"
        ));
        if let Some(along) = along {
            finding.note(along);
        }
        if *cascade {
            finding
                .note("CASCADE takes along whatever depends on it, columns of its types included");
        }
    }
}
