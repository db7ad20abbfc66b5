//! `ALTER SCHEMA … RENAME TO`.

use segue_catalog::{Catalog, Change, Name, ObjectRef, QName};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, moment::Stand};

pub(super) static RULE: Rule = Rule {
    id: "rename-schema",
    title: "a schema that the running app uses gets another name",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "ALTER SCHEMA … RENAME TO of a schema that was there before the run. Not where the same transaction leaves a schema of \
              the old name that serves everything the app knows of it.",
    harm: "Every query of the running app that names the schema fails; a search_path that lists it passes over it in silence, so \
           that names are found elsewhere or not at all.",
    remedy: "make the new schema, move one table after the other with a view in its old place, and drop the old schema when no app \
             names it any more",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-alterschema.html",
        "https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE SCHEMA billing; CREATE TABLE billing.invoices (id bigint PRIMARY KEY);",
        sql: "ALTER SCHEMA billing RENAME TO finance;",
    },
    good: Example {
        schema: "CREATE SCHEMA billing; CREATE TABLE billing.invoices (id bigint PRIMARY KEY);",
        sql: "BEGIN;
              CREATE SCHEMA finance;
              ALTER TABLE billing.invoices SET SCHEMA finance;
              CREATE VIEW billing.invoices AS SELECT id FROM finance.invoices;
              COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Rename {
            object: object @ ObjectRef::Schema(schema),
            to,
        } = change
        else {
            continue;
        };
        if moment.is_new(object) || !moment.known().schemas.contains_key(schema) {
            continue;
        }
        let relations = relations(moment.known(), schema);
        let settled = moment.settled();
        let serves = |name: &QName| moment.stand(name, settled) == Some(Stand::Whole);
        if !relations.is_empty() && relations.iter().all(serves) {
            continue;
        }
        let finding = report.finding(format!(
            "the running app still names the schema {schema}, which is called {to} from this moment: its queries fail"
        ));
        match relations.len() {
            0 => finding.at_most(Severity::Warning),
            1 => finding.note(format!("{} is in it", relations[0])),
            many => finding.note(format!("{many} tables and views are in it")),
        };
    }
}

/// The tables and views of a schema.
pub(super) fn relations(catalog: &Catalog, schema: &Name) -> Vec<QName> {
    let tables = catalog.tables_of(schema).map(|(name, _)| name);
    let views = catalog.views.keys().filter(|name| name.schema == *schema);
    tables.chain(views).cloned().collect()
}
