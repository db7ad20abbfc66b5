//! `DROP SEQUENCE`.

use segue_catalog::{Change, ObjectRef};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "drop-sequence",
    title: "a sequence that the running app may use is dropped",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP SEQUENCE of one that was there before the run, also where a new one takes its name. Not with IF EXISTS where there \
              is none.",
    harm: "nextval() in queries of the running app fails, with CASCADE the defaults that use it go, and where it stood is forgotten: a \
           new sequence gives the same numbers once more.",
    remedy: "drop it in a later migration, once no app and no default uses it; ALTER SEQUENCE changes one without losing its place",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-dropsequence.html",
        "https://www.postgresql.org/docs/current/sql-altersequence.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE SEQUENCE tickets;",
        sql: "DROP SEQUENCE tickets;",
    },
    good: Example {
        schema: "CREATE SEQUENCE tickets;",
        sql: "ALTER SEQUENCE tickets INCREMENT BY 10;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Drop {
            object: object @ ObjectRef::Sequence(sequence),
            ..
        } = change
        else {
            continue;
        };
        if moment.is_new(object) {
            continue;
        }
        let is_back = moment.settled().sequences.contains_key(sequence);
        let message = if is_back {
            format!(
                "where {sequence} stood is forgotten: it gives numbers once more that are taken"
            )
        } else {
            format!(
                "whoever still draws from {sequence} fails from this moment, and where it stood is forgotten"
            )
        };
        let along = moment.goes_along(std::slice::from_ref(object));
        let defaults = lost_defaults(moment);
        let finding = report.finding(message);
        if let Some(along) = along {
            finding.note(along);
        }
        if let Some(defaults) = defaults {
            finding.note(format!("the default of {defaults} goes"));
        }
    }
}

/// The columns that have no default any more, for people.
fn lost_defaults(moment: &Moment<'_>) -> Option<String> {
    let mut lost = Vec::new();
    for (name, table) in &moment.before().tables {
        let Some(now) = moment.after().tables.get(name) else {
            continue;
        };
        for column in table
            .columns
            .iter()
            .filter(|column| column.default.is_some())
        {
            let now = now.column(&column.name);
            if now.is_some_and(|now| now.default.is_none()) {
                lost.push(format!("{name}.{}", column.name));
            }
        }
    }
    crate::moment::listed(&lost)
}
