//! `DROP VIEW` and `DROP MATERIALIZED VIEW`.

use segue_catalog::{Change, ObjectRef, QName};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, moment::Stand};

pub(super) static RULE: Rule = Rule {
    id: "drop-view",
    title: "a view that the running app may use is dropped",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP VIEW or DROP MATERIALIZED VIEW of a view that was there before the run. Not where the same transaction makes a view \
              or table of that name with at least its columns.",
    harm: "Every query of the running app that names the view fails; with CASCADE also those that use the views upon it.",
    remedy: "CREATE OR REPLACE VIEW where columns are only added; otherwise drop and create it in one transaction, or drop it in a later \
             migration, once no app uses it",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-dropview.html",
        "https://www.postgresql.org/docs/current/sql-createview.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 CREATE VIEW nicks AS SELECT nick FROM users;",
        sql: "DROP VIEW nicks;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 CREATE VIEW nicks AS SELECT nick FROM users;",
        sql: "BEGIN;
              DROP VIEW nicks;
              CREATE VIEW nicks AS SELECT id, nick FROM users;
              COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let mut dropped: Vec<&QName> = Vec::new();
    for change in moment.changes() {
        if let Change::Drop {
            object: ObjectRef::View(view),
            ..
        } = change
        {
            dropped.push(view);
        }
    }
    if dropped.is_empty() {
        return;
    }
    let objects = dropped.iter().map(|view| ObjectRef::View((*view).clone()));
    let mut along = moment.goes_along(&objects.collect::<Vec<_>>());
    for view in dropped {
        // a view that stands for what the app knows by this name counts, also where this run has made it
        let message = match moment.stand(view, moment.settled()) {
            None | Some(Stand::Whole) => continue,
            Some(Stand::Gone) => {
                format!("the running app may use {view}: its queries fail from this moment")
            }
            Some(Stand::Without(lost)) => format!(
                "the running app may use {view}, which comes back without {}",
                lost.iter()
                    .map(|name| name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        let comes_back = moment.stand(view, moment.in_the_end()) == Some(Stand::Whole);
        let finding = report.finding(message);
        if comes_back {
            finding.note("a later statement makes it again: until then, queries fail");
            finding.help("put both into one transaction");
            finding.at_most(Severity::Warning);
        }
        if let Some(along) = along.take() {
            finding.note(along);
        }
    }
}
