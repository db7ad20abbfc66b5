//! `DROP SCHEMA`.

use segue_catalog::{Change, ObjectRef};

use super::rename_schema;
use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, moment::listed};

pub(super) static RULE: Rule = Rule {
    id: "drop-schema",
    title: "a schema is dropped with everything in it",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP SCHEMA of a schema that was there before the run. Not with IF EXISTS where there is none; a warning where it is \
              empty.",
    harm: "With CASCADE all tables in it are gone with their rows, and so is whatever elsewhere depends on them. A search_path that \
           lists the schema passes over it in silence.",
    remedy: "drop its tables one by one when nothing uses them any more, and the schema, empty, in a later migration without CASCADE",
    sources: &["https://www.postgresql.org/docs/current/sql-dropschema.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE SCHEMA billing; CREATE TABLE billing.invoices (id bigint PRIMARY KEY);",
        sql: "DROP SCHEMA billing CASCADE;",
    },
    good: Example {
        schema: "",
        sql: "CREATE SCHEMA scratch; DROP SCHEMA scratch;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Drop {
            object: object @ ObjectRef::Schema(schema),
            ..
        } = change
        else {
            continue;
        };
        if moment.is_new(object) {
            continue;
        }
        let relations = rename_schema::relations(moment.before(), schema);
        let old = relations
            .iter()
            .filter(|name| !moment.is_new_relation(name));
        let old: Vec<String> = old.map(ToString::to_string).collect();
        let gone = moment.gone();
        match listed(&old) {
            Some(list) => {
                let message =
                    format!("{list} and all rows in it are lost with the schema {schema}");
                let elsewhere = gone.iter().filter(|object| !is_within(object, schema));
                let elsewhere: Vec<String> = elsewhere.map(ToString::to_string).collect();
                let finding = report.finding(message);
                if let Some(list) = listed(&elsewhere) {
                    finding.note(format!("outside of it goes {list}"));
                }
            }
            None => {
                let message =
                    format!("whoever still names the schema {schema} fails from this moment");
                let is_empty = gone.is_empty();
                let finding = report.finding(message);
                if is_empty {
                    finding.note("it is empty").at_most(Severity::Warning);
                }
            }
        }
    }
}

fn is_within(object: &ObjectRef, schema: &segue_catalog::Name) -> bool {
    match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Type(name)
        | ObjectRef::Sequence(name)
        | ObjectRef::Index(name)
        | ObjectRef::Statistics(name)
        | ObjectRef::Column(name, _)
        | ObjectRef::Constraint(name, _)
        | ObjectRef::Trigger(name, _)
        | ObjectRef::Policy(name, _) => name.schema == *schema,
        ObjectRef::Routine(id) => id.name.schema == *schema,
        _ => false,
    }
}
